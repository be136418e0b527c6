// The identity run over every type: what COPY prints of each table is the same on both sides, byte for byte, whichever
// format it travelled in and whichever of two versions the servers are.

import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { expect, test } from 'vitest';
import { parseConfig, type Report, sync } from '../../src/index.ts';
import { createDatabase } from '../database.ts';
import { NO_SECOND_SERVER, secondServer, withSecondServer } from '../second-server.ts';
import { configText, SECRET } from '../sync.ts';
import { createTables, EXTENSIONS, everyType, fillTables, MADE_TYPES, tablesOf } from './every-type.ts';

type Read = 'copy' | 'cursor';

async function withClient<T>(url: string, callback: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' });
  await client.connect();
  return callback(client).finally(() => client.end());
}

const majorOf = (url: string): Promise<number> =>
  withClient(url, async client => {
    const { rows } = await client.query(`select current_setting('server_version_num')::int / 10000 as major`);
    return rows[0].major;
  });

/** What COPY prints of every table, as a digest and its length. */
async function printed(url: string, tables: readonly string[]): Promise<Record<string, string>> {
  return withClient(url, async client => {
    const found: Record<string, string> = {};
    for (const table of tables) {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of client.query(copyStreams.to(`copy ${table} to stdout`))) {
        hash.update(chunk as Buffer);
        bytes += (chunk as Buffer).length;
      }
      found[table] = `${bytes} bytes, ${hash.digest('hex')}`;
    }
    return found;
  });
}

/** Copies every type from one database to the other, and compares. */
async function copyEveryType(source: string, target: string, reads: readonly Read[]): Promise<Report> {
  const types = everyType(Math.min(await majorOf(source), await majorOf(target)));
  const make = [
    ...EXTENSIONS.map(name => `create extension ${name} schema public`),
    MADE_TYPES,
    ...types.map(createTables),
  ];
  for (const url of [source, target])
    await withClient(url, client =>
      client.query(['set search_path = public', 'set xmloption = content', ...make].join(';\n')),
    );
  await withClient(source, async client => {
    await client.query('set search_path = public; set xmloption = content');
    for (const [number, type] of types.entries()) await client.query(fillTables(type, number));
  });
  const tables = types.flatMap((_, number) => tablesOf(number));
  const expected = await printed(source, tables);
  const rules = Object.fromEntries([...tables, 'public.as_type'].map(table => [table, 'keep']));
  let report: Report | undefined;
  for (const read of reads) {
    const config = parseConfig(configText(rules, { source: { url: 'env:SOURCE_URL', read } }), { baseDir: tmpdir() });
    report = await sync(config, { env: { SOURCE_URL: source, TARGET_URL: target, ANONYMIZE_SECRET: SECRET } });
    const found = await printed(target, tables);
    const wrong = types.filter((_, number) => tablesOf(number).some(table => found[table] !== expected[table]));
    expect(
      wrong.map(({ type }) => type),
      read,
    ).toEqual([]);
  }
  return report!; // one of each read
}

const formatsOf = ({ tables }: Report): Record<'binary' | 'text', number> => ({
  binary: tables.filter(table => table.format === 'binary').length,
  text: tables.filter(table => table.format === 'text').length,
});

test('every type arrives byte for byte, in binary and in text', async () => {
  expect(everyType(18).length).toBeGreaterThanOrEqual(120);
  const [source, target] = [await createDatabase(), await createDatabase()];
  try {
    const formats = formatsOf(await copyEveryType(source.url, target.url, ['copy', 'cursor']));
    expect(formats.binary).toBeGreaterThan(120);
    expect(formats.text).toBeGreaterThan(150);
  } finally {
    await source.drop();
    await target.drop();
  }
});

test.skipIf(!secondServer)(
  `every type arrives between servers of the second version, and from it to the first${secondServer ? '' : ` (${NO_SECOND_SERVER})`}`,
  async () => {
    await withSecondServer(async create => {
      const [source, target] = [await create('source'), await create('target')];
      expect(formatsOf(await copyEveryType(source, target, ['copy'])).binary).toBeGreaterThan(120);
      const [older, newer] = [await create('older'), await createDatabase()];
      try {
        expect(formatsOf(await copyEveryType(older, newer.url, ['copy'])).binary).toBeGreaterThan(100);
      } finally {
        await newer.drop();
      }
    });
  },
);
