// The values of a batch of documents that rules replace: collected for each rule, replaced as a column, given back in order.

import { ColumnOutput } from '../batch/column.ts';
import type { ColumnWithNulls, NestedInstance } from '../strategy.ts';
import { textOfString } from './json-document.ts';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** The values of one rule. */
interface Collected {
  readonly source: ColumnOutput;
  /** As written in the documents. */
  readonly texts: string[];
  /** The document of each. */
  readonly rows: number[];
  readonly replaced: ColumnOutput;
  next: number;
}

export class JsonValues {
  readonly #rules: readonly NestedInstance[];
  readonly #collected: readonly Collected[];

  constructor(rules: readonly NestedInstance[]) {
    this.#rules = rules;
    this.#collected = rules.map(() => ({
      source: new ColumnOutput(16),
      texts: [],
      rows: [],
      replaced: new ColumnOutput(16),
      next: 0,
    }));
  }

  /** A value as it is written in document `row`. */
  add(rule: number, text: string, row: number): void {
    const { texts, rows } = this.#collected[rule]!; // one for each rule, as below
    texts.push(text);
    rows.push(row);
  }

  /** Replaces all. @param mark told which document it is, when a strategy refuses a value */
  replace(others: readonly ColumnWithNulls[], first: number, mark: (row: number) => void): void {
    for (const [number, one] of this.#collected.entries()) {
      const { source, texts, rows, replaced } = one;
      if (texts.length === 0 || this.#rules[number]!.isKept) continue;
      source.reset(texts.length);
      for (const text of texts) source.pushBytes(Buffer.from(text.startsWith('"') ? textOfString(text) : text));
      replaced.reset(texts.length);
      const beside = others.map(other => pickRows(other, rows));
      try {
        this.#rules[number]!.replace(source, replaced, beside, first);
      } catch (cause) {
        mark(rows[Math.min(replaced.count, rows.length - 1)] ?? 0);
        throw cause;
      }
      if (replaced.count !== texts.length) throw new Error(`${replaced.count} values for ${texts.length}`);
    }
  }

  /** The next replacement of a rule, as JSON. */
  next(rule: number): string {
    const { texts, replaced, next } = this.#collected[rule]!;
    this.#collected[rule]!.next++;
    const text = texts[next]!; // as many as were added
    if (this.#rules[rule]!.isKept) return text;
    const length = replaced.lengths[next]!;
    if (length < 0) return 'null';
    const start = replaced.offsets[next]!;
    return jsonOf(Buffer.from(replaced.bytes.subarray(start, start + length)).toString(), text);
  }
}

/** A replacement is a string where the source was one; else what JSON can write without quotes stays without. */
function jsonOf(replacement: string, source: string): string {
  if (source.startsWith('"')) return JSON.stringify(replacement);
  if (NUMBER.test(replacement)) return replacement;
  if (source === 'true' || source === 'false') {
    if (replacement === 't' || replacement === 'true') return 'true';
    if (replacement === 'f' || replacement === 'false') return 'false';
  }
  return JSON.stringify(replacement);
}

function pickRows({ bytes, offsets, lengths }: ColumnWithNulls, rows: readonly number[]): ColumnWithNulls {
  return {
    bytes,
    offsets: Int32Array.from(rows, row => offsets[row]!), // rows of the batch, as below
    lengths: Int32Array.from(rows, row => lengths[row]!),
    count: rows.length,
  };
}
