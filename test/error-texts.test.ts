// The lint rule that keeps the text of caught errors out of everything (lint/error-texts.grit): it must find what is planted, or
// it would pass whatever is written.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
const folder = mkdtempSync(join(tmpdir(), 'pgveil-lint-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'src'));
writeFileSync(
  join(folder, 'biome.json'),
  JSON.stringify({ plugins: [join(ROOT, 'lint/error-texts.grit')], linter: { rules: { recommended: false } } }),
);

/** Lints the text as a file of src/. @returns the lines that were found */
function linesFound(text: string): readonly number[] {
  const file = join(folder, 'src/planted.ts');
  writeFileSync(file, text);
  const args = ['lint', '--reporter=json', `--config-path=${folder}`, file];
  const { stdout } = spawnSync(process.execPath, [BIOME, ...args], { cwd: folder, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { start: { line: number } } }[];
  };
  return diagnostics.map(({ location }) => location.start.line);
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: they are programs
const FORBIDDEN = [
  'export const a = (cause: Error) => cause.message;',
  'export const b = (error: Error) => log(error.stack);',
  'export const c = (cause: { detail: string }) => `x ${cause.detail}`;',
  'export const d = (err: { hint?: string } | undefined) => err?.hint;',
  'export const e = (error: { where: string }) => error.where.slice(0, 9);',
  'export const f = (cause: unknown) => `it failed: ${cause}`;',
  'export const g = (error: unknown) => String(error);',
  'export const h = ({ message }: Error) => message;',
  'export const i = ({ code, detail }: pg.DatabaseError) => `${code}${detail}`;',
  'export function j(cause: Error) { const { message } = cause; return message; }',
  'export const k = (failure: Error) => inspect(failure);',
];
const ALLOWED = [
  'export const a = (cause: { code: string; constraint: string }) => `${cause.code} ${cause.constraint}`;',
  'export const b = (found: { message: string }) => found.message;',
  'export const c = ({ code }: pg.DatabaseError) => code;',
  'export const d = (table: { where: string }) => table.where;',
  'export function e(cause: { code: string }) { const { code: detail = 0 } = other(cause); return detail; }',
];

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: they are programs

test('every way to read the text of a caught error is found', () => {
  expect(linesFound(FORBIDDEN.join('\n'))).toEqual(FORBIDDEN.map((_, n) => n + 1));
});

test('names, codes and texts of our own are not', () => {
  expect(linesFound(ALLOWED.join('\n'))).toEqual([]);
});
