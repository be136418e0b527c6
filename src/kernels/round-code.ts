// Writes WebAssembly instructions for SHA-256 (FIPS 180-4 §4.1.2, §6.2.2) in the standard's symbols, for either kind of
// registers. Every result goes to a local of its own, so that the order of the instructions is the order of the calls.

import type binaryen from 'assemblyscript/binaryen';

type Expression = binaryen.ExpressionRef;

/** A local's number. */
export type Value = number;

/** The instructions of one kind of registers. An expression can be used once only. */
export interface Registers {
  readonly type: binaryen.Type;
  /**
   * Whether x ⋙ 2 ⊕ x ⋙ 13 is best had as (x ⊕ x ⋙ 11) ⋙ 2: the result is later, but x64 overwrites a scalar that it
   * rotates, and this saves a copy.
   */
  readonly nestsRotations: boolean;
  load(area: Expression, t: number): Expression;
  store(area: Expression, t: number, word: Expression): Expression;
  /** Word t of a table, the same for every message. */
  constant(table: Expression, t: number): Expression;
  add(x: Expression, y: Expression): Expression;
  xor(x: Expression, y: Expression): Expression;
  and(x: Expression, y: Expression): Expression;
  shr(x: Expression, n: number): Expression;
  rotr(x: () => Expression, n: number): Expression;
}

/** Four messages in the lanes of v128 registers; their words are `start` bytes behind the beginning of an area. */
export function vectors({ i32, i32x4, v128 }: binaryen.Module, type: binaryen.Type, start: number): Registers {
  return {
    type,
    nestsRotations: false,
    load: (area, t) => v128.load(start + 16 * t, 16, area),
    store: (area, t, word) => v128.store(start + 16 * t, 16, area, word),
    constant: (table, t) => v128.load32_splat(4 * t, 4, table),
    add: i32x4.add,
    xor: v128.xor,
    and: v128.and,
    shr: (x, n) => i32x4.shr_u(x, i32.const(n)),
    rotr: (x, n) => v128.or(i32x4.shr_u(x(), i32.const(n)), i32x4.shl(x(), i32.const(32 - n))),
  };
}

/** One message in scalar registers. */
export function scalars({ i32 }: binaryen.Module, type: binaryen.Type): Registers {
  return {
    type,
    nestsRotations: true,
    load: (area, t) => i32.load(4 * t, 4, area),
    store: (area, t, word) => i32.store(4 * t, 4, area, word),
    constant: (table, t) => i32.load(4 * t, 4, table),
    add: i32.add,
    xor: i32.xor,
    and: i32.and,
    shr: (x, n) => i32.shr_u(x, i32.const(n)),
    rotr: (x, n) => i32.rotr(x(), i32.const(n)),
  };
}

/** Collects instructions for the messages in one kind of registers. */
export class RoundCode {
  readonly #module: binaryen.Module;
  readonly #registers: Registers;
  readonly #locals: binaryen.Type[];
  /** a … h: their names rotate through the rounds, their values stay where they are. */
  readonly state: readonly Value[];
  /** a ⊕ b of a round is b ⊕ c of the next one; the two swap. */
  readonly #xors: readonly [Value, Value];
  #instructions: Expression[] = [];

  /** @param locals the types of the function's locals so far; grows */
  constructor(module: binaryen.Module, registers: Registers, locals: binaryen.Type[]) {
    this.#module = module;
    this.#registers = registers;
    this.#locals = locals;
    this.state = Array.from({ length: 8 }, () => this.#newLocal());
    this.#xors = [this.#newLocal(), this.#newLocal()];
  }

  /** Hands over the instructions since the last time. */
  take(): Expression[] {
    const instructions = this.#instructions;
    this.#instructions = [];
    return instructions;
  }

  load(area: Expression, t: number, into?: Value): Value {
    return this.#set(this.#registers.load(area, t), into);
  }

  store(area: Expression, t: number, word: Value): void {
    this.#instructions.push(this.#registers.store(area, t, this.#get(word)));
  }

  constant(table: Expression, t: number): Value {
    return this.#set(this.#registers.constant(table, t));
  }

  add(x: Value, y: Value, into?: Value): Value {
    return this.#set(this.#registers.add(this.#get(x), this.#get(y)), into);
  }

  sigma0(x: Value): Value {
    return this.#xor(this.#rotations(x, [7, 18]), this.#shr(x, 3));
  }

  sigma1(x: Value): Value {
    return this.#xor(this.#rotations(x, [17, 19]), this.#shr(x, 10));
  }

  /** Before the first round. */
  start(): void {
    this.#xor(this.state[1]!, this.state[2]!, this.#xors[1]); // b ⊕ c
  }

  /** Round t, given K(t) + W(t). */
  round(t: number, word: Value): void {
    const [a, b, , d, e, f, g, h] = rotate(this.state, t);
    const [ab, bc] = t % 2 === 0 ? this.#xors : [this.#xors[1], this.#xors[0]];
    const ch = this.#xor(g, this.#and(e, this.#xor(f, g))); // (e ∧ f) ⊕ (¬e ∧ g) with one instruction less
    const T1 = this.add(this.add(this.add(h, word), ch), this.#rotations(e, [6, 11, 25]));
    this.add(d, T1, d);
    this.#xor(a, b, ab);
    const maj = this.#xor(b, this.#and(ab, bc)); // likewise
    this.add(T1, this.add(this.#rotations(a, [2, 13, 22]), maj), h);
  }

  /** The exclusive or of rotations by ascending amounts. */
  #rotations(x: Value, [first = 0, ...others]: readonly number[]): Value {
    if (others.length === 0) return this.#rotr(x, first);
    if (!this.#registers.nestsRotations) return this.#xor(this.#rotr(x, first), this.#rotations(x, others));
    const nested = this.#rotations(
      x,
      others.map(amount => amount - first),
    );
    return this.#rotr(this.#xor(x, nested), first);
  }

  #xor(x: Value, y: Value, into?: Value): Value {
    return this.#set(this.#registers.xor(this.#get(x), this.#get(y)), into);
  }

  #and(x: Value, y: Value): Value {
    return this.#set(this.#registers.and(this.#get(x), this.#get(y)));
  }

  #shr(x: Value, n: number): Value {
    return this.#set(this.#registers.shr(this.#get(x), n));
  }

  #rotr(x: Value, n: number): Value {
    return this.#set(this.#registers.rotr(() => this.#get(x), n));
  }

  #get(value: Value): Expression {
    return this.#module.local.get(value, this.#registers.type);
  }

  #set(expression: Expression, into = this.#newLocal()): Value {
    this.#instructions.push(this.#module.local.set(into, expression));
    return into;
  }

  #newLocal(): Value {
    return this.#locals.push(this.#registers.type) - 1;
  }
}

/** a … h of round t. */
function rotate(state: readonly Value[], t: number): [Value, Value, Value, Value, Value, Value, Value, Value] {
  const at = (place: number): Value => state[(place - t) & 7]!; // eight of them
  return [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
}
