// A strategy on an array column: it accepts what the array holds, and replaces its elements one by one.

import { ColumnOutput } from '../batch/column.ts';
import { misfit } from '../batch/fit.ts';
import {
  type Column,
  type ColumnType,
  type ColumnWithNulls,
  type Guarantees,
  type StrategyInstance,
  UnfitValue,
  type ValueKind,
} from '../strategy.ts';
import { ArrayTaker, type TakenArrays, writeArray } from './array-text.ts';
import { runnableOf } from './runnable.ts';
import { pickValues } from './sub-columns.ts';

/** Whether a strategy that accepts these kinds works on the elements of a column: it accepts them, and not arrays. */
export function isElementWise(type: ColumnType, accepts: readonly ValueKind[] | 'any'): boolean {
  if (accepts === 'any' || !type.element) return false;
  return !accepts.includes('array') && accepts.includes(type.element.kind);
}

/** @param created for elements of this type. NULL elements stay NULL; a strategy's NULL is a NULL element. */
export function eachElement(
  created: StrategyInstance,
  { type, guarantees }: { readonly type: ColumnType; readonly guarantees: Guarantees },
): StrategyInstance {
  const { replace, prepare } = runnableOf(created);
  const { maxLength: _, outputs: __, ...facts } = created; // they are about elements
  const taker = new ArrayTaker();
  const replaced = new ColumnOutput();
  const isPadded = /^(character|bpchar)\b(?! varying)/.test(type.name);
  const take = (input: Column, others: readonly ColumnWithNulls[]): Taken => {
    const arrays = taker.take(input);
    const beside = others.map(other => pickValues(other, arrays.arrayOf));
    return { arrays, elements: isPadded ? withoutPadding(arrays.elements) : arrays.elements, others: beside };
  };
  return {
    ...facts,
    guarantees: {
      ...created.guarantees,
      yieldsNull: false,
      // It numbers rows, and a row has several elements.
      ...(!guarantees.deterministic && { uniqueness: 'lossy' }),
    },
    column(input, output, others, first) {
      const { arrays, elements, others: beside } = take(input, others);
      replaced.reset(elements.count);
      try {
        replace(elements, replaced, beside, first);
        if (replaced.count !== elements.count) throw new Error(`${replaced.count} values for ${elements.count}`);
        refuseMisfit(replaced, type);
      } catch (cause) {
        const failed = arrays.arrayOf[Math.min(replaced.count, elements.count - 1)] ?? 0;
        while (output.count < failed) output.pushNull(); // the engine takes it for the place of the failure
        throw cause;
      }
      for (let array = 0; array < input.count; array++) {
        writeArray(array, { input, taken: arrays, elements: replaced }, output);
        output.push();
      }
      replaced.reset(0);
    },
    ...(prepare && {
      prepare: async (input: Column, others: readonly ColumnWithNulls[], first: number) => {
        const { elements, others: beside } = take(input, others);
        await prepare(elements, beside, first);
      },
    }),
  };
}

interface Taken {
  readonly arrays: TakenArrays;
  readonly elements: Column;
  readonly others: readonly ColumnWithNulls[];
}

/** The engine checks values of columns; an element is the whole value's business. */
function refuseMisfit(replaced: ColumnOutput, type: ColumnType): void {
  const found = misfit(replaced, { type, notNull: false });
  if (!found) return;
  replaced.count = found.value;
  const what = found.why === 'length' ? 'is too long for' : 'is no value of';
  throw new UnfitValue(`what it makes of an element ${what} ${type.name}`);
}

/** Elements of char(n) end before the spaces that fill them. */
function withoutPadding({ bytes, offsets, lengths, count }: Column): Column {
  const trimmed = Int32Array.from(lengths.subarray(0, count));
  for (let index = 0; index < count; index++) {
    const start = offsets[index]!; // index < count
    while (trimmed[index]! > 0 && bytes[start + trimmed[index]! - 1] === 0x20) trimmed[index]!--;
  }
  return { bytes, offsets, lengths: trimmed, count };
}
