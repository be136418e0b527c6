// Foreign keys of the target whose rows may not be found: those that the source does not have, and those into a table whose
// rows the plan leaves out. Whether both sides have the same rule is the plan's question (decide-columns.ts) where the source
// has the key too, and is asked here where it does not.

import type { ClientBase } from 'pg';
import { type Finding, finding } from '../errors.ts';
import type { Catalog, CatalogForeignKey } from '../pg/catalog-types.ts';
import { findTable } from '../pg/find-table.ts';
import { displayName, quoteName, quoteTable, type TableName } from '../pg/identifiers.ts';
import { selectSample } from '../pg/read-slice.ts';
import { USUAL_SEARCH_PATH } from '../pg/session.ts';
import type { Plan, PlannedTable } from '../plan/plan-types.ts';
import { isSameRule } from '../plan/rules.ts';
import type { Catalogs } from './breakable.ts';
import { share, trialFinding } from './trial-findings.ts';

/** A foreign key of a planned table of the target. */
export interface Reference {
  readonly table: PlannedTable;
  readonly key: CatalogForeignKey;
  /** The planned tables that its rows are in; none where the target's rows stay as they are. */
  readonly parents: readonly PlannedTable[];
}

const isSame = (a: TableName, b: TableName): boolean => a.schema === b.schema && a.name === b.name;

/** Whether a table is another, or a partition of it. */
function isWithin(catalog: Catalog, table: TableName, other: TableName): boolean {
  if (isSame(table, other)) return true;
  const { parent } = findTable(catalog, table) ?? {};
  return parent ? isWithin(catalog, parent, other) : false;
}

/** The references of a table that a trial looks at. */
export function openReferences(table: PlannedTable, plan: Plan, { source, target }: Catalogs): Reference[] {
  const names = new Set(table.columns.map(column => column.name));
  const known = findTable(source, table)?.foreignKeys ?? [];
  return (findTable(target, table.into)?.foreignKeys ?? []).flatMap(key => {
    if (!key.columns.every(column => names.has(column))) return [];
    const parents = plan.tables.filter(
      one => isSame(one, key.referenced) || isWithin(target, one.into, key.referenced),
    );
    // What the target has beside is of the same subset, and rows of the sample need not be.
    if (plan.subset && parents.length === 0) return [];
    const isKnown = known.some(
      one => isSame(one.referenced, key.referenced) && one.columns.join('\0') === key.columns.join('\0'),
    );
    // A subset leaves out what references rows that `where` leaves out.
    const isFiltered = parents.some(({ where, action }) => (where !== undefined && !plan.subset) || action === 'empty');
    return !isKnown || isFiltered || parents.length === 0 ? [{ table, key, parents }] : [];
  });
}

/** Rules that differ on both sides of a key which only the target has. */
export function contradictions({ table, key, parents }: Reference): Finding[] {
  return parents.flatMap(parent =>
    key.columns.flatMap((name, position) => {
      const own = table.columns.find(column => column.name === name);
      const referenced = parent.columns.find(column => column.name === key.referencedColumns[position]);
      if (!own || !referenced || own.strategy === 'nullify') return [];
      if (isSameRule(own.rule, referenced.rule) && own.domain === referenced.domain) return [];
      return [
        finding('ANON_PLAN_FOREIGN_KEY', {
          place: displayName(table.schema, table.name, name),
          constraint: displayName(key.name),
          referenced: displayName(parent.schema, parent.name, referenced.name),
        }),
      ];
    }),
  );
}

interface Counts {
  readonly rows: number;
  readonly lost: number;
}

/** Asks the source for rows of a sample whose parents are not copied: equal rules keep equal what is equal there. */
export async function lostOnSource(source: ClientBase, reference: Reference, rows: number): Promise<Finding[]> {
  const { table, key, parents } = reference;
  const from = parents
    .filter(parent => parent.action === 'copy')
    .map(
      parent =>
        `select ${key.referencedColumns.map(quoteName).join(', ')} from only ${quoteTable(parent)}${filter(parent)}`,
    );
  await source.query(`begin; ${USUAL_SEARCH_PATH}`);
  const found = await source.query<Counts>(
    countLost(key, { sample: selectSample(table, rows), parents: from.join(' union all ') }),
  );
  await source.query('rollback');
  return lostFinding(reference, found.rows[0]);
}

/** Asks the target whether rows that it accepted find their parents among the rows that it has. */
export async function lostOnTarget(target: ClientBase, reference: Reference, trial: TableName): Promise<Finding[]> {
  const { key } = reference;
  const parents = `select ${key.referencedColumns.map(quoteName).join(', ')} from ${quoteTable(key.referenced)}`;
  const found = await target.query<Counts>(countLost(key, { sample: `select * from ${quoteTable(trial)}`, parents }));
  return lostFinding(reference, found.rows[0]);
}

const filter = ({ where }: PlannedTable): string => (where === undefined ? '' : ` where (${where}\n)`);

/** A row with a NULL in its key references nothing. */
function countLost(
  { columns, referencedColumns }: CatalogForeignKey,
  { sample, parents }: { readonly sample: string; readonly parents: string },
): string {
  const equal = columns.map((name, n) => `parent.${quoteName(referencedColumns[n] ?? '')} = child.${quoteName(name)}`);
  const isThere = parents === '' ? 'false' : `exists (select from (${parents}) parent where ${equal.join(' and ')})`;
  const isSet = columns.map(name => `child.${quoteName(name)} is not null`).join(' and ');
  return `select count(*)::int as rows, (count(*) filter (where ${isSet} and not ${isThere}))::int as lost from (${sample}) child`;
}

function lostFinding({ table, key }: Reference, counts: Counts | undefined): Finding[] {
  if (!counts || counts.lost === 0) return [];
  return [
    trialFinding(displayName(table.schema, table.name, ...(key.columns.length === 1 ? key.columns : [])), {
      what: `foreign key ${displayName(key.name)}`,
      share: share(counts.lost, counts.rows),
      rows: counts.rows,
    }),
  ];
}
