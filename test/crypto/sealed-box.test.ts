import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyFingerprint, openBox, rawPublicKey, sealFor } from '../../src/crypto/sealed-box.ts';

const { publicKey, privateKey } = generateKeyPairSync('x25519');
const context = Buffer.from('run 1, slice 2');

test('what was sealed for a key opens with its private key, whatever it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.uint8Array({ maxLength: 50 }), (value, about) => {
      expect(openBox(privateKey, sealFor(publicKey, value, about), about)).toEqual(Buffer.from(value));
    }),
    { numRuns: 50 },
  );
});

test('the same value never makes the same box, and no box holds the value', () => {
  const value = Buffer.from('a row that was refused');
  const boxes = Array.from({ length: 20 }, () => sealFor(publicKey, value, context).toString('latin1'));
  expect(new Set(boxes).size).toBe(20);
  for (const box of boxes) expect(box).not.toContain('refused');
});

test('it does not open with another key, in another context, or with any one byte changed or cut', () => {
  const box = sealFor(publicKey, Buffer.from('value'), context);
  expect(openBox(generateKeyPairSync('x25519').privateKey, box, context)).toBeUndefined();
  expect(openBox(privateKey, box, Buffer.from('run 1, slice 3'))).toBeUndefined();
  for (let at = 0; at < box.length; at++) {
    const changed = Buffer.from(box);
    changed[at] = changed[at]! ^ 1; // at < length
    expect(openBox(privateKey, changed, context), `byte ${at}`).toBeUndefined();
    expect(openBox(privateKey, box.subarray(0, at), context), `${at} bytes`).toBeUndefined();
  }
});

test('a point of low order opens nothing', () => {
  const box = sealFor(publicKey, Buffer.from('value'), context);
  box.fill(0, 0, 32);
  expect(openBox(privateKey, box, context)).toBeUndefined();
});

test('a fingerprint tells keys apart', () => {
  const other = generateKeyPairSync('x25519').publicKey;
  expect(rawPublicKey(publicKey)).toHaveLength(32);
  expect(keyFingerprint(publicKey)).toMatch(/^[0-9a-f]{16}$/);
  expect(keyFingerprint(publicKey)).not.toBe(keyFingerprint(other));
});
