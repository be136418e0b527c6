import { expect, test } from 'vitest';
import { checkRouting } from '../../src/plan/check-routing.ts';

const table = (name: string) => ({ schema: 'public', name });
const root = table('payment');
const leftAlone = (name: string, top = root) => ({ table: table(name), root: top }) as never;

test('a partition that is left alone is a finding where the rows of another may land in it', () => {
  const planned = [{ ...table('payment_2024'), into: root }];
  const findings = checkRouting(planned, [leftAlone('payment_2025')]);
  expect(findings.map(({ code, message }) => [code, message])).toEqual([
    [
      'ANON_PLAN_PARTITION_KEY',
      'public.payment_2025: it is left alone, but rows of other partitions go through public.payment, which empties all of them.',
    ],
  ]);
});

test('a partition may be left alone where the others keep their rows', () => {
  const planned = [{ ...table('payment_2024'), into: table('payment_2024') }];
  expect(checkRouting(planned, [leftAlone('payment_2025')])).toEqual([]);
});

test('tables of other partitioned tables may be left alone', () => {
  const planned = [{ ...table('payment_2024'), into: root }];
  expect(checkRouting(planned, [leftAlone('visit_2025', table('visit')), leftAlone('staff', table('staff'))])).toEqual(
    [],
  );
});
