// Walks a JSON document along a tree of paths (RFC 8259), as text: what no path replaces stays as it was written, numbers of any
// length, escapes, spaces and the order of keys included. Only as deep as the paths go is there recursion.

import { UnfitValue } from '../strategy.ts';
import type { PathNode } from './json-paths.ts';

/** What becomes of a place that no path lists. */
export type Unknown = 'refuse' | 'drop' | 'keep';

/** A part of a document: text from one position until another, or the value there that a rule replaces. */
export interface Piece {
  readonly from: number;
  to: number;
  /** The rule's number; without one, the text stays. */
  readonly rule?: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
const refuse = (): never => {
  throw new UnfitValue('a JSON document is wanted');
};

/**
 * Cuts a document into what stays and what rules replace.
 * @throws {UnfitValue} for a place that no path lists, where that is refused, and for what is no document
 */
export function cutDocument(text: string, root: PathNode, unknown: Unknown): Piece[] {
  const walk = new Walk(text, unknown);
  const start = walk.skipSpace(0);
  walk.keep(0, start);
  const end = walk.visit(root, start);
  if (walk.skipSpace(end) !== text.length) refuse();
  walk.keep(end, text.length);
  return walk.pieces;
}

class Walk {
  readonly pieces: Piece[] = [];
  readonly #text: string;
  readonly #unknown: Unknown;

  constructor(text: string, unknown: Unknown) {
    this.#text = text;
    this.#unknown = unknown;
  }

  keep(from: number, to: number): void {
    if (from === to) return;
    const last = this.pieces.at(-1);
    if (last && last.rule === undefined && last.to === from) last.to = to;
    else this.pieces.push({ from, to });
  }

  skipSpace(at: number): number {
    while (isSpace(this.#text.charCodeAt(at))) at++;
    return at;
  }

  /** @returns the position behind the value */
  visit(node: PathNode, at: number): number {
    if (node.rule !== undefined) {
      const end = this.skipValue(at);
      if (this.#text.startsWith('null', at)) this.keep(at, end);
      else this.pieces.push({ from: at, to: end, rule: node.rule });
      return end;
    }
    const code = this.#text.charCodeAt(at);
    const end = code === OPEN_OBJECT || code === OPEN_ARRAY ? this.#visitParts(node, at, code) : this.skipValue(at);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) return end;
    // NULL where a document goes on elsewhere tells nothing.
    if (this.#text.startsWith('null', at)) this.keep(at, end);
    else this.#meetUnknown(at, end, true);
    return end;
  }

  /** An object's members or an array's elements. A dropped one takes its comma along. */
  #visitParts(node: PathNode, at: number, open: number): number {
    const close = open === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
    this.keep(at, at + 1);
    let next = at + 1;
    if (this.#text.charCodeAt(this.skipSpace(next)) === close) return this.#close(next);
    let isFirst = true;
    for (let index = 0; ; index++) {
      const before = this.pieces.length;
      const mark = this.pieces.at(-1)?.to ?? 0;
      if (index > 0) {
        if (!isFirst) this.keep(next, next + 1); // the comma
        next++;
      }
      const end = open === OPEN_OBJECT ? this.#visitMember(node, next) : this.#visitElement(node, next, index);
      if (end < 0) this.#takeBack(before, mark);
      else isFirst = false;
      next = this.skipSpace(Math.abs(end));
      if (end >= 0 && next > end) this.keep(end, next);
      const code = this.#text.charCodeAt(next);
      if (code === close) return this.#close(next);
      if (code !== COMMA) refuse();
    }
  }

  #close(at: number): number {
    const end = this.skipSpace(at) + 1;
    this.keep(at, end);
    return end;
  }

  /** Forgets what was kept of a part that is dropped. */
  #takeBack(pieces: number, end: number): void {
    this.pieces.length = pieces;
    const last = this.pieces.at(-1);
    if (last) last.to = end;
  }

  /** @returns the position behind it, negated when it is dropped */
  #visitMember(node: PathNode, from: number): number {
    const start = this.skipSpace(from);
    if (this.#text.charCodeAt(start) !== QUOTE) refuse();
    const keyEnd = this.#skipString(start);
    const colon = this.skipSpace(keyEnd);
    if (this.#text.charCodeAt(colon) !== COLON) refuse();
    const at = this.skipSpace(colon + 1);
    this.keep(from, at);
    return this.#visitPart(node.members.get(keyOf(this.#text.slice(start, keyEnd))) ?? node.anyMember, at);
  }

  #visitElement(node: PathNode, from: number, index: number): number {
    const at = this.skipSpace(from);
    this.keep(from, at);
    return this.#visitPart(node.elements.get(index) ?? node.anyElement, at);
  }

  #visitPart(node: PathNode | undefined, at: number): number {
    const code = this.#text.charCodeAt(at);
    const isListed =
      node &&
      (node.rule !== undefined || code === OPEN_OBJECT || code === OPEN_ARRAY || this.#text.startsWith('null', at));
    if (isListed) return this.visit(node, at);
    const end = this.skipValue(at);
    return this.#meetUnknown(at, end, false) ? end : -end;
  }

  /** @returns whether it stays */
  #meetUnknown(from: number, to: number, isWhole: boolean): boolean {
    if (this.#unknown === 'refuse' || (isWhole && this.#unknown === 'drop')) {
      throw new UnfitValue('the document has a place that no path lists');
    }
    if (this.#unknown === 'keep') this.keep(from, to);
    return this.#unknown === 'keep';
  }

  /** @returns the position behind a value of any kind */
  skipValue(at: number): number {
    const text = this.#text;
    const code = text.charCodeAt(at);
    if (code === QUOTE) return this.#skipString(at);
    if (code !== OPEN_OBJECT && code !== OPEN_ARRAY) return this.#skipScalar(at);
    let depth = 0;
    for (let next = at; next < text.length; ) {
      const one = text.charCodeAt(next);
      if (one === QUOTE) {
        next = this.#skipString(next);
        continue;
      }
      next++;
      if (one === OPEN_OBJECT || one === OPEN_ARRAY) depth++;
      else if ((one === CLOSE_OBJECT || one === CLOSE_ARRAY) && --depth === 0) return next;
    }
    return refuse();
  }

  #skipString(at: number): number {
    const text = this.#text;
    for (let next = at + 1; next < text.length; next++) {
      const code = text.charCodeAt(next);
      if (code === BACKSLASH) next++;
      else if (code === QUOTE) return next + 1;
    }
    return refuse();
  }

  #skipScalar(at: number): number {
    SCALAR.lastIndex = at;
    const [found = refuse()] = SCALAR.exec(this.#text) ?? [];
    return at + found.length;
  }
}

const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)(?=[\s,\]}]|$)/y;

const keyOf = (quoted: string): string => (quoted.includes('\\') ? textOfString(quoted) : quoted.slice(1, -1));

/** What a string of a document says. @throws {UnfitValue} */
export function textOfString(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return refuse();
  }
}
