// Five hundred values that must not come out of a masked sync: twenty kinds of columns, twenty-five rows, each value drawn by
// the seed and found nowhere else. Every column's rule leaves nothing of its value.

import type { Needle } from './needles.ts';

interface Kind {
  readonly type: string;
  readonly rule: unknown;
  /** The value as PostgreSQL reads it, and what of it must be found nowhere. */
  draw(random: Random): Drawn;
}

interface Drawn {
  readonly value: string;
  readonly traces: readonly (string | { readonly text: string; readonly raw?: readonly Buffer[] })[];
}

/** What is drawn from. */
class Random {
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  of(characters: string, length: number): string {
    return Array.from({ length }, () => characters[Math.floor(this.#next() * characters.length)]).join('');
  }
  letters = (length: number): string => this.of('abcdefghijklmnopqrstuvwxyz', length);
  /** The first is not zero. */
  digits = (length: number): string => this.of('123456789', 1) + this.of('0123456789', length - 1);
  hex = (length: number): string => this.of('0123456789abcdef', length);
  from = (low: number, high: number): number => low + Math.floor(this.#next() * (high - low));
}

/** As a server stores it, and as it travels. */
const int64 = (value: bigint): Buffer[] => {
  const [little, big] = [Buffer.alloc(8), Buffer.alloc(8)];
  little.writeBigInt64LE(value);
  big.writeBigInt64BE(value);
  return [little, big];
};
const bothWays = (bytes: Buffer): Buffer[] => [bytes, Buffer.from(bytes).reverse()];
const plain = (value: string): Drawn => ({ value, traces: [value] });

/** The digits of a numeric in groups of four, as a server stores them (16 bits each). */
function numericDigits(whole: string): Buffer[] {
  const groups = whole.padStart(Math.ceil(whole.length / 4) * 4, '0').match(/.{4}/g) ?? [];
  return [
    Buffer.from(groups.flatMap(group => [Number(group) & 255, Number(group) >> 8])),
    Buffer.from(groups.flatMap(group => [Number(group) >> 8, Number(group) & 255])),
  ];
}

const MICROS_2000 = 946_684_800_000_000n;

const KINDS: Readonly<Record<string, Kind>> = {
  word: { type: 'text', rule: 'hash', draw: random => plain(`Zq${random.letters(14)}`) },
  odd: {
    type: 'text',
    rule: { strategy: 'fake', kind: 'lorem.sentence' },
    draw: random => plain(`Øq"${random.letters(6)}\\${random.letters(4)}&=ü/+ ${random.letters(4)}🙂'`),
  },
  name: {
    type: 'varchar(80)',
    rule: { strategy: 'fake', kind: 'person.fullName' },
    draw: random => plain(`Qx${random.letters(7)} Von ${random.letters(8)}`),
  },
  mail: {
    type: 'varchar(90)',
    rule: 'email',
    draw: random => {
      const [local, host] = [random.letters(11), random.letters(12)];
      return { value: `${local}@${host}.test`, traces: [local, host] };
    },
  },
  phone: {
    type: 'text',
    rule: 'phone',
    draw: random => {
      const digits = random.digits(9);
      return {
        value: `+49 171 ${digits.slice(0, 5)} ${digits.slice(5)}`,
        traces: [digits, `${digits.slice(0, 5)} ${digits.slice(5)}`],
      };
    },
  },
  card: { type: 'text', rule: { strategy: 'fpe', preset: 'digits' }, draw: random => plain(random.digits(16)) },
  account: {
    type: 'text',
    rule: { strategy: 'mask' },
    draw: random => plain(`${random.of('BCDFGH', 4)}${random.digits(18)}`),
  },
  token: {
    type: 'text',
    rule: { strategy: 'tokenize', domain: 'canary' },
    draw: random => plain(`Tk-${random.letters(5)}-${random.digits(8)}`),
  },
  big: {
    type: 'bigint',
    rule: 'hash',
    draw: random => {
      const text = random.digits(18);
      return { value: text, traces: [{ text, raw: int64(BigInt(text)) }] };
    },
  },
  amount: {
    type: 'numeric(30,4)',
    rule: 'hash',
    draw: random => {
      const whole = random.digits(20);
      return { value: `${whole}.${random.digits(4)}`, traces: [{ text: whole, raw: numericDigits(whole) }] };
    },
  },
  ticket: {
    type: 'uuid',
    rule: 'hash',
    draw: random => {
      const hex = random.hex(32);
      const text = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
      return { value: text, traces: [{ text, raw: [Buffer.from(hex, 'hex')] }] };
    },
  },
  born: {
    type: 'date',
    rule: { strategy: 'fake', kind: 'date.birthdate' },
    draw: random => plain(`${random.from(1100, 1899)}-0${random.from(1, 10)}-${random.from(10, 29)}`),
  },
  moment: {
    type: 'timestamptz',
    rule: { strategy: 'fake', kind: 'date.past' },
    draw: random => {
      const time = `${random.from(10, 24)}:${random.from(10, 60)}:${random.from(10, 60)}`;
      const [day, micros] = [
        `17${random.from(10, 90)}-0${random.from(1, 10)}-${random.from(10, 29)}`,
        random.digits(6),
      ];
      const stored = BigInt(Date.parse(`${day}T${time}Z`)) * 1000n + BigInt(micros) - MICROS_2000;
      return {
        value: `${day} ${time}.${micros}+00`,
        traces: [{ text: `${time}.${micros}`, raw: int64(stored) }, `${day} ${time}`],
      };
    },
  },
  address: {
    type: 'inet',
    rule: { strategy: 'constant', value: '192.0.2.1' },
    draw: random => {
      const parts = Array.from({ length: 6 }, () => `${random.of('123456789abcdef', 1)}${random.hex(3)}`);
      const text = parts.join(':');
      return { value: `2001:db8:${text}`, traces: [{ text, raw: [Buffer.from(parts.join(''), 'hex')] }] };
    },
  },
  device: {
    type: 'macaddr',
    rule: { strategy: 'constant', value: '02:00:00:00:00:00' },
    draw: random => {
      const hex = random.hex(12);
      const text = hex.replace(/..(?=.)/g, '$&:');
      return { value: text, traces: [{ text, raw: [Buffer.from(hex, 'hex')] }] };
    },
  },
  blob: {
    type: 'bytea',
    rule: { strategy: 'constant', value: '\\x00' },
    draw: random => {
      const text = `Bl${random.letters(16)}`;
      return { value: `\\x${Buffer.from(text).toString('hex')}`, traces: [text] };
    },
  },
  note: {
    type: 'json',
    rule: { strategy: 'json', paths: { '$.who': 'hash' }, unknown: 'drop' },
    draw: random => {
      const [who, more] = [random.letters(12), random.letters(12)];
      return { value: `{"who": "${who}", "more": ["${more}"]}`, traces: [who, more] };
    },
  },
  profile: {
    type: 'jsonb',
    rule: 'nullify',
    draw: random => {
      const inside = random.letters(13);
      return { value: `{"a": {"b": ["${inside}"]}}`, traces: [inside] };
    },
  },
  tags: {
    type: 'text[]',
    rule: 'hash',
    draw: random => {
      const tags = [random.letters(12), random.letters(12)];
      return { value: `{${tags.join(',')}}`, traces: tags };
    },
  },
  ratio: {
    type: 'float8',
    rule: { strategy: 'constant', value: 0 },
    draw: random => {
      const text = `${random.digits(9)}.${random.digits(6)}`;
      const raw = Buffer.alloc(8);
      raw.writeDoubleLE(Number(text));
      return { value: text, traces: [{ text: String(Number(text)), raw: bothWays(raw) }] };
    },
  },
};

const ROWS = 25;

/** Canaries of one table, all of its columns but `id` and `bad`. */
export interface CanaryTable {
  /** `column type, …` */
  readonly columns: string;
  /** The rule of each column. */
  readonly rules: Readonly<Record<string, unknown>>;
  /** SQL that plants the rows in a table. */
  plant(table: string): string;
  /** All that must be found nowhere. */
  readonly needles: readonly Needle[];
  readonly canaries: number;
}

/** Draws a table's canaries. @param name begins the names of needles. @param next random numbers from 0 to below 1 */
export function canaryTable(name: string, next: () => number): CanaryTable {
  const random = new Random(next);
  const kinds = Object.entries(KINDS);
  const rows = Array.from({ length: ROWS }, () => kinds.map(([, kind]) => kind.draw(random)));
  const needles = rows.flatMap((row, number) =>
    row.flatMap(({ traces }, column) =>
      traces.map(trace => ({
        name: `${name} ${kinds[column]?.[0]} ${number}`,
        ...(typeof trace === 'string' ? { text: trace } : trace),
      })),
    ),
  );
  const literal = ({ value }: Drawn): string => `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  return {
    columns: kinds.map(([column, { type }]) => `${column} ${type}`).join(', '),
    rules: Object.fromEntries(kinds.map(([column, { rule }]) => [column, rule])),
    plant: table => {
      const values = rows.map((row, number) => `(${number + 1}, ${row.map(literal).join(', ')})`);
      return `insert into ${table} (id, ${kinds.map(([column]) => column).join(', ')}) values ${values.join(', ')}`;
    },
    needles,
    canaries: rows.length * kinds.length,
  };
}
