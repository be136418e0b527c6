import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { ColumnOutput } from '../../src/batch/column.ts';
import { BASE32, BASE64URL, characterWriter, DECIMAL, HEX, nextCharacter } from '../../src/kernels/alphabets.ts';

function write(alphabet: typeof HEX, count: number, digest: Uint8Array): string {
  const output = new ColumnOutput(1);
  characterWriter(alphabet, count)(digest, 0, output);
  return Buffer.from(output.bytes.subarray(0, output.at)).toString();
}

test('hex and base64url are those of Node, for every length', () => {
  for (let round = 0; round < 20; round++) {
    const digest = randomBytes(32);
    for (let count = 1; count <= 64; count++)
      expect(write(HEX, count, digest)).toBe(digest.toString('hex').slice(0, count));
    for (let count = 1; count <= 42; count++) {
      expect(write(BASE64URL, count, digest)).toBe(digest.toString('base64url').slice(0, count));
    }
  }
});

test('base32 is that of RFC 4648 §10, in lower case and without padding', () => {
  const digest = new Uint8Array(32);
  digest.set(Buffer.from('foobar'));
  expect(write(BASE32, 9, digest)).toBe('mzxw6ytbo');
});

test('the last characters of the last digest do not depend on what lies behind it', () => {
  const digest = randomBytes(32);
  const followed = Buffer.concat([digest, Buffer.alloc(32, 255)]);
  for (const [alphabet, count] of [
    [HEX, 64],
    [HEX, 63],
    [BASE64URL, 42],
    [BASE64URL, 41],
  ] as const) {
    expect(write(alphabet, count, followed)).toBe(write(alphabet, count, digest));
  }
});

test.each([
  [HEX, '9', 'a'],
  [HEX, 'f', '0'],
  [BASE64URL, '_', 'A'],
  [DECIMAL, '9', '0'],
])('the next character goes around', (alphabet, character, next) => {
  expect(String.fromCharCode(nextCharacter(alphabet, character.charCodeAt(0)))).toBe(next);
});
