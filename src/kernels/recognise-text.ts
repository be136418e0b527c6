// Finds what may tell of a person in a text: one pass over its bytes, which stops only at those that may give something away.

import { FoldedText } from './fold-text.ts';
import { recogniseBareUrl, recogniseEmail, recogniseIpv6, recogniseUrl } from './recognise-addresses.ts';
import { recogniseIban } from './recognise-iban.ts';
import { type Name, NameFinder } from './recognise-names.ts';
import { recogniseNumbers } from './recognise-numbers.ts';
import { type Kind, type Span, Spans, type Text } from './text-spans.ts';

/** A part of a text. */
export type FoundPart = Readonly<Pick<Span, 'from' | 'to' | 'kind'>>;

/** What a byte may give away. */
const DIGIT = 1;
const AT = 2;
const COLON = 4;
const W = 8;
const NOT_ASCII = 16;

const triggers = new Uint8Array(256).fill(NOT_ASCII, 0x80);
triggers.fill(DIGIT, 0x30, 0x3a);
triggers[0x40] = AT;
triggers[0x3a] = COLON;
triggers[0x57] = W;
triggers[0x77] = W;
/** The bytes at which the pass stops. */
const stops = triggers.map(trigger => (trigger === NOT_ASCII ? 0 : trigger));

/** Recognises parts of one text after another. */
export class TextRecogniser {
  /** What the last call found; positions are those of the text that it was given. */
  readonly spans = new Spans();
  readonly #wanted: ReadonlySet<Kind>;
  readonly #found = new Spans();
  readonly #names = new Spans();
  readonly #more = new Spans();
  readonly #finder = new NameFinder();
  readonly #folded = new FoldedText();

  /** @param wanted numbers of other kinds are recognised, too, so that a card number is not taken for a telephone number */
  constructor(wanted: ReadonlySet<Kind>) {
    this.#wanted = wanted;
  }

  /** The text that the spans' digests are of: as it looks, see fold-text.ts. Valid until the next call. */
  seen: Text = { bytes: new Uint8Array(), start: 0, end: 0 };
  /** Where each of `spans` is in `seen`. */
  readonly seenSpans = this.#found;

  /**
   * Finds all wanted parts.
   * @param names those of the row, for spans of kind `name`
   * @param more parts that others found, bytes of the text counted from its start
   */
  recognise(text: Text, names: readonly (Name | undefined)[], more: readonly FoundPart[] = []): void {
    this.spans.reset();
    this.#found.reset();
    const seen = kindsIn(text);
    const hasNames = names.some(name => name !== undefined);
    if (seen === 0 && !hasNames && more.length === 0) return;
    // Of a text that nobody sees, nothing would be left to find.
    const isFolded = (seen & NOT_ASCII) !== 0 && this.#folded.fold(text) && this.#folded.text.end > 0;
    this.seen = isFolded ? this.#folded.text : text;
    if (isFolded || (seen & ~NOT_ASCII) !== 0) this.#scan(this.seen);
    if (hasNames) this.#addNames(names);
    if (more.length > 0) this.#addMore(text, more, isFolded);
    for (let index = 0; index < this.#found.count; index++) {
      const { from, to, kind, name, isJoined } = this.#found.at(index);
      if (isFolded) this.spans.add(this.#folded.positionOf(from), this.#folded.positionOf(to), kind, name, isJoined);
      else this.spans.add(from, to, kind, name, isJoined);
    }
  }

  #scan(text: Text): void {
    const { bytes, start, end } = text;
    for (let at = start; at < end; at++) {
      const trigger = stops[bytes[at]!]!; // a byte
      if (trigger === 0) continue;
      const next = this.#recogniseAt(text, at, trigger);
      if (next > at) at = next - 1;
    }
  }

  /** @returns where to go on */
  #recogniseAt(text: Text, at: number, trigger: number): number {
    const found = this.#found;
    if (trigger === DIGIT) return this.#recogniseDigits(text, at);
    if (trigger === AT) {
      if (!this.#wanted.has('email')) return at;
      recogniseEmail(text, at, found);
      return found.end;
    }
    if (trigger === W) return this.#wanted.has('url') ? recogniseBareUrl(text, at, found) : at;
    const behindUrl = this.#wanted.has('url') ? recogniseUrl(text, at, found) : at;
    return behindUrl > at || !this.#wanted.has('ip') ? behindUrl : recogniseIpv6(text, at, found);
  }

  #recogniseDigits(text: Text, at: number): number {
    const behindIban = this.#wanted.has('iban') ? recogniseIban(text, at, this.#found) : at;
    return behindIban > at ? behindIban : recogniseNumbers(text, at, { spans: this.#found, wanted: this.#wanted });
  }

  #addMore({ start }: Text, more: readonly FoundPart[], isFolded: boolean): void {
    this.#more.reset();
    const inOrder = [...more].sort((one, other) => one.to - other.to);
    for (const { from, to, kind } of inOrder) {
      const part = isFolded ? this.#folded.partOf(start + from, start + to) : { from: start + from, to: start + to };
      this.#more.add(part.from, part.to, kind);
    }
    this.#found.merge(this.#more);
  }

  #addNames(names: readonly (Name | undefined)[]): void {
    this.#names.reset();
    this.#finder.look(names);
    this.#finder.find(this.seen, this.#names);
    if (this.#names.count > 0) this.#found.merge(this.#names);
  }
}

function kindsIn({ bytes, start, end }: Text): number {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= triggers[bytes[at]!]!; // a byte
  return seen;
}
