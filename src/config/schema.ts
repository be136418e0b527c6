// The configuration, version 1: every key of the YAML, its meaning and its default. A contract: changes are additions.
// Unknown keys are refused, and so is what the contract has but this version does not do.

import { z } from '../zod.ts';
import { closedBlock, oneOf, refuse, validate } from './closed-block.ts';
import { parseDuration } from './duration.ts';
import { parseBytes } from './memory-size.ts';
import { agreeOnQuarantine, onRowErrorSchema, quarantineSchema } from './quarantine-schema.ts';
import { secretReference, urlReference } from './reference-schema.ts';
import { subsetSchema } from './subset-schema.ts';
import { tableEntries } from './table-schema.ts';

/** Memory that the process needs at least. */
const MIN_MEMORY_BYTES = 192_000_000;
/** Looking at a database more often would be a load of its own. */
const LEAST_INTERVAL_MS = 100;

const text = z.string().min(1);

const version = z.unknown().transform((value, context): 1 => {
  if (value === 1) return value;
  if (value === undefined) return refuse(context, 'is missing; write `version: 1`.');
  return refuse(context, 'must be 1; this pgveil reads no other version.');
});

const tls = closedBlock({
  verify: oneOf(['full', 'ca', 'none', 'off']).optional().describe('what is checked of the server; off: no TLS'),
  ca: text.optional().describe('file of the CA certificates, PEM'),
  cert: text.optional().describe('file of the client certificate, PEM'),
  key: text.optional().describe('file of its key, PEM, mode 0600'),
}).transform((given, context) => {
  if ((given.cert === undefined) !== (given.key === undefined)) refuse(context, 'cert and key come together.');
  if (given.verify === 'off' && (given.ca ?? given.cert) !== undefined) {
    refuse(context, 'verify: off leaves no use for ca, cert and key.');
  }
  return given;
});
/** The explicit TLS settings of one side. */
export type TlsConfig = z.output<typeof tls>;

const maxConnections = z.int().min(1).default(5).describe('connections that are open at once');

const duration = z.unknown().transform((value, context): number => {
  const ms = parseDuration(value);
  return ms ?? refuse(context, 'must be a length of time with its unit, such as 30s, 10min, 12h or 2d.');
});

const snapshot = closedBlock({
  hold_after: duration
    .prefault('5s')
    .describe('from this age on, a run can be resumed: a process of its own keeps its snapshot'),
  hold_for: duration.prefault('30min').describe('how long it keeps it when no run uses it'),
  max_age: duration.optional().describe('a run whose snapshot gets older is stopped'),
}).transform(({ hold_after, hold_for, max_age }) => ({
  holdAfterMs: hold_after,
  holdForMs: hold_for,
  ...(max_age !== undefined && { maxAgeMs: max_age }),
}));

const source = closedBlock({
  url: urlReference,
  read: oneOf(['copy', 'cursor']).default('copy'),
  on_blocked_ddl: oneOf(['pause', 'continue', 'abort'])
    .default('pause')
    .describe('what happens when a change of structure on the source waits for the run'),
  max_connections: maxConnections,
  snapshot: snapshot.prefault({}).describe('what all of a run is read from'),
  tls: tls.optional(),
}).transform(({ max_connections, on_blocked_ddl, ...rest }) => ({
  ...rest,
  onBlockedDdl: on_blocked_ddl,
  maxConnections: max_connections,
}));

const target = closedBlock({
  url: urlReference,
  publish: oneOf(['in-place', 'swap']).default('in-place'),
  schema: oneOf(['existing', 'copy']).default('existing'),
  keep_previous: z.int().min(0).default(1).describe('with swap: how many earlier databases stay for a rollback'),
  pg_bin: text.optional().describe('folder of pg_dump and pg_restore; PATH unless given'),
  sequences: oneOf(['follow', 'after_rows', 'leave'])
    .default('follow')
    .describe("where sequences go on: as the source's, after the largest loaded value, or untouched"),
  max_connections: maxConnections,
  tls: tls.optional(),
}).transform(({ max_connections, keep_previous, pg_bin, ...rest }) => ({
  ...rest,
  maxConnections: max_connections,
  keepPrevious: keep_previous,
  ...(pg_bin !== undefined && { pgBin: pg_bin }),
}));

const retries = closedBlock({
  attempts: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('how often a piece of work is begun; 1: nothing is tried again'),
  within: duration.prefault('2min').describe('how long a database may be away'),
  stall_after: duration
    .prefault('10min')
    .describe('a connection on which nothing moves for so long is given up, unless its server says that it is working'),
}).transform(({ attempts, within, stall_after }) => ({ attempts, withinMs: within, stallAfterMs: stall_after }));

