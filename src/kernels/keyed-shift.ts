// How many days each row's dates are shifted: a keyed function of whom the row is about.

import type { Column, ColumnWithNulls } from '../batch/column.ts';
import { pick } from './dictionary.ts';
import { DIGEST_BYTES, type Prf } from './prf.ts';

export interface ShiftSettings {
  /** Keyed functions of a person, and of a value where there is no person. */
  readonly person: Prf;
  readonly value: Prf;
  /** Days that every shift is a multiple of: 7 keeps the day of the week. */
  readonly step: number;
  /** Steps that a shift has at most, in either direction; at least one. */
  readonly most: number;
}

/** Draws shifts from -most · step to most · step, all equally likely, none of them zero. */
export class KeyedShift {
  readonly #settings: ShiftSettings;
  #days = new Int32Array(0);
  #offsets = new Int32Array(0);
  #lengths = new Int32Array(0);

  constructor(settings: ShiftSettings) {
    this.#settings = settings;
  }

  /**
   * The shift in days of each value. Valid until the next call.
   * @param by whom the rows are about; a row without anybody, or all without this column, shift by their own value
   */
  days(input: Column, by: ColumnWithNulls | undefined): Int32Array {
    const { person, value } = this.#settings;
    const { count } = input;
    if (this.#days.length < count) this.#days = new Int32Array(count);
    if (!by) return this.#fill(value.digests(input), { count });
    const isNullAnywhere = by.lengths.subarray(0, count).some(length => length < 0);
    if (!isNullAnywhere) return this.#fill(person.digests({ ...by, count }), { count });
    this.#fill(value.digests(input), { count });
    return this.#fill(person.digests(this.#withoutNulls(by, count)), { count, lengths: by.lengths });
  }

  /** From digests; where `lengths` are given, only for the values that are not NULL. */
  #fill(
    digests: Uint8Array,
    { count, lengths }: { readonly count: number; readonly lengths?: Int32Array },
  ): Int32Array {
    const { step, most } = this.#settings;
    const days = this.#days;
    for (let index = 0; index < count; index++) {
      if (lengths && lengths[index]! < 0) continue; // index < count
      const steps = pick(digests, index * DIGEST_BYTES, 2 * most) - most; // from -most to most - 1
      days[index] = (steps < 0 ? steps : steps + 1) * step;
    }
    return days;
  }

  /** NULLs as empty values, which have digests. */
  #withoutNulls({ bytes, offsets, lengths }: ColumnWithNulls, count: number): Column {
    if (this.#offsets.length < count) {
      this.#offsets = new Int32Array(count);
      this.#lengths = new Int32Array(count);
    }
    for (let index = 0; index < count; index++) {
      const isNull = lengths[index]! < 0; // index < count
      this.#offsets[index] = isNull ? 0 : offsets[index]!;
      this.#lengths[index] = isNull ? 0 : lengths[index]!;
    }
    return { bytes, offsets: this.#offsets, lengths: this.#lengths, count };
  }
}
