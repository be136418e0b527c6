// npm run docs: writes the generated pages; with --check it fails where a page is stale.

import { readFile, writeFile } from 'node:fs/promises';
import { describeStrategies } from '../plan/describe-strategies.ts';
import { errorsPage } from './errors-page.ts';
import { strategiesPage } from './strategies-page.ts';

const pages: Readonly<Record<string, string>> = {
  'docs/strategies.md': strategiesPage(await describeStrategies()),
  'docs/errors.md': errorsPage(),
};

const isCheck = process.argv.includes('--check');
for (const [path, page] of Object.entries(pages)) {
  const file = new URL(`../../${path}`, import.meta.url);
  if (!isCheck) {
    await writeFile(file, page);
    continue;
  }
  const written = await readFile(file, 'utf8').catch(() => '');
  if (written === page) continue;
  process.stderr.write(`${path} is stale: run \`npm run docs\`.\n`);
  process.exitCode = 1;
}
