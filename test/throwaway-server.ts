/** Settings of a server of which nothing must survive a crash of the machine: it does not wait for the disk. */
export const THROWAWAY = { fsync: 'off', full_page_writes: 'off', autovacuum: 'off' } as const;
