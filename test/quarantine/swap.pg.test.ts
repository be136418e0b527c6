// A quarantine with `publish: swap`: the rows are counted against what was loaded, and the ledger that says which count is in the
// database that takes the target's place. The processes that copy the structure show nothing of a row.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDatabase } from '../database.ts';
import { canaryTable } from '../faults/canary-table.ts';
import { SECRET, startCli, withConfig } from '../faults/cli.ts';
import { searchFor } from '../faults/needles.ts';
import { draws } from '../faults/scale.ts';
import { CAN_WATCH, watchProcess } from '../faults/watch-process.ts';
import { configText } from '../sync.ts';
import { TOOLS_FOLDER, useToolsServer, WITHOUT_TOOLS } from '../tools-server.ts';
import { useQuarantine } from './quarantined.ts';

const server = useToolsServer();
const { settings, open, folder } = useQuarantine();
const { needles, plant, columns, rules } = canaryTable('canary', draws('swap'));
const { token: _, ...withoutVault } = rules;

test.skipIf(WITHOUT_TOOLS || !CAN_WATCH)(
  `a swap seals what its new database refuses, and shows nothing to anybody ${WITHOUT_TOOLS ?? ''}`,
  async () => {
    const schema = `create table public.t (id int primary key, ${columns})`;
    const source = await createDatabase({ server: server() });
    const target = await createDatabase({ server: server() });
    try {
      await source.query(`${schema}; ${plant('public.t')}`);
      await target.query(`${schema}; alter table public.t add constraint few check (id % 5 <> 0)`);
      const wanted = settings();
      const config = configText(
        { 'public.t': { keep: ['id'], columns: { ...withoutVault, token: 'hash' } } },
        { ...wanted, target: { url: 'env:TARGET_URL', publish: 'swap', keep_previous: 0, pg_bin: TOOLS_FOLDER } },
      );
      const temporary = join(folder, 'tmp');
      mkdirSync(temporary);
      const { ended, watched } = await withConfig(config, async file => {
        const env = { SOURCE_URL: source.url, TARGET_URL: target.url, ANONYMIZE_SECRET: SECRET, TMPDIR: temporary };
        const cli = startCli(['sync', '--config', file], env);
        const watch = watchProcess(cli.process.pid!, temporary); // it was started
        const over = await cli.ended;
        return { ended: over, watched: watch.stop() };
      });
      expect(ended.exitCode, ended.stderr).toBe(65);
      expect(ended.stderr).toContain('ANON_QUARANTINED: The run is done, but the target refused 5 row(s)');
      expect(await target.query('select count(*)::int as rows from public.t')).toEqual([{ rows: 20 }]);
      expect(await target.query('select rows from pgveil.quarantined')).toEqual([{ rows: 5 }]);
      expect((await open(wanted.quarantine.file)).map(({ values }) => values.id)).toEqual([
        '5',
        '10',
        '15',
        '20',
        '25',
      ]);

      expect(watched.children).toBeGreaterThan(1); // pg_dump and pg_restore
      const search = searchFor([...needles, { name: 'the master secret', text: SECRET }]);
      const streams = (['stdout', 'stderr'] as const).map(name => ({ name, bytes: Buffer.from(ended[name]) }));
      const shown = [...streams, ...watched.places.filter(({ name }) => name !== 'environ (own)')];
      for (const { name, bytes } of shown) expect(search.find(bytes), name).toEqual([]);
    } finally {
      await source.drop();
      await target.drop();
    }
  },
);
