import { expect, test } from 'vitest';
import { Region } from '../../src/batch/region.ts';

const claimed = () => {
  const sizes: number[] = [];
  return { sizes, claim: async (bytes: number) => void sizes.push(bytes) };
};

test('a region keeps its size while what is not taken fits', async () => {
  const { sizes, claim } = claimed();
  const region = new Region(100, claim);
  for (let chunk = 0; chunk < 50; chunk++) {
    await region.append(Buffer.alloc(40, chunk), 0);
    expect([...region.bytes.subarray(region.start, region.end)].slice(-40)).toEqual(Array(40).fill(chunk));
    region.start = region.end - 30;
  }
  expect(region.bytes.length).toBe(100);
  expect(sizes).toEqual([]);
});

test('a region grows once to what is expected, asks for the memory first, and keeps its content', async () => {
  const { sizes, claim } = claimed();
  const region = new Region(100, claim);
  await region.append(Buffer.alloc(80, 1), 0);
  region.start = 20;
  await region.append(Buffer.alloc(80, 2), 1000);
  expect(sizes).toEqual([1000]);
  expect([...region.bytes.subarray(region.start, region.end)]).toEqual([...Array(60).fill(1), ...Array(80).fill(2)]);
  await region.append(Buffer.alloc(800, 3), 1000);
  expect(sizes).toEqual([1000]);
});

test('a region goes back to its usual size after a huge row', async () => {
  const { sizes, claim } = claimed();
  const region = new Region(100, claim);
  await region.append(Buffer.alloc(5000, 1), 5000);
  region.start = region.end - 10;
  await region.append(Buffer.alloc(20, 2), 0);
  expect(region.bytes.length).toBe(100);
  expect(sizes).toEqual([5000, 100]);
  expect([...region.bytes.subarray(region.start, region.end)]).toEqual([...Array(10).fill(1), ...Array(20).fill(2)]);
});

test('lent bytes stay as they are', async () => {
  const region = new Region(100, async () => {});
  await region.append(Buffer.alloc(90, 1), 0);
  const lent = region.bytes.subarray(0, 50);
  region.lend();
  region.start = 50;
  await region.append(Buffer.alloc(30, 2), 0);
  await region.append(Buffer.alloc(30, 3), 0);
  expect([...lent]).toEqual(Array(50).fill(1));
  expect(region.size).toBe(100);
});
