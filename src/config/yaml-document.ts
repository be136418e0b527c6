// YAML text → plain data, and from a path in it back to the line. Nothing of the file's text reaches a message.

import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { AnonymizeError } from '../errors.ts';

/** Uses of anchors that a file may expand to; more is an attack ("billion laughs"). */
const MAX_ALIASES = 100;

export type Path = readonly PropertyKey[];

/** A parsed file. */
export interface YamlDocument {
  readonly value: unknown;
  /** The line of a key, or of the nearest one above it that the file has. */
  lineOf(path: Path): number | undefined;
  /** Lines of whole numbers that lose digits as a JavaScript number. */
  readonly longNumbers: readonly number[];
}

/** @throws {AnonymizeError} ANON_CONFIG_YAML */
export function parseYaml(text: string, file: string): YamlDocument {
  const lineCounter = new LineCounter();
  const lineAt = (offset: number): number => lineCounter.linePos(offset).line;
  const refuse: Refuse = (detail, offset = 0) => {
    const { line, col } = lineCounter.linePos(offset);
    throw new AnonymizeError('ANON_CONFIG_YAML', { file, line: Math.max(1, line), column: Math.max(1, col), detail });
  };
  const document = parse(text, lineCounter, refuse);
  const [error] = [...document.errors, ...document.warnings];
  if (error) refuse(DEFECTS[error.code] ?? NOT_UNDERSTOOD, error.pos[0]);
  return {
    value: expand(document, refuse),
    lineOf: path => {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : lineAt(offset);
    },
    longNumbers: longNumbersOf(document).map(lineAt),
  };
}

type Document = ReturnType<typeof parseDocument>;
type Refuse = (detail: string, offset?: number) => never;

const NOT_UNDERSTOOD = 'something here is not understood; a text with special characters needs quotes.';
const TOO_DEEP = 'its blocks are nested too deeply.';
const TAG = 'tags (!name) are not used here.';

/** Our words for the parser's error codes; its own messages quote the file. */
const DEFECTS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_ALIAS: 'an alias (*name) or anchor (&name) is not complete; a pattern that begins with * needs quotes.',
  BAD_COLLECTION_TYPE: TAG,
  BAD_DQ_ESCAPE: 'a backslash in double quotes begins no known escape; use single quotes.',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket is open.',
  BAD_SCALAR_START: 'a text that begins with this character needs quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'a second key on one line; begin a new line, or put the text into quotes.',
  BLOCK_IN_FLOW: 'a block inside { } or [ ]; write it inline, or without the brackets.',
  DUPLICATE_KEY: 'this key is there already.',
  MISSING_CHAR: 'a colon, comma, quote, bracket or space is missing.',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines, or a line has no colon.',
  MULTIPLE_DOCS: 'the file holds several documents (---); one is wanted.',
  NON_STRING_KEY: 'a key must be a text.',
  RESOURCE_EXHAUSTION: TOO_DEEP,
  TAB_AS_INDENT: 'tabs cannot indent; use spaces.',
  TAG_RESOLVE_FAILED: TAG,
};

function parse(text: string, lineCounter: LineCounter, refuse: Refuse): Document {
  try {
    // stringKeys: a column may be called `no`, `null` or `1`. No known tags: they build what is no plain data.
    const options = { lineCounter, prettyErrors: false, stringKeys: true, merge: true, resolveKnownTags: false };
    return parseDocument(text, options);
  } catch (error) {
    if (error instanceof RangeError) return refuse(TOO_DEEP); // the parser recurses: the stack is its limit
    throw error;
  }
}

function expand(document: Document, refuse: Refuse): unknown {
  visit(document, {
    Alias(_, alias, ancestors) {
      const meant = alias.resolve(document);
      if (!meant) refuse('this alias (*name) has no anchor; a pattern needs quotes.', alias.range?.[0]);
      if (ancestors.some(node => node === meant)) refuse('this alias (*name) is a part of itself.', alias.range?.[0]);
    },
  });
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    // Every cause is in the file: too many aliases, merges of what is no block.
    return refuse('its aliases (*name) or merges (<<) cannot be expanded.');
  }
}

/** Where the last key of the path begins; where the path leaves the file, the key above. */
function offsetOf(document: Document, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const segment of path) {
    const block = isAlias(node) ? node.resolve(document) : node;
    const key: unknown = isMap(block)
      ? block.items.find(pair => isScalar(pair.key) && String(pair.key.value) === segment)
      : undefined;
    if (isPair<Node, Node>(key)) {
      offset = key.key.range?.[0];
      node = key.value;
    } else if (isSeq(block) && typeof segment === 'number') {
      node = block.items[segment];
      offset = (isNode(node) && node.range?.[0]) || offset;
    } else break;
  }
  return offset;
}

function longNumbersOf(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, {
    Scalar(_, { value, range }) {
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) offsets.push(range?.[0] ?? 0);
    },
  });
  return offsets;
}
