// What every session is told before its first statement: formats that mean the same on both sides, names without a search
// path, and no time limit that could end a long COPY. One simple query, so that a connection costs one round trip more.

import { OWN_BACKEND } from './backends.ts';
import type { Side } from './errors.ts';
import { quoteLiteral } from './identifiers.ts';

/**
 * In a transaction, what role and database say instead of our empty path: for SQL that users wrote and that we only run, such
 * as a `where` or the body of a function in a check constraint.
 */
export const USUAL_SEARCH_PATH = 'set local search_path to default';

type SessionSettings = Readonly<Record<string, string>>;

const EVERYWHERE: SessionSettings = {
  // First: a limit that somebody has set for the role or the database holds until here.
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  search_path: '',
  client_encoding: 'UTF8',
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  // Compiling a catalogue query took 0.9 s where running it takes 8 ms.
  jit: 'off',
  // The text of `money` follows it, and must read the same on the other side.
  lc_monetary: 'C',
  // A client that is gone must not keep its locks for the two hours of the system's default.
  tcp_keepalives_idle: '60',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '6',
};

const ON_SOURCE: SessionSettings = {
  default_transaction_read_only: 'on',
  // With it on, a policy would silently leave rows out; off, PostgreSQL refuses instead.
  row_security: 'off',
};

const ON_TARGET: SessionSettings = {
  default_transaction_read_only: 'off',
  // The ledger says what is safe on disk; a slice that it holds must be.
  synchronous_commit: 'on',
  // XML that is no whole document is fine in a column.
  xmloption: 'content',
};

/** How long a session waits for a lock, where the options in its URL do not say. */
const LOCK_TIMEOUT = '30s';

/** Settings that older servers do not have: since PostgreSQL 14 and 17. */
const WHERE_KNOWN: SessionSettings = { idle_session_timeout: '0', transaction_timeout: '0' };

/**
 * The statements that set up a session. The last says which process of the server it has (see backends.ts).
 * @param options those of its URL, such as `-c lock_timeout=5min`
 */
export function sessionSetup(side: Side, options = ''): string {
  const patience = options.includes('lock_timeout') ? {} : { lock_timeout: LOCK_TIMEOUT };
  const settings = { ...EVERYWHERE, ...patience, ...(side === 'source' ? ON_SOURCE : ON_TARGET) };
  const known = Object.entries(WHERE_KNOWN).map(([name, value]) => `(${quoteLiteral(name)}, ${quoteLiteral(value)})`);
  return [
    ...Object.entries(settings).map(([name, value]) => `set ${name} = ${quoteLiteral(value)}`),
    `select set_config(name, value, false) from (values ${known.join(', ')}) as settings (name, value)
     where current_setting(name, true) is not null`,
    OWN_BACKEND,
  ].join('; ');
}
