// The command that tests start, and where in the sources an error of it comes from.

import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inject } from 'vitest';

/** The file that `anonymize` runs, for `process.execPath`: built from the sources when this run of the tests began. */
export const builtCommand = (): string => join(inject('builtFolder'), 'dist/src/cli.js');

/** The same as it is in the sources. */
export const SOURCE_COMMAND = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** What a command has written, with places in what was built as places in the sources: an ANON_BUG names one. */
export function atSources(written: string): string {
  const built = `${pathToFileURL(inject('builtFolder')).href}/`;
  return written.replace(/(file:[^\s)]+\.js):(\d+):(\d+)/g, (found, file: string, line: string, column: string) => {
    const map = new URL(`${file}.map`);
    if (!file.startsWith(built) || !existsSync(map)) return found;
    const origin = new SourceMap(JSON.parse(readFileSync(map, 'utf8'))).findOrigin(Number(line), Number(column));
    return 'fileName' in origin
      ? `${new URL(origin.fileName, map)}:${origin.lineNumber}:${origin.columnNumber}`
      : found;
  });
}
