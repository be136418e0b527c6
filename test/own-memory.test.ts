// What a command has in memory gets neither into core files nor to a debugger.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { runCli } from './faults/cli.ts';

const OWN = fileURLToPath(new URL('../src/own-memory.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pgveil-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a command does not start', () => {
  test.each([
    '--heapsnapshot-signal=SIGUSR2',
    '--heapsnapshot-near-heap-limit=1',
    `--heap-prof --heap-prof-dir=${folder}`,
    '--report-on-fatalerror',
    '--report-on-signal',
    '--report-uncaught-exception',
    '--inspect=127.0.0.1:0',
  ])('with NODE_OPTIONS=%s', async option => {
    const ended = await runCli(['strategies'], { NODE_OPTIONS: `--no-warnings ${option}` });
    expect(ended.exitCode).toBe(64);
    expect(ended.stderr).toContain(`ANON_NODE_OPTION: Node was started with ${option.split(/[= ]/)[0]},`);
    expect(ended.stdout).toBe('');
  });
});

test('options of Node that show nothing are fine', async () => {
  const NODE_OPTIONS = '--max-old-space-size=512 --no-warnings --stack-trace-limit=5';
  expect(await runCli(['strategies'], { NODE_OPTIONS })).toMatchObject({ exitCode: 0 });
});

/** Runs a program that keeps its memory private, or does not, until it says that it is ready. */
async function startProgram(isPrivate: boolean) {
  const file = join(folder, `${isPrivate}.ts`);
  writeFileSync(
    file,
    `${isPrivate ? `import { keepMemoryPrivate } from '${OWN}'; keepMemoryPrivate({ options: [], environment: undefined });` : ''}
    globalThis.held = Buffer.from(process.argv[2], 'hex').toString('latin1').repeat(1000);
    console.log('ready'); setInterval(() => {}, 1000);`,
  );
  const canary = Buffer.from(`held-in-memory-${isPrivate}`).toString('hex');
  const command = `ulimit -c unlimited; exec "${process.execPath}" "${file}" ${canary}`;
  const child = spawn('sh', ['-c', command], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', chunk => {
    said += chunk;
  });
  await once(child.stdout, 'data');
  return { child, said: () => said };
}

describe.skipIf(process.platform === 'win32')('SIGUSR1', () => {
  test.each([
    [true, false],
    [false, true],
  ])('to a program that keeps its memory private (%s) starts a debugger: %s', async (isPrivate, starts) => {
    const { child, said } = await startProgram(isPrivate);
    child.kill('SIGUSR1');
    if (starts) await expect.poll(said).toContain('Debugger listening');
    else await new Promise(settle => setTimeout(settle, 300));
    expect(said().includes('Debugger listening')).toBe(starts);
    child.kill('SIGKILL');
    await once(child, 'close');
  });
});

const PATTERN = '/proc/sys/kernel/core_pattern';
const pattern = existsSync(PATTERN) ? readFileSync(PATTERN, 'utf8').trim() : '|';
const why =
  pattern.startsWith('|') || pattern.startsWith('/')
    ? ' (skipped: core files do not come into the working folder here)'
    : '';

describe.skipIf(!existsSync('/proc/self/coredump_filter'))('the core file', () => {
  test('of a program that keeps its memory private has none of it, by what the kernel says', async () => {
    for (const isPrivate of [true, false]) {
      const { child } = await startProgram(isPrivate);
      const filter = Number.parseInt(readFileSync(`/proc/${child.pid}/coredump_filter`, 'utf8'), 16);
      expect(filter === 0).toBe(isPrivate);
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });

  test.skipIf(why)(`of a program that aborts has its memory only where that was not kept private${why}`, async () => {
    for (const isPrivate of [true, false]) {
      const { child } = await startProgram(isPrivate);
      child.kill('SIGABRT');
      await once(child, 'close');
      const cores = readdirSync(folder).filter(name => name.startsWith('core'));
      const found = cores.some(name => readFileSync(join(folder, name)).includes(`held-in-memory-${isPrivate}`));
      expect(found).toBe(!isPrivate);
    }
  });
});
