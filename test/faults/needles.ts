// Finds many values at once in bytes of any kind, however they are written there. A table of the first three bytes passes over
// almost every position; what is left is looked up.

/** A value that is looked for. */
export interface Needle {
  /** What a finding says: never the value. */
  readonly name: string;
  readonly text: string;
  /** Other bytes that stand for it, such as the form in which a server stores a number. */
  readonly raw?: readonly Buffer[];
}

/** How a value is written. */
export type Encoding = 'plain' | 'hex' | 'base64' | 'url' | 'json' | 'utf-16' | 'raw';

/** What was found: which value, and in which encoding. */
export interface Found {
  readonly needle: Needle;
  readonly encoding: Encoding;
}

/** Shorter forms would be found by chance. */
const MIN_BYTES = 6;

interface Pattern extends Found {
  readonly bytes: Buffer;
}

const hexOf = (bytes: Buffer): readonly string[] => {
  const lower = bytes.toString('hex');
  return [lower, lower.toUpperCase(), lower.replace(/../g, '$& ').trimEnd(), lower.replace(/../g, '\\x$&')];
};

/** All that can be known of base64, whatever stands before and behind: the characters that the value alone decides. */
const base64Of = (bytes: Buffer): readonly string[] =>
  [0, 1, 2].flatMap(before => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const known = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [known, known.replaceAll('+', '-').replaceAll('/', '_')];
  });

const urlOf = (text: string, bytes: Buffer): readonly string[] => {
  const usual = encodeURIComponent(text);
  const all = bytes.toString('hex').replace(/../g, '%$&');
  return [usual, usual.toLowerCase(), usual.replaceAll('%20', '+'), all, all.toUpperCase()];
};

const escaped = (text: string, isEscaped: (unit: number) => boolean): string =>
  [...Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))]
    .map(unit => (isEscaped(unit) ? `\\u${unit.toString(16).padStart(4, '0')}` : String.fromCharCode(unit)))
    .join('');

const jsonOf = (text: string): readonly string[] => {
  const usual = JSON.stringify(text).slice(1, -1);
  const twice = JSON.stringify(usual).slice(1, -1);
  return [usual, twice, escaped(usual, unit => unit > 126), escaped(text, () => true)];
};

const utf16Of = (text: string): readonly Buffer[] => {
  const little = Buffer.from(text, 'utf16le');
  return [little, Buffer.from(little).swap16()];
};

/** Every form of a value, each once. */
export function formsOf({ text, raw = [] }: Needle): readonly (readonly [Encoding, Buffer])[] {
  const bytes = Buffer.from(text);
  const forms: readonly (readonly [Encoding, readonly (string | Buffer)[]])[] = [
    ['plain', [bytes]],
    ['hex', hexOf(bytes)],
    ['base64', base64Of(bytes)],
    ['url', urlOf(text, bytes)],
    ['json', jsonOf(text)],
    ['utf-16', utf16Of(text)],
    ['raw', raw],
  ];
  const known = new Set<string>();
  return forms.flatMap(([encoding, values]) =>
    values
      .map(value => Buffer.from(value as string))
      .filter(value => {
        const key = value.toString('latin1');
        if (known.has(key) || value.length < MIN_BYTES) return false;
        known.add(key);
        return true;
      })
      .map(value => [encoding, value] as const),
  );
}

export interface Search {
  /** What is in there, each value once for each encoding. */
  find(bytes: Uint8Array): readonly Found[];
  /** How many forms are looked for. */
  readonly patterns: number;
}

const key3 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!; // in there

/** Prepares a search for all of these. */
export function searchFor(needles: readonly Needle[]): Search {
  const patterns = needles.flatMap(needle =>
    formsOf(needle).map(([encoding, bytes]): Pattern => ({ needle, encoding, bytes })),
  );
  const begins = new Uint8Array(1 << 24);
  const byStart = new Map<number, Pattern[]>();
  for (const pattern of patterns) {
    const key = key3(pattern.bytes, 0);
    begins[key] = 1;
    byStart.set(key, [...(byStart.get(key) ?? []), pattern]);
  }
  const find = (bytes: Uint8Array): readonly Found[] => {
    const hay = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const found = new Map<string, Found>();
    let key = hay.length > 1 ? (hay[0]! << 8) | hay[1]! : 0; // there are two
    for (let end = 2; end < hay.length; end++) {
      key = ((key << 8) | hay[end]!) & 0xffffff; // end < length
      if (begins[key] === 0) continue;
      for (const { needle, encoding, bytes: form } of byStart.get(key) ?? []) {
        const start = end - 2;
        const isWhole = start + form.length <= hay.length;
        if (isWhole && hay.compare(form, 0, form.length, start, start + form.length) === 0) {
          found.set(`${needle.name}\t${needle.text}\t${encoding}`, { needle, encoding });
        }
      }
    }
    return [...found.values()];
  };
  return { find, patterns: patterns.length };
}
