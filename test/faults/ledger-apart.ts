// The negative control of the suite that kills: preloaded into a command, it takes the ledger row of a slice out of the
// transaction of its rows, by rewriting one statement of src/copy-slice.ts where that is built in. Nothing in the product can
// switch this on. A moment lies between the two commits, as a slow network would have it.

import { registerHooks } from 'node:module';

const COMMIT = /await target\.query\(`\$\{slicesStatement\((.+?)\)\}; commit`\)/;
const APART = `await target.query('commit');
  await new Promise(resolve => setTimeout(resolve, 40));
  await target.query(slicesStatement($1))`;

const ENTRY = '/src/workers/slice-worker.js';

/** What the worker's entry hands on, where the build has put the worker's code into a file of its own. */
let code: string | undefined;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(ENTRY) && url !== code) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array).toString();
    if (COMMIT.test(source)) return { ...loaded, source: source.replace(COMMIT, APART) };
    const from = url === code ? undefined : /\bfrom "(\.[^"]+)"/.exec(source)?.[1];
    if (from === undefined) throw new Error('the statement that commits a slice is not where the control looks for it');
    code = new URL(from, url).href;
    return loaded;
  },
});
