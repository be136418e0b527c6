// email: a keyed local part at a host that is reserved, kept or from a list. The output is a valid address whatever the input.

import { BASE32, characterWriter } from '../src/kernels/alphabets.ts';
import { describeCollisions } from '../src/kernels/collisions.ts';
import { packDictionary, pick, writeEntry } from '../src/kernels/dictionary.ts';
import { hostStart, isHost } from '../src/kernels/hosts.ts';
import { DIGEST_BYTES } from '../src/kernels/prf.ts';
import { type Column, type ColumnOutput, defineStrategy, z } from '../src/strategy.ts';

/** 90 bits: a collision among 10^9 addresses has a chance under 10^-9. */
const LOCAL_CHARACTERS = 18;
/** Octets of an address (RFC 5321 §4.5.3.1.3, without the angle brackets). */
const MAX_ADDRESS = 254;
const AT = 0x40;
/** Reserved for examples (RFC 2606 §3): no mail ever arrives. */
const EXAMPLE_HOST = 'example.com';
/** Bytes of the digest that the local part leaves free. */
const HOST_BYTES = 16;

/** Octets that the local part and the @ leave to the host. */
const MAX_HOST = MAX_ADDRESS - LOCAL_CHARACTERS - 1;

const listedHost = z.string().max(MAX_HOST).refine(isHost, 'must be a host name such as example.org');

export default defineStrategy({
  summary: `Replaces an address by ${LOCAL_CHARACTERS} keyed letters and digits at a reserved, kept or listed host. The output is always a valid address.`,
  options: z.strictObject({
    host: z
      .union([z.enum(['example', 'keep']), z.array(listedHost).min(1)])
      .default('example')
      .describe(
        `\`example\`: ${EXAMPLE_HOST}, where no mail arrives; \`keep\`: the host of the value, in clear, or ${EXAMPLE_HOST} ` +
          'where the value is not an address with an ordinary host name; a list: one of these hosts, chosen by the key',
      ),
  }),
  accepts: ['text'],
  guarantees: { deterministic: true, reversible: false, uniqueness: 'likely', keyed: true, yieldsNull: false },
  examples: [
    { input: 'ada@mail.org', output: 'r2gsnoyrddfnmnxurz@example.com' },
    { options: { host: 'keep' }, input: 'ada@mail.org', output: 'r2gsnoyrddfnmnxurz@mail.org' },
    { options: { host: ['a.example', 'b.example'] }, input: 'ada@mail.org', output: 'r2gsnoyrddfnmnxurz@a.example' },
    { options: { host: 'keep' }, input: 'call me @ home', output: 'jbyd7iqjbfjwzb64bm@example.com' },
  ],
  notes: [
    '90 bits of the digest are in the local part: two of 10^9 addresses collide with a chance under 10^-9.',
    'The local part comes from the whole value, so the same name at two hosts gives two pseudonyms. Addresses that differ in case differ.',
    '`host: keep` also uses example.com where the address would get longer than its column or than 254 characters.',
  ],
  create({ host }, context) {
    const { rows, type } = context;
    const hosts = packDictionary(typeof host === 'string' ? [EXAMPLE_HOST] : host);
    const keeps = host === 'keep';
    const limit = Math.min(MAX_ADDRESS, type.maxLength ?? MAX_ADDRESS);
    const bits = LOCAL_CHARACTERS * BASE32.bits;
    const prf = context.prf('email');
    const writeLocal = characterWriter(BASE32, LOCAL_CHARACTERS);
    return {
      bits,
      maxLength: Math.max(keeps ? limit : 0, LOCAL_CHARACTERS + 1 + hosts.longest),
      note: describeCollisions(rows, bits) + (keeps ? '; hosts stay in clear' : ''),
      column(input, output) {
        const digests = prf.digests(input);
        for (let index = 0; index < input.count; index++) {
          const digest = index * DIGEST_BYTES;
          output.room(MAX_ADDRESS);
          writeLocal(digests, digest, output);
          output.bytes[output.at++] = AT;
          if (!keeps || !writeKeptHost(input, index, { output, limit })) {
            writeEntry(hosts, pick(digests, digest + HOST_BYTES, hosts.size), output);
          }
          output.push();
        }
      },
    };
  },
});

/** @returns false where the value has no host that can stay, or it would make the address too long */
function writeKeptHost(
  { bytes, offsets, lengths }: Column,
  index: number,
  { output, limit }: { output: ColumnOutput; limit: number },
): boolean {
  const start = offsets[index]!; // index < count
  const end = start + lengths[index]!; // index < count
  const from = hostStart(bytes, start, end);
  if (from < 0 || LOCAL_CHARACTERS + 1 + end - from > limit) return false;
  output.write(bytes, from, end);
  return true;
}
