// From the first byte to the report: slices are copied by the workers while the target is prepared for them and put together
// after them, as its publication wants.

import type { ConnectionSettings } from '../config/connection-url.ts';
import { rebuildingSessions, sessionsBesidePreparing } from '../pg/databases.ts';
import { type Publishing, publish } from '../publish/publication.ts';
import type { Quarantined } from '../quarantine/run-quarantine.ts';
import type { Report } from '../report/report.ts';
import type { Hold } from '../resume/hold.ts';
import { sliceTasks } from '../workers/slice-tasks.ts';
import { TaskQueue } from '../workers/task-queue.ts';
import type { PreparedRun } from './prepare-run.ts';

/** @throws what stopped it, after the target was put right */
export async function publishRun(prepared: PreparedRun, hold: Hold): Promise<Report> {
  const { config, run, snapshot, keyCheck, guest, tally, retries, quarantine, tell } = prepared;
  const { sha256: configSha256 } = config;
  const publishing: Publishing = {
    ...prepared,
    record: { id: run, configSha256, keyCheck, snapshot },
    hold,
    parallel: rebuildingSessions(config),
    onStage: stage => tell({ event: 'stage', stage }),
  };
  let quarantined: Quarantined | undefined;
  const { previous } = await guest.whileCopying(copied =>
    publish(publishing, into => {
      const copy = readySlices(prepared, into);
      return async () => {
        await copy();
        await copied();
        quarantined = await quarantine?.close(into);
      };
    }),
  );
  const { started, earlier } = prepared;
  const { read } = config.source;
  const facts = { run, started, snapshot, configSha256, read, previous, earlier };
  return tally.report({ ...facts, retries: retries.count, quarantined, notices: guest.notices });
}

/** Workers connect and bind their strategies; what is returned has them copy. */
function readySlices(prepared: PreparedRun, into: ConnectionSettings): () => Promise<void> {
  const { config, checked, guest, pool, quarantine, retries, signal, state, tally } = prepared;
  const { plan, workers, references } = checked;
  const tasks = sliceTasks(plan, checked, { ...prepared, into, workers, references, quarantine: quarantine?.settings });
  const warm = pool.warmUp(tasks.slice(0, Math.min(workers, sessionsBesidePreparing(config))));
  return async () => {
    await warm;
    const queue = new TaskQueue(tasks);
    guest.copying({ queue, state, workers });
    await pool.copyAll(queue, {
      ...{ workers, state, signal, retries },
      onRetry: slices => tally.retry(slices),
      onDone: (slice, done) => tally.add(slice, done),
    });
  };
}
