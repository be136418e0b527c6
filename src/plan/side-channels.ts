// What a schema says besides its rows: comments, defaults, labels, conditions, bounds and bodies may hold personal data that
// somebody wrote there, and no strategy sees them. The plan lists those that look like it; it never shows what they hold.

import type { ClientBase } from 'pg';
import { TextRecogniser } from '../kernels/recognise-text.ts';
import type { SpanKind } from '../kernels/text-spans.ts';
import { showInvisible } from '../pg/identifiers.ts';

/** Texts of all objects that users made; those of extensions are not theirs. `isCode` is SQL, of which only literals count. */
const TEXTS = `
with objects (what, classid, objid, objsubid, is_code, text) as (
  select 'comment on', d.classoid, d.objoid, d.objsubid, false, d.description from pg_catalog.pg_description d
  union all select 'a label of', 'pg_catalog.pg_type'::regclass, e.enumtypid, 0, false, e.enumlabel from pg_catalog.pg_enum e
  union all select 'default of', 'pg_catalog.pg_class'::regclass, f.adrelid, f.adnum, true, pg_catalog.pg_get_expr(f.adbin, f.adrelid)
    from pg_catalog.pg_attrdef f
  union all select 'default of', 'pg_catalog.pg_type'::regclass, t.oid, 0, false, t.typdefault from pg_catalog.pg_type t where t.typtype = 'd'
  union all select '', 'pg_catalog.pg_constraint'::regclass, c.oid, 0, true, pg_catalog.pg_get_constraintdef(c.oid)
    from pg_catalog.pg_constraint c where c.contype in ('c', 'x')
  union all select 'definition of', 'pg_catalog.pg_class'::regclass, v.oid, 0, true, pg_catalog.pg_get_viewdef(v.oid)
    from pg_catalog.pg_class v where v.relkind in ('v', 'm')
  union all select 'definition of', 'pg_catalog.pg_class'::regclass, i.indexrelid, 0, true, pg_catalog.pg_get_indexdef(i.indexrelid)
    from pg_catalog.pg_index i where i.indpred is not null or i.indexprs is not null
  union all select 'bounds of', 'pg_catalog.pg_class'::regclass, p.oid, 0, true, pg_catalog.pg_get_expr(p.relpartbound, p.oid)
    from pg_catalog.pg_class p where p.relispartition
  union all select 'body of', 'pg_catalog.pg_proc'::regclass, p.oid, 0, false, p.prosrc
    from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang where l.lanname not in ('internal', 'c')
  union all select 'definition of', 'pg_catalog.pg_trigger'::regclass, t.oid, 0, true, pg_catalog.pg_get_triggerdef(t.oid)
    from pg_catalog.pg_trigger t where not t.tgisinternal
  union all select 'condition of', 'pg_catalog.pg_policy'::regclass, p.oid, 0, true,
      pg_catalog.concat_ws(' ', pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
    from pg_catalog.pg_policy p
)
select o.what, o.is_code as "isCode", o.text, pg_catalog.pg_describe_object(o.classid, o.objid, o.objsubid) as object
from objects o
where o.objid >= 16384 and o.text is not null -- the first OID of users
  and not exists (select from pg_catalog.pg_depend d where d.classid = o.classid and d.objid = o.objid and d.deptype = 'e')
  and not exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                  where o.classid = 'pg_catalog.pg_class'::regclass and c.oid = o.objid and n.nspname = 'pgveil')
order by 4, 1`;

interface SchemaText {
  readonly what: string;
  readonly isCode: boolean;
  readonly text: string;
  /** As the server describes it: `column email of table app.person`. */
  readonly object: string;
}

const KINDS: Readonly<Record<Exclude<SpanKind, 'name'>, string>> = {
  email: 'an e-mail address',
  phone: 'a telephone number',
  card: 'a card number',
  iban: 'an IBAN',
  ssn: 'a social security number',
  ip: 'an IP address',
  url: 'a URL',
};

/** Sentences for the plan, one for each place of the database's schema that holds what looks like personal data. */
export async function noteSideChannels(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<SchemaText>(TEXTS);
  const recogniser = new TextRecogniser(new Set(Object.keys(KINDS) as (keyof typeof KINDS)[]));
  const found = new Map<string, Set<string>>();
  for (const { what, isCode, text, object } of rows) {
    const place = showInvisible(`${what} ${object}`.trim());
    for (const part of isCode ? literalsOf(text) : [text]) {
      for (const kind of kindsIn(recogniser, part)) found.set(place, (found.get(place) ?? new Set()).add(kind));
    }
  }
  return [...found].map(
    ([place, kinds]) =>
      `No rule reaches the schema of the target: ${place} holds what looks like ${[...kinds].join(', ')}.`,
  );
}

function kindsIn(recogniser: TextRecogniser, text: string): string[] {
  const bytes = Buffer.from(text);
  recogniser.recognise({ bytes, start: 0, end: bytes.length }, []);
  return Array.from({ length: recogniser.spans.count }, (_, index) => {
    const { kind } = recogniser.spans.at(index);
    return kind in KINDS ? [KINDS[kind as keyof typeof KINDS]] : []; // a name, or what only others find
  }).flat();
}

/** The string literals of SQL as PostgreSQL prints it. */
function literalsOf(sql: string): string[] {
  return [...sql.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = '']) => text.replaceAll("''", "'"));
}
