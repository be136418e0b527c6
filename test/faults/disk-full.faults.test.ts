// The target's disk gets full at some point of a run: amid the rows, amid the indexes. The run says so, the target has its
// structure back, and the disk has its space back.

import { expect, test } from 'vitest';
import type { EmbeddedServer } from '../../src/demo/embedded-server.ts';
import { catalogState } from '../publish/catalog-state.ts';
import { expectFailure } from './cli.ts';
import { holdWhen, withProxy } from './proxy.ts';
import { writeRecord } from './record.ts';
import { repeats } from './scale.ts';
import {
  CANNOT_LIMIT,
  CANNOT_MOUNT,
  canLimit,
  canMount,
  limitFiles,
  makeShop,
  withDiskServer,
  withSmallDisk,
} from './small-disk.ts';
import { CONFIG, type Pair, TARGET, until, useWorld } from './world.ts';

/** Two thirds of it are an index, which is built after the rows. */
const MORE = `
insert into app.event select 100000 + n, repeat(md5(n::text), 8) from generate_series(1, 120000) n;
create index event_more on app.event (payload); analyze`;
const withPair = useWorld({ source: MORE });
const MORE_TARGET = `${TARGET}; create index event_more on app.event (payload); analyze`;

/** Megabytes of the disk, of which an empty database takes 8: from nearly nothing left to what holds all rows, but no index. */
const SIZES = [9, 14, 30, 52, 70] as const;
const SHORT = [9, 70];

/** More than a segment of the WAL, and less than the rows. */
const LARGEST_FILE = 20_001_000;

/** What the ledger of a run that failed may take. */
const LEDGER_BYTES = 1_000_000;

const ROWS = `select ((select count(*) from app.event) + (select count(*) from app.person))::int as rows`;

/** Sessions of the disk's database that do something. */
const BUSY = `select from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()`;

const keepEvent = { ...CONFIG, tables: { ...CONFIG.tables, 'app.event': 'keep' } };

async function fillUp(pair: Pair, server: EmbeddedServer, megabytes: number) {
  return await withSmallDisk(server, { megabytes, sql: MORE_TARGET }, async disk => {
    await disk.run('checkpoint');
    const structure = await catalogState(disk.run);
    const before = disk.used();
    let most = 0;
    const looking = setInterval(() => {
      most = Math.max(most, disk.used());
    }, 5);
    const ended = await pair.sync({ config: keepEvent, env: { TARGET_URL: disk.url } });
    clearInterval(looking);
    expectFailure(ended, { code: 'ANON_DISK_FULL', exit: 73, says: [/target: the disk is full/, 'Make room'] });
    expect(await catalogState(disk.run)).toEqual(structure);
    expect(await disk.run(ROWS)).toEqual([{ rows: 0 }]);
    await disk.run('checkpoint');
    const after = disk.used();
    expect(after).toBeLessThan(before + LEDGER_BYTES);
    const amid = ended.stderr.includes('rebuilding') ? 'indexes' : 'rows';
    return { megabytes, amid, used_before: before, used_at_most: most, used_after: after };
  });
}

test.skipIf(!canMount)(
  `a disk that gets full fails the run with exit 73, and all of its space is back${canMount ? '' : ` (${CANNOT_MOUNT})`}`,
  async () => {
    await withPair({}, async pair => {
      await withDiskServer(async server => {
        const found = [];
        for (const size of SIZES) {
          if (repeats(0, 1) === 1 || SHORT.includes(size)) found.push(await fillUp(pair, server, size));
        }
        expect(new Set(found.map(({ amid }) => amid))).toEqual(new Set(['rows', 'indexes']));
        writeRecord('disk-full', { sizes: found });
      });
    });
  },
);

test.skipIf(!canMount)(
  'a disk on which not a byte is left for undoing is put right by what was kept for that',
  async () => {
    await withPair({}, async pair => {
      await withDiskServer(server =>
        withSmallDisk(server, { megabytes: 30, sql: MORE_TARGET }, async disk => {
          const structure = await catalogState(disk.run);
          const hold = holdWhen(chunk => chunk.includes('pg_terminate_backend'));
          await withProxy(disk.url, { toServer: hold.gate }, async ({ url }) => {
            const cli = pair.startHere({ config: keepEvent, env: { TARGET_URL: url } });
            await hold.reached;
            // A server says that a COPY failed before it gives back the space of a table that the same transaction emptied.
            await until(async () => (await disk.run(BUSY)).length === 0);
            disk.fill();
            hold.open();
            expectFailure(await cli.ended, { code: 'ANON_DISK_FULL', exit: 73 });
          });
          expect(await catalogState(disk.run)).toEqual(structure);
          expect(await disk.run(ROWS)).toEqual([{ rows: 0 }]);
          expect(await disk.run(`select to_regclass('pgveil.reserve') is null as "isUsed"`)).toEqual([
            { isUsed: true },
          ]);
        }),
      );
    });
  },
);

const isLong = repeats(0, 1) === 1;

// A server says "internal error" where it is the first write beyond the limit that fails, so this proves less.
test.skipIf(!canLimit || (canMount && !isLong))(
  `a file that may not grow fails the run, and all of its space is back${canLimit ? '' : ` (${CANNOT_LIMIT})`}`,
  async () => {
    await withPair({}, async pair => {
      await withDiskServer(async server => {
        const target = await makeShop(server, MORE_TARGET);
        const size = async (): Promise<number> => {
          const [row] = await target.run<{ size: string }>(
            'checkpoint; select pg_database_size(current_database()) as size',
          );
          return Number(row?.size);
        };
        const structure = await catalogState(target.run);
        const before = await size();
        await limitFiles(server, LARGEST_FILE);
        const ended = await pair.sync({ config: keepEvent, env: { TARGET_URL: target.url } });
        expectFailure(ended, { code: ['ANON_DISK_FULL', 'ANON_DATABASE'], says: [/target: .* at app\.event/] });
        expect(await catalogState(target.run)).toEqual(structure);
        expect(await target.run(ROWS)).toEqual([{ rows: 0 }]);
        expect(await size()).toBeLessThan(before + LEDGER_BYTES);
      });
    });
  },
);
