// Databases that nobody here wrote, from ../shared/datasets or $PGVEIL_DATASETS. Loads what psql would, without psql.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';

const FOLDER = process.env.PGVEIL_DATASETS ?? join(import.meta.dirname, '../../../shared/datasets');

/** Whether this machine has them. */
export const hasDatasets = existsSync(FOLDER);

/** Runs the files of a dataset, in their order, in the database of `url`. */
export async function loadDataset(url: string, files: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'load' });
  await client.connect();
  try {
    for (const file of files) await runScript(client, readFileSync(join(FOLDER, file), 'utf8'));
  } finally {
    await client.end();
  }
}

/** Where a script has connected to a database that it made. We have one: what precedes goes. */
const CONNECTED = /^\\c .*$/m;
/** The roles of whoever dumped it. */
const OWNER = /^ALTER .* OWNER TO .*;$/gm;
/** A COPY statement, and its rows up to the line `\.`. */
const COPY_BLOCK = /^(COPY .* FROM stdin);\n([\s\S]*?)^\\\.$/gm;

async function runScript(client: pg.Client, text: string): Promise<void> {
  const script = (text.split(CONNECTED).at(-1) ?? '').replace(OWNER, '');
  let from = 0;
  for (const block of script.matchAll(COPY_BLOCK)) {
    const [all, copy = '', rows = ''] = block;
    await client.query(script.slice(from, block.index));
    await pipeline([Buffer.from(rows)], client.query(copyStreams.from(copy)));
    from = block.index + all.length;
  }
  await client.query(script.slice(from));
}
