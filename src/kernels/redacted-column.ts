// Redacts a column of texts: finds what is to go, has each kind of it replaced as a column of its own, puts the texts together.

import { type Column, ColumnOutput, type ColumnWithNulls } from '../batch/column.ts';
import { type Name, nameOf } from './recognise-names.ts';
import { type FoundPart, TextRecogniser } from './recognise-text.ts';
import type { Kind } from './text-spans.ts';

/** Replaces a column of found parts; `others` are those of the texts, one for each part. NULL becomes the label. */
export type ReplaceParts = (
  input: Column,
  output: ColumnOutput,
  others: readonly ColumnWithNulls[],
  firstNumber: number,
) => void;

/** What becomes of each kind that is to be replaced: its label, or what a column of the parts becomes. */
export type Replacements = ReadonlyMap<Kind, 'label' | ReplaceParts>;

/** What somebody else finds in the texts. */
export interface Found {
  /** In value `text` of the column. */
  partsAt(column: Column, text: number): readonly FoundPart[];
  /** What becomes of a kind that the replacements have not. */
  replacementOf(kind: Kind): ReplaceParts;
}

const LABELS = new Map<Kind, Uint8Array>();
const labelOf = (kind: Kind): Uint8Array => {
  const label = LABELS.get(kind) ?? Buffer.from(`[${kind.replace('entity:', '').toUpperCase()}]`);
  LABELS.set(kind, label);
  return label;
};

/** The parts of one kind in a batch. */
class Parts {
  readonly found = new ColumnOutput(64);
  readonly replaced = new ColumnOutput(64);
  /** Which text each is of. */
  readonly texts: number[] = [];
  next = 0;

  reset(): void {
    this.found.reset(0);
    this.replaced.reset(0);
    this.texts.length = 0;
    this.next = 0;
  }

  add(bytes: Uint8Array, from: number, to: number, text: number): void {
    const { found } = this;
    if (found.count === found.offsets.length) widen(found);
    found.pushBytes(bytes, from, to);
    this.texts.push(text);
  }

  replace(replace: ReplaceParts, others: readonly ColumnWithNulls[], firstNumber: number): void {
    const { found, replaced, texts } = this;
    if (found.count === 0) return;
    replaced.reset(found.count);
    const beside = others.map(({ bytes, offsets, lengths }) => ({
      bytes,
      offsets: Int32Array.from(texts, text => offsets[text]!), // a text of the batch
      lengths: Int32Array.from(texts, text => lengths[text]!), // a text of the batch
      count: texts.length,
    }));
    replace(found, replaced, beside, firstNumber);
  }
}

function widen(column: ColumnOutput): void {
  for (const key of ['offsets', 'lengths'] as const) {
    const wider = new Int32Array(2 * column[key].length);
    wider.set(column[key]);
    column[key] = wider;
  }
}

/** A part that goes, in the order in which they stand. */
interface Gone {
  readonly text: number;
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
  readonly name: number;
  readonly isJoined: boolean;
}

/** Their surrogates pass on what is no digit or letter of theirs: of a part that is more than one of them, that would stay. */
const PIECEWISE: ReadonlySet<Kind> = new Set<Kind>(['card', 'ssn', 'iban']);

/**
 * @param names how many of the `others` are columns with names: first those as the source has them, then, as many, as they
 * are replaced
 */
export function redactColumn(replacements: Replacements, names: number, more?: Found): ReplaceParts {
  const recogniser = new TextRecogniser(new Set(replacements.keys()));
  const parts = new Map<Kind, Parts>();
  return (input, output, others, firstNumber) => {
    for (const part of parts.values()) part.reset();
    const gone = findAll(input, others.slice(0, names), { recogniser, parts, more });
    for (const [kind, ofKind] of parts) {
      const replace = replacements.get(kind) ?? more?.replacementOf(kind) ?? 'label';
      if (replace !== 'label') ofKind.replace(replace, others, firstNumber);
    }
    let next = 0;
    for (let text = 0; text < input.count; text++) {
      let at = input.offsets[text]!; // text < count
      const end = at + input.lengths[text]!;
      for (; gone[next]?.text === text; next++) {
        const part = gone[next]!; // looked at above
        output.write(input.bytes, at, part.from);
        at = part.to;
        if (part.kind === 'name') writeName(part, { others, names }, output);
        else writePart(parts.get(part.kind), part, output);
      }
      output.pushBytes(input.bytes, at, end);
    }
  };
}

interface Finding {
  readonly recogniser: TextRecogniser;
  readonly parts: Map<Kind, Parts>;
  readonly more: Found | undefined;
}

function findAll(
  column: Column,
  sources: readonly ColumnWithNulls[],
  { recogniser, parts, more }: Finding,
): readonly Gone[] {
  const { bytes, offsets, lengths, count } = column;
  const gone: Gone[] = [];
  for (let text = 0; text < count; text++) {
    const start = offsets[text]!; // text < count
    const names = sources.map(source => nameIn(source, text));
    recogniser.recognise({ bytes, start, end: start + lengths[text]! }, names, more?.partsAt(column, text));
    const { spans, seenSpans, seen } = recogniser;
    for (let index = 0; index < spans.count; index++) {
      const { from, to, kind, name, isJoined } = spans.at(index);
      const seenSpan = seenSpans.at(index);
      partsOf(kind, parts).add(seen.bytes, seenSpan.from, seenSpan.to, text);
      gone.push({ text, from, to, kind, name, isJoined });
    }
  }
  return gone;
}

function partsOf(kind: Kind, parts: Map<Kind, Parts>): Parts {
  const known = parts.get(kind) ?? new Parts();
  parts.set(kind, known);
  return known;
}

function nameIn({ bytes, offsets, lengths }: ColumnWithNulls, text: number): Name | undefined {
  const length = lengths[text]!; // text < count
  if (length < 0) return undefined;
  const start = offsets[text]!;
  return nameOf(Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString());
}

function writePart(parts: Parts | undefined, { kind, isJoined }: Gone, output: ColumnOutput): void {
  const index = parts ? parts.next++ : 0;
  const length = parts?.replaced.lengths[index] ?? -1;
  if (!parts || parts.replaced.count === 0 || length < 0 || (isJoined && PIECEWISE.has(kind))) {
    output.write(labelOf(kind));
    return;
  }
  const start = parts.replaced.offsets[index]!; // as many as were found
  output.write(parts.replaced.bytes, start, start + length);
}

/** The name as its own column has it; the label where that is NULL or still the name. */
function writeName(
  { text, name }: Gone,
  { others, names }: { readonly others: readonly ColumnWithNulls[]; readonly names: number },
  output: ColumnOutput,
): void {
  const source = others[name]!; // one of the names
  const replaced = others[names + name]; // absent where names become labels
  const value = replaced && bytesOf(replaced, text);
  if (!value || bytesOf(source, text)?.equals(value)) output.write(labelOf('name'));
  else output.write(value);
}

function bytesOf({ bytes, offsets, lengths }: ColumnWithNulls, index: number): Buffer | undefined {
  const length = lengths[index]!; // index < count
  return length < 0 ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset + offsets[index]!, length);
}
