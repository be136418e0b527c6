// What a run tells of giving way to others: an event each, a line for people, and a list in the report.

export type Notice =
  /** A change of structure waits for the run; `answer` is what the run does about it. */
  | {
      readonly notice: 'ddl_waits';
      readonly table: string;
      readonly sessions: number;
      readonly answer: 'continue' | 'pause' | 'let_through';
    }
  /** The run has given up its locks on a table. */
  | { readonly notice: 'ddl_let_through'; readonly table: string; readonly copied: boolean }
  /** It has them again, and the table can still be read. */
  | { readonly notice: 'ddl_done'; readonly table: string }
  /** What kept the snapshot for a later attempt had the same locks, and was ended. */
  | { readonly notice: 'not_resumable' }
  /** Another number of slices goes on at once. */
  | { readonly notice: 'pace'; readonly slices: number; readonly of: number; readonly because: string }
  /** Nobody looks after a database, for now. */
  | { readonly notice: 'unwatched'; readonly side: 'source' | 'target'; readonly because: string };

/** A notice and when it came, in seconds of the run. */
export type NoticeReport = Notice & { readonly seconds: number };

const ANSWERS = {
  continue: 'the run goes on, and so does the wait',
  pause: 'slices of it that have begun are finished first, then the run lets it through',
  let_through: 'the run has no more use for the table and lets it through',
} as const;

/** A notice in one sentence. */
export function describeNotice(notice: Notice): string {
  switch (notice.notice) {
    case 'ddl_waits':
      return `${notice.table}: a change of its structure waits for the run (${formatSessions(notice.sessions)}); ${ANSWERS[notice.answer]}.`;
    case 'ddl_let_through':
      return notice.copied
        ? `${notice.table}: copied, so its locks on the source are given up.`
        : `${notice.table}: its locks on the source are given up; it is read on when the change is done.`;
    case 'ddl_done':
      return `${notice.table}: the change is done and the rows of the snapshot can still be read; the run goes on with it.`;
    case 'not_resumable':
      return 'From here on the run cannot be resumed: what kept its snapshot for that would have kept the locks, too.';
    case 'pace':
      return `${notice.slices} of ${notice.of} slices at once: ${notice.because}.`;
    case 'unwatched':
      return `Nobody looks after the ${notice.side} for now: ${notice.because}`;
  }
}

const formatSessions = (sessions: number): string => (sessions === 1 ? '1 session' : `${sessions} sessions`);
