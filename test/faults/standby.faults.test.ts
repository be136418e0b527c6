// Standbys: one can be a source, as long as what it replays leaves the snapshot alone; none can be a target.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectFailure } from './cli.ts';
import { withProxy } from './proxy.ts';
import { repeats } from './scale.ts';
import { withStandby } from './standby.ts';
import { amidRead, CONFIG, useWorld } from './world.ts';

const withPair = useWorld();
const isLong = repeats(0, 1) === 1;

const ROWS = `
create schema app; create table app.other (id int);
create table app.event (id bigint primary key, payload text not null);
insert into app.event select n, 'CANARY-471147 ' || repeat('x', 200) from generate_series(1, 20000) n`;
const { 'app.event': event } = CONFIG.tables;
const config = { ...CONFIG, tables: { 'app.event': event, 'app.other': 'keep', 'app.*': 'skip' } };

// Three servers take a while to start.
test.skipIf(!isLong)('a standby can be read, but not written; what its primary changes can end the run', async () => {
  await withStandby(ROWS, async ({ primary, standby, change }) => {
    await withPair({ target: 'create table app.other (id int)' }, async pair => {
      const count = () => pair.target.query('select count(*)::int as rows from app.event');
      expect(await pair.sync({ config, env: { SOURCE_URL: standby } })).toMatchObject({ exitCode: 0 });
      expect(await count()).toEqual([{ rows: 20_000 }]);

      expectFailure(await pair.sync({ config, env: { SOURCE_URL: primary, TARGET_URL: standby } }), {
        code: 'ANON_PREFLIGHT_REFUSED',
        findings: ['ANON_TARGET_READ_ONLY'],
        exit: 78,
        says: ['its server is a standby'],
      });

      const hold = amidRead();
      await withProxy(standby, { toClient: hold.gate }, async ({ url }) => {
        const cli = pair.startHere({ config, args: ['--parallel', '1'], env: { SOURCE_URL: url } });
        await hold.reached;
        await change('truncate app.event, app.other');
        await sleep(2_000); // the standby waits for its queries for 200 ms
        hold.open();
        expectFailure(await cli.ended, {
          code: ['ANON_STANDBY_CONFLICT', 'ANON_SNAPSHOT_GONE'],
          exit: 69,
        });
      });
      expect(await count()).toEqual([{ rows: 0 }]);
    });
  });
});
