// A process of its own that keeps the snapshot of a run when the run is killed, and the source's tables as they are. It hears
// what to do from its parent and says nothing else: no output, no file. It ends when the run is done, or when for some time
// no session of the run has been there.

import { setTimeout as sleep } from 'node:timers/promises';
import { keepMemoryPrivate } from '../own-memory.ts';
import { type Client, withClient, withPool } from '../pg/connect.ts';
import { databaseError } from '../pg/errors.ts';
import { importSnapshot } from '../pg/snapshot.ts';
import { type FromHolder, type HolderTask, holderName, type ToHolder } from './holder-messages.ts';

/** It looks for the run this often, or several times while it waits for one. */
const LOOK_EVERY_MS = 5_000;
const LOOKS_WHILE_WAITING = 5;

const END_WITHIN_MS = 1_000;

// It has a password, and the library may run in a process that has not done this.
keepMemoryPrivate({ options: process.execArgv, environment: undefined });

const ended = new AbortController();
let isNoted = false;

/** Within a transaction, the server would tell the same sessions for ever. */
const FORGET = 'select pg_catalog.pg_stat_clear_snapshot()';
const SESSIONS_OF_RUN = `
select count(*)::int as sessions from pg_catalog.pg_stat_activity
where datname = current_database() and usename = current_user
  and starts_with(application_name, $1) and not starts_with(application_name, $2)`;

async function hold({ run, source, snapshot, tables, holdForMs }: HolderTask): Promise<void> {
  const options = { side: 'source', max: 1, applicationName: holderName(run) } as const;
  await withPool(source, options, pool =>
    withClient(pool, async client => {
      tell({ snapshot: await importSnapshot(client, snapshot, tables) });
      await untilUseless(client, { run, holdForMs });
    }),
  );
}

async function untilUseless(client: Client, { run, holdForMs }: Pick<HolderTask, 'run' | 'holdForMs'>): Promise<void> {
  const lookEveryMs = Math.min(LOOK_EVERY_MS, Math.max(50, holdForMs / LOOKS_WHILE_WAITING));
  for (let seen = performance.now(); performance.now() - seen < holdForMs; ) {
    await sleep(lookEveryMs, undefined, ended).catch(() => undefined);
    if (ended.signal.aborted) return;
    await client.query(FORGET);
    const { rows } = await client.query<{ sessions: number }>(SESSIONS_OF_RUN, [`anonymize/${run}/`, holderName(run)]);
    if ((rows[0]?.sessions ?? 0) > 0) seen = performance.now();
  }
}

/** The parent may be gone: then nobody is told. */
function tell(message: FromHolder): void {
  if (process.connected) process.send?.(message, () => undefined);
}

/** A server that does not answer any more keeps nobody waiting. */
function end(): void {
  ended.abort();
  setTimeout(() => process.exit(0), END_WITHIN_MS).unref();
}

/** A terminal that closes, or whoever interrupts what runs in it, does not mean this process; and no signal starts a debugger. */
for (const signal of ['SIGHUP', 'SIGINT', 'SIGUSR1'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', end);
process.on('disconnect', () => {
  if (!isNoted) end();
});
process.on('message', (message: ToHolder) => {
  if (message === 'noted') isNoted = true;
  else if (message === 'end') end();
  else {
    hold(message.task).then(
      () => process.exit(0),
      (cause: unknown) => {
        tell({ failed: databaseError(cause, { side: 'source' }).code });
        // What was told is written before the process ends.
        setImmediate(() => process.exit(1));
      },
    );
  }
});
