import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { displayWidth } from '../src/demo/text-width.ts';
import { createDatabase, hashTable, type TestDatabase, withDatabase } from './database.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const sql = (name: string): string => readFileSync(join(ROOT, 'src/demo', name), 'utf8');

const TABLES = [
  ...['address', 'country', 'login', 'order_line', 'orders', 'payment', 'person', 'product', 'ticket'],
] as const;

describe('the source of the demo', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
    await database.query(sql('schema.sql'));
    await database.query(sql('source.sql'));
  });
  afterAll(() => database.drop());

  const single = async (query: string): Promise<unknown> => {
    const [row] = await database.query<Record<string, unknown>>(query);
    return Object.values(row ?? {})[0];
  };

  test('has at least 200,000 rows in its tables, none of them empty', async () => {
    let rows = 0;
    for (const table of TABLES) {
      const counted = Number(await single(`select count(*) from ${table}`));
      expect(counted, table).toBeGreaterThan(0);
      rows += counted;
    }
    expect(rows).toBeGreaterThanOrEqual(200_000);
  });

  test('has no other tables', async () => {
    const rows = await database.query<{ name: string }>(
      `select relname as name from pg_class where relkind in ('r', 'p') and not relispartition
       and relnamespace = 'public'::regnamespace order by 1`,
    );
    expect(rows.map(row => row.name)).toEqual(TABLES);
  });

  test('holds its foreign keys, the circle too', async () => {
    const rows = await database.query<{ sql: string }>(
      `select format('alter table %s drop constraint %I, add constraint %I %s',
         conrelid::regclass, conname, conname || '_again', pg_get_constraintdef(oid)) as sql
       from pg_constraint where contype = 'f' and conparentid = 0`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(12);
    for (const row of rows) await database.query(row.sql);
  });

  test('spreads payments over three partitions', async () => {
    expect(await single('select count(distinct tableoid)::int from payment')).toBe(3);
  });

  test.each([
    ['Cyrillic', '[а-я]'],
    ['Arabic', '[\u0627-\u064a]'],
    ['Hebrew', '[\u05d0-\u05ea]'],
    ['Chinese and Japanese', '[\u4e00-\u9fff]'],
    ['Hangul', '[\uac00-\ud7a3]'],
    ['Thai', '[\u0e01-\u0e2e]'],
    ['Greek', '[α-ω]'],
    ['Devanagari', '[\u0905-\u0939]'],
    ['combining marks', '[\u0300-\u036f]'],
  ])('has names in %s', async (_, characters) => {
    expect(await single(`select count(*)::int from person where full_name ~ '${characters}'`)).toBeGreaterThanOrEqual(
      1000,
    );
  });

  test.each([
    ['emoji', `select count(*) from orders where gift_note like '%🎂%'`],
    ['backslashes', String.raw`select count(*) from orders where gift_note like '%\\%'`],
    ['tabs and newlines', String.raw`select count(*) from orders where gift_note like E'%\n\t%'`],
    ['empty texts', `select count(*) from orders where gift_note = ''`],
    ['NULL in nullable columns', 'select count(*) from person where phone is null'],
    ['NULL in arrays', 'select count(*) from person where array_position(interests, null) > 0'],
    ['JSON', `select count(*) from person where profile -> 'contact' ->> 'consent' = 'true'`],
  ])('has %s', async (_, query) => {
    expect(Number(await single(query))).toBeGreaterThanOrEqual(1000);
  });

  test('leaves its sequences after the last row', async () => {
    await expect(single(`select nextval('person_id_seq')::int`)).resolves.toBe(30_001);
    await expect(single(`select nextval('address_id_seq')::int`)).resolves.toBe(40_001);
  });

  test('is the same every time', async () => {
    await withDatabase(sql('schema.sql'), async again => {
      await again.query(sql('source.sql'));
      for (const table of TABLES) {
        expect(await hashTable(again.query, table), table).toEqual(await hashTable(database.query, table));
      }
    });
  });
});

describe('npm run demo', () => {
  let temporary = '';
  let output = '';
  let exitCode: number | null = null;
  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'pgveil-test-'));
    const demo = spawn(process.execPath, [join(ROOT, 'src/demo/main.ts')], {
      cwd: temporary,
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let progress = '';
    demo.stdout.setEncoding('utf8').on('data', text => {
      output += text;
    });
    demo.stderr.setEncoding('utf8').on('data', text => {
      progress += text;
    });
    [exitCode] = await once(demo, 'close');
    if (exitCode !== 0) throw new Error(`the demo ended with ${exitCode}:\n${output}\n${progress}`);
  });
  afterAll(() => rm(temporary, { recursive: true }));

  test('fits into 100 columns', () => {
    const before = output.slice(0, output.indexOf('Report:'));
    for (const line of before.split('\n')) expect(displayWidth(line), line).toBeLessThanOrEqual(100);
  });

  test('shows people before and after, and that their tickets still belong to them', () => {
    const after = [...output.matchAll(/^ {2}customer_no +C-0028162 +(\S+)$/gm)].map(match => match[1]);
    expect(after).toHaveLength(2);
    expect(after[0]).toBe(after[1]);
    expect(after[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(output).toMatch(/^ {2}details .*\(the same\)$/m);
    expect(output).not.toContain('no such row');
  });

  test('says where the report is, and the report counts the rows', async () => {
    const path = /^Report: (.+)$/m.exec(output)?.[1] ?? '';
    const report = JSON.parse(await readFile(path, 'utf8')) as { rows: number };
    expect(report.rows).toBeGreaterThanOrEqual(200_000);
  });

  test('leaves nothing in the temporary folder', () => {
    expect(readdirSync(temporary)).toEqual([]);
  });
});
