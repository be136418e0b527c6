// `then:`: what one strategy puts out, the next one gets.

import { ColumnOutput } from '../batch/column.ts';
import type { Column, ColumnWithNulls } from '../strategy.ts';
import type { Runnable } from './runnable.ts';
import { pickValues, pushValue, withoutNulls } from './sub-columns.ts';

/** What goes from one step to the next. */
interface Passed {
  /** May hold NULLs, which go past the steps that follow. */
  readonly values: ColumnWithNulls;
  readonly next: number;
}

/** The steps in their order; each sees the same other columns. */
export function chainColumns(steps: readonly Runnable[]): Runnable {
  const last = steps.length - 1;
  const passedOn = steps.slice(0, -1).map(() => new ColumnOutput());
  const preparedFirst = Math.max(...steps.map(({ prepare }, number) => (prepare ? number : -1)));
  /** Where `prepare` has come to: so far the steps have run, and must not run again. */
  let prepared: Passed | undefined;

  const runStep = (number: number, values: Column, given: Given, output: ColumnOutput): void =>
    steps[number]!.replace(values, output, given.others, given.first); // one of the steps

  const runUntil = (end: number, start: Passed, given: Given): Passed => {
    let { values } = start;
    for (let number = start.next; number < end; number++) {
      const output = passedOn[number]!; // end is at most the last step
      output.reset(values.count);
      skipNulls(values, given, { output, run: (some, its, into) => runStep(number, some, its, into) });
      values = output;
    }
    return { values, next: end };
  };

  const replace: Runnable['replace'] = (input, output, others, first) => {
    const given = { others, first };
    const start = prepared ?? { values: input, next: 0 };
    prepared = undefined;
    const { values } = runUntilOrMark(start);
    skipNulls(values, given, { output, run: (some, its, into) => runStep(last, some, its, into) });
    for (const one of passedOn) one.reset(0);

    function runUntilOrMark(from: Passed): Passed {
      try {
        return runUntil(last, from, given);
      } catch (cause) {
        const failed = passedOn.reduce((most, { count }) => (count < input.count ? Math.max(most, count) : most), 0);
        while (output.count < failed) output.pushNull(); // see splitColumn
        throw cause;
      }
    }
  };
  if (preparedFirst < 0) return { replace };
  return {
    replace,
    async prepare(input, others, first) {
      const given = { others, first };
      let at: Passed = { values: input, next: 0 };
      for (let number = 0; number <= preparedFirst; number++) {
        const { prepare } = steps[number]!; // one of the steps
        if (!prepare) continue;
        try {
          at = runUntil(number, at, given);
        } catch {
          prepared = undefined; // `replace` runs into it again, and says where
          return;
        }
        const { values, indexes } = withoutNulls(at.values);
        await prepare(
          values,
          others.map(other => pickValues(other, indexes)),
          first,
        );
      }
      prepared = at;
    },
  };
}

interface Given {
  readonly others: readonly ColumnWithNulls[];
  readonly first: number;
}

/** Runs a step over the values that are not NULL, and puts the NULLs back. */
function skipNulls(
  values: ColumnWithNulls,
  given: Given,
  { output, run }: { output: ColumnOutput; run: (values: Column, given: Given, output: ColumnOutput) => void },
): void {
  const some = withoutNulls(values);
  if (some.values === values) {
    run(values, given, output);
    return;
  }
  const replaced = new ColumnOutput(some.values.count);
  const others = given.others.map(other => pickValues(other, some.indexes));
  try {
    run(some.values, { others, first: given.first }, replaced);
  } catch (cause) {
    while (output.count < (some.indexes[replaced.count] ?? 0)) output.pushNull(); // see splitColumn
    throw cause;
  }
  let next = 0;
  for (let index = 0; index < values.count; index++) {
    if (values.lengths[index]! < 0)
      output.pushNull(); // index < count
    else pushValue(replaced, next++, output);
  }
}
