// A pattern as a program for the machine in linear-pattern.ts (Pike 1986, Thompson 1968): instructions that read a character,
// fork, jump, note a position or look at one.

import { type Node, NotLinear } from './parse-pattern.ts';

export type Instruction =
  | { readonly do: 'read'; readonly takes: (code: number) => boolean }
  /** Goes on at both; the first is preferred. */
  | { readonly do: 'fork'; first: number; second: number }
  | { readonly do: 'jump'; to: number }
  | { readonly do: 'save'; readonly slot: number }
  /** Forgets groups [from, to): a repetition begins again. */
  | { readonly do: 'forget'; readonly from: number; readonly to: number }
  | { readonly do: 'assert'; readonly of: '^' | '$' | 'b' | 'B' }
  | { readonly do: 'match' };

/** Repetitions such as {500} are written out; each character of a text costs as many steps at the most. */
const MOST_INSTRUCTIONS = 2000;

/** @throws {NotLinear} for a pattern that gets too long */
export function compileNode(node: Node, flags: string): readonly Instruction[] {
  const program: Instruction[] = [];
  const add = <One extends Instruction>(instruction: One): One => {
    if (program.length >= MOST_INSTRUCTIONS) throw new NotLinear('repeats too much');
    program.push(instruction);
    return instruction;
  };
  const characters = new Map<string, (code: number) => boolean>();
  const takerOf = (source: string): ((code: number) => boolean) => {
    const taker = characters.get(source) ?? characterTaker(source, flags);
    characters.set(source, taker);
    return taker;
  };

  function emit(one: Node): void {
    if (one.is === 'character') add({ do: 'read', takes: takerOf(one.source) });
    else if (one.is === 'assertion') add({ do: 'assert', of: one.of });
    else if (one.is === 'sequence') one.nodes.forEach(emit);
    else if (one.is === 'choice') emitChoice(one.nodes);
    else if (one.is === 'repeat') emitRepeat(one);
    else {
      add({ do: 'save', slot: 2 * one.number });
      emit(one.node);
      add({ do: 'save', slot: 2 * one.number + 1 });
    }
  }

  function emitChoice([node, ...others]: readonly Node[]): void {
    if (node && others.length === 0) emit(node);
    if (!node || others.length === 0) return;
    const fork = add({ do: 'fork', first: program.length + 1, second: 0 });
    emit(node);
    const jump = add({ do: 'jump', to: 0 });
    fork.second = program.length;
    emitChoice(others);
    jump.to = program.length;
  }

  type Repeat = Extract<Node, { is: 'repeat' }>;

  function emitRepeat({ node, min, max, isLazy, groups: [from, to] }: Repeat): void {
    const once = (): void => {
      if (to > from) add({ do: 'forget', from, to });
      emit(node);
    };
    const fork = () => add({ do: 'fork', first: 0, second: 0 });
    const aim = (forked: { first: number; second: number }, into: number, past: number): void => {
      forked.first = isLazy ? past : into;
      forked.second = isLazy ? into : past;
    };
    for (let count = 0; count < min; count++) once();
    if (max === Infinity) {
      const start = program.length;
      const forked = fork();
      once();
      add({ do: 'jump', to: start });
      aim(forked, start + 1, program.length);
      return;
    }
    const forks = [];
    for (let count = min; count < max; count++) {
      forks.push([fork(), program.length] as const);
      once();
    }
    for (const [forked, into] of forks) aim(forked, into, program.length);
  }

  add({ do: 'save', slot: 0 });
  emit(node);
  add({ do: 'save', slot: 1 });
  add({ do: 'match' });
  return program;
}

/** Whether a code point is what one character of a pattern stands for; JavaScript is asked once for each. */
function characterTaker(source: string, flags: string): (code: number) => boolean {
  const expression = new RegExp(`^(?:${source})$`, `u${flags.replace('m', '')}`);
  const known = new Map<number, boolean>();
  const ascii = Uint8Array.from({ length: 128 }, (_, code) => (expression.test(String.fromCharCode(code)) ? 1 : 0));
  return code => {
    if (code < 128) return ascii[code] === 1;
    const answer = known.get(code) ?? expression.test(String.fromCodePoint(code));
    if (known.size < MOST_KNOWN) known.set(code, answer);
    return answer;
  };
}

const MOST_KNOWN = 10_000;
