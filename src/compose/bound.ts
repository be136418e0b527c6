// A strategy bound to a column, and what holds for compositions of them.

import type { Guarantees, StrategyInstance } from '../strategy.ts';
import type { Runnable } from './runnable.ts';
import type { Spending } from './spending.ts';

/** A rule bound to a column: what it does, what it promises, what it reads. */
export interface BoundStrategy {
  /** Of a composition, that of its first strategy. */
  readonly domain: string;
  readonly guarantees: Guarantees;
  readonly instance: StrategyInstance;
  /** Names of the columns that it reads beside its own. */
  readonly reads: readonly string[];
  /** Names of those whose replacements it reads. */
  readonly readsReplaced: readonly string[];
  /** NULLs are given to it, too. */
  readonly replacesNulls?: boolean;
  /** What it spends of a row's privacy; nothing where it is left out. */
  readonly spends?: readonly Spending[];
  /** What it may put out, as far as known: the target is asked whether the column takes it. */
  readonly known?: readonly (string | null)[];
}

/** What a composition of several is known to keep of them. */
export type Facts = Pick<BoundStrategy, 'guarantees'> & {
  readonly maxLength: number | undefined;
  readonly bits: number | undefined;
  readonly outputs: readonly (string | null)[] | undefined;
};

type Part = Pick<BoundStrategy, 'guarantees' | 'instance'>;

/** What holds of one. */
export function factsOf({ guarantees, instance: { maxLength, bits, outputs } }: Part): Facts {
  return { guarantees, maxLength, bits, outputs };
}

/** Of a chain: it keeps values apart where each step does; any collision of a step remains. */
export function factsOfChain(steps: readonly Part[]): Facts {
  const last = factsOf(steps.at(-1)!); // a chain has a step
  const likely = steps.filter(({ guarantees }) => guarantees.uniqueness === 'likely');
  const chances = likely.map(({ instance }) => 2 ** -(instance.bits ?? 0));
  return {
    ...last,
    guarantees: { ...together(steps), uniqueness: worst(steps) },
    bits: chances.length === 0 ? undefined : -Math.log2(chances.reduce((sum, chance) => sum + chance, 0)),
  };
}

/**
 * Of cases: each output comes from one of them. Two that keep values apart on their own may still meet in one value, unless
 * they are the same (`distinct` counts the different ones that promise `preserved`); a keyed one of n bits meets any other
 * with a chance of 2^-n.
 */
export function factsOfCases(cases: readonly Part[], distinct: number): Facts {
  const all = cases.map(factsOf);
  const isEach = <Key extends keyof Facts>(key: Key): boolean => all.every(one => one[key] !== undefined);
  const bits = cases.flatMap(({ guarantees, instance }) =>
    guarantees.uniqueness === 'likely' ? [instance.bits ?? 0] : [],
  );
  return {
    guarantees: { ...together(cases), uniqueness: distinct > 1 ? 'lossy' : worst(cases) },
    maxLength: isEach('maxLength') ? Math.max(...all.map(({ maxLength }) => maxLength!)) : undefined, // each has one
    bits: bits.length > 0 ? Math.min(...bits) : undefined,
    outputs: isEach('outputs') ? [...new Set(all.flatMap(({ outputs }) => outputs!))] : undefined, // each has them
  };
}

/** No composition has a way back: which case it was, or what a step before was given, cannot be told. */
function together(parts: readonly Part[]): Guarantees {
  return {
    deterministic: parts.every(({ guarantees }) => guarantees.deterministic),
    reversible: false,
    uniqueness: 'lossy',
    keyed: parts.some(({ guarantees }) => guarantees.keyed),
    yieldsNull: parts.some(({ guarantees }) => guarantees.yieldsNull),
  };
}

function worst(parts: readonly Part[]): Guarantees['uniqueness'] {
  const each = parts.map(({ guarantees }) => guarantees.uniqueness);
  if (each.includes('lossy')) return 'lossy';
  return each.includes('likely') ? 'likely' : 'preserved';
}

/** An instance of these facts. */
export function instanceOf({ replace, prepare }: Runnable, facts: Facts, note: string | undefined): StrategyInstance {
  const { maxLength, bits, outputs } = facts;
  return {
    column: replace,
    ...(prepare && { prepare }),
    ...(maxLength !== undefined && { maxLength }),
    ...(bits !== undefined && { bits }),
    ...(outputs && { outputs }),
    ...(note && { note }),
  };
}
