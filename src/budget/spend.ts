// The budget of local differential privacy in the control database: what runs have spent, what this one adds, and the ceiling.
// Sums are exact decimals, PostgreSQL's: three times 0.1 is 0.3.

import { type Finding, finding, refuseIf } from '../errors.ts';
import { type Client, type DatabasePool, withClient, withTransaction } from '../pg/connect.ts';
import type { AskedSpending } from './asked-spending.ts';
import type { SourceIdentity } from './source-identity.ts';

/** What one row of a table may spend, all its columns and epochs together. */
export interface Ceiling {
  readonly epsilon: number;
  readonly delta: number;
}

/** What a run asks for. */
export interface BudgetRequest {
  readonly source: SourceIdentity;
  readonly asked: readonly AskedSpending[];
  /** Without one, all is recorded and nothing refused. */
  readonly ceiling: Ceiling | undefined;
}

// Runs of one source take turns, from reading what was spent until their own part is committed: two that would each fit under
// the ceiling cannot both slip under it.
const TAKE_TURNS = `select pg_advisory_xact_lock(hashtextextended('pgveil budget ' || $1, 0))`;

const ASKED = `
with asked as (
  select a.*, a.epoch is null or not exists (
      select from pgveil_budget.spending as s where s.database = $1 and s.draw = a.draw and s.epoch is not null
    ) as is_new
  from unnest($2::text[], $3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::text[])
    as a (table_name, column_name, epoch, epsilon, delta, draw)
)`;

const TOTALS = `${ASKED}, spent as (
  select table_name, sum(epsilon) as epsilon, sum(delta) as delta from pgveil_budget.spending
  where database = $1 group by table_name
), totals as (
  select a.table_name, one.what,
    coalesce(sum(one.asked) filter (where a.is_new), 0) as asked,
    coalesce(max(one.spent), 0) as spent, max(one.ceiling) as ceiling
  from asked as a left join spent as s using (table_name),
    lateral (values ('ε', a.epsilon, s.epsilon, $8::numeric), ('δ', a.delta, s.delta, $9::numeric)) as one (what, asked, spent, ceiling)
  group by a.table_name, one.what
)
select table_name as "table", what, asked::text, spent::text, ceiling::text from totals
where asked > 0 and spent + asked > ceiling order by table_name, what desc`;

// What was there before adds nothing, but the run is on record.
const RECORD = `${ASKED}
insert into pgveil_budget.spending (run, database, database_name, table_name, column_name, epoch, epsilon, delta, draw)
select $8, $1, $9, table_name, column_name, epoch,
  case when is_new then epsilon else 0 end, case when is_new then delta else 0 end, draw
from asked`;

/** Everything that the ceiling refuses of a run, as it stands now; nothing is recorded. */
export function checkBudget(control: DatabasePool, request: BudgetRequest): Promise<Finding[]> {
  return withClient(control, client => findOver(client, request));
}

/**
 * Records what a run spends; committed when this returns, so before a row moves. A run that fails afterwards has spent it: who
 * knows what was seen of it. Running it again spends nothing more.
 * @throws {AnonymizeError} ANON_PREFLIGHT_REFUSED where another run has spent meanwhile what this one asks for
 */
export function spendBudget(control: DatabasePool, request: BudgetRequest, run: string): Promise<void> {
  const { source } = request;
  return withClient(control, client =>
    withTransaction(client, 'begin', async () => {
      await client.query(TAKE_TURNS, [source.id]);
      refuseIf(await findOver(client, request), 'ANON_PREFLIGHT_REFUSED');
      await client.query(RECORD, [...parametersOf(request), run, source.name]);
    }),
  );
}

interface Over {
  readonly table: string;
  readonly what: string;
  readonly asked: string;
  readonly spent: string;
  readonly ceiling: string;
}

async function findOver(client: Client, request: BudgetRequest): Promise<Finding[]> {
  const { ceiling } = request;
  if (!ceiling) return [];
  const limits = [ceiling.epsilon, ceiling.delta].map(String);
  const { rows } = await client.query<Over>(TOTALS, [...parametersOf(request), ...limits]);
  return rows.map(({ table, what, ...amounts }) => {
    const [spent, asked, limit] = [amounts.spent, amounts.asked, amounts.ceiling].map(text => String(Number(text)));
    return finding('ANON_BUDGET_SPENT', { place: table, what, spent, asked, ceiling: limit });
  });
}

/** $1 to $7. Numbers go as the decimals that they spell. */
function parametersOf({ source, asked }: BudgetRequest): unknown[] {
  const list = (name: keyof AskedSpending): (string | null)[] =>
    asked.map(one => (one[name] === null ? null : String(one[name])));
  return [source.id, ...(['table', 'column', 'epoch', 'epsilon', 'delta', 'draw'] as const).map(list)];
}
