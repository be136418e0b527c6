// What an embedded server's starter and its guard (server-guard.ts) say to each other, by messages between processes:
// the guard READY, then the starter a GuardedServer, and later perhaps KEEP.

/** The guard lives and listens; from now on the folder of the server is its own. */
export const READY = 'ready';

/** Lets the server outlive its starter. */
export const KEEP = 'keep';

/** What a guard needs to know. */
export interface GuardedServer {
  /** Runs first, where there is no cluster yet. */
  readonly initdb?: ClusterMaking;
  readonly postgres: Command;
  readonly environment: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  readonly dataDir: string;
  /** Temporary files of this server: its working directory, removed in the end. */
  readonly folder: string;
}

export interface Command {
  readonly path: string;
  readonly args: readonly string[];
}

export interface ClusterMaking extends Command {
  /** initdb takes an empty folder only, so the password joins the cluster afterwards: copied from, to. */
  readonly password: readonly [string, string];
}
