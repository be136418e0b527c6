import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { abandon, leftovers } from '../../src/publish/abandon.ts';
import { ensureLedger } from '../../src/publish/ledger.ts';
import { putAside } from '../../src/publish/put-aside.ts';
import { restore } from '../../src/publish/restore.ts';
import type { TargetTable } from '../../src/publish/target-session.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { catalogState } from './catalog-state.ts';
import { PLANNED_TABLES } from './every-shape.ts';
import { createEveryShape, withSessions } from './target.ts';

let template: TestDatabase;
let target: TestDatabase;
let tables: readonly TargetTable[];

beforeAll(async () => {
  template = await createEveryShape();
  tables = await template.query<TargetTable>(PLANNED_TABLES);
  await withSessions(template.url, ensureLedger);
});
afterAll(() => template.drop());
beforeEach(async () => {
  target = await createDatabase({ template });
});
afterEach(() => target.drop());

test('what was put aside comes back exactly as it was', async () => {
  const before = await catalogState(target.query);
  await withSessions(target.url, async connect => {
    await putAside(connect, { run: 'r', tables });
    expect(await catalogState(target.query)).not.toEqual(before);
    expect(await restore(connect, { run: 'r', parallel: 3 })).toEqual([]);
  });
  expect(await catalogState(target.query)).toEqual(before);
});
