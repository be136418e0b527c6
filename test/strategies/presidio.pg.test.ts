import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { plan } from '../../src/index.ts';
import { configOf, configText, createPair, dropPair, environmentOf, type Pair, runSync, runSyncHere } from '../sync.ts';
import { type AnalyzerServer, failing, startAnalyzer } from './analyzer-server.ts';

/** Stands in every row that must not be told. */
const CANARY = 'canary-7Q';
const SCHEMA = `
create table note (id int primary key, body text, tags text[]);
insert into note
select i, 'Row ' || i || ' 😀 ${CANARY} met Ada Lovelace', array['Ada Lovelace', 'x' || i] from generate_series(1, 60) i`;

let pair: Pair;
let server: AnalyzerServer;

beforeAll(async () => {
  pair = await createPair(SCHEMA);
  server = await startAnalyzer({ 'Ada Lovelace': 'PERSON', [CANARY]: 'ID' });
});
afterEach(() => server.behave(undefined));
afterAll(() => Promise.all([dropPair(pair), server.close()]));

const PRESIDIO = { url: 'env:ANALYZER_URL', token: 'env:ANALYZER_TOKEN', timeout_seconds: 5 };
const REDACT = { strategy: 'redact_text', presidio: PRESIDIO };
const TABLES = { 'public.note': { keep: ['id'], columns: { body: REDACT, tags: REDACT } } };
const env = () => ({ ANALYZER_URL: server.url, ANALYZER_TOKEN: 'secret-token' });

test('a sync replaces what the analyzer finds, in texts and in elements of arrays', async () => {
  const run = await runSync(pair, configText(TABLES), { env: env() });
  expect(run).toMatchObject({ exitCode: 0 });
  const rows = await pair.target.query<{ id: number; body: string; tags: string[] }>('select * from note order by id');
  expect(rows).toHaveLength(60);
  for (const { id, body, tags } of rows) {
    expect(body).toMatch(new RegExp(`^Row ${id} 😀 \\[ID \\w{10}\\] met \\[PERSON \\w{10}\\]$`));
    expect(tags).toEqual([body.slice(body.indexOf('[PERSON')), `x${id}`]);
  }
  expect(new Set(server.questions.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret-token']));
  const told = `${run.stdout}${run.stderr}${run.report}${JSON.stringify(run.temporary)}`;
  for (const secret of [CANARY, 'secret-token', 'Lovelace']) expect(told).not.toContain(secret);
});

test('the plan says that texts leave the process, and where to, without a password', async () => {
  const references = { ...environmentOf(pair), ...env(), ANALYZER_URL: server.url.replace('//', '//ada:pass@') };
  const planned = await plan(configOf(TABLES), { env: references });
  const note = planned.tables[0]?.columns.find(({ name }) => name === 'body')?.note;
  expect(note).toContain(`texts leave this process: they are sent to ${server.url}/analyze`);
  expect(JSON.stringify(planned)).not.toMatch(/ada:pass|secret-token/);
});

describe('nothing is copied in clear where', () => {
  test('the analyzer fails amid the run', async () => {
    let asked = 0;
    server.behave((question, response, next) => {
      if (++asked > 30) failing(500)(question, response, next);
      else next();
    });
    const run = await runSyncHere(pair, configText(TABLES), { env: env() });
    expect(run.exitCode).toBe(69);
    expect(run.stderr).toContain('ANON_ANALYZER_AWAY');
    expect(run.stderr).toContain('answered with HTTP 500');
    expect(run.stdout + run.stderr).not.toContain(CANARY);
    expect(await pair.target.query('select count(*)::int as rows from note')).toEqual([{ rows: 0 }]);
  });

  test('the analyzer gives offsets that cannot be', async () => {
    server.behave(({ body }, response, next) => {
      if (!body.text.includes(CANARY)) next();
      else response.end(JSON.stringify([{ entity_type: 'PERSON', start: 0, end: 9999, score: 1 }]));
    });
    const run = await runSyncHere(pair, configText(TABLES), { env: env() });
    expect(run.exitCode).toBe(65);
    expect(run.stderr).toContain('ANON_ANALYZER_ANSWER');
    expect(run.stdout + run.stderr).not.toContain(CANARY);
    expect(await pair.target.query('select count(*)::int as rows from note')).toEqual([{ rows: 0 }]);
  });

  test('a reference does not lead anywhere: the plan is refused', async () => {
    const run = await runSyncHere(pair, configText(TABLES), { env: { ANALYZER_URL: server.url, ANALYZER_TOKEN: '' } });
    expect(run.exitCode).toBe(78);
    expect(run.stderr).toContain('ANON_CONFIG_REFERENCE');
    expect(run.stderr).toContain('ANALYZER_TOKEN');
  });
});
