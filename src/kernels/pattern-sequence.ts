// A regular expression taken apart: into its groups, where they follow one another, and what stands between them.

/** A stretch of a pattern: a group that captures, without its parentheses, or what stands before or behind one. */
export interface PatternPart {
  readonly source: string;
  readonly isGroup: boolean;
}

const QUANTIFIERS = '*+?{';

/**
 * The parts of a valid pattern, in their order; none of them refers to another, and each takes part in every match.
 * @returns undefined when the pattern is no such sequence: an alternative, a group within a group or repeated, a back reference
 */
export function patternSequence(pattern: string): readonly PatternPart[] | undefined {
  if (/\\[1-9k]/.test(pattern)) return undefined;
  const parts: PatternPart[] = [];
  let from = 0;
  const cut = (to: number): void => {
    if (to > from) parts.push({ source: pattern.slice(from, to), isGroup: false });
  };
  for (let at = 0; at < pattern.length; ) {
    const sign = pattern[at];
    if (sign === '|') return undefined;
    if (sign !== '(') {
      at = behindAtom(pattern, at);
      continue;
    }
    const end = behindGroup(pattern, at);
    const begin = captureBegin(pattern, at);
    const body = pattern.slice(begin ?? at + 2, end - 1);
    if (capturesWithin(body)) return undefined;
    if (begin !== undefined) {
      if (end < pattern.length && QUANTIFIERS.includes(pattern[end]!)) return undefined; // end < length
      cut(at);
      parts.push({ source: body, isGroup: true });
      from = end;
    }
    at = end;
  }
  cut(pattern.length);
  return parts;
}

/** Where the contents of a group begin that captures; undefined: it does not. */
function captureBegin(pattern: string, at: number): number | undefined {
  if (pattern[at + 1] !== '?') return at + 1;
  const name = /^\(\?<(?![=!])[^>]*>/.exec(pattern.slice(at));
  return name ? at + name[0].length : undefined;
}

function capturesWithin(body: string): boolean {
  for (let at = 0; at < body.length; ) {
    if (body[at] === '(' && captureBegin(body, at) !== undefined) return true;
    at = body[at] === '(' ? at + 1 : behindAtom(body, at);
  }
  return false;
}

function behindGroup(pattern: string, open: number): number {
  let depth = 1;
  let at = open + 1;
  while (depth > 0) {
    if (pattern[at] === '(') depth++;
    if (pattern[at] === ')') depth--;
    at = behindAtom(pattern, at);
  }
  return at;
}

/** Behind an escape, a class, or any other character. */
function behindAtom(pattern: string, at: number): number {
  if (pattern[at] === '\\') return at + 2;
  if (pattern[at] !== '[') return at + 1;
  let end = at + 1;
  while (pattern[end] !== ']') end += pattern[end] === '\\' ? 2 : 1;
  return end + 1;
}
