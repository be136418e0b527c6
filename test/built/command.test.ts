import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { atSources, builtCommand, SOURCE_COMMAND } from './command.ts';

test('a place in the built command is told as the place in the sources', () => {
  const STATEMENT = 'keepMemoryPrivate({';
  const placeIn = (file: string): string => {
    const lines = readFileSync(file, 'utf8').split('\n');
    const line = lines.findIndex(text => text.includes(STATEMENT));
    expect(line).toBeGreaterThan(0);
    return `TypeError at run (${pathToFileURL(file)}:${line + 1}:${lines[line]!.indexOf(STATEMENT) + 1})`;
  };
  expect(atSources(placeIn(builtCommand()))).toBe(placeIn(SOURCE_COMMAND));
});

test('places elsewhere stay as they are', () => {
  const other = 'TypeError at value (file:///home/me/own.js:3:4)';
  expect(atSources(other)).toBe(other);
});
