// A connection URL → plain settings, parsed here and never handed to the driver as a string: what it makes of sslmode
// changes between its releases. What the URL leaves out is as in psql. No error echoes the URL.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AnonymizeError, type Finding, finding, refuseIf } from '../errors.ts';
import { readEnvironment } from './connection-environment.ts';
import type { LoadedConfig } from './load.ts';
import { lookUpPassword, type PassfileKey } from './pgpass.ts';
import { type Environment, resolveUrl } from './references.ts';
import type { TlsConfig } from './schema.ts';
import { type TlsRequest, type TlsSettings, tlsDefects, tlsSettings } from './tls-settings.ts';
import { readUrl, type UrlParts } from './url-parts.ts';

/** How to connect: plain data that a worker thread may receive. It holds the password: never print it. */
export interface ConnectionSettings {
  /** A name, an address, or the folder of a Unix socket (it begins with /). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  readonly tls: TlsSettings | false;
  /** SCRAM bound to the TLS channel, where the server offers it. */
  readonly channelBinding: boolean;
  readonly applicationName?: string;
  /** Command-line options for the server, such as `-c geqo=off`. */
  readonly options?: string;
  /** A password file that was passed over, to explain a missing password. */
  readonly ignoredPassfile?: string;
}

/** What a URL is read with. */
export interface UrlContext {
  readonly env: Environment;
  /** The name of the operating system's user, psql's default. */
  readonly user: string;
  readonly tls?: TlsConfig | undefined;
  /** Where the URL stands in the configuration, such as `source`; for errors. */
  readonly path: string;
  /** What files named in the URL or in `tls` are relative to. */
  readonly baseDir: string;
  /** Where servers put their sockets: the first one with a socket is the default host. */
  readonly socketFolders?: readonly string[];
}

const SOCKET_FOLDERS: readonly string[] = ['/var/run/postgresql', '/tmp'];

/**
 * The settings of one side of a configuration.
 * @throws {AnonymizeError} as resolveUrl and parseConnectionUrl do; ANON_CONFIG_REFERENCE when the side is not configured
 */
export function connectionSettings(
  config: LoadedConfig,
  side: 'source' | 'target' | 'control',
  { env, user }: { readonly env: Environment; readonly user: string },
): ConnectionSettings {
  const { [side]: block, baseDir } = config;
  const path = `${side}.url`;
  if (!block) throw new AnonymizeError('ANON_CONFIG_REFERENCE', { path, detail: 'it is missing.' });
  const url = resolveUrl({ reference: block.url, path, baseDir }, env);
  return parseConnectionUrl(url, { env, user, tls: block.tls, path: side, baseDir });
}

/**
 * Parses `postgresql://…`; what it leaves out comes from the environment, as in psql (connection-environment.ts).
 * @throws {AnonymizeError} ANON_CONFIG_REFUSED with all findings, or what reading a file of `tls` throws
 */
export function parseConnectionUrl(url: string, context: UrlContext): ConnectionSettings {
  const { env, path, baseDir, tls: explicit } = context;
  const { parts: written, defects } = readUrl(url);
  const { parts, findings } = readEnvironment(written, env);
  const { port = '5432', user = context.user } = parts;
  const { host = defaultHost(port, context.socketFolders), dbname: database = user } = parts;
  const request: TlsRequest = { host, parts, explicit, path, baseDir };
  refuseIf(
    [...[...defects, ...tlsDefects(request)].map(defect => urlFinding(path, defect)), ...findings],
    'ANON_CONFIG_REFUSED',
  );
  return {
    host,
    port: Number(port),
    user,
    ...password({ host, port: Number(port), database, user }, parts, context),
    database,
    tls: tlsSettings(request),
    channelBinding: parts.channel_binding === 'prefer',
    ...(parts.application_name !== undefined && { applicationName: parts.application_name }),
    ...(parts.options !== undefined && { options: parts.options }),
  };
}

/** `user@host:port/database`, for people. */
export function describeConnection({ host, port, user, database }: ConnectionSettings): string {
  return `${user}@${describeServer({ host, port })}/${database}`;
}

/** `host:port`, or the path of the socket. */
export function describeServer({ host, port }: Pick<ConnectionSettings, 'host' | 'port'>): string {
  if (host.startsWith('/')) return `${host}/.s.PGSQL.${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const urlFinding = (path: string, detail: string): Finding =>
  finding('ANON_CONFIG_URL', { path: `${path}.url`, detail });

function defaultHost(port: string, folders = SOCKET_FOLDERS): string {
  return folders.find(folder => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? 'localhost';
}

function password(key: PassfileKey, parts: UrlParts, { env, baseDir }: UrlContext): Partial<ConnectionSettings> {
  const given = parts.password ?? env.PGPASSWORD;
  if (given) return { password: given };
  const passfile = parts.passfile === undefined ? {} : { PGPASSFILE: resolve(baseDir, parts.passfile) };
  const { password: found, ignored } = lookUpPassword(key, { ...env, ...passfile });
  return {
    ...(found !== undefined && { password: found }),
    ...(ignored !== undefined && { ignoredPassfile: ignored }),
  };
}
