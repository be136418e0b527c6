// How pg_dump and pg_restore get to a database: through the variables of libpq, never through argv, which everybody on the
// machine can read. The password is a variable, too: another user cannot read it there, and unlike a password file nothing
// of it is left on disk when a run is killed. Nothing else of our own environment is passed on, least of all our secrets.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionSettings } from '../../config/connection-url.ts';
import type { TlsSettings } from '../../config/tls-settings.ts';

export interface ToolPlace {
  /** A private folder, for certificates. */
  readonly folder: string;
  /** A later run finds the sessions of a dead one by it. */
  readonly applicationName: string;
}

/** The environment of a program that connects by libpq, as our own sessions connect. */
export async function toolEnvironment(settings: ConnectionSettings, place: ToolPlace): Promise<NodeJS.ProcessEnv> {
  const { host, port, user, password, database, options } = settings;
  return {
    // Error messages are recognised by their English form; names of objects come in UTF-8.
    LC_ALL: 'C',
    PGCLIENTENCODING: 'UTF8',
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGAPPNAME: place.applicationName,
    PGCONNECT_TIMEOUT: '30',
    ...(password !== undefined && { PGPASSWORD: password }),
    // The settings of a database may make it read-only by default, or end what takes long.
    PGOPTIONS: `${options ?? ''} -c default_transaction_read_only=off -c statement_timeout=0`.trim(),
    ...(settings.tls ? await tlsEnvironment(settings.tls, place.folder) : { PGSSLMODE: 'disable' }),
  };
}

const SSL_MODES = { full: 'verify-full', ca: 'verify-ca', none: 'require' } as const;

/** What we trust is what they trust: without a CA of the user's, those of Node. */
async function tlsEnvironment(tls: TlsSettings, folder: string): Promise<NodeJS.ProcessEnv> {
  const { verify, cert, keyFile } = tls;
  const { rootCertificates } = await import('node:tls'); // some milliseconds, of runs that need none of it otherwise
  const write = async (name: string, content: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, content, { mode: 0o600 });
    return file;
  };
  return {
    PGSSLMODE: SSL_MODES[verify],
    ...(verify !== 'none' && { PGSSLROOTCERT: await write('ca.pem', tls.ca ?? rootCertificates.join('\n')) }),
    ...(cert !== undefined && { PGSSLCERT: await write('cert.pem', cert), PGSSLKEY: keyFile }),
  };
}
