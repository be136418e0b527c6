// generalize: says less. Ranges for numbers, periods for dates, prefixes for codes and addresses, categories by a map.

import { type Coarsening, coarsenNumbers, coarsenTimes } from '../src/kernels/coarsening.ts';
import { writeNetwork } from '../src/kernels/ip-prefix.ts';
import { coverColumn } from '../src/kernels/retention.ts';
import { PERIODS } from '../src/kernels/time-buckets.ts';
import {
  type Column,
  type ColumnOutput,
  type ColumnType,
  defineStrategy,
  StrategyRefusal,
  UnfitValue,
  z,
} from '../src/strategy.ts';

const NETWORK = /^\/(\d{1,2})(?:, *\/(\d{1,3}))?$/;
/** The key of a map for all values that it does not name. */
const ANY_OTHER = '*';
const bound = z.union([z.number(), z.string().min(1)]);

const options = z.strictObject({
  bucket: z
    .union([z.number().positive(), z.array(z.number()).min(1)])
    .optional()
    .describe(
      'Numbers become the lower bound of their range: ranges of this width, or ranges that begin at these numbers',
    ),
  to: z
    .union([z.enum(PERIODS), z.number().positive(), z.string().regex(NETWORK)])
    .optional()
    .describe(
      'Dates and timestamps become the beginning of this period; numbers are rounded to a multiple of this one; addresses become their network, such as `/24`, or `/24, /48` with another prefix for IPv6',
    ),
  keep_prefix: z
    .int()
    .min(1)
    .optional()
    .describe('Characters of a text that stay, such as 3 of a ZIP code; the others are covered'),
  map: z
    .record(z.string(), z.string())
    .optional()
    .describe('Value → category; `*` stands for all other values, and without it they fail the run'),
  top: bound.optional().describe('Numbers, dates and timestamps from here on become this one: `top: 90` for ages'),
  bottom: bound.optional().describe('Those below become this one'),
});
type Options = z.output<typeof options>;

export default defineStrategy({
  summary: 'Makes values coarse: ranges of numbers, periods of time, prefixes of codes and IP addresses, categories.',
  options,
  accepts: ['text', 'integer', 'decimal', 'float', 'date', 'timestamp', 'inet', 'enum'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'lossy', keyed: false, yieldsNull: false },
  examples: [
    { options: { bucket: 10, top: 90 }, type: 'integer', input: '47', output: '40' },
    { options: { bucket: 10, top: 90 }, type: 'integer', input: '103', output: '90' },
    { options: { bucket: [0, 1000, 5000] }, type: 'numeric(6,2)', input: '1815.12', output: '1000.00' },
    { options: { to: 0.5 }, type: 'double precision', input: '2.7182818', output: '2.5' },
    { options: { to: 'quarter' }, type: 'date', input: '1815-12-10', output: '1815-10-01' },
    {
      options: { to: 'month', bottom: '1920-01-01' },
      type: 'timestamp with time zone',
      input: '2024-02-29 12:34:56+00',
      output: '2024-02-01 00:00:00+00',
    },
    { options: { to: '/24' }, type: 'inet', input: '203.0.113.77', output: '203.0.113.0/24' },
    { options: { keep_prefix: 3 }, input: '02139', output: '021**' },
    { options: { map: { engineer: 'technical', nurse: 'medical', '*': 'other' } }, input: 'nurse', output: 'medical' },
  ],
  notes: [
    'A value that is the general one already stays: 40 is the range that begins at 40.',
    'A range or period tells less only if many rows share it: `top` and `bottom` put together what is rare at either end.',
    'infinity, -infinity and NaN stay, unless `top`, `bottom` or a list of ranges takes them in.',
    'Timestamps are cut in UTC. Text is covered as by `mask`, and is covered wholly where it is not longer than the prefix.',
    'It is not keyed: whoever knows a value knows what it becomes.',
  ],
  create(chosen, context) {
    const { type } = context;
    refuseMixtures(chosen);
    if (chosen.map) return mapValues(chosen.map);
    if (chosen.keep_prefix !== undefined) return coverRest(chosen.keep_prefix, type);
    if (type.kind === 'inet') return toNetwork(chosen);
    return coarsen(chosen, type);
  },
});

