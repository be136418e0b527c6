// The same kills of runs that build the database which they fill: by a swap, and into an empty target. Structure and rows are in
// the end those of the snapshot, whatever the kill has hit: the load, what follows it, or the exchange of names.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOOLS_FOLDER, useToolsServer, WITHOUT_TOOLS } from '../tools-server.ts';
import { killRuns, type Outcome } from './kill-runs.ts';
import { dropWorld, makeWorld, type Way, whileWriting } from './killed-world.ts';
import { writeRecord } from './record.ts';
import { draws, repeats } from './scale.ts';

const server = WITHOUT_TOOLS === undefined ? useToolsServer() : () => '';
const WAYS: Readonly<Record<string, Omit<Way, 'server'>>> = {
  swap: { block: { publish: 'swap', keep_previous: 0, pg_bin: TOOLS_FOLDER } },
  copy: { block: { schema: 'copy', pg_bin: TOOLS_FOLDER }, isEmptied: true },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgveil-sigkill-'));
});
const outcomes: Record<string, Outcome> = {};
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  writeRecord('sigkill-built', outcomes);
});

describe.skipIf(WITHOUT_TOOLS !== undefined)(
  `a run that builds its database and is killed ${WITHOUT_TOOLS ?? ''}`,
  () => {
    test.each(Object.entries(WAYS))('has the rows of its snapshot in the end, each once (%s)', async (name, way) => {
      const world = await makeWorld(folder, repeats(20_000, 120_000), { ...way, server: server() });
      try {
        const outcome = await whileWriting(world, draws(`writers ${name}`), () => killRuns(world, repeats(2, 50)));
        process.stdout.write(`sigkill, ${name}: ${JSON.stringify(outcome)}\n`);
        outcomes[name] = outcome;
        expect(outcome.wrong).toBe(0);
        expect(outcome.compared).toBeGreaterThan(0);
      } finally {
        await dropWorld(world);
      }
    });
  },
);
