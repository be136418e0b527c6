import pg from 'pg';
import { expect, test } from 'vitest';
import type { ListedRun } from '../../src/index.ts';
import { expectFailure } from '../faults/cli.ts';
import { runHere, startHere } from '../faults/here.ts';
import { CONFIG, EVENTS, type Pair, useWorld } from '../faults/world.ts';
import { expectNoHolder, HELD, holders, killed } from './held.ts';

const withPair = useWorld();

/** What `anonymize runs --json` says. */
async function runsOf(pair: Pair, config: unknown = HELD): Promise<readonly ListedRun[]> {
  const { file, env } = pair.configure(config);
  const ended = await runHere(['runs', '--config', file, '--json'], env);
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  return JSON.parse(ended.stdout) as ListedRun[];
}

test('runs are listed with their state, how far they came, and whether they can go on', async () => {
  await withPair({}, async pair => {
    expect(await runsOf(pair)).toEqual([]);
    expect(await pair.sync()).toMatchObject({ exitCode: 0 });
    await killed(pair);
    const [unfinished, done] = await runsOf(pair);
    expect(unfinished).toMatchObject({
      state: 'killed',
      slices: 3,
      is_resumable: true,
      obstacle: null,
      is_same_config: true,
      finished: null,
    });
    expect(unfinished?.slices_done).toBeLessThan(3);
    expect(unfinished?.snapshot_age_seconds).toBeLessThan(60);
    expect(done).toMatchObject({
      state: 'done',
      slices_done: 3,
      slices: 3,
      rows_done: EVENTS + 800,
      is_resumable: false,
    });
    expect(done).toMatchObject({ obstacle: 'it is done', is_same_config: false });

    const [{ pid = 0 } = {}] = await holders(pair);
    await pair.source.query('select pg_terminate_backend($1)', [pid]);
    await expectNoHolder(pair);
    const { file, env } = pair.configure(HELD);
    const listed = await runHere(['runs', '--config', file], env);
    expect(listed.stdout).toMatch(/^run +started +state +slices +rows +snapshot +can go on\n/);
    expect(listed.stdout).toMatch(/ killed +\d of 3 .* old +no: nothing holds its snapshot any more\n/);
    expect(listed.stdout).toMatch(/ done +3 of 3 +6,800 +no: it is done\n/);
  });
});

test('a stopped run is known to be held also while its target has not noticed that a session of it is gone', async () => {
  await withPair({}, async pair => {
    await killed(pair);
    // As a run that stops leaves it.
    await pair.target.query(`update pgveil.run set state = 'interrupted', finished = clock_timestamp()`);
    const [left] = await runsOf(pair);
    expect(left).toMatchObject({ state: 'stopped', is_resumable: true });
    const session = new pg.Client({
      connectionString: pair.target.url,
      application_name: `anonymize/${left?.run}/worker`,
    });
    await session.connect();
    try {
      expect(await runsOf(pair)).toMatchObject([{ state: 'stopped', is_resumable: true, obstacle: null }]);
    } finally {
      await session.end();
    }
    expect(await pair.sync({ config: HELD, args: ['--resume'] })).toMatchObject({ exitCode: 0 });
    await expectNoHolder(pair);
  });
});

test('the ledger of a version that could not go on is read, and gets what it lacks with the next run', async () => {
  await withPair({}, async pair => {
    expect(await pair.sync()).toMatchObject({ exitCode: 0 });
    await pair.target.query('drop table pgveil.held');
    expect(await runsOf(pair, CONFIG)).toMatchObject([{ state: 'done', obstacle: 'it is done' }]);
    expect(await pair.sync()).toMatchObject({ exitCode: 0 });
    expect(await pair.target.query('select * from pgveil.held')).toEqual([]);
  });
});

/** Syncs at a terminal at which somebody gives these answers. */
async function syncAt(pair: Pair, answers: string[]) {
  const { file, env } = pair.configure(HELD);
  const asked: string[] = [];
  const ask = async (question: string): Promise<string> => {
    asked.push(question);
    return answers.shift() ?? '';
  };
  return { ended: await startHere(['sync', '--config', file], env, ask).ended, asked };
}

test.each([
  ['go', ['what?', 'Go'], 1],
  ['over', ['over'], 2],
])('at a terminal, somebody is asked: %s', async (_, answers, runs) => {
  await withPair({}, async pair => {
    await killed(pair);
    const { ended, asked } = await syncAt(pair, [...answers]);
    expect(ended).toMatchObject({ exitCode: 0 });
    expect(asked).toHaveLength(answers.length);
    expect(asked[0]).toMatch(
      /^Run [0-9a-f-]{36} of \S+ was not finished and can go on: \d of 3 slices .*\[go\/over\/stop\] $/s,
    );
    await pair.expectComplete();
    expect(await runsOf(pair)).toHaveLength(runs);
    await expectNoHolder(pair);
  });
});

test('at a terminal, somebody who stops leaves the unfinished run as it is', async () => {
  await withPair({}, async pair => {
    await killed(pair);
    const { ended } = await syncAt(pair, ['stop']);
    expectFailure(ended, { code: 'ANON_INTERRUPTED' });
    expect(await runsOf(pair)).toMatchObject([{ state: 'killed', is_resumable: true }]);
    expect(await pair.sync({ config: HELD, args: ['--resume'] })).toMatchObject({ exitCode: 0 });
    await pair.expectComplete();
    await expectNoHolder(pair);
  });
});
