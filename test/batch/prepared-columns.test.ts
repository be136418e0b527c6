// What a strategy waits for before a batch, and what rows wait for before they are committed.

import { expect, test } from 'vitest';
import { FieldIndex } from '../../src/batch/field-index.ts';
import { PlannedColumn } from '../../src/batch/planned-column.ts';
import { replaceColumns } from '../../src/batch/replace-columns.ts';
import { sameBytes } from '../../src/codec/field-codec.ts';
import { CODECS } from '../../src/codec/formats.ts';
import { type StrategyInstance, UnfitValue } from '../../src/strategy.ts';
import { readColumn } from '../strategies/replace.ts';
import { inChunks, type Row, streamBytes } from './copy-streams.ts';

const ROWS: readonly Row[] = ['a', null, 'b', 'c'].map(name => [name === null ? null : Buffer.from(name)]);
const TEXT = { name: 'text', kind: 'text' } as const;

const run = async (instance: StrategyInstance, heard: string[]): Promise<string> => {
  const spec = { place: 'public.t.c', strategy: 'test', type: TEXT, notNull: false };
  const columns = [new PlannedColumn(spec, instance, sameBytes)];
  const cutting = {
    codec: CODECS.text,
    index: new FieldIndex(1, [0], []),
    batchBytes: 1e6,
    claim: async () => undefined,
  };
  const stored = {
    room: async () => void heard.push('room'),
    settle: async () => void heard.push('settled'),
  };
  let written = '';
  for await (const piece of replaceColumns(inChunks(streamBytes('text', ROWS), 1000), {
    cutting,
    columns,
    count: () => heard.push('counted'),
    stored,
  })) {
    written += Buffer.from(piece).toString();
  }
  return written;
};

test('a batch is prepared with what is then replaced, and all is settled before the stream ends', async () => {
  const heard: string[] = [];
  let prepared: (string | null)[] = [];
  const written = await run(
    {
      prepare: async input => {
        await new Promise(settle => setTimeout(settle, 5));
        prepared = readColumn(input);
        heard.push('prepared');
      },
      column: (input, output) => {
        heard.push('replaced');
        expect(readColumn(input)).toEqual(prepared);
        for (const value of prepared) output.pushBytes(Buffer.from(`<${value}>`));
      },
    },
    heard,
  );
  expect(written).toBe('<a>\n\\N\n<b>\n<c>\n');
  expect(heard).toEqual(['room', 'prepared', 'replaced', 'counted', 'settled']);
});

test('a value that cannot be prepared fails the run without being named', async () => {
  const failed = run(
    {
      prepare: async () => {
        throw new UnfitValue('it wants something else.');
      },
      column: () => undefined,
    },
    [],
  );
  await expect(failed).rejects.toMatchObject({ code: 'ANON_VALUE_UNFIT', facts: { place: 'public.t.c' } });
});
