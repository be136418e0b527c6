// Where the runs of a target have their ledger: in the target, or, while a swap fills its successor, in that. So there may be
// several: that of the target, and those of what killed runs left beside it.

import type { ConnectionSettings } from '../config/connection-url.ts';
import type { LoadedConfig } from '../config/load.ts';
import { AnonymizeError } from '../errors.ts';
import { withClient, withPool } from '../pg/connect.ts';
import { readBeside } from './swap/database-names.ts';
import type { Connect } from './target-session.ts';

/** A target, and how the databases beside it are reached. */
export interface TargetServer {
  readonly target: Pick<ConnectionSettings, 'database'>;
  readonly connectTarget: Connect;
  readonly openBeside: (database: string) => Connect;
}

/** Runs `callback` with sessions for whoever only asks what runs there are. */
export function withTargetServer<Result>(
  settings: ConnectionSettings,
  applicationName: string,
  callback: (server: TargetServer) => Promise<Result>,
): Promise<Result> {
  const options = { side: 'target', max: 1, applicationName } as const;
  return withPool(settings, options, pool =>
    callback({
      target: settings,
      connectTarget: work => withClient(pool, work),
      openBeside: database => work => withPool({ ...settings, database }, options, own => withClient(own, work)),
    }),
  );
}

/** Asks one database for what its ledger tells. @param beside its name, where it is not the target */
type Ask<Row> = (connect: Connect, beside: string | undefined) => Promise<readonly Row[]>;

/** Asks every ledger that a run of this configuration may have. @returns what all of them tell, the latest first */
export async function askLedgers<Row extends { readonly started: Date }>(
  { target: { publish } }: LoadedConfig,
  { target, connectTarget, openBeside }: TargetServer,
  ask: Ask<Row>,
): Promise<readonly Row[]> {
  const found = [...(await ask(connectTarget, undefined))];
  if (publish !== 'swap') return found;
  const { unfinished } = await connectTarget(client => readBeside(client, target.database));
  for (const database of unfinished) {
    found.push(...(await ask(openBeside(database), database).catch(noneWhereGone)));
  }
  return found.sort((one, other) => other.started.getTime() - one.started.getTime());
}

/** Its run has come to its end meanwhile. */
function noneWhereGone(cause: unknown): readonly never[] {
  if (cause instanceof AnonymizeError && cause.code === 'ANON_NO_DATABASE') return [];
  throw cause;
}
