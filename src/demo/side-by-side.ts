// Some rows of the source and what became of them in the target, side by side in 100 columns.

import { withConnection } from './databases.ts';
import { fitText } from './text-width.ts';

const NAME_WIDTH = 13;
const VALUE_WIDTH = 41;
const SAME = '(the same)';

/** A row to show: found by a condition that holds on both sides. */
interface Sample {
  readonly table: string;
  readonly where: string;
  readonly columns: readonly string[];
}

const PERSON = ['customer_no', 'email', 'full_name', 'phone', 'national_id', 'company', 'profile', 'membership'];

// Ticket 1 is that of person 28162, so customer_no and e-mail should agree in both.
const SAMPLES: readonly Sample[] = [
  { table: 'person', where: 'id = 28162', columns: PERSON },
  { table: 'ticket', where: 'id = 1', columns: ['customer_no', 'reply_to', 'subject', 'body', 'details'] },
  { table: 'person', where: 'id = 20', columns: PERSON },
  { table: 'address', where: 'id = 20', columns: ['line1', 'line2', 'postal_code', 'city', 'country_code'] },
  { table: 'person', where: 'id = 1264', columns: PERSON },
  { table: 'payment', where: 'id = 10', columns: ['card_number', 'card_holder', 'iban', 'paid_on', 'amount'] },
];

/** Reads the samples from both databases and lays them out. */
export async function sideBySide(sourceUrl: string, targetUrl: string): Promise<string> {
  const [before, after] = await Promise.all([sourceUrl, targetUrl].map(readSamples));
  const rows = SAMPLES.map((sample, index) => layOut(sample, before?.[index] ?? [], after?.[index] ?? []));
  return [line('', 'before', 'after'), ...rows].join('\n');
}

type Values = readonly (string | null)[];

async function readSamples(url: string): Promise<Values[]> {
  return await withConnection(url, async client => {
    const found: Values[] = [];
    for (const { table, where, columns } of SAMPLES) {
      const text = columns.map(column => `${column}::text`).join(', ');
      const { rows } = await client.query<(string | null)[]>({
        text: `select ${text} from ${table} where ${where}`,
        rowMode: 'array',
      });
      found.push(rows[0] ?? []);
    }
    return found;
  });
}

function layOut({ table, where, columns }: Sample, before: Values, after: Values): string {
  const lines = columns.map((column, index) => {
    const [old, now] = [before[index], after[index]];
    return line(column, show(old), old === now ? SAME : show(now));
  });
  return [`${table} (${where})`, ...lines, ''].join('\n');
}

const line = (name: string, before: string, after: string): string =>
  `  ${fitText(name, NAME_WIDTH)}${fitText(before, VALUE_WIDTH)} ${fitText(after, VALUE_WIDTH)}`.trimEnd();

const show = (value: string | null | undefined): string =>
  value === null ? 'NULL' : (value ?? '(no such row)').replaceAll('\n', '⏎').replaceAll('\t', '⇥');
