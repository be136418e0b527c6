// A run with a quarantine that was killed goes on with its file.

import { renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expectFailure } from '../faults/cli.ts';
import { EVENTS, until, useWorld } from '../faults/world.ts';
import { useQuarantine } from '../quarantine/quarantined.ts';
import { expectNoHolder, HELD, whileHeld } from './held.ts';

const withPair = useWorld();
const { settings, open } = useQuarantine();

const SEALED = `select coalesce(sum(rows), 0)::int as rows from pgveil.quarantined`;
const STRICTER = `alter table app.orders add constraint seven check (id <> 7); alter table app.event add constraint three check (id <> 3)`;

test('what it had sealed counts and stays sealed once; without it the run does not go on', async () => {
  await withPair({ target: STRICTER }, async pair => {
    const wanted = settings({ max_rows: 2 });
    const { file } = wanted.quarantine;
    const config = { ...HELD, ...wanted, trial_rows: 0 };
    await whileHeld(
      pair,
      async cli => {
        await until(async () => (await pair.target.query<{ rows: number }>(SEALED))[0]?.rows === 1);
        cli.process.kill('SIGKILL');
        return cli.ended;
      },
      { config },
    );
    expect((await open(file, true)).map(({ table }) => table)).toEqual(['app.orders']);

    renameSync(file, `${file}.away`);
    expectFailure(await pair.sync({ config, args: ['--resume'] }), {
      code: 'ANON_QUARANTINE_FILE',
      says: ['what the run sealed into it before is gone'],
    });
    renameSync(`${file}.away`, file);

    const ended = await pair.sync({ config, args: ['--resume'] });
    expectFailure(ended, { code: 'ANON_QUARANTINED', says: ['refused 2 row(s)'] });
    const rows = (await open(file)).map(({ table, values }) => [table, values.id]);
    expect(rows.sort()).toEqual([
      ['app.event', '3'],
      ['app.orders', '7'],
    ]);
    expect(await pair.target.query('select count(*)::int as rows from app.event')).toEqual([{ rows: EVENTS - 1 }]);
    await expectNoHolder(pair);
  });
});
