// What belongs to a database as a whole, and to no dump of its contents: owner, encoding, locale, limits, privileges, comment
// and the settings of ALTER DATABASE … SET. The new database has them all before its first row, or the run stops.

import type { ClientBase } from 'pg';
import { AnonymizeError } from '../../errors.ts';
import { withTransaction } from '../../pg/connect.ts';
import { databaseError } from '../../pg/errors.ts';
import { displayName, quoteLiteral, quoteName } from '../../pg/identifiers.ts';

interface DatabaseFacts {
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** `c` libc, `i` ICU, `b` built in; null before PostgreSQL 15, which has one provider. */
  readonly provider: string | null;
  readonly locale: string | null;
  readonly rules: string | null;
  readonly tablespace: string;
  readonly limit: number;
  readonly comment: string | null;
  /** Privileges of others than the owner; null where nobody changed the default. */
  readonly grants: readonly Grant[] | null;
  readonly settings: readonly Setting[];
}

interface Grant {
  /** null is PUBLIC. */
  readonly role: string | null;
  readonly privilege: string;
  readonly isGrantable: boolean;
}

interface Setting {
  /** Of one role in this database. */
  readonly role: string | null;
  readonly name: string;
  readonly value: string;
}

// By way of jsonb, because the columns for locales differ between versions.
const FACTS = `
select pg_catalog.pg_get_userbyid(d.datdba) as owner, pg_catalog.pg_encoding_to_char(d.encoding) as encoding,
  d.datcollate as "collate", d.datctype as ctype, j ->> 'datlocprovider' as provider,
  coalesce(j ->> 'datlocale', j ->> 'daticulocale') as locale, j ->> 'daticurules' as rules,
  (select spcname from pg_catalog.pg_tablespace where oid = d.dattablespace) as tablespace, d.datconnlimit as "limit",
  pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
  case when d.datacl is not null then coalesce((
    select json_agg(json_build_object(
      'role', case when a.grantee <> 0 then pg_catalog.pg_get_userbyid(a.grantee) end,
      'privilege', a.privilege_type, 'isGrantable', a.is_grantable))
    from pg_catalog.aclexplode(d.datacl) a where a.grantee <> d.datdba), '[]') end as grants,
  coalesce((
    select json_agg(json_build_object(
      'role', case when s.setrole <> 0 then pg_catalog.pg_get_userbyid(s.setrole) end,
      'name', split_part(c.text, '=', 1), 'value', substr(c.text, strpos(c.text, '=') + 1)))
    from pg_catalog.pg_db_role_setting s cross join unnest(s.setconfig) c (text)
    where s.setdatabase = d.oid), '[]') as settings
from pg_catalog.pg_database d cross join pg_catalog.to_jsonb(d) j
where d.datname = $1`;

async function readFacts(maintenance: ClientBase, database: string): Promise<DatabaseFacts> {
  const { rows } = await maintenance.query<DatabaseFacts>(FACTS, [database]);
  const [facts] = rows;
  if (!facts) throw new AnonymizeError('ANON_NO_DATABASE', { side: 'target', database: displayName(database) });
  return facts;
}

/**
 * Creates an empty database that is like another one in everything but its contents, its name and its comment, which says
 * what it is until it is published.
 * @returns the comment that it will have then
 */
export async function createLike(
  maintenance: ClientBase,
  { name, like, comment }: { readonly name: string; readonly like: string; readonly comment: string },
): Promise<string | null> {
  const facts = await readFacts(maintenance, like);
  // template0, not the target itself: a template must not have a single session, and readers stay in the target.
  await maintenance.query(`create database ${quoteName(name)} template template0 ${creationOptions(facts)}`);
  await maintenance.query(commentStatement(name, comment));
  for (const statement of grantStatements(name, facts)) await maintenance.query(statement);
  for (const setting of facts.settings) await carryOver(maintenance, name, setting);
  return facts.comment;
}

/** The comment of a database. */
export async function readComment(maintenance: ClientBase, database: string): Promise<string | null> {
  return (await readFacts(maintenance, database)).comment;
}

/** The statement that gives a database its comment. */
export function commentStatement(name: string, comment: string | null): string {
  return `comment on database ${quoteName(name)} is ${comment === null ? 'null' : quoteLiteral(comment)}`;
}

function creationOptions(facts: DatabaseFacts): string {
  const { owner, encoding, collate, ctype, provider, locale, rules, tablespace, limit } = facts;
  const localeOptions: Readonly<Record<string, string>> = {
    c: 'locale_provider libc',
    i: `locale_provider icu icu_locale ${quoteLiteral(locale ?? '')}`,
    b: `locale_provider builtin builtin_locale ${quoteLiteral(locale ?? '')}`,
  };
  return [
    `owner ${quoteName(owner)}`,
    `encoding ${quoteLiteral(encoding)}`,
    `lc_collate ${quoteLiteral(collate)} lc_ctype ${quoteLiteral(ctype)}`,
    localeOptions[provider ?? ''] ?? '',
    rules === null ? '' : `icu_rules ${quoteLiteral(rules)}`,
    // To name the default takes a right that most roles do not have.
    tablespace === 'pg_default' ? '' : `tablespace ${quoteName(tablespace)}`,
    `connection limit ${limit}`,
  ].join(' ');
}

function grantStatements(name: string, { grants }: DatabaseFacts): string[] {
  if (grants === null) return [];
  const database = quoteName(name);
  return [
    `revoke all on database ${database} from public`,
    ...grants.map(({ role, privilege, isGrantable }) => {
      const option = isGrantable ? ' with grant option' : '';
      return `grant ${privilege} on database ${database} to ${role === null ? 'public' : quoteName(role)}${option}`;
    }),
  ];
}

/** Settings whose value is a list of names; a literal would make one name of them all. */
const LISTS: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'temp_tablespaces',
]);

async function carryOver(maintenance: ClientBase, database: string, { role, name, value }: Setting): Promise<void> {
  const where =
    role === null ? `database ${quoteName(database)}` : `role ${quoteName(role)} in database ${quoteName(database)}`;
  const setting = name.split('.').map(quoteName).join('.');
  const isList = LISTS.has(name);
  try {
    await withTransaction(maintenance, 'begin', async () => {
      if (isList) await maintenance.query('select pg_catalog.set_config($1, $2, true)', [name, value]);
      await maintenance.query(`alter ${where} set ${setting} ${isList ? 'from current' : `to ${quoteLiteral(value)}`}`);
    });
  } catch (cause) {
    const { code, facts } = databaseError(cause, { side: 'target', place: where });
    if (code !== 'ANON_DATABASE' && code !== 'ANON_PRIVILEGE' && code !== 'ANON_TARGET_VALUE') throw cause;
    const of = role === null ? '' : ` of role ${displayName(role)}`;
    throw new AnonymizeError('ANON_SWAP_SETTING', {
      setting: displayName(name) + of,
      sqlstate: facts.sqlstate ?? '42501',
    });
  }
}
