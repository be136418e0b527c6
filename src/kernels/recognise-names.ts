// Finds the names of a row in its text: whole words, whatever their case and accents, spaces and hyphens alike.

import { codePointAt, codePointSize } from './characters.ts';
import type { Spans, Text } from './text-spans.ts';

/** Shorter names are not looked for: an initial is in every sentence. Characters of scripts without spaces count twice. */
const MIN_CHARACTERS = 2;
const GAP = 0x20;
/** A combining mark: it goes with the letter before it. */
const MARK = -1;

/** A name as code points, folded. */
export interface Name {
  readonly codes: readonly number[];
  /** Between letters of these scripts there are no spaces, so a name needs none around it. */
  readonly isSpaceless: boolean;
}

const SPACELESS = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const WORD = /[\p{L}\p{N}]/u;
const BMP_SIZE = 0x10000;
/** What each code point of the basic plane folds to, once it was met; 0 is not known yet. */
const folds = new Int32Array(BMP_SIZE);
const WORDS = Uint8Array.from({ length: 128 }, (_, code) => (/[0-9A-Za-z]/.test(String.fromCharCode(code)) ? 1 : 0));

/** Reads a name, or undefined where it is none to look for. */
export function nameOf(text: string): Name | undefined {
  const codes: number[] = [];
  for (const character of text) {
    const code = fold(character.codePointAt(0)!); // a character
    if (code === MARK || (code === GAP && (codes.length === 0 || codes.at(-1) === GAP))) continue;
    codes.push(code);
  }
  while (codes.at(-1) === GAP) codes.pop();
  const isSpaceless = SPACELESS.test(text);
  const isLong = codes.length >= (isSpaceless ? 1 : MIN_CHARACTERS);
  return isLong && WORD.test(text) ? { codes, isSpaceless } : undefined;
}

/** Looks for the names of one row; an undefined one is none. */
export class NameFinder {
  #names: readonly (Name | undefined)[] = [];
  /** Bytes that a name may begin with. Bytes above ASCII always may: É folds to e. */
  readonly #isFirst = new Uint8Array(256).fill(1, 0xc2);

  /** @param names `Span.name` is the index of one */
  look(names: readonly (Name | undefined)[]): void {
    this.#mark(0);
    this.#names = names;
    this.#mark(1);
  }

  find(text: Text, spans: Spans): void {
    const { bytes, start, end } = text;
    const first = this.#isFirst;
    for (let at = start; at < end; at++) {
      if (first[bytes[at]!] === 0) continue; // a byte
      const to = this.#findAt(text, at, spans);
      if (to > at) at = to - 1;
    }
  }

  /** The longest name that begins here. @returns where it ends; `at` where there is none */
  #findAt(text: Text, at: number, spans: Spans): number {
    let longest = at;
    let found = -1;
    for (const [index, name] of this.#names.entries()) {
      if (!name || (!name.isSpaceless && isWordBefore(text, at))) continue;
      const to = endOf(name, text, at);
      if (to <= longest) continue;
      longest = to;
      found = index;
    }
    if (found >= 0) spans.add(at, longest, 'name', found);
    return longest;
  }

  #mark(value: 0 | 1): void {
    for (const name of this.#names) {
      const code = name?.codes[0] ?? 0x80;
      if (code >= 0x80) continue;
      this.#isFirst[code] = value;
      const letter = code | 0x20;
      if (letter >= 0x61 && letter <= 0x7a) this.#isFirst[code & ~0x20] = value;
    }
  }
}

/** Where a name ends that begins at `at`, marks behind it included; -1 where it does not. */
function endOf({ codes, isSpaceless }: Name, { bytes, start, end }: Text, at: number): number {
  let next = 0;
  let to = at;
  while (to < end) {
    const lead = bytes[to]!; // to < end
    const code = fold(lead < 0x80 ? lead : codePointAt(bytes, to));
    const isRepeatedGap = code === GAP && next > 0 && codes[next - 1] === GAP;
    if (next === codes.length && code !== MARK) {
      return isSpaceless || !isWord(code) ? to : -1;
    }
    if (code !== MARK && !isRepeatedGap && code !== codes[next++]) return -1;
    if (code === MARK && to === start) return -1;
    to += codePointSize(lead);
  }
  return next === codes.length ? to : -1;
}

function isWordBefore({ bytes, start }: Text, at: number): boolean {
  if (at === start) return false;
  let before = at - 1;
  while (before > start && (bytes[before]! & 0xc0) === 0x80) before--; // inside a character
  const code = fold(codePointAt(bytes, before));
  return code === MARK || isWord(code);
}

function isWord(code: number): boolean {
  return code < 128 ? WORDS[code] === 1 : WORD.test(String.fromCodePoint(code)); // ASCII
}

/** Small letters without accents; all spaces and hyphens are one; MARK for a combining mark. */
function fold(code: number): number {
  if (code >= BMP_SIZE) return classify(code);
  const known = folds[code]!; // code < BMP_SIZE
  if (known !== 0) return known;
  const found = classify(code);
  folds[code] = found;
  return found;
}

function classify(code: number): number {
  const character = String.fromCodePoint(code);
  if (/[\p{M}\p{Cf}]/u.test(character)) return MARK;
  if (/[\s\p{Z}\p{Pd}]/u.test(character)) return GAP;
  if (/['’ʼ`´]/u.test(character)) return 0x27;
  const base = character.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\p{M}/gu, '');
  const plain = PLAIN[base] ?? base;
  const folded = plain.codePointAt(0) ?? 0;
  return [...plain].length === 1 && folded !== 0 ? folded : code || MARK;
}

/** Letters whose stroke is no mark in Unicode. */
const PLAIN: Readonly<Record<string, string>> = { ø: 'o', đ: 'd', ł: 'l', ħ: 'h', ı: 'i', ς: 'σ' };
