// Packs rows of strings, as a cursor delivers them, into COPY text.

const SPECIAL = /[\\\b\f\n\r\t\v]/;
const SPECIALS = /[\\\b\f\n\r\t\v]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** One value as COPY text has it. */
const escapeValue = (value: string): string =>
  SPECIAL.test(value) ? value.replace(SPECIALS, character => ESCAPES[character] ?? character) : value;

/** Rows (NULL is null) as the bytes that `COPY … TO STDOUT` in text would have sent. */
export function packTextRows(rows: readonly (readonly (string | null)[])[]): Buffer {
  let text = '';
  for (const row of rows) {
    for (let field = 0; field < row.length; field++) {
      const value = row[field]!; // field < length; null is a value here
      if (field > 0) text += '\t';
      text += value === null ? '\\N' : escapeValue(value);
    }
    text += '\n';
  }
  return Buffer.from(text, 'utf8');
}
