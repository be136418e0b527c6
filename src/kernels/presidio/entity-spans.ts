// From what an analyzer says about a text to spans of its bytes. Offsets of Presidio count code points, as Python does.

import { codePointSize } from '../characters.ts';
import type { Kind, SpanKind } from '../text-spans.ts';

/** A part of a text that an analyzer found: bytes [from, to) of the text, counted from its beginning. */
export interface EntitySpan {
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
}

/** Kinds that we have surrogates for, and how a part must look that one of them is written for. */
const KINDS: Readonly<Record<string, readonly [kind: SpanKind, shape: RegExp]>> = {
  EMAIL_ADDRESS: ['email', /^\S+@\S+$/],
  PHONE_NUMBER: ['phone', /\p{Nd}/u],
  CREDIT_CARD: ['card', /^\d(?:[ -]?\d){12,18}$/],
  IBAN_CODE: ['iban', /^[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}$/i],
  US_SSN: ['ssn', /^\d{3}([- ]?)\d{2}\1\d{4}$/],
  IP_ADDRESS: ['ip', /^(?:[\d.]+|[\da-f.:]*:[\da-f.:]*)$/i],
  URL: ['url', /^\S+$/],
};

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

export interface EntityOptions {
  readonly minScore: number;
  /** Kinds that are replaced by surrogates; a part of another kind is replaced as an entity. */
  readonly kinds: ReadonlySet<Kind>;
}

/** @returns the spans, or what is wrong with the answer: never with a part of the text */
export function entitySpans(
  answer: unknown,
  text: string,
  { minScore, kinds }: EntityOptions,
): readonly EntitySpan[] | string {
  if (!Array.isArray(answer)) return 'it is no list of spans';
  if (answer.length === 0) return [];
  const starts = byteOffsets(Buffer.from(text));
  const spans: EntitySpan[] = [];
  for (const found of answer as readonly unknown[]) {
    const span = spanOf(found);
    if (span === undefined) return 'it has a span without entity_type, start, end and score';
    const { entity, start, end, score } = span;
    if (start >= end || start < 0 || end >= starts.length) return 'it has a span outside of its text';
    if (score < minScore) continue;
    const [from, to] = [starts[start]!, starts[end]!]; // both are within
    const part = Buffer.from(text).toString('utf8', from, to);
    const [kind, shape] = KINDS[entity] ?? [];
    const isKnown = kind !== undefined && kinds.has(kind) && shape?.test(part);
    spans.push({ from, to, kind: isKnown ? kind : `entity:${entity}` });
  }
  return spans;
}

function spanOf(found: unknown) {
  if (typeof found !== 'object' || found === null) return undefined;
  const { entity_type: entity, start, end, score } = found as Readonly<Record<string, unknown>>;
  const isSpan = Number.isSafeInteger(start) && Number.isSafeInteger(end) && Number.isFinite(score);
  if (!isSpan || typeof entity !== 'string' || !NAME.test(entity)) return undefined;
  return { entity, start: start as number, end: end as number, score: score as number };
}

/** Where each code point begins, and where the last one ends. */
function byteOffsets(bytes: Uint8Array): Int32Array {
  const offsets = new Int32Array(bytes.length + 1);
  let count = 0;
  for (let at = 0; at < bytes.length; at += codePointSize(bytes[at]!)) offsets[count++] = at; // at < length
  offsets[count++] = bytes.length;
  return offsets.subarray(0, count);
}
