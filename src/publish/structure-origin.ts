// Where the structure of a database that a run builds comes from: the source (`schema: copy`), or the target that a swap
// will replace (`schema: existing`).

import { AnonymizeError } from '../errors.ts';
import type { Dumping, Toolbox } from '../pg/tools/archive.ts';
import type { Publishing } from './publication.ts';
import type { Connect } from './target-session.ts';

/**
 * From the source, objects come without their owners, privileges and tablespaces: they belong to the role that builds them,
 * since the roles of production are another server's, and its grants do not say who may read a copy. What acts beyond the
 * database, or on all of it, stays behind too: publications, event triggers, and user mappings, which hold passwords of other
 * servers. From the target all of it is kept: whoever reads it today still may after the swap.
 */
export function dumpingOf({ config, databases, record }: Publishing): Dumping {
  if (config.target.schema === 'existing') return { settings: databases.target, side: 'target', options: [] };
  return {
    settings: databases.source,
    side: 'source',
    snapshot: record.snapshot,
    options: ['--no-owner', '--no-privileges', '--no-tablespaces', '--no-publications'],
    leftOut: /^(USER MAPPING|EVENT TRIGGER|(COMMENT|SECURITY LABEL) - EVENT TRIGGER) /,
  };
}

/** Lends sessions of the database that the structure comes from. */
export function originOf({ config, databases }: Publishing): Connect {
  return config.target.schema === 'existing' ? databases.connectTarget : databases.connectSource;
}

/** The programs that preflight has found. */
export function toolboxOf({ checked: { tools }, record, signal }: Publishing): Toolbox {
  if (!tools) throw new AnonymizeError('ANON_BUG', { detail: 'nobody looked for pg_dump.' });
  return { tools, run: record.id, signal };
}
