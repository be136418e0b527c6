// Regular expressions in linear time: all ways through a pattern go forward together, so no text makes it try again and again
// as backtracking does (Pike's machine). The results are JavaScript's.

import { compileNode, type Instruction } from './compile-pattern.ts';
import { NotLinear, parsePattern } from './parse-pattern.ts';

/** A pattern that can run. */
export interface CompiledPattern {
  /** The first match from `from` on: start and end of the whole and of each group, -1 where a group took no part. */
  readonly find: FindMatch;
  readonly groups: number;
  /** Of the program: the steps that a character takes at the most. */
  readonly size: number;
  /** Group numbers by name. */
  readonly names: ReadonlyMap<string, number>;
}

/** @param steps what is left of the steps that a text may take; undefined once there are none */
type FindMatch = (text: string, from: number, steps: Steps) => readonly number[] | undefined;

/** Counts down. */
export interface Steps {
  left: number;
}

/** Why a pattern cannot run. */
export interface RefusedPattern {
  readonly reason: string;
  readonly fix: string;
}

/** @param flags some of i, m, s */
export function compilePattern(pattern: string, flags: string): CompiledPattern | RefusedPattern {
  try {
    new RegExp(pattern, `u${flags}`);
  } catch {
    return { reason: 'is not a regular expression', fix: 'Correct it; it is read with the flag u.' };
  }
  try {
    const { node, groups } = parsePattern(pattern);
    const program = compileNode(node, flags);
    const machine = new Machine(program, groups, flags.includes('m'));
    return {
      find: (text, from, steps) => machine.find(text, from, steps),
      groups,
      size: program.length,
      names: namesIn(pattern),
    };
  } catch (cause) {
    if (!(cause instanceof NotLinear)) throw cause;
    // biome-ignore lint/plugin: our own, about a pattern of the configuration
    return { reason: `${cause.message}, and might take more than linear time`, fix: 'Write it without.' };
  }
}

/** Names in the order of their groups. */
function namesIn(pattern: string): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  let group = 0;
  for (const [, name] of pattern
    .replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]/gu, '')
    .matchAll(/\((?:(?!\?)|\?<([^>]*)>)/gu)) {
    group++;
    if (name !== undefined) names.set(name, group);
  }
  return names;
}

/** A way through the pattern: where it is, and what its groups hold. */
interface Thread {
  readonly at: number;
  readonly saved: readonly number[];
}

class Machine {
  readonly #program: readonly Instruction[];
  readonly #empty: readonly number[];
  readonly #isMultiline: boolean;
  /** At which step an instruction was last added, so that each is once at each character. */
  readonly #added: Float64Array;
  #round = 0;

  constructor(program: readonly Instruction[], groups: number, isMultiline: boolean) {
    this.#program = program;
    this.#empty = Array.from({ length: 2 * (groups + 1) }, () => -1);
    this.#isMultiline = isMultiline;
    this.#added = new Float64Array(program.length);
  }

  find(text: string, from: number, steps: Steps): readonly number[] | undefined {
    let threads: Thread[] = [];
    let matched: readonly number[] | undefined;
    for (let at = from; ; ) {
      if (!matched) {
        // Behind the ways that began earlier: they are preferred.
        if (threads.length === 0) this.#round++;
        this.#add({ at: 0, saved: this.#empty }, { text, position: at, threads });
      }
      if (threads.length === 0 && matched) return matched;
      const code = at < text.length ? text.codePointAt(at)! : -1; // at is within
      const next: Thread[] = [];
      const position = at + (code > 0xffff ? 2 : 1);
      this.#round++;
      steps.left -= threads.length + 1;
      if (steps.left < 0) return undefined;
      for (const { at: place, saved } of threads) {
        const instruction = this.#program[place]!; // within the program
        if (instruction.do === 'match') {
          matched = saved;
          break; // those behind it are less preferred
        }
        if (instruction.do !== 'read' || code < 0 || !instruction.takes(code)) continue;
        this.#add({ at: place + 1, saved }, { text, position, threads: next });
      }
      if (code < 0) return matched;
      threads = next;
      at = position;
    }
  }

