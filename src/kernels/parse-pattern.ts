// Reads a regular expression (JavaScript, flag u) that can run in linear time: no backreferences, no lookaround.
// JavaScript itself has read it before, so its syntax is right; what a single character may be stays in JavaScript's words.

/** A pattern as a tree. */
export type Node =
  | { readonly is: 'character'; readonly source: string }
  | { readonly is: 'assertion'; readonly of: '^' | '$' | 'b' | 'B' }
  | { readonly is: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly is: 'choice'; readonly nodes: readonly Node[] }
  | { readonly is: 'group'; readonly number: number; readonly node: Node }
  | {
      readonly is: 'repeat';
      readonly node: Node;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
      /** Groups inside: [first, last). */
      readonly groups: readonly [number, number];
    };

/** What a linear-time pattern cannot have. */
export class NotLinear extends Error {
  override name = 'NotLinear';
}

/** One character with a backslash, as flag u has them. */
const ESCAPE = /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|x..|c.|[\s\S])/uy;
const CLASS = /\[(?:\\[\s\S]|[^\]\\])*\]/uy;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})(\??)/y;
const GROUP_OPENING = /\((?:\?(?::|<(?![=!])[^>]*>))?/y;

/** @throws {NotLinear} */
export function parsePattern(pattern: string): { readonly node: Node; readonly groups: number } {
  let at = 0;
  let groups = 0;

  const take = (expression: RegExp): RegExpExecArray | undefined => {
    expression.lastIndex = at;
    const found = expression.exec(pattern);
    if (found) at = expression.lastIndex;
    return found ?? undefined;
  };

  function readChoice(): Node {
    const nodes = [readSequence()];
    while (pattern[at] === '|') {
      at++;
      nodes.push(readSequence());
    }
    return nodes.length === 1 ? nodes[0]! : { is: 'choice', nodes }; // there is one
  }

  function readSequence(): Node {
    const nodes: Node[] = [];
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') nodes.push(readTerm());
    return { is: 'sequence', nodes };
  }

  function readTerm(): Node {
    const before = groups;
    const node = readAtom();
    const quantifier = node.is === 'assertion' ? undefined : take(QUANTIFIER);
    if (!quantifier) return node;
    const [, sign, least = '', comma, most = '', lazy] = quantifier;
    const min = sign === undefined ? Number(least) : sign === '+' ? 1 : 0;
    const bounded = comma === undefined ? min : most === '' ? Infinity : Number(most);
    const max = sign === undefined ? bounded : sign === '?' ? 1 : Infinity;
    return { is: 'repeat', node, min, max, isLazy: lazy === '?', groups: [before + 1, groups + 1] };
  }

  function readAtom(): Node {
    const character = pattern[at]!; // readSequence has looked
    if (character === '(') return readGroup();
    if (character === '^' || character === '$') {
      at++;
      return { is: 'assertion', of: character };
    }
    if (character === '[') return { is: 'character', source: take(CLASS)![0] }; // its syntax is right
    if (character !== '\\') {
      const source = String.fromCodePoint(pattern.codePointAt(at)!); // within the pattern
      at += source.length;
      return { is: 'character', source };
    }
    const escaped = take(ESCAPE)![0]; // its syntax is right
    if (/^\\[1-9k]/.test(escaped)) throw new NotLinear('has a backreference');
    if (escaped === '\\b' || escaped === '\\B') return { is: 'assertion', of: escaped === '\\b' ? 'b' : 'B' };
    return { is: 'character', source: escaped };
  }

  function readGroup(): Node {
    const opening = take(GROUP_OPENING)![0]; // there is a parenthesis
    if (opening === '(' && pattern[at] === '?') throw new NotLinear('has lookaround or flags inside');
    const number = opening === '(?:' ? 0 : ++groups;
    const node = readChoice();
    at++; // the closing parenthesis
    return number === 0 ? node : { is: 'group', number, node };
  }

  const node = readChoice();
  return { node, groups };
}
