// Brings back some definitions in one transaction and one round trip; where that fails, one by one, so that a definition
// that cannot come back is known by name and takes none of the others along.

import pg, { type ClientBase } from 'pg';
import { AnonymizeError } from '../errors.ts';
import { databaseError } from '../pg/errors.ts';
import { displayName } from '../pg/identifiers.ts';
import { isSameName, type Kind, markStatement, type PendingDefinition } from './definitions.ts';

// Definitions are fully qualified, so the search path matters only to functions in index expressions; before PostgreSQL 17
// they rely on the database's own. A commit need not wait for the disk: mark and definition are lost or kept together, and
// the end of the run waits (closeRun). maintenance_work_mem stays as the server has it: from 64 to 256 MB, an index on
// 3,000,000 texts took 37 % more CPU (4.7 → 6.5 s: the sort outgrows the caches), one on integers 22 % less (0.6 → 0.46 s).
const SETTINGS = `
set local search_path to default;
set local default_tablespace = '';
set local synchronous_commit = off;
set local statement_timeout = 0`;

/** @returns what could not come back. @throws when trying others makes no sense: lost connection, lock, full disk. */
export async function restoreBatch(
  client: ClientBase,
  batch: readonly PendingDefinition[],
): Promise<readonly AnonymizeError[]> {
  const [first, second] = batch;
  if (!first) return [];
  try {
    await commitTogether(client, [...batch.map(definition => definition.restore), markStatement(batch)]);
    return [];
  } catch (error) {
    if (!isAboutDefinition(error)) throw databaseError(error, at(first));
    if (!second) return await explain(client, first, error);
    return await oneByOne(client, batch);
  }
}

/** A constraint whose index could not come back is no second problem. */
async function oneByOne(client: ClientBase, batch: readonly PendingDefinition[]): Promise<readonly AnonymizeError[]> {
  const problems: AnonymizeError[] = [];
  const missing: PendingDefinition[] = [];
  for (const definition of batch) {
    if (missing.some(index => isSameName(index, definition))) continue;
    const found = await restoreBatch(client, [definition]);
    if (found.length > 0) missing.push(definition);
    problems.push(...found);
  }
  return problems;
}

async function commitTogether(client: ClientBase, statements: readonly string[]): Promise<void> {
  try {
    await client.query(['begin', SETTINGS, ...statements, 'commit'].join(';\n'));
  } catch (error) {
    // A dead session cannot roll back, and has no need to.
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** Classes of SQLSTATE that concern one definition: data, constraints, syntax and names, limits, functions. */
const ABOUT_DEFINITION = new Set(['0A', '21', '22', '23', '2F', '38', '39', '42', '54', '55', 'P0']);
/** insufficient_privilege, lock_not_available: those concern the session. */
const ABOUT_SESSION = new Set(['42501', '55P03']);

const isAboutDefinition = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError &&
  !ABOUT_SESSION.has(error.code ?? '') &&
  ABOUT_DEFINITION.has(error.code?.slice(0, 2) ?? '');

/** The table that it references is gone, or its schema; or the foreign key that it is about did not come back. */
const HAS_NO_OBJECT = new Set(['42P01', '3F000', '42704']);

/** Whether somebody made it by hand meanwhile. */
const IS_THERE = `
select case
  when $1 = 'index' then to_regclass(format('%I.%I', $2::text, $4::text)) is not null
  else exists (select from pg_constraint
               where conrelid = to_regclass(format('%I.%I', $2::text, $3::text)) and conname = $4)
end as there`;
const CAN_BE_MADE_BY_HAND: ReadonlySet<Kind> = new Set([
  'index',
  'constraint',
  'foreign key',
  'partitioned foreign key',
]);

async function explain(
  client: ClientBase,
  definition: PendingDefinition,
  error: pg.DatabaseError,
): Promise<readonly AnonymizeError[]> {
  const { kind } = definition;
  if (CAN_BE_MADE_BY_HAND.has(kind) && (await isThere(client, definition))) {
    await commitTogether(client, [markStatement([definition])]);
    return [];
  }
  // It is there unchecked, or there is nothing to restore it on: no later attempt will do better.
  const sqlstate = error.code ?? '';
  const isFinal = kind === 'validation' || (kind.endsWith('foreign key') && HAS_NO_OBJECT.has(sqlstate));
  if (isFinal) await commitTogether(client, [markStatement([definition], sqlstate)]);
  return [problemOf(definition, error)];
}

async function isThere(client: ClientBase, { kind, schema, table, name }: PendingDefinition): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(IS_THERE, [kind, schema, table, name]);
  return rows[0]?.there ?? false;
}

function problemOf(definition: PendingDefinition, error: pg.DatabaseError): AnonymizeError {
  if (error.code?.startsWith('23')) return databaseError(error, at(definition));
  const { kind, name } = definition;
  const facts = { place: at(definition).place, kind, name: displayName(name), sqlstate: error.code };
  return new AnonymizeError('ANON_TARGET_DEFINITION', facts);
}

const at = ({ schema, table }: PendingDefinition) => ({
  side: 'target' as const,
  place: displayName(schema, table),
});