const parallel = z.unknown().transform((value, context): 'auto' | number => {
  if (value === 'auto') return value;
  if (typeof value !== 'number') return refuse(context, 'must be auto or a whole number.');
  return validate(z.int().min(1), value, { context });
});

const memory = z.unknown().transform((value, context): number => {
  const bytes = parseBytes(value);
  if (bytes === undefined) return refuse(context, 'must be a size with its unit, such as 512MB or 1GiB.');
  return bytes < MIN_MEMORY_BYTES ? refuse(context, 'must be at least 192MB.') : bytes;
});

const amount = z.number();

const budget = closedBlock({
  epsilon: amount.optional().describe('ceiling of ε for each row of a table, all epochs and columns together'),
  delta: amount.optional().describe('ceiling of δ; 0 unless given'),
  database: text
    .optional()
    .describe('under which name spent privacy is recorded, instead of the identity of the source'),
}).transform(({ epsilon, delta, database }, context) => {
  if (epsilon !== undefined && !(epsilon > 0)) refuse(context, 'must be a number above 0.', at('epsilon'));
  if (delta !== undefined && !(delta >= 0 && delta < 1)) refuse(context, 'must be from 0 to below 1.', at('delta'));
  if (delta !== undefined && epsilon === undefined) refuse(context, 'a ceiling of δ comes with one of ε.', at('delta'));
  return { ...(epsilon !== undefined && { ceiling: { epsilon, delta: delta ?? 0 } }), ...(database && { database }) };
});
const at = (key: string) => ({ code: 'ANON_CONFIG_VALUE', key }) as const;

const sessions = z.int().min(0).optional();

const governor = closedBlock({
  replica_lag: duration.optional().describe('how far a standby of either database may be behind'),
  active_sessions: sessions.describe('sessions of others that may be at work in either database'),
  lock_waits: sessions.describe('sessions of others that may be waiting for locks'),
  io_waits: sessions.describe('sessions of others that may be waiting for the disk'),
  every: duration.prefault('1s').describe('how often this is looked at'),
  least: z.int().min(0).default(1).describe('slices that go on whatever is passed'),
}).transform(({ every, least, replica_lag, active_sessions, lock_waits, io_waits }, context) => {
  const given = {
    replicaLagMs: replica_lag,
    activeSessions: active_sessions,
    lockWaits: lock_waits,
    ioWaits: io_waits,
  };
  if (every < LEAST_INTERVAL_MS) refuse(context, 'must be at least 100ms.', at('every'));
  if (Object.values(given).every(limit => limit === undefined))
    refuse(context, 'wants a limit: replica_lag, active_sessions, lock_waits or io_waits.');
  return { limits: given, everyMs: every, least };
});
/** What a run gives way to, and how far. */
export type GovernorConfig = z.output<typeof governor>;

const defaults = closedBlock({
  undecided: oneOf(['refuse', 'nullify']).default('refuse').describe('what happens to a column that nothing decides'),
});

/** The schema of the whole file. */
export const configSchema = closedBlock({
  version,
  source: source.describe('the database that is read'),
  target: target.describe('the database that is written'),
  control: closedBlock({ url: urlReference, tls: tls.optional() }).optional().describe('the vault, jobs and budgets'),
  budget: budget.optional().describe('what noise about a row may spend of local differential privacy'),
  secret: secretReference.optional().describe('the master secret, at least 32 bytes'),
  retries: retries.prefault({}).describe('what is tried again when a connection, a server or a lock fails'),
  parallel: parallel.default('auto').describe('workers; auto = as many as pay, at most one a core'),
  memory: memory.prefault('512MB').describe('ceiling of the whole process'),
  governor: governor.optional().describe('limits beyond which the run takes fewer slices at once'),
  trial_rows: z
    .int()
    .min(0)
    .max(100_000)
    .default(500)
    .describe('rows of a table that are replaced and tried on the target before the run; 0: none'),
  strategies: text.optional().describe('a folder with more strategies, one file each'),
  on_row_error: onRowErrorSchema,
  quarantine: quarantineSchema.optional().describe('where rows go that the target refuses'),
  defaults: defaults.prefault({}),
  subset: subsetSchema.optional().describe('some of the rows, with all that they reference'),
  tables: tableEntries.describe('every table, by its name or a glob'),
}).transform(({ memory: memoryBytes, trial_rows: trialRows, on_row_error, ...rest }, context) => {
  agreeOnQuarantine({ on_row_error, quarantine: rest.quarantine }, context);
  return { ...rest, memoryBytes, trialRows };
});

/** A configuration without defects of its own; whether it fits the databases is the plan's question. */
export type Config = z.output<typeof configSchema>;
