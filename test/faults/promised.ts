// What a target holds after a run that something has struck: all of it, nothing, or what it held before.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { AnonymizeError } from '../../src/index.ts';
import type { Query, TestDatabase } from '../database.ts';

/** Of each table: how many rows, and the sum of their 64-bit hashes. */
export async function contentsOf(query: Query, tables: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of tables) {
    const sql = `select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as sum from ${name} t`;
    found.push((await query<{ sum: string }>(sql))[0]?.sum ?? '');
  }
  return found;
}

/** What contentsOf finds in tables that are empty. */
export const emptied = (tables: readonly string[]): readonly string[] => tables.map(() => '0 0');

/** An error of the catalogue that is no bug, or none. @throws anything else */
export function expectTyped(error: unknown): AnonymizeError | undefined {
  if (error === undefined) return undefined;
  if (!(error instanceof AnonymizeError)) throw error;
  expect(error.code, error.message).not.toBe('ANON_BUG');
  return error;
}

/** Whether the run could not put the target right, so that the next one has to. */
export const isLeftToNext = (error: AnonymizeError | undefined): boolean =>
  error?.findings.some(({ code }) => code === 'ANON_TARGET_NOT_RESTORED') ?? false;

/** A session that was dropped amid a statement ends a moment later. @throws when one stays */
export async function expectNoSessions(databases: readonly TestDatabase[]): Promise<void> {
  const deadline = Date.now() + 20_000;
  const sql = `select count(*)::int as left from pg_stat_activity where application_name like 'anonymize/%' and datname = $1`;
  for (const { query, name } of databases) {
    for (;;) {
      const [found] = await query<{ left: number }>(sql, [name]);
      if (found?.left === 0) break;
      if (Date.now() > deadline) throw new Error(`${found?.left} sessions are left in ${name}`);
      await sleep(20);
    }
  }
}
