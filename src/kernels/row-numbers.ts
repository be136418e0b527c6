// How many rows a page of a table can hold: what slices need to number their rows without knowing of each other.

/** Whatever the size of a page: of at most 32 kB, 24 bytes are its header, and the shortest row takes 28 with its pointer. */
export const MAX_ROWS_PER_PAGE = 1169;
