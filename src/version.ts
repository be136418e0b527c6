// The version of the package, from its package.json: above src/ in the repository, above dist/src/ in the package.

import { readFileSync } from 'node:fs';

const PACKAGE = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';

export const version: string = JSON.parse(readFileSync(new URL(PACKAGE, import.meta.url), 'utf8')).version;
