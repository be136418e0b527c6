// The way back of a strategy, and of what is done around strategies: `then`, `on_invalid`, `keep_empty`, `keep_null`.

import { ColumnOutput } from '../batch/column.ts';
import type { BoundStrategy } from './bound.ts';
import { NO_VALUE, type Origin, originsWhere, together, type WayBack } from './origins.ts';
import { replaceRefused } from './refused-values.ts';
import { runnableOf } from './runnable.ts';
import { columnOfTexts, textsOf } from './texts.ts';

/** Of a strategy that is bound to the way back. What it refuses, it has not put out. */
export function strategyBack({ reads, readsReplaced, guarantees, instance }: BoundStrategy): WayBack {
  const { replace, prepare } = replaceRefused(runnableOf(instance), null);
  const output = new ColumnOutput();
  const find: WayBack['origins'] = async ({ replacements, beside, besideReplaced }) => {
    const input = columnOfTexts(replacements);
    const others = [
      ...reads.map(name => columnOfTexts(beside.get(name)!)), // who turns back has all that is needed
      ...readsReplaced.map(name => columnOfTexts(besideReplaced.get(name)!)),
    ];
    await prepare?.(input, others, 0);
    output.reset(input.count);
    replace(input, output, others, 0);
    return textsOf(output).map(value => value ?? NO_VALUE);
  };
  const ofNull = guarantees.yieldsNull ? undefined : null;
  return {
    reads,
    readsReplaced,
    origins: rows => originsWhere(rows, index => rows.replacements[index] !== null, { find, otherwise: () => ofNull }),
  };
}

/** Of what cannot be turned back: it is only known what it may put out, where that is known. */
export function noWayBack(
  { guarantees, instance: { outputs } }: Pick<BoundStrategy, 'guarantees' | 'instance'>,
  obstacle: NonNullable<WayBack['obstacle']>,
): WayBack {
  const originOf = (replacement: string | null): Origin => {
    if (replacement === null) return guarantees.yieldsNull ? undefined : null;
    return outputs && !outputs.includes(replacement) ? NO_VALUE : undefined;
  };
  return { reads: [], readsReplaced: [], obstacle, origins: async rows => rows.replacements.map(originOf) };
}

const isTold = (origin: Origin): origin is string | null => typeof origin === 'string' || origin === null;

/** The values of origins that are told; NULL for the others. */
export const toldOf = (origins: readonly Origin[]): (string | null)[] =>
  origins.map(origin => (isTold(origin) ? origin : null));

/** Of strategies in a row, from the last to the first. */
export function chainBack(steps: readonly WayBack[]): WayBack {
  return {
    ...needsOf(steps),
    obstacle: steps.find(({ obstacle }) => obstacle)?.obstacle,
    async origins(rows) {
      let found: readonly Origin[] = rows.replacements;
      for (const step of steps.toReversed()) {
        const given = found;
        found = await originsWhere({ ...rows, replacements: toldOf(given) }, index => isTold(given[index]), {
          find: step.origins,
          otherwise: index => given[index],
        });
      }
      return found;
    },
  };
}

/** What several ways need together. */
export function needsOf(ways: readonly WayBack[]): Pick<WayBack, 'reads' | 'readsReplaced'> {
  return {
    reads: [...new Set(ways.flatMap(({ reads }) => reads))],
    readsReplaced: [...new Set(ways.flatMap(({ readsReplaced }) => readsReplaced))],
  };
}

/** Where refused values became `instead`: which value it was is gone. */
export function refusedBack(way: WayBack, instead: string | null): WayBack {
  return changed(way, (origin, replacement) => (replacement === instead ? undefined : origin));
}

/** Where empty values stayed. */
export function emptyBack(way: WayBack): WayBack {
  return changed(way, (origin, replacement) => {
    if (replacement === '') return together(origin, '');
    return origin === '' ? NO_VALUE : origin;
  });
}

/** Where NULL was replaced like an empty value: the two cannot be told apart. */
export function nullsBack(way: WayBack): WayBack {
  return changed(way, origin => {
    if (origin === null) return NO_VALUE;
    return origin === '' ? undefined : origin;
  });
}

function changed(way: WayBack, change: (origin: Origin, replacement: string | null) => Origin): WayBack {
  return {
    ...way,
    async origins(rows) {
      const found = await way.origins(rows);
      return found.map((origin, index) => change(origin, rows.replacements[index]!)); // as many
    },
  };
}
