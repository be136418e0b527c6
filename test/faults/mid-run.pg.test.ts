import { describe, expect, test } from 'vitest';
import { type Ended, expectFailure, type Failure } from './cli.ts';
import { type ProxyServer, withProxy } from './proxy.ts';
import { amidRead, amidWrite, CONFIG, type HowToSync, type Pair, until, useWorld } from './world.ts';

interface Held {
  readonly proxy: ProxyServer;
  open(): void;
}

/** Runs a sync whose one side is held amid the largest table; `strike` then does what it does. */
async function strikeAmidCopy(
  pair: Pair,
  side: 'source' | 'target',
  strike: (held: Held) => unknown,
  how: HowToSync = {},
): Promise<Ended> {
  const hold = side === 'source' ? amidRead() : amidWrite();
  const gates = side === 'source' ? { toClient: hold.gate } : { toServer: hold.gate };
  return withProxy(pair[side].url, gates, async proxy => {
    const env = { [side === 'source' ? 'SOURCE_URL' : 'TARGET_URL']: proxy.url };
    const cli = pair.startHere({ ...how, env: { ...how.env, ...env } });
    await hold.reached;
    await strike({ proxy, open: hold.open });
    return cli.ended;
  });
}

/** Ends sessions of the run, as soon as one of them is as `which` says: what is held is on its way, but not everywhere yet. */
async function terminate(pair: Pair, side: 'source' | 'target', which: string, all = which): Promise<void> {
  const sessions = `from pg_stat_activity where datname = current_database() and application_name like 'anonymize/%'`;
  await until(async () => (await pair[side].query(`select ${sessions} and ${which}`)).length > 0);
  await pair[side].query(`select pg_terminate_backend(pid) ${sessions} and ${all}`);
}

/** Compressed in the table; a server that sends it fills every buffer on the way. */
const LARGE_ROWS = `insert into app.event select 100000 + n, repeat('x', 1000000) from generate_series(1, 40) n`;

const withPair = useWorld({ source: LARGE_ROWS });

const IN_COPY = `query like 'copy%' and state = 'active'`;

const KEPT = { ...CONFIG, tables: { ...CONFIG.tables, 'app.event': 'keep' } };

describe('a connection that ends amid a table', () => {
  const lost = (side: string): Failure => ({
    code: 'ANON_CONNECTION_LOST',
    says: [`${side}: the connection was lost`],
  });

  // Which of the two is seen depends on what the network delivers before it says that the server is gone.
  const ended = (side: string): Failure => ({
    code: ['ANON_SERVER_SHUTDOWN', 'ANON_CONNECTION_LOST'],
    says: [new RegExp(`${side}: the (server ended the session|connection was lost)`)],
  });

  test.each<[string, 'source' | 'target', (pair: Pair, held: Held) => unknown, Failure]>([
    ['the network of the source fails', 'source', (_, { proxy }) => proxy.cut(), lost('source')],
    ['the network of the target fails', 'target', (_, { proxy }) => proxy.cut(), lost('target')],
    [
      "an administrator ends the target's session of a worker",
      'source',
      pair => terminate(pair, 'target', IN_COPY),
      ended('target'),
    ],
    [
      "an administrator ends all of the target's sessions",
      'source',
      pair => terminate(pair, 'target', IN_COPY, 'true'),
      ended('target'),
    ],
    [
      "an administrator ends the source's session of a worker",
      'target',
      async (pair, { open }) => {
        await terminate(pair, 'source', IN_COPY);
        open(); // nobody reads from the source while the target takes nothing
      },
      ended('source'),
    ],
    [
      'an administrator ends the session that keeps the snapshot',
      'source',
      async (pair, { open }) => {
        await terminate(pair, 'source', "application_name like '%/main'");
        open();
      },
      { code: 'ANON_SNAPSHOT_GONE', says: ['Run again'] },
    ],
  ])('%s: without retries the run fails, and the target has its structure back', async (_, side, strike, failure) => {
    await withPair({}, async pair => {
      const how = { config: { ...KEPT, retries: { attempts: 1 } } };
      const failed = await strikeAmidCopy(pair, side, held => strike(pair, held), how);
      expectFailure(failed, failure);
      await pair.expectEmptied();
      expect(await pair.target.query('select state from pgveil.run')).toEqual([{ state: 'failed' }]);
    });
  });

  test.each<[string, 'source' | 'target', (pair: Pair, held: Held) => unknown]>([
    ['the network of the target fails', 'target', (_, { proxy }) => proxy.cut()],
    ["an administrator ends the target's session of a worker", 'source', pair => terminate(pair, 'target', IN_COPY)],
    [
      "an administrator ends all of the target's sessions",
      'source',
      pair => terminate(pair, 'target', IN_COPY, 'true'),
    ],
    ["an administrator ends the source's session of a worker", 'target', pair => terminate(pair, 'source', IN_COPY)],
  ])('%s: the slice begins again, and all rows are there', async (_, side, strike) => {
    await withPair({}, async pair => {
      const how = { config: KEPT, args: ['--log', 'json'] };
      const strikeAndOpen = async (held: Held): Promise<void> => {
        await strike(pair, held);
        held.open();
      };
      const ended = await strikeAmidCopy(pair, side, strikeAndOpen, how);
      expect(ended.exitCode, ended.stderr).toBe(0);
      const events = ended.stderr.split('\n').filter(line => line.includes('"retry"'));
      expect(JSON.parse(events[0] ?? '{}')).toMatchObject({ event: 'retry', attempt: 2, code: expect.any(String) });
      expect(ended.stdout).toMatch(/, \d+ (retry|retries)\n/);
      await pair.expectComplete();
      expect(await pair.target.query('select state from pgveil.run')).toEqual([{ state: 'done' }]);
    });
  });
});
