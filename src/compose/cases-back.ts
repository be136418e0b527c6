// The way back of cases (`when:`): which of them put a replacement out, where the conditions and the replacement tell.

import { NO_VALUE, type Origin, originsWhere, type Replaced, together, type WayBack } from './origins.ts';
import { firstThatHolds, type Test } from './test-condition.ts';
import { columnOfTexts } from './texts.ts';
import { needsOf, toldOf } from './ways-back.ts';

/** The conditions of the cases. */
export interface CaseTests {
  /** One for each case, but the last has none. They are made for `columns`. */
  readonly tests: readonly (Test | undefined)[];
  /** Names of the columns that conditions read; the column's own name may be one of them. */
  readonly columns: readonly string[];
  readonly own: string;
  /** Whether a case's condition is about the column itself: what it held is what is asked for. */
  readonly isAboutOwn: readonly boolean[];
}

/**
 * A condition on other columns tells which case it was. One on the column itself is tried on what each case would have been
 * given: where exactly one of them agrees with itself, it was that one.
 */
export function casesBack(ways: readonly WayBack[], cases: CaseTests): WayBack {
  const { reads, readsReplaced } = needsOf(ways);
  const choose = firstThatHolds(cases.tests);
  return {
    reads: [...new Set([...reads, ...cases.columns.filter(name => name !== cases.own)])],
    readsReplaced,
    obstacle: ways.every(({ obstacle }) => obstacle) ? ways[0]?.obstacle : undefined,
    async origins(rows) {
      const count = rows.replacements.length;
      let merged: readonly Origin[] = Array.from({ length: count }, () => NO_VALUE);
      for (const [number, possible] of possibleCases(rows, cases).entries()) {
        const found = await originsWhere(rows, index => possible[index] === 1, {
          find: ways[number]!.origins, // one for each case
          otherwise: () => NO_VALUE,
        });
        const given = toldOf(found);
        const chosen = choose(columnOfTexts(given), columnsFor(rows, cases, given));
        const agreed = found.map((origin, index) =>
          origin === undefined || chosen[index] === number ? origin : NO_VALUE,
        );
        merged = merged.map((origin, index) => together(origin, agreed[index]));
      }
      return merged;
    },
  };
}

/** For each case, the rows that conditions on other columns leave to it. */
function possibleCases(rows: Replaced, cases: CaseTests): Uint8Array[] {
  const count = rows.replacements.length;
  const others = columnsFor(rows, cases, new Array<null>(count).fill(null));
  const left = new Uint8Array(count).fill(1);
  return cases.tests.map((test, number) => {
    if (!test || cases.isAboutOwn[number]) return left.slice();
    const held = test(others, count);
    const possible = left.map((isLeft, index) => isLeft & held[index]!); // as many
    for (const [index, isMine] of possible.entries()) if (isMine === 1) left[index] = 0;
    return possible;
  });
}

const columnsFor = ({ beside }: Replaced, { columns, own }: CaseTests, given: readonly (string | null)[]) =>
  columns.map(name => columnOfTexts(name === own ? given : beside.get(name)!)); // who turns back has them all
