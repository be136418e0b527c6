import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toolEnvironment } from '../../../src/pg/tools/tool-environment.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tool-environment-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const SETTINGS = {
  host: 'db.example',
  port: 5433,
  user: 'reader',
  password: 'p w',
  database: "sh'op = x",
  channelBinding: false,
} as const;
const environmentOf = (settings: object) =>
  toolEnvironment({ ...SETTINGS, tls: false, ...settings }, { folder, applicationName: 'anonymize/1/pg_dump' });

test('a program gets what a connection needs, and nothing of our own environment', async () => {
  process.env.CANARY_OF_THE_TEST = 'canary';
  const env = await environmentOf({ options: '-c geqo=off' });
  delete process.env.CANARY_OF_THE_TEST;
  expect(env).toEqual({
    LC_ALL: 'C',
    PGCLIENTENCODING: 'UTF8',
    PGHOST: 'db.example',
    PGPORT: '5433',
    PGUSER: 'reader',
    PGDATABASE: "sh'op = x",
    PGAPPNAME: 'anonymize/1/pg_dump',
    PGCONNECT_TIMEOUT: '30',
    PGPASSWORD: 'p w',
    PGOPTIONS: '-c geqo=off -c default_transaction_read_only=off -c statement_timeout=0',
    PGSSLMODE: 'disable',
  });
});

test('TLS is verified as our own sessions verify it, with the same certificates', async () => {
  const full = await environmentOf({ tls: { verify: 'full' } });
  expect(full.PGSSLMODE).toBe('verify-full');
  expect(readFileSync(full.PGSSLROOTCERT ?? '', 'utf8')).toBe(rootCertificates.join('\n'));
  const own = await environmentOf({
    tls: { verify: 'ca', ca: 'CA', cert: 'CERT', key: 'KEY', keyFile: '/keys/own.pem' },
  });
  expect(own).toMatchObject({ PGSSLMODE: 'verify-ca', PGSSLKEY: '/keys/own.pem' });
  expect(readFileSync(own.PGSSLROOTCERT ?? '', 'utf8')).toBe('CA');
  expect(readFileSync(own.PGSSLCERT ?? '', 'utf8')).toBe('CERT');
  expect(statSync(own.PGSSLROOTCERT ?? '').mode & 0o777).toBe(0o600);
  const none = await environmentOf({ tls: { verify: 'none' } });
  expect(none).toMatchObject({ PGSSLMODE: 'require' });
  expect(none.PGSSLROOTCERT).toBeUndefined();
});
