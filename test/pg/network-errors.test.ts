import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { type DatabasePlace, databaseError, isDatabaseError, rememberOrigin } from '../../src/pg/errors.ts';

const AT: DatabasePlace = { side: 'target', server: 'db.example:5432', role: 'app', place: 'public.t' };
const CANARY = 'canary 4711';

const failed = (message: string, facts: object): Error => Object.assign(new Error(message), facts);

test.each([
  [{ code: 'ECONNREFUSED', syscall: 'connect' }, 'target: db.example:5432 refuses connections.'],
  [{ code: 'ECONNREFUSED' }, 'target: db.example:5432 refuses connections.'], // several addresses: AggregateError
  [{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'target: the host name of db.example:5432 does not resolve.'],
  [{ code: 'EAI_AGAIN', syscall: 'getaddrinfo' }, 'target: the host name of db.example:5432 does not resolve.'],
  [{ code: 'ETIMEDOUT', syscall: 'connect' }, 'target: db.example:5432 does not answer.'],
  [{ code: 'EHOSTUNREACH', syscall: 'connect' }, 'target: there is no route to db.example:5432.'],
  [{ code: 'ENOENT', syscall: 'connect' }, 'target: no server listens at db.example:5432.'],
  [{ code: 'EACCES', syscall: 'connect' }, 'target: db.example:5432 may not be used by this user.'],
])('%j before the log-in: the server is unreachable', (facts, message) => {
  const error = databaseError(failed(CANARY, facts), AT);
  expect(error).toMatchObject({ code: 'ANON_UNREACHABLE', message, exitCode: 69 });
});

test.each([
  { code: 'ECONNRESET', syscall: 'read' },
  { code: 'ECONNRESET' },
  { code: 'EPIPE', syscall: 'write' },
  { code: 'EPIPE' },
  { code: 'ERR_STREAM_DESTROYED' },
  { code: 'ERR_STREAM_WRITE_AFTER_END' },
  { code: 'ETIMEDOUT', syscall: 'read' },
  { code: 'EHOSTUNREACH', syscall: 'read' },
])('%j in a session: the connection was lost, and where', facts => {
  const error = databaseError(failed(CANARY, facts), AT);
  expect(error).toMatchObject({ code: 'ANON_CONNECTION_LOST', exitCode: 69 });
  expect(error.message).toBe('target: the connection was lost at public.t.');
});

test.each([
  ['Connection terminated unexpectedly', 'ANON_CONNECTION_LOST'],
  ['Connection terminated', 'ANON_CONNECTION_LOST'],
  ['Client has encountered a connection error and is not queryable', 'ANON_CONNECTION_LOST'],
  ['timeout expired', 'ANON_UNREACHABLE'],
  ['The server does not support SSL connections', 'ANON_TLS'],
  ['SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match', 'ANON_AUTHENTICATION'],
])('the driver says %j: %s', (message, code) => {
  expect(databaseError(new Error(message), AT).code).toBe(code);
});

test.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'target: TLS: the certificate is self-signed and not known here.'],
  ['CERT_NOT_YET_VALID', 'target: TLS: the certificate is not valid yet.'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'target: TLS: the server refuses our certificate, or wants one.'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'target: TLS: the server refuses our certificate, or wants one.'],
  ['EPROTO', 'target: TLS: the handshake failed (EPROTO).'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'target: TLS: the handshake failed (ERR_SSL_WRONG_VERSION_NUMBER).'],
])('%s is about TLS', (code, message) => {
  expect(databaseError(failed(CANARY, { code }), AT)).toMatchObject({ code: 'ANON_TLS', message });
});

describe('what no database threw', () => {
  test.each<[unknown]>([
    [new TypeError(CANARY)],
    [failed(CANARY, { code: 'ENOENT', syscall: 'open' })],
    [failed(CANARY, { code: 'ENOSPC', syscall: 'write' })],
    [failed(CANARY, { code: 'ERR_STREAM_PREMATURE_CLOSE' })],
    [CANARY],
    [undefined],
    [{ message: CANARY }],
  ])('%o is a bug, told without its message', cause => {
    expect(isDatabaseError(cause)).toBe(false);
    const error = databaseError(cause, AT);
    expect(error).toMatchObject({ code: 'ANON_BUG', exitCode: 1 });
    expect(inspect(error, { depth: 9 })).not.toContain('4711');
  });

  test('a bug says where it is', () => {
    expect(databaseError(new TypeError(CANARY), AT).message).toMatch(/TypeError at .*network-errors\.test\.ts:\d+/);
  });

  test('an error of the catalogue passes through unchanged', () => {
    const error = new AnonymizeError('ANON_POOLER', { side: 'source' });
    expect(databaseError(error, AT)).toBe(error);
    expect(isDatabaseError(error)).toBe(false);
  });
});

test('an error belongs to the side that it is known to come from', () => {
  const cause = failed(CANARY, { code: 'ECONNRESET', syscall: 'read' });
  rememberOrigin(cause, { side: 'source' });
  rememberOrigin(cause, { side: 'control' });
  expect(databaseError(cause, AT).message).toBe('source: the connection was lost at public.t.');
});
