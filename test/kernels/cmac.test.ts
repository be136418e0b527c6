import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cmacColumn, TAG_BYTES } from '../../src/kernels/cmac.ts';
import { columnOf } from '../strategies/replace.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const MESSAGE = hex(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51' +
    '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
);

// RFC 4493, 4 (AES-128) and NIST SP 800-38B, D.3 (AES-256): the first 0, 16, 40 and 64 bytes of the message.
test.each([
  ['2b7e151628aed2a6abf7158809cf4f3c', 0, 'bb1d6929e95937287fa37d129b756746'],
  ['2b7e151628aed2a6abf7158809cf4f3c', 16, '070a16b46b4d4144f79bdd9dd04a287c'],
  ['2b7e151628aed2a6abf7158809cf4f3c', 40, 'dfa66747de9ae63030ca32611497c827'],
  ['2b7e151628aed2a6abf7158809cf4f3c', 64, '51f0bebf7e3b9d92fc49741779363cfe'],
  ['603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4', 0, '028962f61b7bf89efc6b551f4667d983'],
  ['603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4', 16, '28a7023f452e8f82bd4bf28d8c37c35c'],
  ['603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4', 40, 'aaf3d8f1de5640c232f5b169b9c911e6'],
  ['603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4', 64, 'e1992190549f6ed5696a2c056c315410'],
])('under %s the tag of %d bytes is the published one', (key, length, tag) => {
  const column = { bytes: MESSAGE, offsets: Int32Array.of(0), lengths: Int32Array.of(length), count: 1 };
  expect(Buffer.from(cmacColumn(hex(key))(column)).toString('hex')).toBe(tag);
});

/** One message at a time, by CBC: the last block of the ciphertext, after the last block of the message took its subkey. */
function cmac(key: Buffer, message: Buffer): Buffer {
  const encrypt = (mode: 'ecb' | 'cbc', data: Buffer): Buffer => {
    const cipher = createCipheriv(`aes-256-${mode}`, key, mode === 'cbc' ? Buffer.alloc(16) : null);
    return cipher.setAutoPadding(false).update(data);
  };
  const double = (block: bigint): bigint => ((block << 1n) & (2n ** 128n - 1n)) ^ (block >> 127n ? 0x87n : 0n);
  const number = (block: Buffer): bigint => BigInt(`0x${block.toString('hex')}`);
  const k1 = double(number(encrypt('ecb', Buffer.alloc(16))));
  const isWhole = message.length > 0 && message.length % 16 === 0;
  const missing = isWhole ? 0 : 16 - (message.length % 16);
  const padded = Buffer.concat([message, Buffer.from([0x80]), Buffer.alloc(16)]).subarray(0, message.length + missing);
  const last = number(padded.subarray(-16)) ^ (isWhole ? k1 : double(k1));
  const blocks = Buffer.concat([padded.subarray(0, -16), Buffer.from(last.toString(16).padStart(32, '0'), 'hex')]);
  return encrypt('cbc', blocks).subarray(-16);
}

test('a column of any lengths has the tags that its messages have one by one', () => {
  const text = fc.string({ unit: 'grapheme-ascii', maxLength: 70 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 30 }), fc.uint8Array({ minLength: 32, maxLength: 32 }), (values, bytes) => {
      const key = Buffer.from(bytes);
      const tags = Buffer.from(cmacColumn(key)(columnOf(values)));
      expect(tags).toHaveLength(values.length * TAG_BYTES);
      values.forEach((value, index) => {
        expect(tags.subarray(index * 16, index * 16 + 16)).toEqual(cmac(key, Buffer.from(value)));
      });
    }),
    { numRuns: 200 },
  );
});
