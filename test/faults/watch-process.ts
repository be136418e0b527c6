// Everything that can be seen of a running process and its children from outside: arguments, environments, temporary files, and
// which files they hold open for writing. Linux only.

import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Somewhere that was looked into. */
export interface Place {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What a process and its children have shown so far. */
export interface Watched {
  /** Each content once. */
  readonly places: readonly Place[];
  /** Regular files that were open for writing. */
  readonly written: ReadonlySet<string>;
  /** Children, with the children of those. */
  readonly children: number;
}

/** Whether processes can be watched here. */
export const CAN_WATCH = existsSync('/proc/self/environ');

const LOOK_EVERY_MS = 30;

/** What cannot be read any more is gone. */
function attempt<Result>(look: () => Result, otherwise: Result): Result {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

const NOTHING = Buffer.alloc(0);
const list = (folder: string): readonly string[] => attempt(() => readdirSync(folder), []);
const read = (file: string): Buffer => attempt(() => readFileSync(file), NOTHING);

/** Watches until `stop` is called. @param temporary a folder whose files are read as long as they are there */
export function watchProcess(pid: number, temporary: string): { stop(): Watched } {
  const seen = new Map<string, Place>();
  const written = new Set<string>();
  const family = new Set([pid]);
  const note = (name: string, bytes: Buffer): void => {
    if (bytes.length > 0) seen.set(`${name} ${bytes.toString('latin1')}`, { name, bytes });
  };
  const look = (): void => {
    const own = read(`/proc/${pid}/cmdline`);
    for (const member of family) {
      const proc = `/proc/${member}`;
      for (const task of list(`${proc}/task`)) {
        const children = read(`${proc}/task/${task}/children`).toString().trim();
        for (const child of children === '' ? [] : children.split(' ')) family.add(Number(child));
      }
      const who = member === pid ? 'own' : 'child';
      const cmdline = read(`${proc}/cmdline`);
      // Between fork and exec a child is a copy of the process itself, for whom there is nothing new to see in it.
      if (member !== pid && cmdline.equals(own)) continue;
      note(`cmdline (${who})`, cmdline);
      note(`environ (${who})`, read(`${proc}/environ`));
      for (const descriptor of list(`${proc}/fd`)) noteWritten(proc, descriptor, written);
    }
    for (const file of attempt(() => readdirSync(temporary, { recursive: true, encoding: 'utf8' }), [])) {
      note(`temporary file ${file}`, read(join(temporary, file)));
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    stop: () => {
      look();
      clearInterval(timer);
      return { places: [...seen.values()], written, children: family.size - 1 };
    },
  };
}

/** `flags` are octal; their lowest two bits are not 0 where writing is allowed (open(2)). */
function noteWritten(proc: string, descriptor: string, written: Set<string>): void {
  const flags = /^flags:\s+0*([0-7]+)$/m.exec(read(`${proc}/fdinfo/${descriptor}`).toString())?.[1] ?? '0';
  if ((Number.parseInt(flags, 8) & 3) === 0) return;
  const file = `${proc}/fd/${descriptor}`;
  const path = attempt(() => readlinkSync(file), '');
  if (path !== '' && attempt(() => statSync(file).isFile(), false)) written.add(path);
}
