// The structure of a database, built in another one by pg_dump and pg_restore: what rows need before they are loaded, and
// what is quicker, or only possible, after them (indexes, constraints, foreign keys, triggers, policies).

import type { ConnectionSettings } from '../config/connection-url.ts';
import { AnonymizeError, refuseIf } from '../errors.ts';
import { conditionOf } from '../pg/sqlstate.ts';
import {
  type Archive,
  type Dumping,
  type Entry,
  entrySql,
  listEntries,
  restoreSection,
  type Section,
  type Toolbox,
  withArchive,
} from '../pg/tools/archive.ts';
import { type Connect, inTransaction } from './target-session.ts';

export interface Structure {
  /** Builds schemas, types, functions, tables and views. @throws when the target does not take all of it */
  beforeRows(into: Place): Promise<void>;
  /** Builds the rest, over several sessions. @returns what the target does not take, one error each */
  afterRows(into: Place, options: AfterRows): Promise<readonly AnonymizeError[]>;
}

export interface AfterRows {
  readonly jobs: number;
  /** An earlier attempt may have built some of it. */
  readonly isBegun: boolean;
}

/** The database that the structure is built in. */
export interface Place {
  readonly settings: ConnectionSettings;
  readonly connect: Connect;
}

/** Dumps a structure and runs `callback` with it. */
export function withStructure<Result>(
  box: Toolbox,
  dumping: Dumping,
  callback: (structure: Structure) => Promise<Result>,
): Promise<Result> {
  return withArchive(box, dumping, async archive => {
    const { leftOut } = dumping;
    const entries = (await listEntries(archive)).filter(({ name }) => !leftOut?.test(name));
    const restore = async (section: Section, { settings, connect }: Place, { jobs, isBegun }: AfterRows) => {
      const failed = await restoreSection(archive, { into: settings, section, jobs, only: entries });
      return tryAgain(archive, connect, { entries: pick(entries, failed), isBegun });
    };
    const first = { jobs: 1, isBegun: false };
    return callback({
      beforeRows: async into => refuseIf(await restore('pre-data', into, first), 'ANON_STRUCTURE_REFUSED'),
      afterRows: (into, options) => restore('post-data', into, options),
    });
  });
}

/**
 * Gives objects the privileges that those of the same name have in another database, where both have such an object. Readers
 * of a target that is built from the source may read it after the swap as before.
 */
export function carryPrivileges(
  box: Toolbox,
  { from, into }: { readonly from: ConnectionSettings; readonly into: ConnectionSettings },
): Promise<void> {
  return withArchive(box, { settings: from, side: 'target', options: [] }, async archive => {
    const only = (await listEntries(archive)).filter(({ name }) => /^(DEFAULT )?ACL /.test(name));
    if (only.length === 0) return;
    // What is refused is about objects that the source does not have any more.
    for (const section of ['pre-data', 'post-data'] as const) {
      await restoreSection(archive, { into, section, jobs: 1, only });
    }
  });
}

const pick = (entries: readonly Entry[], ids: readonly number[]): readonly Entry[] =>
  entries.filter(entry => ids.includes(entry.id));

/**
 * What pg_restore says about an error may hold a row's value, and has no SQLSTATE. So each refused entry is tried once more by
 * ourselves: then we know why, in our own words.
 */
async function tryAgain(
  archive: Archive,
  connect: Connect,
  { entries, isBegun }: { readonly entries: readonly Entry[] } & Pick<AfterRows, 'isBegun'>,
): Promise<readonly AnonymizeError[]> {
  const problems: AnonymizeError[] = [];
  for (const entry of entries) {
    const sql = await entrySql(archive, [entry.id]);
    const run = (statements: string) => inTransaction(connect, entry.name, client => client.query(statements));
    await run(sql).catch(async (error: AnonymizeError) => {
      if (!IS_ABOUT_ENTRY.test(error.code)) throw error;
      if (isThereAlready(entry, error)) return;
      if (isBegun && wasBuilt(error)) await run((sql.match(OWNERS) ?? []).join('\n'));
      else problems.push(OF_DEFINITION.has(error.code) ? refused(entry, error) : error);
    });
  }
  return problems;
}

/** pg_restore sends the statements of an entry as one, so they are all done or none; but for its owner, which is a step of its own. */
const OWNERS = /^ALTER (?:EVENT TRIGGER|PUBLICATION|STATISTICS) .* OWNER TO .*;$/gm;

/** duplicate_table (an index is one as well), duplicate_object, and invalid_table_definition: a second primary key. */
const BUILT_BEFORE: ReadonlySet<unknown> = new Set(['42P07', '42710', '42P16']);

/** An earlier attempt has built it: before it asks for anything else, the server looks whether the name is taken. */
const wasBuilt = ({ facts: { sqlstate } }: AnonymizeError): boolean => BUILT_BEFORE.has(sqlstate);

/** All others concern the session: a lock, a connection that was lost, a full disk. */
const IS_ABOUT_ENTRY = /^ANON_(DATABASE|PRIVILEGE|TARGET_(?!LOCKED))/;

/**
 * A schema may have been there before, such as that of an extension that an administrator has installed; its comment, and
 * that of the extension, are for its owner to change.
 */
const isThereAlready = ({ name }: Entry, { code, facts }: AnonymizeError): boolean =>
  facts.sqlstate === DUPLICATE_SCHEMA || (code === 'ANON_PRIVILEGE' && /^COMMENT - (SCHEMA|EXTENSION) /.test(name));

const DUPLICATE_SCHEMA = '42P06';

/** What says of rows that somebody changed a table says of a definition that it needs what is not there. */
const OF_DEFINITION: ReadonlySet<string> = new Set(['ANON_DATABASE', 'ANON_TARGET_CHANGED']);

function refused({ name }: Entry, { facts: { sqlstate } }: AnonymizeError): AnonymizeError {
  const condition = conditionOf(String(sqlstate));
  return new AnonymizeError('ANON_STRUCTURE_DEFINITION', { definition: name, sqlstate, condition });
}