  /** Follows what reads nothing, in the order of preference. */
  #add(
    thread: Thread,
    reached: { readonly text: string; readonly position: number; readonly threads: Thread[] },
  ): void {
    const { at, saved } = thread;
    if (this.#added[at] === this.#round) return;
    this.#added[at] = this.#round;
    const instruction = this.#program[at]!; // within the program
    if (instruction.do === 'read' || instruction.do === 'match') reached.threads.push(thread);
    else if (instruction.do === 'jump') this.#add({ at: instruction.to, saved }, reached);
    else if (instruction.do === 'fork') {
      this.#add({ at: instruction.first, saved }, reached);
      this.#add({ at: instruction.second, saved }, reached);
    } else if (instruction.do === 'save') {
      this.#add({ at: at + 1, saved: saved.with(instruction.slot, reached.position) }, reached);
    } else if (instruction.do === 'forget') {
      this.#add(
        { at: at + 1, saved: saved.with(0, saved[0]!).fill(-1, 2 * instruction.from, 2 * instruction.to) },
        reached,
      );
    } else if (holds(instruction.of, { ...reached, isMultiline: this.#isMultiline })) {
      this.#add({ at: at + 1, saved }, reached);
    }
  }
}

const isWord = (character: string | undefined): boolean => character !== undefined && /\w/.test(character);
const isLineEnd = (character: string | undefined): boolean =>
  character !== undefined && /[\n\r\u2028\u2029]/.test(character);

function holds(
  of: '^' | '$' | 'b' | 'B',
  { text, position, isMultiline }: { readonly text: string; readonly position: number; readonly isMultiline: boolean },
): boolean {
  const [before, after] = [text[position - 1], text[position]];
  if (of === '^') return position === 0 || (isMultiline && isLineEnd(before));
  if (of === '$') return position >= text.length || (isMultiline && isLineEnd(after));
  return (isWord(before) !== isWord(after)) === (of === 'b');
}

/** Pieces of a replacement: text, or the number of a group. */
type Piece = string | number;

/**
 * Replaces matches in a text.
 * @returns the function, or the group that the replacement names and the pattern has not.
 * The function gives undefined where nothing matches, and throws `TooManySteps` for a text that takes too many steps.
 */
export function replaceMatches({
  find,
  groups,
  size,
  names,
  replacement,
  firstOnly,
}: CompiledPattern & { readonly replacement: string; readonly firstOnly: boolean }):
  | ((text: string) => string | undefined)
  | { readonly group: string } {
  const pieces: Piece[] = [];
  for (const [piece, dollar, number, name] of replacement.matchAll(/\$(?:(\$)|(\d{1,2})|<([^>]*)>)|[^$]+|\$/gu)) {
    const group = number === undefined ? names.get(name ?? '') : Number(number);
    if (dollar !== undefined) pieces.push('$');
    else if (number === undefined && name === undefined) pieces.push(piece);
    else if (group === undefined || group > groups) return { group: piece };
    else pieces.push(group);
  }
  return text => {
    const steps = { left: FREE_STEPS + PASSES * size * (text.length + 1) };
    let replaced = '';
    let at = 0;
    let hasMatch = false;
    for (let from = 0; from <= text.length; ) {
      const found = find(text, from, steps);
      if (steps.left < 0) throw new TooManySteps();
      if (!found) break;
      hasMatch = true;
      const [start, end] = [found[0]!, found[1]!]; // of the whole
      replaced += text.slice(at, start);
      for (const piece of pieces) replaced += typeof piece === 'string' ? piece : groupIn(text, found, piece);
      at = end;
      from = end > start ? end : end + (text.codePointAt(end)! > 0xffff ? 2 : 1); // an empty match moves on
      if (firstOnly) break;
    }
    return hasMatch ? replaced + text.slice(at) : undefined;
  };
}

const groupIn = (text: string, found: readonly number[], group: number): string => {
  const start = found[2 * group]!; // group ≤ groups
  return start < 0 ? '' : text.slice(start, found[2 * group + 1]);
};

/**
 * One match is linear; many matches that each look far ahead are not. So a text may take the steps of some passes over it.
 * Counted, not timed, so that it does not depend on the day.
 */
const PASSES = 8;
const FREE_STEPS = 100_000;

/** A text takes more steps than there are. */
export class TooManySteps extends Error {
  override name = 'TooManySteps';
}
