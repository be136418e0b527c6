// What is done around bound strategies, with what then holds: `then`, `on_invalid`, `keep_empty`, `keep_null`.

import { type BoundStrategy, type Facts, factsOf, factsOfChain, instanceOf } from './bound.ts';
import { chainColumns } from './chain.ts';
import { needsOfAll, positionsIn } from './others.ts';
import { emptyNulls, keepEmpty, keepNulls } from './passed-values.ts';
import { replaceRefused } from './refused-values.ts';
import { type Runnable, runnableOf, withOthers } from './runnable.ts';

/** Strategies in a row, two at least. */
export function chained(steps: readonly BoundStrategy[]): BoundStrategy {
  const needs = needsOfAll(steps);
  const runnables = steps.map(step => withOthers(runnableOf(step.instance), positionsIn(needs, step)));
  const facts = factsOfChain(steps);
  const note = steps.flatMap(({ instance }) => instance.note ?? []).join('; ');
  return {
    domain: steps[0]!.domain, // there are two at least
    guarantees: facts.guarantees,
    instance: instanceOf(chainColumns(runnables), facts, note),
    known: steps.at(-1)!.instance.outputs ?? [],
    spends: steps.flatMap(({ spends = [] }) => spends),
    ...needs,
  };
}

/** Values that the strategy cannot handle become `instead`; null is NULL. */
export function refusing(bound: BoundStrategy, instead: string | null): BoundStrategy {
  const facts = factsOf(bound);
  const { guarantees, maxLength, outputs } = facts;
  const bytes = instead === null ? null : Buffer.from(instead);
  const together: Facts = {
    ...facts,
    maxLength: maxLength === undefined ? undefined : Math.max(maxLength, [...(instead ?? '')].length),
    outputs: outputs && [...outputs, instead],
    guarantees: {
      ...guarantees,
      reversible: false,
      yieldsNull: guarantees.yieldsNull || instead === null,
      uniqueness: instead === null ? guarantees.uniqueness : 'lossy',
    },
  };
  const changed = around(bound, runnable => replaceRefused(runnable, bytes), together);
  return { ...changed, known: [...(bound.known ?? outputs ?? []), instead] };
}

/** Empty values stay. One may be another value's replacement, if only by a chance of 2^-bits. */
export function keepingEmpty(bound: BoundStrategy): BoundStrategy {
  const facts = factsOf(bound);
  const { guarantees } = facts;
  const uniqueness = guarantees.uniqueness === 'likely' ? 'likely' : 'lossy';
  return around(bound, keepEmpty, {
    ...facts,
    outputs: facts.outputs && [...facts.outputs, ''],
    guarantees: { ...guarantees, reversible: false, uniqueness },
  });
}

/** NULLs stay, in a column that comes with them. */
export function keepingNulls(bound: BoundStrategy): BoundStrategy {
  return wrapped(bound, keepNulls, factsOf(bound));
}

/** NULLs are given to the strategy as empty values. All of them have one replacement, unless each row has its own. */
export function replacingNulls(bound: BoundStrategy): BoundStrategy {
  const { guarantees } = bound;
  const uniqueness = guarantees.deterministic ? 'lossy' : guarantees.uniqueness;
  return wrapped(bound, emptyNulls, {
    ...factsOf(bound),
    guarantees: { ...guarantees, reversible: false, uniqueness },
  });
}

function around(bound: BoundStrategy, wrap: Wrap, facts: Facts): BoundStrategy {
  // Nothing of a kept column is refused, and all stays as it is.
  return 'keep' in bound.instance ? bound : wrapped(bound, wrap, facts);
}

type Wrap = (runnable: Runnable) => Runnable;

function wrapped(bound: BoundStrategy, wrap: Wrap, facts: Facts): BoundStrategy {
  const { guarantees } = facts;
  const instance = instanceOf(wrap(runnableOf(bound.instance)), facts, bound.instance.note);
  return { ...bound, known: bound.known ?? bound.instance.outputs ?? [], guarantees, instance };
}
