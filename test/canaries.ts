// Values that must not come out of a masked sync in any form, and the search for them wherever something could come out.

import type { Query } from './database.ts';
import type { CommandRun } from './sync.ts';

/** A masked column, the value planted in it, and what of the value must be found nowhere. */
export interface Canary {
  readonly column: string;
  readonly type: string;
  /** As PostgreSQL reads it. */
  readonly value: string;
  readonly rule: string | Readonly<Record<string, unknown>>;
  readonly traces: readonly string[];
}

const canary = (type: string, value: string, rule: Canary['rule'], traces: readonly string[] = [value]) => {
  return { type, value, rule, traces };
};

/** One or more for each strategy and for each kind of type. */
export const CANARIES: readonly Canary[] = [
  canary('text', 'Xylophagus', 'hash'),
  canary('varchar(60)', 'Gymnorhina-tibicen', { strategy: 'hash', encoding: 'base64url' }),
  canary('bigint', '918273645546372', 'hash'),
  canary('numeric(30,2)', '81726354453627.18', 'hash', ['81726354453627']),
  canary('uuid', 'c0ffee00-dead-4bad-9bad-feedfacecafe', 'hash', ['c0ffee00-dead', 'c0ffee00dead4bad']),
  canary('text', 'Quetzalcoatlus', { strategy: 'mask', keep_first: 2, keep_last: 2 }, ['etzalcoatl']),
  canary('char(24)', 'ref-Hippopotamus-77', { strategy: 'mask', keep: '^(ref-)' }, ['Hippopotamus']),
  canary('text', 'Wombat.Kookaburra@platypus-hollow.test', 'email', ['Wombat', 'Kookaburra', 'platypus-hollow']),
  canary('varchar(80)', 'Numbat.Quokka@kept-host.test', { strategy: 'email', host: 'keep' }, ['Numbat', 'Quokka']),
  canary('text', '+49 171 5839 2746', 'phone', ['5839 2746', '58392746']),
  canary('text', '(0711) 61-94-83-72', { strategy: 'phone', keep_prefix: true, keep_format: false }, [
    '94-83-72',
    '948372',
  ]),
  canary('text', 'Ornithorhynchus', { strategy: 'fake', kind: 'person.fullName' }),
  canary('text', 'Kakapo_Strigops', { strategy: 'fake', kind: 'internet.username', unique: true }),
  canary('date', '1887-03-29', { strategy: 'fake', kind: 'date.birthdate' }),
  canary('timestamptz', '1887-04-17 05:43:21.987654+00', { strategy: 'fake', kind: 'date.past' }, [
    '1887-04-17',
    '43:21.987654',
  ]),
  canary('integer', '1928374655', { strategy: 'fake', kind: 'number.int', args: [1000] }),
  canary('text', 'Archaeopteryx', { strategy: 'constant', value: 'removed' }),
  canary('jsonb', '{"species": "Coelacanthus"}', { strategy: 'constant', value: '{}' }, ['Coelacanthus']),
  canary('bytea', '\\x5468796c6163696e7573', { strategy: 'constant', value: '\\x00' }, ['Thylacinus']),
  canary('inet', '203.0.113.77', { strategy: 'constant', value: '192.0.2.1' }),
  canary('text[]', '{Dodo-Raphus,Pinguinus-impennis}', 'nullify', ['Dodo-Raphus', 'Pinguinus-impennis']),
  canary('json', '{"note": "Megatherium"}', 'nullify', ['Megatherium']),
  canary('tsvector', "'dromaiusnovae':1", 'nullify', ['dromaiusnovae']),
].map((one, index) => ({ ...one, column: `c${index}` }));

/** The columns of a table that holds one row of canaries. */
export const canaryColumns = CANARIES.map(({ column, type }) => `${column} ${type}`).join(', ');

/** SQL that plants them, next to a row of NULLs. */
export const plant = (table: string): string => `
  insert into ${table} (${CANARIES.map(({ column }) => column).join(', ')})
  values (${CANARIES.map(({ value }) => `'${value.replaceAll("'", "''")}'`).join(', ')}), (${CANARIES.map(() => 'null').join(', ')})`;

/** Everything that one may look into after a run. */
export interface Places {
  readonly [place: string]: string;
}

/** What the process of a run wrote: its streams, its report, its temporary folder. */
export function placesOf({ stdout, stderr, report = '', temporary }: CommandRun): Places {
  return { stdout, stderr, report, ...temporary };
}

const RELATIONS = `
select format('%I.%I', n.nspname, t.relname) as name
from pg_class t join pg_namespace n on n.oid = t.relnamespace
where t.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** The rows of every table and materialised view of a database, the ledger's too, and what ANALYZE noted about them. */
export async function placesIn(query: Query): Promise<Places> {
  const relations = await query<{ name: string }>(RELATIONS);
  const places: Record<string, string> = {};
  for (const name of [...relations.map(relation => relation.name), 'pg_catalog.pg_stats']) {
    const rows = await query<{ row: string }>(`select t::text as row from ${name} t`);
    places[name] = rows.map(({ row }) => row).join('\n');
  }
  return places;
}

/** A text as it may be found: as it is, in other letters, or as bytes. */
const formsOf = (trace: string): readonly string[] => {
  const forms = [trace, Buffer.from(trace).toString('hex'), Buffer.from(trace).toString('base64').slice(0, -4)];
  return forms.map(form => form.toLowerCase());
};

/** Which traces are found where: `Wombat in stderr`. */
export function findTraces(traces: readonly string[], places: Places): string[] {
  return Object.entries(places).flatMap(([place, text]) => {
    const lower = text.toLowerCase();
    return traces
      .filter(trace => formsOf(trace).some(form => lower.includes(form)))
      .map(trace => `${trace} in ${place}`);
  });
}
