// Kept columns that a trigger fills from columns which are masked: they hold the words of those. What PostgreSQL generates
// itself is computed anew by the target; triggers do not run while rows are loaded.

import type { ClientBase } from 'pg';
import { type Finding, finding } from '../errors.ts';
import { isKept, type PlannedTable } from '../plan/plan-types.ts';
import { displayName } from './identifiers.ts';

/** Arguments end with a NUL each; a function that is not SQL text (in C) has no body to look into. */
const TRIGGERS = `
select n.nspname as schema, t.relname as "table", g.tgname as name, p.proname as function,
  pg_catalog.string_to_array(pg_catalog.encode(g.tgargs, 'escape'), '\\000') as arguments, p.prosrc as body
from pg_catalog.pg_trigger g
join pg_catalog.pg_class t on t.oid = g.tgrelid
join pg_catalog.pg_namespace n on n.oid = t.relnamespace
join pg_catalog.pg_proc p on p.oid = g.tgfoid
where not g.tgisinternal and g.tgtype & 3 = 3 -- before each row
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 1, 2, 3`;

interface Trigger {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly function: string;
  readonly arguments: readonly string[];
  readonly body: string;
}

/** What the triggers of the source say of the planned tables. */
export async function checkDerived(source: ClientBase, tables: readonly PlannedTable[]): Promise<Finding[]> {
  const mixed = tables.filter(({ columns }) => columns.some(isKept) && !columns.every(isKept));
  if (mixed.length === 0) return [];
  const { rows } = await source.query<Trigger>(TRIGGERS);
  return mixed.flatMap(table =>
    rows
      .filter(trigger => trigger.schema === table.schema && trigger.table === table.name)
      .flatMap(trigger => derivedFrom(trigger, table)),
  );
}

function derivedFrom(trigger: Trigger, { schema, name, columns }: PlannedTable): Finding[] {
  const { writes, reads } = columnsOf(trigger);
  const masked = columns.filter(column => !isKept(column) && reads(column.name)).map(column => column.name);
  if (masked.length === 0) return [];
  return columns
    .filter(column => isKept(column) && writes(column.name))
    .map(column =>
      finding('ANON_PLAN_DERIVED', {
        place: displayName(schema, name, column.name),
        trigger: displayName(trigger.name),
        columns: masked.map(one => displayName(one)).join(', '),
      }),
    );
}

interface Flow {
  readonly writes: (column: string) => boolean;
  readonly reads: (column: string) => boolean;
}

/** By the arguments of PostgreSQL's own functions, else by what the text of the function assigns and mentions. */
function columnsOf({ function: called, arguments: given, body }: Trigger): Flow {
  if (called === 'tsvector_update_trigger' || called === 'tsvector_update_trigger_column') {
    const [written, , ...read] = given;
    return { writes: column => column === written, reads: column => read.includes(column) };
  }
  return {
    writes: column => new RegExp(`\\bnew\\.${named(column)}\\s*:?=[^=]`, 'isu').test(body),
    reads: column => new RegExp(`\\b(new|old)\\.${named(column)}`, 'isu').test(body),
  };
}

const named = (column: string): string => {
  const escaped = column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return `(?:"${escaped}"|${escaped}(?![\\w$]))`;
};
