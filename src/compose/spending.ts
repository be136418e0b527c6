// What rules spend of a row's privacy (local differential privacy): by basic composition, what independent draws about one row
// spend adds up.

import type { PrivacyCost } from '../strategy.ts';

/** What one draw of a column spends of each row's privacy. */
export interface Spending extends PrivacyCost {
  /** All that the noise follows from, beside table, column and rows. Equal texts are the same noise. */
  readonly draw: string;
}

/** Of cases, a row has one: of each epoch, it spends at most what the dearest of them does. */
export function spendingOfCases(cases: readonly (readonly Spending[])[]): readonly Spending[] {
  const [only = [], ...more] = cases.filter(spends => spends.length > 0);
  if (more.length === 0) return only;
  const all = cases.flat();
  const epochs = new Set(all.map(({ epoch }) => epoch));
  return [...epochs].map(epoch => {
    const inEpoch = (spends: readonly Spending[]): Spending[] => spends.filter(one => one.epoch === epoch);
    const draws = inEpoch(all).map(({ draw }) => draw);
    return {
      epsilon: Math.max(...cases.map(spends => sum(inEpoch(spends), 'epsilon'))),
      delta: Math.max(...cases.map(spends => sum(inEpoch(spends), 'delta'))),
      ...(epoch !== undefined && { epoch }),
      draw: JSON.stringify(draws.sort()),
    };
  });
}

/** Digits that decimals keep as doubles: 0.1 + 0.2 is to be 0.3. */
const DIGITS = 15;

const sum = (spends: readonly Spending[], name: 'epsilon' | 'delta'): number =>
  Number(spends.reduce((total, one) => total + one[name], 0).toPrecision(DIGITS));
