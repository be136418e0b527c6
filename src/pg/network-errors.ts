// What goes wrong on the way to a database: sockets, TLS, log-in, and the driver's own errors about its connection.
// Told apart by error codes and the driver's fixed texts; no text of an error is passed on.

import { atPlace, type DatabasePlace, type Mapped } from './errors.ts';

/** Milliseconds within which a server must let a client in. */
export const CONNECT_TIMEOUT_MS = 10_000;

const UNREACHABLE: Readonly<Record<string, (server: string) => string>> = {
  ECONNREFUSED: server => `${server} refuses connections.`,
  ENOTFOUND: server => `the host name of ${server} does not resolve.`,
  EAI_AGAIN: server => `the host name of ${server} does not resolve.`,
  EHOSTUNREACH: server => `there is no route to ${server}.`,
  ENETUNREACH: server => `there is no route to ${server}.`,
  EADDRNOTAVAIL: server => `${server} has no usable address.`,
  ETIMEDOUT: server => `${server} does not answer.`,
  ENOENT: server => `no server listens at ${server}.`,
  EACCES: server => `${server} may not be used by this user.`,
  EPERM: server => `${server} may not be used by this user.`,
  ECONNRESET: server => `${server} closed the connection before the log-in.`,
  EMFILE: () => 'this process has no file descriptor left for a connection.',
  EINVAL: server => `${server} is no address to connect to.`,
};

const LOST: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTCONN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
]);

/** Node's own, of a socket that has ended already; nobody else's stream ends here. */
const WRITTEN_TOO_LATE: ReadonlySet<string> = new Set(['ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

const CERTIFICATE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed and not known here.',
  SELF_SIGNED_CERT_IN_CHAIN: 'the CA of the certificate is not known here.',
  UNABLE_TO_GET_ISSUER_CERT: 'the CA of the certificate is not known here.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the CA of the certificate is not known here.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the CA of the certificate is not known here.',
  CERT_HAS_EXPIRED: 'the certificate has expired.',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet.',
  CERT_REVOKED: 'the certificate is revoked.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name.',
};
const HANDSHAKE =
  /^(?:EPROTO|ERR_SSL_\w+|ERR_TLS_\w+|ERR_OSSL_\w+|CERT_\w+|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)$/;

/** What a server says of the certificate of a client, or of its absence. */
const OWN_CERTIFICATE =
  /^ERR_SSL_(?:SSL|TLS)V\w+_ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE)$/;

type Explain = (at: DatabasePlace, server: string) => Mapped;

const unreachable =
  (detail: (server: string) => string): Explain =>
  ({ side }, server) => ['ANON_UNREACHABLE', { side, detail: detail(server) }];
const tls =
  (detail: string): Explain =>
  ({ side }) => ['ANON_TLS', { side, detail }];
const lost: Explain = at => ['ANON_CONNECTION_LOST', { side: at.side, place: atPlace(at) }];
const ended: Explain = at => noted('ended', lost(at, ''));
const refused: Explain = ({ side, role = '' }) => ['ANON_AUTHENTICATION', { side, role }];
const tooSlow = unreachable(server => `no answer from ${server} within ${CONNECT_TIMEOUT_MS / 1000} s.`);
const noAnswer: Explain = (at, server) => noted('unanswered', tooSlow(at, server));

/** What decides whether it is worth trying again (retries/repeatable.ts). */
const noted = (network: string, [code, facts]: Mapped): Mapped => [
  code,
  { ...facts, network: facts.network ?? network },
];

/** The texts of node-postgres' own errors, which carry no code. */
const DRIVER: Readonly<Record<string, Explain>> = {
  'timeout expired': noAnswer,
  'Connection terminated due to connection timeout': noAnswer,
  'Connection terminated': ended,
  'Connection terminated unexpectedly': ended,
  'Client has encountered a connection error and is not queryable': ended,
  'Client was closed and is not queryable': ended,
  'The server does not support SSL connections': tls('the server does not offer it.'),
  'There was an error establishing an SSL connection': tls('the server answered something else.'),
};

/** @returns nothing when the error is not one of a connection */
export function networkError(cause: unknown, at: DatabasePlace): Mapped | undefined {
  if (!(cause instanceof Error)) return undefined;
  const explain = explanationOf(cause);
  const mapped = explain?.(at, at.server ?? 'the server');
  const { code } = cause as NodeJS.ErrnoException;
  return mapped && code !== undefined ? noted(code, mapped) : mapped;
}

function explanationOf(cause: Error): Explain | undefined {
  const { code, syscall } = cause as NodeJS.ErrnoException;
  // biome-ignore lint/plugin: compared with texts of the driver, and not passed on
  if (code === undefined) return cause.message.startsWith('SASL: ') ? refused : DRIVER[cause.message];
  if (WRITTEN_TOO_LATE.has(code)) return ended;
  if (CERTIFICATE[code]) return tls(CERTIFICATE[code]);
  if (OWN_CERTIFICATE.test(code)) return tls('the server refuses our certificate, or wants one.');
  if (HANDSHAKE.test(code)) return tls(`the handshake failed (${code}).`);
  // Established connections fail in read or write; the same codes before that mean that the server was never reached.
  const wasConnected = syscall === 'read' || syscall === 'write';
  if (wasConnected || code === 'EPIPE' || (code === 'ECONNRESET' && syscall === undefined)) {
    return LOST.has(code) ? lost : undefined;
  }
  const reason = isNetworkCall(syscall) ? UNREACHABLE[code] : undefined;
  return reason && unreachable(reason);
}

// An error of several addresses (AggregateError) has a code and no system call. ENOENT of `open` is a missing file, not ours.
const isNetworkCall = (syscall: string | undefined): boolean =>
  syscall === undefined || syscall === 'connect' || syscall === 'getaddrinfo';
