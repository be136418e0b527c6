// Writes SHA-256's compression function (FIPS 180-4 §6.2.2) as WebAssembly, for five messages at once: four in the 32-bit
// lanes of v128 registers, a fifth in scalar registers. A core has execution ports that vector instructions cannot use;
// they hash the fifth message almost for nothing if its instructions lie evenly between the others, and no compiler puts
// them there (docs/decisions/0001-hmac-kernel.md).

import binaryen from 'assemblyscript/binaryen';
import { RoundCode, scalars, vectors } from './round-code.ts';

type Expression = binaryen.ExpressionRef;

/** Where assembly/sha256.ts keeps what compress works on. */
export interface Layout {
  /** K(0) … K(63) (§4.2.2). */
  readonly K: number;
  /** The block, W(0) … W(15). */
  readonly WORDS: number;
  /** From the beginning of any words to their part for the lanes; the scalar message's part comes first. */
  readonly VECTORS: number;
}

/** Rounds that are written out; the others are a loop of them. So the code fits into what a core keeps decoded. */
const UNROLLED = 16;
/** Turned into locals that live shortly; these passes move no instruction. */
const PASSES = ['coalesce-locals', 'reorder-locals', 'vacuum'];

/** Replaces the imported function `name` of a module by compress(from, to), which takes addresses of states. */
export function defineCompress(module: binaryen.Module, name: string, layout: Layout): void {
  const { i32, local } = module;
  const locals = [binaryen.i32, binaryen.i32, binaryen.i32];
  const from = (): Expression => local.get(0, binaryen.i32);
  const to = (): Expression => local.get(1, binaryen.i32);
  /** The address of a K(t) with t ≡ 0 modulo UNROLLED. */
  const k = (): Expression => local.get(2, binaryen.i32);
  const words = (): Expression => i32.const(layout.WORDS);

  /** Step 2. */
  const loadState = (code: RoundCode): void => {
    for (const [t, variable] of code.state.entries()) code.load(from(), t, variable);
    code.start();
  };
  /** Steps 1 and 3 of the first rounds, whose words are the block's. */
  const firstRounds = (code: RoundCode): void => {
    for (let t = 0; t < UNROLLED; t++) {
      code.round(t, code.add(code.load(words(), t), code.constant(i32.const(layout.K), t)));
    }
  };
  /** Steps 1 and 3 of later rounds, t modulo 16. The message schedule works in place: W(t) replaces W(t - 16). */
  const laterRounds = (code: RoundCode): void => {
    for (let t = 0; t < UNROLLED; t++) {
      const load = (place: number): number => code.load(words(), place % 16);
      const sum = code.add(load(t), code.sigma0(load(t + 1)));
      const word = code.add(sum, code.add(load(t + 9), code.sigma1(load(t + 14))));
      code.store(words(), t, word);
      code.round(t, code.add(word, code.constant(k(), t)));
    }
  };
  /** Step 4. */
  const storeState = (code: RoundCode): void => {
    for (const [t, variable] of code.state.entries()) code.store(to(), t, code.add(variable, code.load(from(), t)));
  };

  const lanes = new RoundCode(module, vectors(module, binaryen.v128, layout.VECTORS), locals);
  const single = new RoundCode(module, scalars(module, binaryen.i32), locals);
  const both = (write: (code: RoundCode) => void): Expression[] => {
    write(lanes);
    write(single);
    return interleave(lanes.take(), single.take());
  };
  const nextK = i32.add(k(), i32.const(4 * UNROLLED));
  const moreRounds = i32.lt_u(local.tee(2, nextK, binaryen.i32), i32.const(layout.K + 4 * 64));
  const body = module.block(null, [
    ...both(loadState),
    ...both(firstRounds),
    local.set(2, i32.const(layout.K + 4 * UNROLLED)),
    module.loop('rounds', module.block(null, [...both(laterRounds), module.br('rounds', moreRounds)])),
    ...both(storeState),
  ]);
  const parameters = binaryen.createType([binaryen.i32, binaryen.i32]);
  module.removeFunction(name);
  module.addFunction(name, parameters, binaryen.none, locals.slice(2), body);
  module.runPassesOnFunction(name, PASSES);
}

/** Spreads the shorter list evenly over the longer one. Both keep their order. */
function interleave(longer: readonly Expression[], shorter: readonly Expression[]): Expression[] {
  const due = (index: number): number => Math.floor((index * shorter.length) / longer.length);
  return longer.flatMap((expression, index) => [expression, ...shorter.slice(due(index), due(index + 1))]);
}
