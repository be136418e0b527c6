// A server with TLS whose certificate, trusted authority and rules of log-in can be changed while it runs.

import { X509Certificate } from 'node:crypto';
import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import pg from 'pg';
import { vi } from 'vitest';
import { type EmbeddedServer, startServer } from '../../src/demo/embedded-server.ts';
import type { Certificate } from './certificate.ts';

export interface TlsServer extends EmbeddedServer {
  /** Presents a certificate from now on. */
  present(certificate: Certificate): Promise<void>;
  /** Trusts client certificates of this authority, and asks for one where `rules` (lines of pg_hba.conf) say so. */
  demand(authority: Certificate, rules: readonly string[]): Promise<void>;
  query(sql: string, database?: string): Promise<void>;
}

/** Starts it without a certificate, so without TLS. @param sockets a folder for its socket */
export async function startTlsServer(sockets = ''): Promise<TlsServer> {
  const settings = { fsync: 'off', listen_addresses: '127.0.0.1,::1', unix_socket_directories: sockets };
  const server = await startServer({ settings });
  const write = (name: string, text: string): void => {
    const { uid, gid } = statSync(server.dataDir);
    const file = join(server.dataDir, name);
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    chownSync(file, uid, gid);
  };
  const query = async (sql: string, database = 'postgres'): Promise<void> => {
    const { username: user, password } = new URL(server.url('postgres'));
    const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, password, database });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const reload = async (): Promise<void> => {
    await query('alter system set ssl = on');
    await query('select pg_reload_conf()');
  };
  return {
    ...server,
    query,
    present: async ({ cert, key }) => {
      write('server.crt', cert);
      write('server.key', key);
      await reload();
      // A reload has no end that could be waited for.
      const { fingerprint256 } = new X509Certificate(cert);
      await vi.waitFor(
        async () => {
          if ((await presented(server)) !== fingerprint256) throw new Error('the server shows another certificate');
        },
        { timeout: 10_000 },
      );
    },
    demand: async ({ cert }, rules) => {
      write('clients.crt', cert);
      const hba = readFileSync(join(server.dataDir, 'pg_hba.conf'), 'utf8');
      write('pg_hba.conf', `${rules.join('\n')}\n${hba}`);
      await query("alter system set ssl_ca_file = 'clients.crt'");
      await reload();
    },
  };
}

/** The fingerprint of the certificate that a new connection is shown. */
async function presented(server: EmbeddedServer): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: server.url('postgres'), ssl: { rejectUnauthorized: false } });
  try {
    await client.connect();
    const { stream } = (client as unknown as { connection: { stream: TLSSocket } }).connection;
    return stream.getPeerX509Certificate()?.fingerprint256;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => {});
  }
}
