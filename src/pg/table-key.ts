// A table's name as one text, `schema.table`: what maps are keyed by, what users write in a configuration and read in a report.
// A part that holds a dot or a double quote stands in double quotes, as in SQL; so no two tables have the same text.

import type { TableName } from './identifiers.ts';

const PART = '"(?:[^"]|"")+"|[^".][^.]*';
const NAMES = new RegExp(`^(?:${PART})(?:\\.(?:${PART}))*$`, 'su');
const EACH = new RegExp(`(${PART})(?:\\.|$)`, 'gsu');

const unquoted = (part: string): string => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part);

const keyPart = (part: string): string => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part);

/** The text of a table: of this one and of no other. */
export function tableKey({ schema, name }: TableName): string {
  return `${keyPart(schema)}.${keyPart(name)}`;
}

/** The text of a column: of this one and of no other. */
export function columnKey(table: TableName, column: string): string {
  return `${tableKey(table)}.${keyPart(column)}`;
}

/** The names in a text like `schema.table.column`, without their quotes; undefined where it is none. Case is kept. */
export function namesIn(text: string): readonly string[] | undefined {
  if (!NAMES.test(text)) return undefined;
  return Array.from(text.matchAll(EACH), ([, part]) => unquoted(part!)); // the group takes part in every match
}

/** A name, or a pattern of names, as users write it, with quotes only where a key has them too. What is none stays as it is. */
export function writtenKey(text: string): string {
  return namesIn(text)?.map(keyPart).join('.') ?? text;
}
