// The quarantine as its users meet it: the run says what it has sealed, and only who has the private key opens it.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectFailure, expectNothingLeaked, SECRET, startCli, withConfig } from '../faults/cli.ts';
import { runHere } from '../faults/here.ts';
import { type Gate, type Gates, holdWhen, withProxy } from '../faults/proxy.ts';
import { configText, createPair, dropPair, type Pair } from '../sync.ts';

const folder = mkdtempSync(join(tmpdir(), 'pgveil-quarantine-'));
const keyFile = join(folder, 'operator');
const file = (name: string): string => join(folder, name);

let pair: Pair;
beforeAll(async () => {
  pair = await createPair(`
    create table public.person (id int primary key, name text, age int);
    create table public.pet (id int primary key, person int constraint pet_person references public.person)`);
  await pair.source.query(`insert into public.person select n, 'CANARY-471147', n from generate_series(1, 100) n;
    insert into public.pet select n, n from generate_series(1, 50) n`);
  await pair.target.query('alter table public.person add constraint young check (age < 98)');
  expect(await runHere(['quarantine', 'keygen', keyFile])).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await dropPair(pair);
});

const PEOPLE = { 'public.person': { keep: ['id', 'age'], columns: { name: 'hash' } }, 'public.pet': 'keep' };

function sync(
  name: string,
  { quarantine = {}, tables = PEOPLE, args = [] as readonly string[], target = pair.target.url } = {},
) {
  const config = configText(tables, {
    trial_rows: 0,
    on_row_error: 'quarantine',
    quarantine: { file: file(name), public_key: `file:${keyFile}.pub`, ...quarantine },
  });
  const env = { SOURCE_URL: pair.source.url, TARGET_URL: target, ANONYMIZE_SECRET: SECRET, PUBLIC: '' };
  return withConfig(config, path => runHere(['sync', '--config', path, ...args], env));
}

