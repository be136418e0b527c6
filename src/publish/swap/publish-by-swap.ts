// Publishing by a swap: a new database beside the target is built, filled, checked, and given the target's name in the end.
// Readers keep the old rows until then. On any failure the target is as it was, and the new database is gone, unless the run can
// go on with it later.

import type { ConnectionSettings } from '../../config/connection-url.ts';
import { AnonymizeError, finding, unexpected } from '../../errors.ts';
import { withClient, withPool } from '../../pg/connect.ts';
import type { Databases } from '../../pg/databases.ts';
import { displayName, quoteName } from '../../pg/identifiers.ts';
import { stopError } from '../../workers/stop-error.ts';
import { again } from '../again.ts';
import { carryRows } from '../carry-over.ts';
import { fillStructure } from '../fill-structure.ts';
import { canGoOn, leaveForLater } from '../leave.ts';
import { beginLedger, closeRun } from '../ledger.ts';
import type { Load, Published, Publishing } from '../publication.ts';
import { carryPrivileges, withStructure } from '../structure.ts';
import { dumpingOf, toolboxOf } from '../structure-origin.ts';
import type { Connect } from '../target-session.ts';
import { persistently, underLock } from '../undo.ts';
import { expectedRows, verifyRows } from '../verify-rows.ts';
import { freePreviousName, readBeside, unfinishedName } from './database-names.ts';
import { createLike, readComment } from './database-settings.ts';
import { exchange } from './exchange.ts';
import { type Maintaining, withMaintenance } from './maintenance.ts';

/** @throws what stopped it, after the new database is gone, unless the run can go on with it later */
export async function publishBySwap(publishing: Publishing, load: Load): Promise<Published> {
  const { config, databases, earlier, record, signal, onStage, lock } = publishing;
  const maintaining = { settings: databases.target, run: record.id };
  const name = databases.target.database;
  const successor = unfinishedName(name, record.id);
  let aside: string;
  let isRenaming = false;
  onStage('building');
  try {
    const comment = await (earlier ? commentOf(maintaining) : create(maintaining, successor));
    await fill(publishing, { ...databases.target, database: successor }, load);
    signal.throwIfAborted();
    // The run ends as the renaming does. That ends our own session in the target, too, but not before nobody else can get in:
    // until then it holds the run's lock.
    onStage('swapping');
    isRenaming = true;
    await lock.held();
    lock.letGo();
    aside = await withMaintenance(maintaining, async client => freePreviousName(name, await readBeside(client, name)));
    await exchange(maintaining, { name, successor, aside, comment });
  } catch (cause) {
    const error = signal.aborted && !isRenaming ? stopError(signal, UNDONE) : unexpected(cause);
    if (await canGoOn(publishing, error)) throw await leaveForLater(publishing, error, databases.openBeside(successor));
    onStage('dropping');
    throw await undo(publishing, { maintaining, successor, cause: error });
  }
  await dropBeyond(maintaining, config.target.keepPrevious);
  return config.target.keepPrevious > 0 ? { previous: aside } : {};
}

const UNDONE = 'The target is as it was.';

/** @returns the comment that the new database will have as the target */
async function create(maintaining: Maintaining, name: string): Promise<string | null> {
  const like = maintaining.settings.database;
  const comment = `pgveil: run ${maintaining.run} fills it, to replace ${like}; left over if that run is over`;
  return await withMaintenance(maintaining, client => createLike(client, { name, like, comment }));
}

/** The same of one that an earlier attempt has created. */
async function commentOf(maintaining: Maintaining): Promise<string | null> {
  return await withMaintenance(maintaining, client => readComment(client, maintaining.settings.database));
}

async function fill(publishing: Publishing, settings: ConnectionSettings, load: Load): Promise<void> {
  const { config, databases, checked, earlier, hold, record, tally, parallel, signal } = publishing;
  const applicationName = `anonymize/${record.id}/main`;
  const { stallAfterMs } = config.retries;
  const options = { side: 'target', max: parallel + 1, applicationName, stallAfterMs } as const;
  await withPool(settings, options, pool =>
    withStructure(toolboxOf(publishing), dumpingOf(publishing), async structure => {
      const connect: Connect = work => withClient(pool, work);
      const into = { settings, connect };
      await beginLedger(connect, record, earlier !== undefined);
      const isBuiltFromSource = config.target.schema === 'copy';
      const addRows = isBuiltFromSource ? async () => {} : () => carryRows(publishing, into);
      await fillStructure(publishing, { structure, into, load, addRows });
      if (isBuiltFromSource) await carryPrivileges(toolboxOf(publishing), { from: databases.target, into: settings });
      const expected = expectedRows(checked, table => tally.rowsOf(table));
      const work = async (): Promise<void> => {
        await verifyRows(connect, expected, { parallel, signal });
        await closeRun(connect, record.id, 'done', { isUnpublished: true });
      };
      await again(publishing, { what: 'finishing', connect, work });
      hold.seal();
    }),
  );
}

interface Undoing {
  readonly maintaining: Maintaining;
  readonly successor: string;
  readonly cause: AnonymizeError;
}

/**
 * Who lost the target drops nothing: the run may go on elsewhere, with the same database.
 * @returns the error that stopped the run, and what is left of it
 */
async function undo(publishing: Publishing, { maintaining, successor, cause }: Undoing): Promise<AnonymizeError> {
  const drop = async (): Promise<void> => {
    await withMaintenance(maintaining, client => client.query(dropStatement(successor)));
  };
  try {
    await persistently(() => underLock(publishing, drop));
    return cause;
  } catch (failure) {
    const facts = { database: displayName(successor), reason: unexpected(failure).message };
    return cause.with([finding('ANON_SWAP_LEFTOVER', facts)]);
  }
}

const dropStatement = (name: string): string => `drop database if exists ${quoteName(name)} with (force)`;

/** Drops what killed runs left beside the target. The caller holds the target, so none of them is alive. */
export async function dropUnfinished({ target, targetSession }: Databases, onFound: () => void): Promise<void> {
  const { unfinished } = await readBeside(targetSession, target.database);
  if (unfinished.length === 0) return;
  onFound();
  await withMaintenance({ settings: target, run: 'leftovers' }, async client => {
    for (const name of unfinished) await client.query(dropStatement(name));
  });
}

/** Drops the earliest of the previous databases, beyond those that stay. */
async function dropBeyond(maintaining: Maintaining, kept: number): Promise<void> {
  const name = maintaining.settings.database;
  await withMaintenance(maintaining, async client => {
    const { previous } = await readBeside(client, name);
    for (const database of previous.slice(kept)) await client.query(dropStatement(database));
  }).catch((cause: unknown) => {
    const { message } = unexpected(cause);
    throw new AnonymizeError('ANON_SWAP_PREVIOUS', { database: displayName(name), reason: message });
  });
}
