-- The privacy budget: what runs have spent of local differential privacy. It holds names and numbers, never a row's value.

create schema pgveil_budget;

-- One row for each draw of each run. `epsilon` and `delta` are what the run added: nothing, where the same draw was there before.
create table pgveil_budget.spending (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  run text not null,
  -- What tells the source's data from others (see src/budget/source-identity.ts), and its name at the time.
  database text not null,
  database_name text not null,
  -- `schema.table`; of partitions, the table on top.
  table_name text not null,
  column_name text not null,
  -- NULL where every run draws anew.
  epoch text,
  epsilon numeric not null check (epsilon >= 0),
  delta numeric not null check (delta >= 0),
  -- Digest of all that the noise follows from beside the rows. Equal ones are the same noise.
  draw text not null,
  unique (run, database, table_name, column_name, draw)
);
create index spending_of_table on pgveil_budget.spending (database, table_name, draw);

create function pgveil_budget.refuse_change() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception 'what was spent stays spent' using errcode = 'insufficient_privilege';
end
$$;

create trigger append_only before update or delete or truncate on pgveil_budget.spending
  for each statement execute function pgveil_budget.refuse_change();
-- Also for sessions that switch triggers off as a replica does.
alter table pgveil_budget.spending enable always trigger append_only;
