// What the control database knows to be spent: for `anonymize budget`.

import { AnonymizeError } from '../errors.ts';
import { type DatabasePool, withClient } from '../pg/connect.ts';
import { missingMigrations } from '../vault/migrate.ts';

/** What each row of a table has spent in one column and epoch. */
export interface SpentInEpoch {
  readonly column: string;
  /** null: every run drew anew. */
  readonly epoch: string | null;
  readonly epsilon: number;
  readonly delta: number;
  /** Runs that put this noise out; those that repeated it have spent nothing. */
  readonly runs: number;
  readonly first: string;
  readonly last: string;
}

/** What each row of a table has spent. */
export interface SpentInTable {
  /** Tells the source (see source-identity.ts), and its name when it was last recorded. */
  readonly database: string;
  readonly database_name: string;
  readonly table: string;
  readonly epsilon: number;
  readonly delta: number;
  readonly columns: readonly SpentInEpoch[];
}

const SPENT = `
with epochs as (
  select database, table_name, column_name, epoch, sum(epsilon) as epsilon, sum(delta) as delta,
    count(distinct run)::int as runs, min(at) as first, max(at) as last
  from pgveil_budget.spending group by database, table_name, column_name, epoch
)
select e.database, e.table_name as "table", sum(e.epsilon)::float8 as epsilon, sum(e.delta)::float8 as delta,
  (select s.database_name from pgveil_budget.spending as s where s.database = e.database order by s.id desc limit 1)
    as database_name,
  json_agg(json_build_object('column', e.column_name, 'epoch', e.epoch, 'epsilon', e.epsilon, 'delta', e.delta,
    'runs', e.runs, 'first', e.first, 'last', e.last) order by e.column_name, e.epoch) as columns
from epochs as e group by e.database, e.table_name order by e.database, e.table_name`;

/** One entry for each table. @throws {AnonymizeError} ANON_CONTROL_MIGRATE */
export function readSpent(control: DatabasePool): Promise<readonly SpentInTable[]> {
  return withClient(control, async client => {
    const missing = await missingMigrations(client);
    if (missing.length > 0) throw new AnonymizeError('ANON_CONTROL_MIGRATE', { missing: missing.join(', ') });
    const { rows } = await client.query<SpentInTable>(SPENT);
    return rows;
  });
}