function refuseMixtures({ bucket, to, keep_prefix, map, top, bottom }: Options): void {
  const ways = [bucket, to, keep_prefix, map].filter(option => option !== undefined).length;
  const hasEnds = top !== undefined || bottom !== undefined;
  if (ways > 1 || (hasEnds && (keep_prefix ?? map) !== undefined)) {
    throw new StrategyRefusal('its options exclude each other', 'Use one of bucket, to, keep_prefix and map.');
  }
  if (ways === 0 && !hasEnds) {
    throw new StrategyRefusal('nothing says how', 'Set bucket, to, keep_prefix, map, top or bottom.');
  }
}

interface Instance {
  readonly maxLength?: number;
  readonly column: (input: Column, output: ColumnOutput) => void;
}

function coarsen(chosen: Options, type: ColumnType): Instance {
  const isTime = type.kind === 'date' || type.kind === 'timestamp';
  if (!isTime && !['integer', 'decimal', 'float'].includes(type.kind)) {
    throw new StrategyRefusal(`${type.name} is neither a number nor a time`, 'Use keep_prefix or map.');
  }
  const write: Coarsening = isTime ? coarsenTimes(chosen, type) : coarsenNumbers(chosen, type);
  return {
    column({ bytes, offsets, lengths, count }, output) {
      for (let index = 0; index < count; index++) {
        const start = offsets[index]!; // index < count, as below
        if (!write(bytes, start, start + lengths[index]!, output)) throw new UnfitValue(`it is no ${type.name}`);
        output.push();
      }
    },
  };
}

function coverRest(first: number, { kind, name, maxLength }: ColumnType): Instance {
  if (kind !== 'text') throw new StrategyRefusal(`keep_prefix is for text, not ${name}`, 'Use bucket, to or map.');
  if (maxLength !== undefined && first >= maxLength) {
    throw new StrategyRefusal(`keep_prefix leaves nothing of ${name} to cover`, `Keep fewer than ${maxLength}.`);
  }
  const rule = { first, last: 0, separators: false, cover: Buffer.from('*'), otherCover: Buffer.from('#') };
  return {
    ...(maxLength === undefined ? {} : { maxLength }),
    column: (input, output) => coverColumn(input, output, rule),
  };
}

/** Bytes as a string, one character each: shorter to make than text, and as good a key. */
const keyOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');

function mapValues(map: Readonly<Record<string, string>>): Instance {
  const categories = new Map(
    Object.entries(map).map(([value, category]) => [Buffer.from(value).toString('latin1'), Buffer.from(category)]),
  );
  const other = categories.get(ANY_OTHER);
  return {
    maxLength: Math.max(...Object.values(map).map(category => [...category].length)),
    column({ bytes, offsets, lengths, count }, output) {
      for (let index = 0; index < count; index++) {
        const start = offsets[index]!; // index < count, as below
        const category = categories.get(keyOf(bytes, start, start + lengths[index]!)) ?? other;
        if (!category) throw new UnfitValue('its map names no category for it, and has no "*"');
        output.pushBytes(category);
      }
    },
  };
}

function toNetwork({ to, top, bottom }: Options): Instance {
  const [, ipv4, ipv6] = NETWORK.exec(String(to)) ?? [];
  const prefixes = { ipv4: Number(ipv4), ipv6: ipv6 === undefined ? 2 * Number(ipv4) : Number(ipv6) };
  if (!(prefixes.ipv4 < 32 && prefixes.ipv6 < 128) || top !== undefined || bottom !== undefined) {
    throw new StrategyRefusal('an address is made coarse by a shorter prefix', 'Set to: /24, or another below /32.');
  }
  return {
    column({ bytes, offsets, lengths, count }, output) {
      for (let index = 0; index < count; index++) {
        const start = offsets[index]!; // index < count, as below
        const isWritten = writeNetwork({ bytes, at: start, end: start + lengths[index]! }, prefixes, output);
        if (!isWritten) throw new UnfitValue('it is no IP address');
        output.push();
      }
    },
  };
}
