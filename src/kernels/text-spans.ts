// The parts of a text that recognisers found, from left to right and without overlap.

/** What a recogniser finds. */
export const SPAN_KINDS = ['email', 'url', 'ip', 'iban', 'card', 'ssn', 'phone', 'name'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** What an analyzer found that no recogniser of ours knows, or not so. */
export type EntityKind = `entity:${string}`;
export type Kind = SpanKind | EntityKind;

/** Which text: bytes [from, to), and what it is. `name` says which of the row's names, for kind `name`. */
export interface Span {
  from: number;
  to: number;
  kind: Kind;
  name: number;
  /** Parts that overlapped are one, and more than the one that decides what it is. */
  isJoined: boolean;
}

/** Spans of one text after another; the objects are used again. */
export class Spans {
  count = 0;
  readonly #spans: Span[] = [];

  reset(): void {
    this.count = 0;
  }

  /** @param index below `count` */
  at(index: number): Span {
    return this.#spans[index]!; // below count
  }

  /**
   * Adds a part. Where it overlaps with earlier ones, one span covers them all, so that no rest of one stays in clear; the
   * longest decides what it is. Parts come in the order of their ends.
   */
  add(from: number, to: number, kind: Kind, name = -1, isJoined = false): void {
    let span: Span = { from, to, kind, name, isJoined };
    while (this.count > 0 && this.at(this.count - 1).to > span.from) {
      const last = this.at(--this.count);
      const longer = last.to - last.from >= span.to - span.from ? last : span;
      const [start, end] = [Math.min(last.from, span.from), Math.max(last.to, span.to)];
      const isLonger = end - start > longer.to - longer.from;
      span = { ...longer, from: start, to: end, isJoined: longer.isJoined || isLonger };
    }
    this.#spans[this.count++] = span;
  }

  /** Adds other parts to these, all of them in order. */
  merge(others: Spans): void {
    const own = this.#spans.slice(0, this.count);
    const all = [...own, ...others.#spans.slice(0, others.count)].sort((one, other) => one.to - other.to);
    this.reset();
    for (const { from, to, kind, name, isJoined } of all) this.add(from, to, kind, name, isJoined);
  }

  /** The end of the last part: nothing before it is open any more. */
  get end(): number {
    return this.count === 0 ? 0 : this.at(this.count - 1).to;
  }
}

/** A text as the recognisers get it: bytes [start, end). They look at nothing outside of it. */
export interface Text {
  bytes: Uint8Array;
  start: number;
  end: number;
}
