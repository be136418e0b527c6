// The empty database of the test server: postgres-server.ts makes it, and database.ts clones it.

/** Its name; nobody is ever connected to it. */
export const BLANK_DATABASE = 'blank';
