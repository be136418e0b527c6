import { describe, expect, test } from 'vitest';
import { eachPart, endParts } from '../../src/batch/parts.ts';
import { END_OF_PART } from '../../src/batch/replace-columns.ts';

const MB = 1024 * 1024;

describe('a part ends', () => {
  test('when less than a thousand rows have 64 MB, however batches are cut', () => {
    const ends = endParts();
    expect([10, 20, 30, 3, 1, 60, 4].map(size => ends(1, size * MB))).toEqual([
      ...[false, false, false, false, true],
      ...[false, true],
    ]);
  });

  test('never where a thousand rows have less: the target writes them before', () => {
    const ends = endParts();
    expect(Array.from({ length: 1000 }, () => ends(1000, MB)).some(Boolean)).toBe(false);
  });
});

describe('a stream in parts', () => {
  async function* pieces(texts: readonly (string | undefined)[], onEnd = () => {}): AsyncGenerator<Uint8Array> {
    try {
      for (const text of texts) yield text === undefined ? END_OF_PART : Buffer.from(text);
    } finally {
      onEnd();
    }
  }
  const textOf = async (part: AsyncIterable<Uint8Array>): Promise<string> => {
    let text = '';
    for await (const piece of part) text += Buffer.from(piece).toString();
    return text;
  };

  test('is taken one after the other', async () => {
    const taken: string[] = [];
    await eachPart(pieces(['a', 'b', undefined, 'c', undefined, 'd']), async part => {
      taken.push(await textOf(part));
    });
    expect(taken).toEqual(['ab', 'c', 'd']);
  });

  test('is ended where a part is not taken', async () => {
    let isEnded = false;
    const stream = pieces(['a', undefined, 'b'], () => {
      isEnded = true;
    });
    const taking = eachPart(stream, async part => {
      await textOf(part);
      throw new Error('not taken');
    });
    await expect(taking).rejects.toThrow('not taken');
    await new Promise(setImmediate);
    expect(isEnded).toBe(true);
  });
});
