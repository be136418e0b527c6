// Schemas that nobody here wrote, from ../shared/datasets or $PGVEIL_DATASETS.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { abandon } from '../../src/publish/abandon.ts';
import { ensureLedger } from '../../src/publish/ledger.ts';
import { putAside } from '../../src/publish/put-aside.ts';
import { restore } from '../../src/publish/restore.ts';
import type { TargetTable } from '../../src/publish/target-session.ts';
import { withDatabase } from '../database.ts';
import { catalogState } from './catalog-state.ts';
import { withSessions } from './target.ts';

const FOLDER = process.env.PGVEIL_DATASETS ?? join(import.meta.dirname, '../../../shared/datasets');

const read = (file: string): string =>
  readFileSync(join(FOLDER, file), 'utf8')
    .replace(/^ALTER .* OWNER TO .*;$/gm, '') // roles that this server does not have
    .replace(/^SELECT pg_catalog.set_config\('search_path'.*$/gm, '');

const TABLES = `
select schemaname as schema, tablename as name from pg_tables
where schemaname not in ('pg_catalog', 'information_schema', 'pgveil')
  and (quote_ident(schemaname) || '.' || quote_ident(tablename))::regclass in (select oid from pg_class where relkind = 'r')`;

test.skipIf(!existsSync(FOLDER)).each(['pagila/pagila-schema.sql', 'northwind/northwind.sql'])(
  'the structure of %s is the same after a run, and after one that was abandoned',
  async file => {
    await withDatabase(read(file), async ({ query, url }) => {
      const tables = await query<TargetTable>(TABLES);
      const before = await catalogState(query);
      await withSessions(url, async connect => {
        await ensureLedger(connect);
        await putAside(connect, { run: 'r', tables });
        expect(await catalogState(query)).not.toEqual(before);
        expect(await restore(connect, { run: 'r', parallel: 2 })).toEqual([]);
        expect(await catalogState(query)).toEqual(before);
        expect(await abandon(connect, { run: 'r', parallel: 2 })).toEqual([]);
        expect(await catalogState(query)).toEqual(before);
      });
    });
  },
);
