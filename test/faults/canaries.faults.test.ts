// Nothing leaks: five hundred canaries, in every encoding, are looked for in everything that a run touches, whatever becomes of it;
// and the same search finds them where values are kept, and in every place into which a strategy lets them out on purpose.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alter, CASES, type Case, onMasked, untried, writeStrategies } from './canary-cases.ts';
import { type CanaryWorld, kept, masked, openWorld, PASSWORD, type WatchedRun } from './canary-world.ts';
import { SECRET } from './cli.ts';
import { type Needle, searchFor } from './needles.ts';
import { writeRecord } from './record.ts';
import { draws, repeats } from './scale.ts';
import { CAN_WATCH, type Place } from './watch-process.ts';

const SECRETS: readonly Needle[] = [
  { name: 'the master secret', text: SECRET },
  { name: 'the password of the source', text: PASSWORD },
];
const anywhere = searchFor([...masked.needles, ...kept.needles, ...SECRETS]);
const inTarget = searchFor([...masked.needles, ...SECRETS]);
const figures = {
  masked: masked.canaries,
  kept: kept.canaries,
  forms: anywhere.patterns,
  ...{ runs: 0, kills: 0, places: 0, bytes: 0, found: 0 },
  /** What the controls have found: canaries by where they were to be. */
  control: {} as Record<string, number>,
};

let world: CanaryWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world?.close();
  writeRecord('canaries', figures);
});

/** `masked word 3 (hex) in stderr`, never the value. */
function findIn(search: typeof anywhere, places: Iterable<Place>): string[] {
  const found: string[] = [];
  for (const { name, bytes } of places) {
    figures.places++;
    figures.bytes += bytes.length;
    for (const { needle, encoding } of search.find(bytes)) found.push(`${needle.name} (${encoding}) in ${name}`);
  }
  return found;
}

/** Where the tests have Node keep what it has compiled: it holds the command's own code. */
const COMPILED = process.env.NODE_COMPILE_CACHE ?? '/nowhere';

/** The environment that the command was given has both secrets, as the configuration says. */
const isOwnEnvironment = ({ name }: Place): boolean => name === 'environ (own)';

function expectNothingIn(run: WatchedRun): void {
  figures.runs++;
  const found = findIn(
    anywhere,
    run.left.filter(place => !isOwnEnvironment(place)),
  );
  figures.found += found.length;
  expect(found).toEqual([]);
  // Whatever a process could write, it would write into a file that it opens for that.
  expect([...run.written].filter(file => ![world.folder, COMPILED].some(folder => file.startsWith(folder)))).toEqual(
    [],
  );
}

/** In the short form some of them: nothing-in-clear.pg.test.ts has every class of failure, too. */
const chosen = (() => {
  const next = draws('cases');
  const drawn = Object.entries(CASES).map(([name, how]) => ({ name, how, order: how.exit === 0 ? 0 : next() }));
  return drawn.sort((a, b) => a.order - b.order).slice(0, repeats(6, drawn.length));
})();

let targets = 0;
async function runCase({ exit, code, settings = {}, ...how }: Case): Promise<WatchedRun> {
  const strategies = writeStrategies(join(world.folder, 'strategies'));
  const run = await world.run({ target: `target_${++targets}`, settings: { strategies, ...settings }, ...how });
  expect(run.exitCode, run.stderr).toBe(exit);
  if (code) expect(run.stderr).toContain(code);
  return run;
}

