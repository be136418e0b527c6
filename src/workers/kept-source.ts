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

/** A session that is open, and what gives it back. */
interface Open {
  readonly client: Client;
  readonly giveBack: () => void;
}

export class KeptSource {
  readonly #options: KeptSourceOptions;
  #open: Promise<Open> | undefined;

  constructor(options: KeptSourceOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` with the session, in a transaction on the snapshot. Where it fails, the next gets another session.
   * @param at whose work it is, for errors
   */
  async use<Result>(at: DatabasePool['at'], work: (source: Client) => Promise<Result>): Promise<Result> {
    this.#open ??= this.#keep();
    try {
      const { client } = await this.#open;
      return await atPlaceOf({ client, at }, () => work(client));
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  /** Gives the session back to its pool, which can be closed then. */
  close(): void {
    // One that could not be opened is back already.
    this.#open?.then(
      ({ giveBack }) => giveBack(),
      () => undefined,
    );
    this.#open = undefined;
  }

  #keep(): Promise<Open> {
    const { source, snapshot, tables } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Open>();
    const kept = withClient(source, client =>
      withSnapshot(client, snapshot, async () => {
        await lockTables(client, tables);
        const over = Promise.withResolvers<void>();
        resolve({ client, giveBack: over.resolve });
        await over.promise;
      }),
    );
    kept.catch(reject); // once it is open, whoever uses it hears what becomes of it
    return promise;
  }
}
