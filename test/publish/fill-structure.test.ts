import { expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { fillStructure } from '../../src/publish/fill-structure.ts';
import type { Publishing } from '../../src/publish/publication.ts';
import type { Place, Structure } from '../../src/publish/structure.ts';

/** Fills a database in steps that are noted instead of taken; `held` is what the run learns of its hold on the target. */
async function fill(steps: string[], held: () => Promise<void>): Promise<void> {
  const note = (step: string) => async () => void steps.push(step);
  const publishing = {
    config: { target: { schema: 'existing' } },
    hold: { ledgerIs: () => {} },
    lock: { held },
    record: { id: 'a run' },
    onStage: () => {},
  };
  const structure = { beforeRows: note('the structure of its tables'), afterRows: note('the rest of the structure') };
  const into = { connect: note('the ledger') };
  await fillStructure(publishing as unknown as Publishing, {
    structure: structure as unknown as Structure,
    into: into as unknown as Place,
    load: () => note('the slices'),
    addRows: note('the rows of skipped tables'),
  });
}

test('an attempt that no longer holds the target when all slices are copied carries no rows of skipped tables', async () => {
  const steps: string[] = [];
  const lost = new AnonymizeError('ANON_ALREADY_RUNNING');
  await expect(fill(steps, () => Promise.reject(lost))).rejects.toBe(lost);
  expect(steps).toEqual(['the structure of its tables', 'the slices']);
});

test('an attempt that has lost its session carries them when it holds the target again', async () => {
  const steps: string[] = [];
  const regained = Promise.withResolvers<void>();
  const filling = fill(steps, () => regained.promise).catch(() => {}); // what follows needs a real database
  await new Promise(setImmediate);
  expect(steps).toEqual(['the structure of its tables', 'the slices']);
  regained.resolve();
  await filling;
  expect(steps.slice(2, 4)).toEqual(['the rows of skipped tables', 'the ledger']);
});