const openBy = (key: string, path: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  runHere(['quarantine', 'open', path, '--private-key', key, ...args], env);

const open = (path: string, ...args: readonly string[]) => openBy(`file:${keyFile}`, path, args);

test('keygen makes a private key for its owner alone and a public one, and overwrites neither', async () => {
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  expect(readFileSync(keyFile, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  expect(readFileSync(`${keyFile}.pub`, 'utf8')).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  const before = readFileSync(keyFile, 'utf8');
  expectFailure(await runHere(['quarantine', 'keygen', keyFile]), {
    code: 'ANON_QUARANTINE_KEY_FILE',
    says: ['EEXIST'],
  });
  expect(readFileSync(keyFile, 'utf8')).toBe(before);
});

describe('a run that sealed rows', () => {
  let report: { readonly run: string };
  beforeAll(async () => {
    const ended = await sync('rows', { args: ['--report', file('report.json')] });
    expectFailure(ended, { code: 'ANON_QUARANTINED', exit: 65, says: ['refused 3 row(s)', file('rows')] });
    expect(ended.stdout).toContain(`Rows that the target refused: 3, sealed in ${file('rows')}.`);
    report = JSON.parse(readFileSync(file('report.json'), 'utf8'));
  });

  test('has everything else in the target, and counts in its report', async () => {
    expect(report).toMatchObject({ rows: 147, quarantined: 3, quarantine: file('rows') });
    expect(await pair.target.query('select count(*)::int as n, max(age) from public.person')).toEqual([
      { n: 97, max: 97 },
    ]);
    expect(await pair.target.query('select state from pgveil.run order by started desc limit 1')).toEqual([
      { state: 'done' },
    ]);
  });

  test('is opened by who has the private key', async () => {
    const ended = await open(file('rows'));
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expectNothingLeaked(ended);
    const rows = ended.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(
      rows.map(({ table, row, sqlstate, constraint, values: { id, age } }) => [
        table,
        row,
        sqlstate,
        constraint,
        id,
        age,
      ]),
    ).toEqual([98, 99, 100].map(n => ['public.person', n, '23514', 'young', `${n}`, `${n}`]));
  });

  test('is opened into a new file for its owner alone', async () => {
    expect(await open(file('rows'), '--out', file('opened'))).toMatchObject({ exitCode: 0, stdout: '' });
    expect(statSync(file('opened')).mode & 0o777).toBe(0o600);
    expect(readFileSync(file('opened'), 'utf8')).toBe((await open(file('rows'))).stdout);
    expectFailure(await open(file('rows'), '--out', file('opened')), { code: 'ANON_USAGE', says: ['EEXIST'] });
  });

  test('is not opened with another key', async () => {
    const other = file('other');
    await runHere(['quarantine', 'keygen', other]);
    const ended = await openBy(`file:${other}`, file('rows'));
    expectFailure(ended, { code: 'ANON_QUARANTINE_WRONG_KEY', exit: 77 });
    expect(ended.stdout).toBe('');
  });

  test.each([
    ['public', `file:${keyFile}.pub`, 'ANON_CONFIG_FILE_MODE'],
    ['missing', 'file:/nowhere', 'ANON_CONFIG_REFERENCE'],
    ['itself', 'hunter2', 'ANON_CONFIG_REFERENCE'],
    ['from an empty variable', 'env:NOTHING', 'ANON_CONFIG_REFERENCE'],
    ['no key', 'env:KEY', 'ANON_QUARANTINE_KEY'],
  ] as const)('is not opened with a key that is %s', async (_, key, code) => {
    const env = { KEY: readFileSync(`${keyFile}.pub`, 'utf8') };
    const ended = await openBy(key, file('rows'), [], env);
    expectFailure(ended, { code, hides: ['hunter2'] });
  });

  const damage: readonly (readonly [what: string, (lines: string[]) => string])[] = [
    ['cut short', lines => lines.join('\n').slice(0, -9)],
    ['changed in its first line', lines => lines.join('\n').replace('"run":"', '"run":"0')],
    ['changed in what a line says in clear', lines => lines.join('\n').replace('"slice":0', '"slice":1')],
    ['changed in what is sealed', lines => lines.with(1, `${lines[1]?.slice(0, -12)}AAAAAAAAAAAA`).join('\n')],
    ['without its rows', lines => lines.toSpliced(1, 1).join('\n')],
    ['with a line twice', lines => lines.toSpliced(1, 0, `${lines[1]}`).join('\n')],
    ['empty', () => ''],
    ['another file', () => 'id,name\n1,2\n'],
  ];
  test.each(damage)('is not opened when it is %s', async (_, change) => {
    writeFileSync(file('damaged'), change(readFileSync(file('rows'), 'utf8').split('\n')));
    const ended = await open(file('damaged'));
    expectFailure(ended, { code: 'ANON_QUARANTINE_DAMAGED', exit: 65 });
    expect(ended.stdout).toBe('');
  });

  test('is not opened without its end, unless that is asked for', async () => {
    const lines = readFileSync(file('rows'), 'utf8').trimEnd().split('\n');
    writeFileSync(file('unfinished'), `${lines.slice(0, -1).join('\n')}\n`);
    expectFailure(await open(file('unfinished')), { code: 'ANON_QUARANTINE_UNFINISHED', exit: 65 });
    expect((await open(file('unfinished'), '--unfinished')).stdout).toBe((await open(file('rows'))).stdout);
  });

  test('is not overwritten by the next, which begins nothing', async () => {
    const before = readFileSync(file('rows'));
    expectFailure(await sync('rows'), { code: 'ANON_QUARANTINE_FILE', exit: 73, says: ['never overwritten'] });
    expect(readFileSync(file('rows'))).toEqual(before);
    expect(await pair.target.query('select count(*)::int as n from public.person')).toEqual([{ n: 97 }]);
  });
});

describe('a run fails', () => {
  test('when the target refuses more rows than are allowed', async () => {
    expectFailure(await sync('many', { quarantine: { max_rows: 2 } }), {
      code: 'ANON_QUARANTINE_FULL',
      exit: 65,
      says: ['more than 2 row(s)'],
    });
    expect(await pair.target.query('select from public.person')).toEqual([]);
  });

  test('when other rows reference a sealed one', async () => {
    await pair.source.query('insert into public.pet values (99, 99)');
    expectFailure(await sync('referenced'), { code: 'ANON_TARGET_FOREIGN_KEY', says: ['pet_person'] });
    await pair.source.query('delete from public.pet where id = 99');
  });

  test.each([
    ['a private key', { public_key: `file:${keyFile}` }, 'ANON_QUARANTINE_KEY'],
    ['no key', { public_key: 'env:PUBLIC' }, 'ANON_CONFIG_REFERENCE'],
    ['a folder that is not there', { file: '/nowhere/rows' }, 'ANON_QUARANTINE_FILE'],
  ] as const)('with %s, before anything is read', async (_, quarantine, code) => {
    expectFailure(await sync('never', { quarantine }), { code });
    expect(existsSync(file('never'))).toBe(false);
  });

  test('and leaves no file, when nothing was sealed', async () => {
    const tables = { ...PEOPLE, 'public.nobody': 'keep' };
    expectFailure(await sync('nothing', { tables }), {
      code: 'ANON_PLAN_REFUSED',
      findings: ['ANON_PLAN_UNKNOWN_TABLE'],
    });
    expect(existsSync(file('nothing'))).toBe(false);
  });
});

test.each([
  ['before its COMMIT is sent', 'toServer', 0],
  ['before the answer to its COMMIT comes', 'toClient', 3],
] as const)(
  'a run that is killed %s has sealed rows that say so, and the next one seals them once',
  async (what, way, kept) => {
    const name = `killed ${way}`;
    let isCommitting = false;
    const hold = holdWhen(() => isCommitting);
    const toServer: Gate = (...seen) => {
      const [chunk] = seen;
      if (!chunk.includes('insert into pgveil.quarantined')) return undefined;
      isCommitting = true;
      return way === 'toServer' ? hold.gate(...seen) : undefined;
    };
    const config = configText(PEOPLE, {
      trial_rows: 0,
      parallel: 1,
      on_row_error: 'quarantine',
      quarantine: { file: file(name), public_key: `file:${keyFile}.pub` },
    });
    await withProxy(
      pair.target.url,
      { toServer, ...(way === 'toClient' && { toClient: hold.gate }) },
      async ({ url }) =>
        withConfig(config, async path => {
          const env = { SOURCE_URL: pair.source.url, TARGET_URL: url, ANONYMIZE_SECRET: SECRET };
          const cli = startCli(['sync', '--config', path], env);
          await hold.reached;
          cli.process.kill('SIGKILL');
          expect((await cli.ended).signal).toBe('SIGKILL');
        }),
    );
    expectFailure(await open(file(name)), { code: 'ANON_QUARANTINE_UNFINISHED' });
    const lines = (await open(file(name), '--unfinished')).stdout.trimEnd().split('\n');
    const [{ attempt }] = lines.map(line => JSON.parse(line)) as [{ attempt: string }];
    expect(lines).toHaveLength(3);
    const committed = await pair.target.query('select rows from pgveil.quarantined where attempt = $1', [attempt]);
    expect(committed, what).toEqual(kept > 0 ? [{ rows: kept }] : []);

    expectFailure(await sync(`after ${name}`), { code: 'ANON_QUARANTINED', says: ['refused 3 row(s)'] });
    expect((await open(file(`after ${name}`))).stdout.trimEnd().split('\n')).toHaveLength(3);
  },
);

test.each([
  ['before its COMMIT arrives', 'toServer', 2],
  ['before the answer to its COMMIT comes', 'toClient', 1],
] as const)('a connection that is lost %s seals no row twice, and loses none', async (_, way, attempts) => {
  const name = `lost ${way}`;
  let isDue = false;
  let cut = (): void => {};
  let cuts = 0;
  const strike = (): undefined => {
    if (cuts++ === 0) cut();
  };
  const gates: Gates = {
    toServer: chunk => {
      if (!chunk.includes('insert into pgveil.quarantined')) return undefined;
      isDue = true;
      return way === 'toServer' ? strike() : undefined;
    },
    toClient: () => (isDue && way === 'toClient' ? strike() : undefined),
  };
  await withProxy(pair.target.url, gates, async proxy => {
    cut = proxy.cut;
    const ended = await sync(name, { target: proxy.url });
    expectFailure(ended, { code: 'ANON_QUARANTINED', says: ['refused 3 row(s)'] });
  });
  const rows = await opened(name);
  expect(rows.map(({ values: { id } }) => id)).toEqual(['98', '99', '100']);
  const all = readFileSync(file(name), 'utf8').match(/"attempt":"[0-9a-f]+"/g);
  expect(all).toHaveLength(attempts);
  expect(await pair.target.query('select count(*)::int as n from public.person')).toEqual([{ n: 97 }]);
});

/** What who has the private key reads. */
async function opened(name: string): Promise<{ readonly values: Readonly<Record<string, string>> }[]> {
  const { stdout } = await open(file(name));
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
}
