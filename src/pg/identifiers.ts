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
