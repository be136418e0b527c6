// What building a structure needs before it begins: the programs, the right to read it where it comes from, its extensions
// on the target's server, and a target that is empty, or may be replaced.

import type { ClientBase } from 'pg';
import type { LoadedConfig } from '../config/load.ts';
import type { Environment } from '../config/references.ts';
import { AnonymizeError, type Finding, finding } from '../errors.ts';
import { nameUserObjects, notEmpty } from '../publish/user-objects.ts';
import type { Side } from './errors.ts';
import { displayName } from './identifiers.ts';
import { findTools, type PgTools } from './tools/find-tools.ts';

export interface CheckedStructure {
  readonly tools?: PgTools;
  readonly findings: readonly Finding[];
}

export interface StructureCheck {
  readonly config: LoadedConfig;
  readonly env: Environment;
  readonly source: ClientBase;
  readonly target: ClientBase;
  /** Majors of the servers. */
  readonly majors: { readonly source: number; readonly target: number };
  /** A run goes on: what is in the target is its own. */
  readonly isBegun: boolean;
}

/** Finds the programs and everything that stands against building; nothing where the structure is there already. */
export async function checkStructure(check: StructureCheck): Promise<CheckedStructure> {
  const { config, source, target, isBegun } = check;
  const { publish, schema } = config.target;
  if (publish === 'in-place' && schema === 'existing') return { findings: [] };
  const found = await lookForTools(check);
  const findings = [
    ...found.findings,
    ...(schema === 'copy' ? await readingFindings(source, { side: 'source', keepsOwners: false }) : []),
    ...(publish === 'swap'
      ? await readingFindings(target, { side: 'target', keepsOwners: schema === 'existing' })
      : []),
    ...(schema === 'copy' ? await extensionFindings(source, target) : []),
    ...(publish === 'swap' ? await swapFindings(target) : []),
    ...(publish === 'in-place' && !isBegun ? await emptinessFindings(target) : []),
  ];
  return { ...found, findings };
}

async function lookForTools({ config, env, majors }: StructureCheck): Promise<CheckedStructure> {
  try {
    const major = Math.max(majors.source, majors.target);
    return { tools: await findTools({ folder: config.target.pgBin, major, env }), findings: [] };
  } catch (cause) {
    if (cause instanceof AnonymizeError) return { findings: [finding(cause.code, cause.facts)] };
    throw cause;
  }
}

/** pg_dump locks every table, also those that the plan leaves alone; and who restores an owner must belong to it. */
const READING = `
select n.nspname as schema, t.relname as name, current_user as role,
  t.relkind in ('r', 'p') and not pg_catalog.has_table_privilege(t.oid, 'select') as "isHidden",
  not pg_catalog.pg_has_role(t.relowner, 'usage') as "isForeign", pg_catalog.pg_get_userbyid(t.relowner) as owner
from pg_catalog.pg_class t
join pg_catalog.pg_namespace n on n.oid = t.relnamespace
where t.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and t.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgveil')
  and not exists (select from pg_catalog.pg_depend d
                  where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = t.oid and d.deptype = 'e')
order by 1, 2`;

interface Unreadable {
  readonly schema: string;
  readonly name: string;
  readonly role: string;
  readonly isHidden: boolean;
  readonly isForeign: boolean;
  readonly owner: string;
}

async function readingFindings(
  client: ClientBase,
  { side, keepsOwners }: { readonly side: Side; readonly keepsOwners: boolean },
): Promise<Finding[]> {
  const { rows } = await client.query<Unreadable>(READING);
  return rows.flatMap(({ schema, name, role, isHidden, isForeign, owner }) => {
    const [place, own] = [displayName(schema, name), displayName(role)];
    const lack = (privilege: string, fixHint: string): Finding =>
      finding('ANON_PRIVILEGE', { side, place, role: own, privilege, fixHint });
    if (keepsOwners && isForeign) {
      return [lack('membership in its owner', `grant ${displayName(owner)} to ${own}`)];
    }
    return isHidden ? [lack('SELECT, which pg_dump needs', `grant select on ${place} to ${own}`)] : [];
  });
}

const EXTENSIONS = `select extname as name from pg_catalog.pg_extension order by 1`;

/** An extension that may do anything is for superusers to create. */
const AVAILABLE = `
select a.name, a.installed_version is not null as "isInstalled", current_user as role,
  coalesce(v.superuser and not v.trusted, false)
    and not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as "isForSuperusers"
from pg_catalog.pg_available_extensions a
left join pg_catalog.pg_available_extension_versions v on v.name = a.name and v.version = a.default_version`;

interface Available {
  readonly name: string;
  readonly isInstalled: boolean;
  readonly role: string;
  readonly isForSuperusers: boolean;
}

async function extensionFindings(source: ClientBase, target: ClientBase): Promise<Finding[]> {
  const wanted = await source.query<{ name: string }>(EXTENSIONS);
  const available = await target.query<Available>(AVAILABLE);
  const byName = new Map(available.rows.map(row => [row.name, row]));
  return wanted.rows.flatMap(({ name }) => {
    const extension = byName.get(name);
    if (!extension) return [finding('ANON_TARGET_EXTENSION', { extension: displayName(name) })];
    if (extension.isInstalled || !extension.isForSuperusers) return [];
    const fixHint = 'Have a superuser create it in the target, or let a superuser run this.';
    const place = `extension ${displayName(name)}`;
    const role = displayName(extension.role);
    return [finding('ANON_PRIVILEGE', { side: 'target', place, role, privilege: 'SUPERUSER', fixHint })];
  });
}

async function emptinessFindings(target: ClientBase): Promise<Finding[]> {
  const names = await nameUserObjects(target);
  if (names.length === 0) return [];
  const { code, facts } = notEmpty(names);
  return [finding(code, facts)];
}

const SWAP_RIGHTS = `
select current_user as role, d.datname as database, pg_catalog.pg_get_userbyid(d.datdba) as owner,
  me.rolsuper or me.rolcreatedb as "mayCreate", pg_catalog.pg_has_role(d.datdba, 'usage') as "isOwned"
from pg_catalog.pg_database d
join pg_catalog.pg_roles me on me.rolname = current_user
where d.datname = current_database()`;

interface SwapRights {
  readonly role: string;
  readonly database: string;
  readonly owner: string;
  readonly mayCreate: boolean;
  readonly isOwned: boolean;
}

/** A swap creates a database, and renames both. */
async function swapFindings(target: ClientBase): Promise<Finding[]> {
  const { rows } = await target.query<SwapRights>(SWAP_RIGHTS);
  const { mayCreate, isOwned, ...names } = rows[0]!; // the current database, always
  const [role, owner] = [displayName(names.role), displayName(names.owner)];
  const place = `database ${displayName(names.database)}`;
  const lack = (privilege: string, fixHint: string): Finding =>
    finding('ANON_PRIVILEGE', { side: 'target', place, role, privilege, fixHint });
  return [
    ...(mayCreate ? [] : [lack('CREATEDB, which publish: swap needs', `alter role ${role} createdb`)]),
    ...(isOwned ? [] : [lack('ownership, which publish: swap needs', `grant ${owner} to ${role}`)]),
  ];
}
