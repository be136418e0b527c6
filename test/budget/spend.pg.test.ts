// The record of what was spent, without a sync: sums, ceilings, repeats, and many who spend at once.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AskedSpending } from '../../src/budget/asked-spending.ts';
import { type BudgetRequest, type Ceiling, checkBudget, spendBudget } from '../../src/budget/spend.ts';
import { readSpent } from '../../src/budget/spent.ts';
import { AnonymizeError } from '../../src/errors.ts';
import { migrate } from '../../src/vault/migrate.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { asCommand } from '../vault/control.ts';

let control: TestDatabase;
beforeAll(async () => {
  control = await createDatabase();
  await asCommand(control, ({ pool }) => migrate(pool));
});
afterAll(() => control.drop());

let sources = 0;
/** A source that nobody has spent anything of. */
const newSource = () => ({ id: `name:source ${++sources}`, name: 'shop' });

const draw = (epoch: string | null, epsilon: number, rest: Partial<AskedSpending> = {}): AskedSpending => ({
  table: 'public.person',
  column: 'age',
  epoch,
  epsilon,
  delta: 0,
  draw: `age ${epoch} ${epsilon} ${rest.draw ?? ''}`,
  ...rest,
});

const request = (
  source: BudgetRequest['source'],
  asked: readonly AskedSpending[],
  ceiling?: Partial<Ceiling>,
): BudgetRequest => ({ source, asked, ceiling: ceiling && { epsilon: 1, delta: 0, ...ceiling } });

let runs = 0;
const spend = (asked: BudgetRequest): Promise<void> =>
  asCommand(control, ({ pool }) => spendBudget(pool, asked, `run ${++runs}`));
const check = (asked: BudgetRequest) => asCommand(control, ({ pool }) => checkBudget(pool, asked));

/** Of a source: ε and δ of its tables. */
async function spentOf({ id }: BudgetRequest['source']): Promise<Record<string, readonly [number, number]>> {
  const tables = await asCommand(control, ({ pool }) => readSpent(pool));
  const own = tables.filter(({ database }) => database === id);
  return Object.fromEntries(own.map(({ table, epsilon, delta }) => [table, [epsilon, delta]]));
}

describe('what is spent', () => {
  test('adds up over columns and epochs of a table, in exact decimals; a draw that was there adds nothing', async () => {
    const source = newSource();
    const ask = (...asked: AskedSpending[]) => spend(request(source, asked, { epsilon: 0.3 }));
    await ask(draw('1', 0.1));
    await ask(draw('1', 0.1), draw('1', 0.1, { column: 'pay', draw: 'pay' }));
    await ask(draw('2', 0.1)); // in doubles, this would be over
    await ask(draw('2', 0.1), draw('1', 0.1));
    expect(await spentOf(source)).toEqual({ 'public.person': [0.3, 0] });
    await expect(ask(draw('3', 1e-9))).rejects.toMatchObject({ code: 'ANON_PREFLIGHT_REFUSED' });
    const rows = await control.query<{ epsilon: string }>(
      'select epsilon from pgveil_budget.spending where database = $1 order by id',
      [source.id],
    );
    expect(rows.map(({ epsilon }) => Number(epsilon))).toEqual([0.1, 0, 0.1, 0.1, 0, 0]);
  });

  test('without an epoch is spent by every run', async () => {
    const source = newSource();
    for (let run = 0; run < 3; run++) await spend(request(source, [draw(null, 0.5)]));
    expect(await spentOf(source)).toEqual({ 'public.person': [1.5, 0] });
  });

  test('of one table, or one source, is not another one’s', async () => {
    const [one, other] = [newSource(), newSource()];
    const limit = { epsilon: 1 };
    await spend(request(one, [draw('1', 1), draw('1', 1, { table: 'public.visit', draw: 'visit' })], limit));
    await spend(request(other, [draw('1', 1)], limit));
    expect(await spentOf(one)).toEqual({ 'public.person': [1, 0], 'public.visit': [1, 0] });
  });

  test('cannot be taken back', async () => {
    await spend(request(newSource(), [draw('1', 1)]));
    for (const sql of ['update pgveil_budget.spending set epsilon = 0', 'delete from pgveil_budget.spending']) {
      await expect(control.query(sql)).rejects.toThrow('stays spent');
    }
  });
});

describe('the ceiling', () => {
  test('is told with what was spent and what is asked for, for each amount that is over it', async () => {
    const source = newSource();
    await spend(request(source, [draw('1', 0.75, { delta: 1e-9 })]));
    const asked = request(source, [draw('2', 0.5, { delta: 1e-9 })], { epsilon: 1, delta: 1.5e-9 });
    const findings = await check(asked);
    expect(findings.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'ANON_BUDGET_SPENT public.person: each of its rows has spent ε = 0.75 of local differential privacy, this run asks for 0.5 more, and the ceiling is 1.',
      'ANON_BUDGET_SPENT public.person: each of its rows has spent δ = 1e-9 of local differential privacy, this run asks for 1e-9 more, and the ceiling is 1.5e-9.',
    ]);
    await expect(spend(asked)).rejects.toMatchObject({ findings });
    expect(await spentOf(source)).toEqual({ 'public.person': [0.75, 1e-9] });
  });

  test('that was lowered lets pass what spends nothing more', async () => {
    const source = newSource();
    await spend(request(source, [draw('1', 5)]));
    expect(await check(request(source, [draw('1', 5)], { epsilon: 1 }))).toEqual([]);
    expect(await check(request(source, [draw('2', 5)], { epsilon: 1 }))).toHaveLength(1);
    expect(await check(request(source, [draw('2', 5)], { epsilon: 10 }))).toEqual([]);
  });

  test('holds for many who spend at once: as many get through as fit', async () => {
    const source = newSource();
    const tries = Array.from({ length: 12 }, (_, n) => request(source, [draw(`epoch ${n}`, 0.3)], { epsilon: 1 }));
    expect((await Promise.all(tries.map(check))).flat()).toEqual([]); // each of them would fit
    const ended = await Promise.allSettled(tries.map(spend));
    const refused = ended.flatMap(end => (end.status === 'rejected' ? [end.reason as unknown] : []));
    expect(ended.length - refused.length).toBe(3);
    for (const reason of refused) {
      expect(reason).toBeInstanceOf(AnonymizeError);
      expect(reason).toMatchObject({ findings: [{ code: 'ANON_BUDGET_SPENT' }] });
    }
    expect(await spentOf(source)).toEqual({ 'public.person': [0.9, 0] });
  });

  test('does not count one draw twice that two runs make at once', async () => {
    const source = newSource();
    await Promise.all(Array.from({ length: 6 }, () => spend(request(source, [draw('1', 1)], { epsilon: 1 }))));
    expect(await spentOf(source)).toEqual({ 'public.person': [1, 0] });
  });
});
