// The source session of a worker that keeps its locks from slice to slice. A slice that took them anew would queue behind a
// change of structure that waits for the run itself: each would wait for the other.

import { atPlaceOf, type Client, type DatabasePool, withClient } from '../pg/connect.ts';
import type { TableName } from '../pg/identifiers.ts';
import { lockTables, withSnapshot } from '../pg/snapshot.ts';

export interface KeptSourceOptions {
  readonly source: DatabasePool;
  readonly snapshot: string;
  /** Locked as long as the session is kept. */
  readonly tables: readonly TableName[];
}

export class KeptSource {
  readonly #options: KeptSourceOptions;
  readonly #over = Promise.withResolvers<void>();
  #opened: Promise<Client> | undefined;

  constructor(options: KeptSourceOptions) {
    this.#options = options;
  }

  /** Runs `work` with the session, in a transaction on the snapshot. @param at whose work it is, for errors */
  async use<Result>(at: DatabasePool['at'], work: (source: Client) => Promise<Result>): Promise<Result> {
    this.#opened ??= this.#open();
    const client = await this.#opened;
    return await atPlaceOf({ client, at }, () => work(client));
  }

  /** Gives the session back to its pool, which can be closed then. */
  close(): void {
    this.#over.resolve();
  }

  #open(): Promise<Client> {
    const { source, snapshot, tables } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Client>();
    const kept = withClient(source, client =>
      withSnapshot(client, snapshot, async () => {
        await lockTables(client, tables);
        resolve(client);
        await this.#over.promise;
      }),
    );
    kept.catch(reject); // once it is open, whoever uses it hears what becomes of it
    return promise;
  }
}
