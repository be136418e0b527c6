// A column and those that its way back needs: what was read of the source must itself be turned back first.

import { NO_VALUE, type Origin, originsWhere, unchanged, type WayBack } from '../compose/origins.ts';
import { toldOf } from '../compose/ways-back.ts';
import { AnonymizeError } from '../errors.ts';
import { displayName } from '../pg/identifiers.ts';
import type { RowOfValues } from '../pg/target-values.ts';
import { bindWayBack } from '../plan/bind-way-back.ts';
import type { TargetRules } from './target-rules.ts';

/** Turns rows of the target back. */
export interface ColumnGraph {
  /** Columns of the target that it needs: the column itself, then the others. */
  readonly columns: readonly string[];
  /** @param rows values of these columns. @returns the origins of the first one */
  origins(rows: readonly RowOfValues[]): Promise<readonly Origin[]>;
}

/** @throws {AnonymizeError} ANON_DECRYPT_READS where a column that is needed cannot be turned back */
export async function columnGraph(rules: TargetRules, column: string, way: WayBack): Promise<ColumnGraph> {
  const ways = new Map([[column, way]]);
  const order = await visit(rules, column, { ways, path: [] });
  const needed = new Set([column, ...order]);
  for (const one of order) for (const name of ways.get(one)!.readsReplaced) needed.add(name); // each has a way
  const columns = [...needed];
  return {
    columns,
    async origins(rows) {
      const target = new Map(columns.map((name, position) => [name, rows.map(row => row[position] ?? null)]));
      const known = new Map<string, readonly Origin[]>();
      for (const name of order) known.set(name, await originsOf(name, ways.get(name)!, { target, known }));
      return known.get(column)!; // the last
    },
  };
}

interface Visit {
  readonly ways: Map<string, WayBack>;
  /** The columns that wait for this one. */
  readonly path: readonly string[];
}

/** The columns that must be turned back for this one, each after those that it needs; it is the last. */
async function visit(rules: TargetRules, column: string, { ways, path }: Visit): Promise<string[]> {
  const order: string[] = [];
  const waiting = [...path, column];
  for (const name of ways.get(column)!.reads) {
    if (waiting.includes(name)) throw unreadable(rules, column, name, 'which needs this one first');
    if (!ways.has(name)) {
      const { rule } = rules.ruleOf(name);
      const way = await bindWayBack(rule, rules.contextOf(name));
      if (way.obstacle) throw unreadable(rules, column, name, 'which cannot be turned back itself');
      ways.set(name, way);
    }
    order.push(...(await visit(rules, name, { ways, path: waiting })));
  }
  return [...new Set([...order, column])];
}

function unreadable({ table }: TargetRules, column: string, name: string, why: string): AnonymizeError {
  const place = displayName(table.schema, table.name, column);
  return new AnonymizeError('ANON_DECRYPT_READS', { place, column: displayName(name), why });
}

interface Columns {
  readonly target: ReadonlyMap<string, readonly (string | null)[]>;
  readonly known: ReadonlyMap<string, readonly Origin[]>;
}

/** Where a column that is needed cannot be told, neither can this one. */
async function originsOf(name: string, way: WayBack, { target, known }: Columns): Promise<readonly Origin[]> {
  const replacements = target.get(name)!; // all that are needed have been read
  if (way === unchanged) return replacements;
  const needed = way.reads.map(read => known.get(read)!); // earlier in the order
  const isTold = (index: number): boolean =>
    needed.every(origins => origins[index] !== undefined && origins[index] !== NO_VALUE);
  const beside = new Map(way.reads.map((read, position) => [read, toldOf(needed[position]!)]));
  const besideReplaced = new Map(way.readsReplaced.map(read => [read, target.get(read)!]));
  const rows = { replacements, beside, besideReplaced };
  return originsWhere(rows, isTold, { find: way.origins, otherwise: () => undefined });
}
