// The one place that quotes names and literals for SQL, and writes names into messages.
// Names come from catalogs of databases that we do not own: they may hold quotes, newlines or anything but NUL.

/** A table by its exact names, not quoted. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

const refuseNul = (text: string): string => {
  // NUL would end the protocol's string early and cut the statement; no name or text in PostgreSQL holds one.
  if (text.includes('\0')) throw new TypeError('SQL cannot hold a NUL character');
  return text;
};

/** `"name"`, whatever the name holds. */
export function quoteName(name: string): string {
  return `"${refuseNul(name).replaceAll('"', '""')}"`;
}

/** `"schema"."table"`. */
export function quoteTable({ schema, name }: TableName): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** A string literal that means the same whether `standard_conforming_strings` is on or off. */
export function quoteLiteral(text: string): string {
  const doubled = refuseNul(text).replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** Control, format (such as right-to-left marks), surrogate and line separator characters: they could forge a line of a log. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Text for a message: on one line, with what cannot be seen written as `\u{…}`. */
export function showInvisible(text: string): string {
  return text.replace(INVISIBLE, character => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

const PLAIN = /^[\p{L}\p{M}\p{N}_$-]+$/u;

const displayPart = (part: string): string => {
  if (PLAIN.test(part)) return part;
  return `"${showInvisible(part).replaceAll('"', '""')}"`;
};

/** `schema.table.column` for messages: on one line, quoted only where a part would be unclear. */
export function displayName(...parts: readonly string[]): string {
  return parts.map(displayPart).join('.');
}

/** Key words that name nothing without quotes: those of PostgreSQL 18's pg_get_keywords() with catcode R or T. */
export const RESERVED: ReadonlySet<string> = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column ' +
    'concurrently constraint create cross current_catalog current_date current_role current_schema current_time ' +
    'current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from ' +
    'full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime ' +
    'localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning ' +
    'right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user ' +
    'using variadic verbose when where window with'
  ).split(' '),
);
const FOLDED = /^[a-z_][a-z0-9_]*$/;

/** `schema.table` as SQL that people are to run: quoted where it would mean another name without. On one line. */
export function sqlName(...parts: readonly string[]): string {
  return parts
    .map(part => (FOLDED.test(part) && !RESERVED.has(part) ? part : showInvisible(quoteName(part))))
    .join('.');
}
