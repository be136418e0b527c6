import { serialize } from 'node:v8';
import { expect, test } from 'vitest';
import type { CatalogType } from '../../src/pg/catalog-types.ts';
import { cutSlices } from '../../src/plan/cut-slices.ts';
import type { PlannedTable } from '../../src/plan/plan-types.ts';
import type { RunSettings } from '../../src/workers/messages.ts';
import { readSettings, shareSettings } from '../../src/workers/shared-settings.ts';
import { sliceTasks } from '../../src/workers/slice-tasks.ts';

const WORKERS = 2;
const table = {
  schema: 'public',
  name: 't',
  into: { schema: 'public', name: 't' },
  action: 'copy',
  rows: 1e9,
  bytes: 1e12,
  pages: 1e8,
  isSliceable: true,
  format: 'binary',
  formatReason: '',
  columns: [],
} as unknown as PlannedTable;

const type = (oid: number): CatalogType => ({
  oid,
  typname: `type_${oid}`,
  kind: 'enum',
  hasBinary: true,
  element: null,
  base: null,
  attributes: [],
  labels: Array.from({ length: 20 }, (_, label) => `label ${label} of ${oid}`),
});

function tasksWith(types: number) {
  const plan = { tables: [table], skipped: [], widthRows: 1e9, vaultDomains: [], keys: new Map(), notes: [] };
  const catalog = {
    major: 18,
    tables: [],
    types: new Map(Array.from({ length: types }, (_, n) => [n, type(n)] as const)),
  };
  const config = { source: { read: 'copy' }, memoryBytes: 512e6, baseDir: '/', strategies: undefined, retries: {} };
  const context = {
    config,
    databases: { source: {}, secret: Buffer.from('a secret') },
    into: {},
    references: new Map(),
    run: 'r',
    snapshot: 's',
    workers: WORKERS,
    state: { buffer: new SharedArrayBuffer(8) },
    selected: new Map(),
    slices: cutSlices(plan as never, WORKERS),
  };
  return sliceTasks(plan as never, { source: catalog, target: catalog } as never, context as never);
}

test('what a task carries does not grow with the catalogue', () => {
  const sizeOf = (types: number): number => {
    const tasks = tasksWith(types);
    expect(tasks.length).toBeGreaterThan(WORKERS);
    expect(new Set(tasks.map(({ settings }) => settings)).size).toBe(1); // shared, so never copied
    return serialize(tasks.map(({ slices }) => slices)).length;
  };
  expect(sizeOf(2000)).toBe(sizeOf(1));
});

test('settings arrive as they were, and are the reader’s own', () => {
  const settings = {
    run: 'r',
    secret: Buffer.from('a secret'),
    control: undefined,
    types: new Map([[7, type(7)]]),
    references: new Map([['a', 'b']]),
  } as unknown as RunSettings;
  const shared = shareSettings(settings);
  const [read, again] = [readSettings(shared), readSettings(shared)];
  expect(read).toEqual(settings);
  read.secret?.fill(0);
  expect(again).toEqual(settings);
});
