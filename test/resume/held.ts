// Runs that are held from their first moment on, and struck amid a table.

import type { RunningCli } from '../faults/cli.ts';
import { type ProxyServer, withProxy } from '../faults/proxy.ts';
import { amidWrite, CONFIG, type HowToSync, type Pair, until } from '../faults/world.ts';

/** Held from its first moment on; small tables are done while the large one is not. */
export const HELD = {
  ...CONFIG,
  parallel: 2,
  source: { ...CONFIG.source, snapshot: { hold_after: '0s', hold_for: '1min' } },
};

/** Starts a sync whose target takes no more amid a table; `strike` comes when the run is held. */
export async function whileHeld<Result>(
  pair: Pair,
  strike: (cli: RunningCli, proxy: ProxyServer) => Promise<Result>,
  { config = HELD, ...how }: HowToSync = {},
): Promise<Result> {
  const hold = amidWrite();
  return withProxy(pair.target.url, { toServer: hold.gate }, async proxy => {
    const cli = pair.start({ config, ...how, env: { ...how.env, TARGET_URL: proxy.url } });
    await Promise.all([hold.reached, cli.said('its snapshot is held')]);
    return strike(cli, proxy);
  });
}

/** A run that was killed amid a table. */
export const killed = (pair: Pair, how?: HowToSync) =>
  whileHeld(
    pair,
    cli => {
      cli.process.kill('SIGKILL');
      return cli.ended;
    },
    how,
  );

/** The processes of the source that hold snapshots. */
export const holders = (pair: Pair) =>
  pair.source.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and application_name like 'anonymize/%/holder%'`,
  );

/** No holder is left behind: the databases can be dropped. */
export async function expectNoHolder(pair: Pair): Promise<void> {
  await until(async () => (await holders(pair)).length === 0);
}
