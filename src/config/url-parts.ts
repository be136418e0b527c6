// The grammar of postgresql://user:password@host:port/database?parameter=value, as libpq reads it, but for one host.
// A defect is described without echoing the URL: any part of it may be a piece of a password that was not encoded.

import { isIPv6 } from 'node:net';
import { suggest } from './suggest.ts';

/** Parameters that a URL may have after its question mark. */
const URL_PARAMETERS = [
  'application_name',
  'channel_binding',
  'dbname',
  'host',
  'options',
  'passfile',
  'password',
  'port',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslrootcert',
  'user',
] as const;
export type UrlParameter = (typeof URL_PARAMETERS)[number];

/** What a URL says, decoded; what it leaves out is missing. */
export type UrlParts = { readonly [Name in UrlParameter]?: string };

/** Parts of a URL, and what is wrong with it, as sentences. */
export interface ReadUrl {
  readonly parts: UrlParts;
  readonly defects: readonly string[];
}

const GRAMMAR = /^postgres(?:ql)?:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const ENCODE = 'characters such as @ : / ? # % in a name or password must be percent-encoded, such as %40 for @.';
const HOST_NAME = /^[\p{L}\p{N}._-]+$/u;

/** Reads a URL; where both say something, a parameter wins, as in libpq. */
export function readUrl(url: string): ReadUrl {
  const [matched, authority = '', path = '', query = ''] = GRAMMAR.exec(url.trim()) ?? [];
  if (matched === undefined) return { parts: {}, defects: ['it must begin with postgresql:// or postgres://.'] };
  // Left over from a name or password that holds / or ? unencoded: everything behind it is misread.
  if (path.includes('@') || path.includes('/') || query.includes('@')) return { parts: {}, defects: [ENCODE] };
  const defects: string[] = [];
  const written = { ...readAuthority(authority, defects), dbname: path, ...readQuery(query, defects) };
  const parts: { [Name in UrlParameter]?: string } = {};
  for (const name of URL_PARAMETERS) {
    const value = decode(written[name]);
    if (value === undefined) defects.push(ENCODE);
    else if (value !== '') parts[name] = value;
  }
  const { host, port } = parts;
  if (host !== undefined) defects.push(...hostDefects(host));
  if (port !== undefined && !isPort(port)) defects.push('its port is no number from 1 to 65535.');
  return { parts, defects: [...new Set(defects)] };
}

/** Whether a text is a port number. */
export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** What is wrong with a host, if anything: a name, an address or the folder of a socket is wanted. */
export function hostDefects(host: string): string[] {
  if (host.includes(',')) return ['several hosts are not supported; name one.'];
  // A name first: Node takes 3 ms to compile what IPv6 looks like.
  if (host.startsWith('/') || HOST_NAME.test(host) || isIPv6(host)) return [];
  return ['its host is no name, no address and no folder of a socket.'];
}

function readAuthority(authority: string, defects: string[]): UrlParts {
  const at = authority.lastIndexOf('@');
  const [user = '', ...password] = authority.slice(0, Math.max(at, 0)).split(':');
  const [, bracketed, name, port] = /^(?:\[([^\]]*)\]|([^[\]:]*))(?::(.*))?$/s.exec(authority.slice(at + 1)) ?? [];
  if (bracketed !== undefined && !isIPv6(decode(bracketed) ?? '')) defects.push('its [address] is not IPv6.');
  if (bracketed === undefined && name === undefined) {
    defects.push('its host and port cannot be told apart; an IPv6 address is written [::1].');
  }
  return { user, password: password.join(':'), host: bracketed ?? name ?? '', port: port ?? '' };
}

function readQuery(query: string, defects: string[]): UrlParts {
  const parts: { [Name in UrlParameter]?: string } = {};
  for (const pair of query.split('&').filter(one => one !== '')) {
    const equals = pair.indexOf('=');
    const written = pair.slice(0, Math.max(equals, 0));
    const name = URL_PARAMETERS.find(one => one === written);
    if (equals < 0) defects.push('a parameter after ? has no value.');
    else if (name === undefined) defects.push(unknownParameter(written));
    else if (name in parts) defects.push(`its parameter ${name} comes twice.`);
    else parts[name] = pair.slice(equals + 1);
  }
  return parts;
}

function unknownParameter(name: string): string {
  const isPlain = /^\w{1,40}$/.test(name);
  const which = isPlain ? `its parameter "${name}"` : 'one of its parameters';
  return `${which} is not known here; leave it out.${isPlain ? suggest(name, URL_PARAMETERS) : ''}`;
}

/** @returns nothing when a % begins no byte, or the bytes are no UTF-8 text without NUL */
function decode(text = ''): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
