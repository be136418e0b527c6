// What an embedded server's starter and its guard (server-guard.ts) say to each other.

/** What a guard needs to know; its only argument, as JSON. */
export interface GuardedServer {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  readonly dataDir: string;
  /** Temporary files of this server: its working directory, removed in the end. */
  readonly folder: string;
}

/** Written to the guard's standard input, it lets the server outlive whoever closes that. */
export const KEEP = 'keep\n';
