// Whether and how a connection is encrypted. Off this machine the server is always verified in full, whatever sslmode says:
// sslmode=require alone would send everything to whoever answers. Only an explicit `tls:` weakens that.

import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import { AnonymizeError } from '../errors.ts';
import { readPrivateFile, whyUnreadable } from './private-file.ts';
import type { TlsConfig } from './schema.ts';
import type { UrlParts } from './url-parts.ts';

/** An encrypted connection; the files' contents, so that a worker needs no files. */
export interface TlsSettings {
  /** full: CA and host name; ca: the CA only; none: nothing. */
  readonly verify: 'full' | 'ca' | 'none';
  /** PEM; the system's CAs unless given. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Where `key` was read from: other programs are given the path, never a copy. */
  readonly keyFile?: string;
}

/** What decides about TLS. */
export interface TlsRequest {
  readonly host: string;
  readonly parts: UrlParts;
  readonly explicit: TlsConfig | undefined;
  /** Of the side in the configuration, for errors. */
  readonly path: string;
  readonly baseDir: string;
}

/** sslmode on this machine, where libpq's meaning of it is harmless. */
const ON_LOOPBACK: Readonly<Record<string, TlsSettings['verify'] | 'off'>> = {
  disable: 'off',
  allow: 'off',
  prefer: 'off',
  require: 'none',
  'verify-ca': 'ca',
  'verify-full': 'full',
};

/** Whether libpq knows the mode. */
export const isSslMode = (mode: string): boolean => Object.hasOwn(ON_LOOPBACK, mode);

/** Whether a host is this machine, by its very name. */
function isLoopback(host: string): boolean {
  const address = host.toLowerCase().replace(/^::ffff:/, '');
  return address === 'localhost' || address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/** What is wrong with the request, as sentences. */
export function tlsDefects({
  host,
  parts: { sslmode, sslcert, sslkey, channel_binding },
  explicit,
}: TlsRequest): string[] {
  const defects: string[] = [];
  if (sslmode !== undefined && !isSslMode(sslmode)) defects.push('its sslmode is not known.');
  if ((sslcert === undefined) !== (sslkey === undefined)) defects.push('sslcert and sslkey come together.');
  if (host.startsWith('/') && explicit !== undefined && explicit.verify !== 'off') {
    defects.push('a socket has no TLS; leave `tls:` out.');
  }
  if (channel_binding === 'require') {
    defects.push(
      'channel_binding=require cannot be promised; leave it out: the certificate of the server is verified.',
    );
  } else if (channel_binding !== undefined && channel_binding !== 'prefer' && channel_binding !== 'disable') {
    defects.push('its channel_binding is not known.');
  }
  return defects;
}

/**
 * The TLS settings of a connection, with its files read; false is none.
 * @throws {AnonymizeError} ANON_CONFIG_REFERENCE, ANON_CONFIG_FILE_MODE
 */
export function tlsSettings(request: TlsRequest): TlsSettings | false {
  const { parts, explicit } = request;
  const verify = howVerified(request);
  if (verify === 'off') return false;
  const ca = explicit?.ca ?? (parts.sslrootcert === 'system' ? undefined : parts.sslrootcert);
  const cert = explicit?.cert ?? parts.sslcert;
  const key = explicit?.key ?? parts.sslkey;
  return {
    verify,
    ...(ca !== undefined && { ca: readPem(ca, 'ca', request) }),
    ...(cert !== undefined && { cert: readPem(cert, 'cert', request) }),
    ...(key !== undefined && { key: readPem(key, 'key', request), keyFile: resolve(request.baseDir, key) }),
  };
}

function howVerified({ host, parts, explicit }: TlsRequest): TlsSettings['verify'] | 'off' {
  if (host.startsWith('/')) return 'off';
  if (explicit) return explicit.verify ?? 'full';
  const { sslmode = 'prefer', sslrootcert, sslcert } = parts;
  if (!isLoopback(host)) return 'full';
  const asked = ON_LOOPBACK[sslmode] ?? 'full';
  // As in libpq: a CA is there to be checked, the system's only with the name; and who brings a certificate wants TLS.
  if (sslmode === 'disable' || asked === 'full') return asked;
  if (sslrootcert !== undefined) return sslrootcert === 'system' ? 'full' : 'ca';
  return asked === 'off' && sslcert !== undefined ? 'none' : asked;
}

function readPem(name: string, what: 'ca' | 'cert' | 'key', { path, baseDir }: TlsRequest): string {
  const file = resolve(baseDir, name);
  const place = `${path}.tls.${what}`;
  const refuse = (detail: string): never => {
    throw new AnonymizeError('ANON_CONFIG_REFERENCE', { path: place, detail: `${file} ${detail}` });
  };
  const read = (): string => {
    if (what === 'key') return readPrivateFile(file, place).toString('utf8');
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      return refuse(whyUnreadable(error));
    }
  };
  const pem = read();
  const label = what === 'key' ? 'PRIVATE KEY-----' : 'CERTIFICATE-----';
  return pem.includes('-----BEGIN ') && pem.includes(label) ? pem : refuse('holds no such thing in PEM.');
}
