// Which syncs are compared with the baseline, and the ratio that each is held to.

import type { BenchServers } from './servers.ts';
import { type Comparison, compare, prepareTables, type Variant } from './sync.bench.ts';

const plain = { columns: 'masked', read: 'copy', workers: 'auto', isTextOnly: false } as const;

const VARIANTS: readonly Variant[] = [
  { ...plain, name: 'masked', floor: 1 },
  { ...plain, name: 'kept', columns: 'kept', floor: 1.15 },
  { ...plain, name: 'masked, cursor', read: 'cursor', floor: 0.5 },
  { ...plain, name: 'masked, 1 worker', workers: 1 },
  { ...plain, name: 'masked, 4 workers', workers: 4 },
  { ...plain, name: 'seven strategies', columns: 'seven', floor: 0.8 },
  { ...plain, name: 'seven strategies, new tokens', columns: 'seven', forgetsTokens: true },
  { ...plain, name: 'masked, text', isTextOnly: true },
];

export interface VariantChoice {
  readonly rows: number;
  readonly pairs: number;
  /** Names of the variants; all of them unless said. */
  readonly only?: readonly string[] | undefined;
  readonly show: (line: string) => void;
}

/** Compares the variants with the baseline. */
export async function benchSync(servers: BenchServers, choice: VariantChoice): Promise<readonly Comparison[]> {
  const { rows, pairs, only, show } = choice;
  const unknown = only?.find(name => !VARIANTS.some(variant => variant.name === name));
  if (unknown !== undefined) {
    throw new Error(`there is no variant "${unknown}"; there are ${VARIANTS.map(({ name }) => name).join(' | ')}`);
  }
  const results: Comparison[] = [];
  for (const isTextOnly of [false, true]) {
    const variants = VARIANTS.filter(
      variant => variant.isTextOnly === isTextOnly && (only?.includes(variant.name) ?? true),
    );
    if (variants.length > 0) await prepareTables(servers, rows, isTextOnly);
    for (const variant of variants) results.push(shown(await compare(servers, variant, pairs), show));
  }
  return results;
}

/** Peak memory must not grow with the table. */
export async function benchMemory(
  servers: BenchServers,
  { rows, show }: VariantChoice,
): Promise<readonly Comparison[]> {
  const results: Comparison[] = [];
  for (const size of [rows, rows * 5]) {
    await prepareTables(servers, size, false);
    results.push(shown(await compare(servers, { ...plain, name: `masked, ${size} rows` }, 1), show));
  }
  return results;
}

function shown(result: Comparison, show: (line: string) => void): Comparison {
  const each = result.ratios.map(ratio => ratio.toFixed(2)).join(' ');
  const held = result.floor === undefined ? '' : ` ≥ ${result.floor}${result.is_under ? ' UNDER' : ''}`;
  show(
    `${result.variant.padEnd(28)} ratio ${result.ratio.toFixed(2)}${held} (${each})  ${result.rows_per_second} rows/s  ` +
      `${result.baseline_seconds.toFixed(2)} s / ${result.seconds.toFixed(2)} s  cpu ${result.cpu_seconds.toFixed(1)} s  ${result.peak_rss_mb} MB`,
  );
  return result;
}
