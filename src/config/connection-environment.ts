// What a URL leaves out comes from the variables that psql reads. One that would change whom we speak to, or ask more of the server
// than we can promise, is refused and never passed over.

import { resolve } from 'node:path';
import { type Finding, finding } from '../errors.ts';
import type { Environment } from './references.ts';
import { isSslMode } from './tls-settings.ts';
import { hostDefects, isPort, type UrlParameter, type UrlParts } from './url-parts.ts';

/** libpq's names ("Environment Variables" in its manual). The password and its file are looked up by who needs them. */
const VARIABLES = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  channel_binding: 'PGCHANNELBINDING',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
} as const satisfies Partial<Record<UrlParameter, string>>;

type Named = keyof typeof VARIABLES;
const FILES: ReadonlySet<Named> = new Set<Named>(['sslrootcert', 'sslcert', 'sslkey']);

/** What is wrong with a variable, as the rest of a sentence. */
const DEFECTS: Readonly<Partial<Record<Named, (value: string) => string | undefined>>> = {
  host: value =>
    hostDefects(value).length > 0 ? 'one host is wanted: a name, an address or the folder of a socket.' : undefined,
  port: value => (isPort(value) ? undefined : 'a number from 1 to 65535 is wanted.'),
  sslmode: value => (isSslMode(value) ? undefined : 'that sslmode is not known.'),
};

/** Where psql would go with them, we do not; so who relies on them says it in the URL. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  PGSERVICE: 'service files are not read; write what it says into the URL.',
  PGHOSTADDR: 'it is not read; write the address into the URL, or the name.',
};

/** They ask for more than is done here: passed over, they would be a promise that nobody keeps. */
const STRICTER: Readonly<Record<string, string>> = {
  PGSSLCRL: 'lists of revoked certificates are not read; unset it.',
  PGSSLCRLDIR: 'lists of revoked certificates are not read; unset it.',
  PGREQUIREAUTH: 'how the server asks for the password cannot be demanded; unset it.',
  PGREQUIREPEER: 'who owns a socket cannot be demanded; unset it.',
  PGTARGETSESSIONATTRS: 'one server is wanted; name it and unset this.',
};

/** What the environment adds to the parts of a URL, and what stands against it. */
export interface FromEnvironment {
  readonly parts: UrlParts;
  readonly findings: readonly Finding[];
}

/** @param said what the URL says: it wins */
export function readEnvironment(said: UrlParts, env: Environment): FromEnvironment {
  const parts: { [Name in Named]?: string } = {};
  const findings: Finding[] = [];
  const refuse = (path: string, detail: string): void => {
    findings.push(finding('ANON_CONFIG_REFERENCE', { path, detail }));
  };
  for (const [name, variable] of Object.entries(VARIABLES) as [Named, string][]) {
    const value = env[variable];
    if (!value || said[name] !== undefined) continue;
    const defect = DEFECTS[name]?.(value);
    if (defect !== undefined) refuse(variable, defect);
    else parts[name] = FILES.has(name) && value !== 'system' ? resolve(value) : value;
  }
  const unread = { ...STRICTER, ...(said.host === undefined && ELSEWHERE) };
  for (const [variable, detail] of Object.entries(unread)) if (env[variable]) refuse(variable, detail);
  return { parts: { ...parts, ...said }, findings };
}
