// Runs strategies in a worker thread for the contract test.

import { parentPort, workerData } from 'node:worker_threads';
import { replace, type Use } from './replace.ts';

const jobs = workerData as readonly { readonly name: string; readonly use: Use; readonly values: readonly string[] }[];
const replaced = [];
for (const { name, use, values } of jobs) replaced.push(await replace(name, values, use));
parentPort?.postMessage(replaced);