describe.skipIf(!CAN_WATCH)('nothing of any canary is in what a run leaves or shows that', () => {
  test.each(chosen)('$name', async ({ how }) => {
    const run = await runCase(how);
    expectNothingIn(run);
  });

  test('seals rows that the target refuses', async () => {
    const run = await world.run({
      target: 'sealed',
      sql: `alter table public.masked add check (id % 7 <> 3); ${alter} add check (id % 5 <> 2)`,
      settings: world.quarantine('sealed'),
    });
    expect(run.exitCode, run.stderr).toBe(65);
    expect(run.stderr).toContain('ANON_QUARANTINED');
    expect(run.left.map(({ name }) => name)).toContain(join(world.folder, 'sealed.sealed'));
    expect(readFileSync(join(world.folder, 'sealed.sealed')).length).toBeGreaterThan(50_000);
    expectNothingIn(run);
  });

  test('cannot log in, with a password that is wrong', async () => {
    const wrong = 'Wrong-pass-word-5521';
    const env = { SOURCE_URL: `postgresql://reader:${wrong}@127.0.0.1:${world.cluster.port}/empty` };
    const run = await world.run({ target: 'no_login', env });
    expect(run.stderr).toContain('ANON_AUTHENTICATION');
    expectNothingIn(run);
    const search = searchFor([{ name: 'the wrong password', text: wrong }]);
    expect(
      findIn(
        search,
        run.left.filter(place => !isOwnEnvironment(place)),
      ),
    ).toEqual([]);
  });

  test('is killed or interrupted at some point', async () => {
    const next = draws('kills');
    for (let kill = 0; kill < repeats(3, 90); kill++) {
      const signal = kill % 3 === 2 ? 'SIGINT' : 'SIGKILL';
      const run = await world.run({
        target: `killed_${kill}`,
        meanwhile: async cli => {
          await sleep(150 + next() * 700);
          cli.process.kill(signal);
        },
      });
      figures.kills++;
      expectNothingIn(run);
    }
  });

  test('any of these runs: the files of the target’s and the vault’s cluster, its WAL and its log', async () => {
    const [{ tokens } = { tokens: 0 }] = await world.query<{ tokens: number }>(
      'control',
      'select count(*)::int as tokens from pgveil_vault.token',
    );
    expect(tokens).toBeGreaterThan(20); // the vault has the originals, sealed
    const files = await world.clusterFiles();
    const before = figures.bytes;
    const found = findIn(inTarget, files);
    figures.found += found.length;
    expect(found).toEqual([]);
    expect(figures.bytes - before).toBeGreaterThan(30_000_000);
  });
});

describe.skipIf(!CAN_WATCH)('the search finds canaries', () => {
  test('in every place into which a strategy lets them out', async () => {
    const strategies = writeStrategies(join(world.folder, 'strategies'));
    const tables = onMasked({ odd: 'lets_out' });
    const run = await world.run({ target: 'let_out', tables, settings: { ...untried, strategies, parallel: 1 } });
    const found = findIn(anywhere, run.left);
    const places = [
      ['plain', 'stdout'],
      ['json', 'stderr'],
      ['url', 'stderr'],
      ['utf-16', 'temporary file spill'],
      ['hex', 'environ (child)'],
      ['base64', 'cmdline (child)'],
    ];
    for (const [encoding, place] of places) {
      expect(
        found.filter(one => one.startsWith('masked odd ') && one.endsWith(`(${encoding}) in ${place}`)),
      ).not.toEqual([]);
    }
    expect([...run.written].filter(file => file.endsWith('/tmp/spill'))).toHaveLength(1);
  });

  test('in the tables, the WAL and the catalogue of a target where they are kept', async () => {
    const keep = { 'public.masked': { keep: ['id', 'bad', ...Object.keys(masked.rules)] } };
    const run = await world.run({ target: 'kept', tables: keep });
    expect(run.exitCode, run.stderr).toBe(0);
    const files = await world.clusterFiles();
    const search = searchFor(masked.needles);
    const found = { base: new Set<string>(), pg_wal: new Set<string>() };
    for (const { name, bytes } of files) {
      const [folder] = (['base', 'pg_wal'] as const).filter(one => name.startsWith(join(world.cluster.dataDir, one)));
      if (folder) for (const { needle } of search.find(bytes)) found[folder].add(needle.name);
    }
    const wanted = [...new Set(masked.needles.map(({ name }) => name))];
    // A date is four bytes there: too few to tell it from chance.
    const stored = wanted.filter(name => !name.includes(' born '));
    for (const folder of ['base', 'pg_wal'] as const) {
      expect([...found[folder]].sort(), folder).toEqual(stored.sort());
      figures.control[folder] = found[folder].size;
    }

    const rows = await world.query<{ row: string }>('kept', 'select m::text as row from public.masked m');
    const text = new Set(
      search.find(Buffer.from(rows.map(({ row }) => row).join('\n'))).map(({ needle }) => needle.name),
    );
    // In a row's text, quotes and backslashes of a value are doubled, and bytes are hex.
    expect(wanted.filter(name => !text.has(name) && !name.includes(' odd '))).toEqual([]);
    figures.control.rows = text.size;
  });
});
