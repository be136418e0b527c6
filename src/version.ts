// The version of the package, from its package.json.

import { readFileSync } from 'node:fs';
import { packageFile } from './own-files.ts';

export const version: string = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')).version;
