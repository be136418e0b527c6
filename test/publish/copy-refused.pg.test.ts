// schema: copy, where the structure cannot be built: what is missing is named, and nothing stays.

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { databaseUrl } from '../database.ts';
import { CANARY, expectFailure, withFolder } from '../faults/cli.ts';
import { TOOLS_FOLDER, WITHOUT_TOOLS } from '../tools-server.ts';
import { expectEmpty, server, useCopies, withPair } from './copied-pair.ts';

useCopies();

describe.skipIf(WITHOUT_TOOLS !== undefined)(`before a structure is built ${WITHOUT_TOOLS ?? ''}`, () => {
  test.each([
    ['are missing', '', /pg_dump is not in/],
    ['are older than a server', '#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"', /is that of PostgreSQL 9\./],
    ['do not run', '#!/nowhere', /does not run here/],
  ])('programs that %s are named, with what to install', async (_, script, says) => {
    await withPair(async ({ target, sync }) => {
      await withFolder(async folder => {
        if (script !== '') {
          writeFileSync(join(folder, 'pg_dump'), script);
          chmodSync(join(folder, 'pg_dump'), 0o755);
        }
        const findings: ErrorCode[] = ['ANON_PG_TOOLS'];
        const ended = await sync({ target: { pg_bin: folder } });
        const text = expectFailure(ended, { code: 'ANON_PREFLIGHT_REFUSED', exit: 78, findings });
        expect(text).toMatch(says);
        expect(text).toMatch(/postgresql-client-\d+/);
      });
      await expectEmpty(target);
    });
  });

  test('programs are looked for on PATH, unless the configuration names a folder', async () => {
    await withPair(async ({ sync }) => {
      const ended = await sync({ target: { pg_bin: undefined }, env: { PATH: '/nowhere' } });
      const says = ['pg_dump is not on PATH'];
      expectFailure(ended, { code: 'ANON_PREFLIGHT_REFUSED', exit: 78, findings: ['ANON_PG_TOOLS'], says });
      expect(await sync({ target: { pg_bin: undefined }, env: { PATH: `/nowhere:${TOOLS_FOLDER}` } })).toMatchObject({
        exitCode: 0,
      });
    });
  });

  test('rights that pg_dump needs, and extensions that the target lacks, are findings', async () => {
    await withPair(async ({ source, sync }) => {
      const role = `copier_${process.pid}`;
      await source.query(`
        create role ${role} login password 'canary-password';
        grant usage on schema app to ${role};
        grant select on all tables in schema app to ${role};
        revoke select on app.staging from ${role};
        alter role ${role} bypassrls;
        set allow_system_table_mods = on;
        insert into pg_extension values (99999, 'from_elsewhere', 10, 2200, false, '1', null, null)`);
      const SOURCE_URL = databaseUrl(source.name, { user: role, password: 'canary-password' }, server());
      expectFailure(await sync({ env: { SOURCE_URL } }), {
        code: 'ANON_PREFLIGHT_REFUSED',
        findings: ['ANON_PRIVILEGE', 'ANON_TARGET_EXTENSION'],
        says: [`app.staging: source role ${role} lacks SELECT, which pg_dump needs.`, 'extension from_elsewhere'],
        hides: ['canary-password'],
      });
      await source.query(`delete from pg_extension where oid = 99999; drop owned by ${role}; drop role ${role}`);
    });
  });

  test('a definition that the target does not take is named, and nothing stays', async () => {
    await withPair(async ({ target, sync, source }) => {
      await source.query('create type public.citext as (n int)');
      await target.query('create extension citext');
      expectFailure(await sync(), {
        code: 'ANON_STRUCTURE_REFUSED',
        exit: 78,
        // The type, and what uses that of the extension, which is in another schema here.
        findings: ['ANON_STRUCTURE_DEFINITION', 'ANON_STRUCTURE_DEFINITION', 'ANON_STRUCTURE_DEFINITION'],
        says: [/TYPE public citext: the target does not take this definition \(SQLSTATE 42710/],
      });
      await expectEmpty(target);
    });
  });

  test('a program that fails as a whole is named', async () => {
    await withPair(async ({ target, sync }) => {
      await withFolder(async folder => {
        for (const name of ['pg_dump', 'pg_restore']) {
          const script = `#!/bin/sh\ncase "$*" in --version) exec ${TOOLS_FOLDER}/${name} --version;; esac\necho "${CANARY}" >&2; exit 1\n`;
          writeFileSync(join(folder, name), script);
          chmodSync(join(folder, name), 0o755);
        }
        const says = ['source: pg_dump ended with an error.'];
        expectFailure(await sync({ target: { pg_bin: folder } }), { code: 'ANON_PG_TOOL_FAILED', says });
      });
      await expectEmpty(target);
    });
  });
});
