// How the databases beside a target are called: `shop_pgveil_new_…` while it is filled, `shop_pgveil_20260801_142530` when
// it was replaced. The names alone tell what is whose, so that any later run finds what a killed one left.

import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';

/** PostgreSQL cuts longer names off. */
const MAX_BYTES = 63;
/** Of `_pgveil_20260801_142530`, and of `_pgveil_new_` with its digits. */
const SUFFIX_BYTES = 24;
const RUN_DIGITS = 12;

/** What all names beside a target begin with. A long name is cut and told from its like by a digest. */
function stem(target: string): string {
  if (Buffer.byteLength(target) <= MAX_BYTES - SUFFIX_BYTES) return target;
  const digest = createHash('sha256').update(target).digest('hex').slice(0, 8);
  let cut = target;
  while (Buffer.byteLength(cut) > MAX_BYTES - SUFFIX_BYTES - 9) cut = [...cut].slice(0, -1).join('');
  return `${cut}_${digest}`;
}

/** The database that a run fills. */
export function unfinishedName(target: string, run: string): string {
  return `${stem(target)}_pgveil_new_${run.replaceAll('-', '').slice(0, RUN_DIGITS)}`;
}

/** What a target is called when it was replaced at `when` (UTC). */
export function previousName(target: string, when: Date): string {
  const [date = '', time = ''] = when.toISOString().split('T');
  return `${stem(target)}_pgveil_${date.replaceAll('-', '')}_${time.slice(0, 8).replaceAll(':', '')}`;
}

export interface Beside {
  /** Being filled, or left behind by a run that was killed. */
  readonly unfinished: readonly string[];
  /** Replaced earlier, the latest first. */
  readonly previous: readonly string[];
}

const NAMES = `select datname as name from pg_catalog.pg_database where starts_with(datname, $1) order by datname desc`;

/** The databases beside a target. @param client a session of any database of its server */
export async function readBeside(client: ClientBase, target: string): Promise<Beside> {
  const prefix = `${stem(target)}_pgveil_`;
  const { rows } = await client.query<{ name: string }>(NAMES, [prefix]);
  const ending = (pattern: RegExp): string[] =>
    rows.map(({ name }) => name).filter(name => pattern.test(name.slice(prefix.length)));
  return {
    unfinished: ending(/^new_[0-9a-f]{12}$/),
    previous: ending(/^\d{8}_\d{6}$/)
      .sort()
      .reverse(),
  };
}

/** The name of a target that is replaced now, or in one of the next seconds, where that name is taken. */
export function freePreviousName(target: string, { previous }: Beside, now = new Date()): string {
  const name = previousName(target, now);
  return previous.includes(name)
    ? freePreviousName(target, { unfinished: [], previous }, new Date(now.getTime() + 1000))
    : name;
}
