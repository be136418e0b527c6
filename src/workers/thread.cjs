// What a thread begins with: piscina requires its file, and this one imports the worker. Node aborts the whole process when a
// thread is stopped, or the process ends, in the moment in which require() hands out an ES module; import() has no such moment
// (docs/decisions/0027-threads-import.md).

const { workerData } = require('node:worker_threads');

const worker = import(workerData);
worker.catch(() => {}); // each task says so
for (const name of ['preload', 'warmUp', 'default']) exports[name] = async task => (await worker)[name](task);
exports.__esModule = true; // `default` is one of its exports, not all of them
