// How fast something is on one core: counted per second of this thread's CPU time, so that what else the machine does counts little.

const ROUND_MS = 150;
const ROUNDS = 5;

/** Works once; returns how many values, rows or bytes that were. */
export type Work = () => number;

/** Units per CPU second: the best of some rounds, since other work on the machine only ever slows one down. */
export function perCpuSecond(work: Work): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuMs();
    let units = 0;
    let elapsed = 0;
    while (elapsed < ROUND_MS) {
      units += work();
      elapsed = cpuMs() - start;
    }
    best = Math.max(best, (units / elapsed) * 1000);
  }
  return best;
}

/** What this thread has computed so far, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
