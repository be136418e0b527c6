// A set of rows of one table, by their ctid: a bit for each place of a page. In one snapshot a ctid tells a row for certain, and
// a bit is the least that a row can cost.

/** Pages that share a piece: small enough to leave gaps out, large enough to be few. */
const PAGES_PER_PIECE = 256;
/** A ctid in PostgreSQL's binary form: page, then place. */
const TID_BYTES = 6;
const ARRAY_HEADER_BYTES = 20;
const TID_OID = 27;

/** Some pages of a set. Plain data; slices take it to workers. */
export interface RowPiece {
  readonly page: number;
  /** Bytes for each page. */
  readonly width: number;
  /** `width` bytes for each of the pages; bit 0 is place 1. */
  readonly bits: Uint8Array;
}

interface Piece {
  page: number;
  width: number;
  bits: Uint8Array;
  rows: number;
}

export class RowSet {
  /** By the number of the piece. */
  readonly #pieces = new Map<number, Piece>();
  /** Rows in the set. */
  size = 0;
  /** Memory that its bits take. */
  bytes = 0;

  /** @returns whether the row is new to the set */
  add(page: number, place: number): boolean {
    const number = Math.floor(page / PAGES_PER_PIECE);
    const piece = this.#pieces.get(number) ?? this.#addPiece(number);
    const byte = (place - 1) >> 3;
    if (byte >= piece.width) this.#widen(piece, byte + 1);
    const at = (page - piece.page) * piece.width + byte;
    const bit = 1 << ((place - 1) & 7);
    const before = piece.bits[at]!; // the piece was widened for it
    if ((before & bit) !== 0) return false;
    piece.bits[at] = before | bit;
    piece.rows++;
    this.size++;
    return true;
  }

  has(page: number, place: number): boolean {
    const piece = this.#pieces.get(Math.floor(page / PAGES_PER_PIECE));
    const byte = (place - 1) >> 3;
    if (!piece || byte >= piece.width) return false;
    return (piece.bits[(page - piece.page) * piece.width + byte]! & (1 << ((place - 1) & 7))) !== 0; // within the piece
  }

  /** Its pieces in the order of their pages, in groups of about `rows` rows. */
  *groups(rows: number): Generator<{ readonly pieces: readonly RowPiece[]; readonly rows: number }> {
    let [group, held] = [[] as RowPiece[], 0];
    for (const number of [...this.#pieces.keys()].sort((a, b) => a - b)) {
      const { rows: own, ...piece } = this.#pieces.get(number)!; // one of its keys
      if (held > 0 && held + own > rows) {
        yield { pieces: group, rows: held };
        [group, held] = [[], 0];
      }
      group.push(piece);
      held += own;
    }
    if (held > 0) yield { pieces: group, rows: held };
  }

  /** Calls with every row, as page and place. */
  each(take: (page: number, place: number) => void): void {
    for (const { pieces } of this.groups(Number.POSITIVE_INFINITY)) for (const piece of pieces) eachPlace(piece, take);
  }

  #addPiece(number: number): Piece {
    const piece = { page: number * PAGES_PER_PIECE, width: 0, bits: new Uint8Array(0), rows: 0 };
    this.#pieces.set(number, piece);
    return piece;
  }

  #widen(piece: Piece, width: number): void {
    const bits = new Uint8Array(PAGES_PER_PIECE * width);
    for (let page = 0; page < PAGES_PER_PIECE && piece.width > 0; page++) {
      bits.set(piece.bits.subarray(page * piece.width, (page + 1) * piece.width), page * width);
    }
    this.bytes += bits.length - piece.bits.length;
    piece.bits = bits;
    piece.width = width;
  }
}

/** The rows of some pieces as PostgreSQL's binary form of tid[], in their order on disk. */
export function tidArray(pieces: readonly RowPiece[]): Buffer {
  const bytes = Buffer.alloc(ARRAY_HEADER_BYTES + countRows(pieces) * (4 + TID_BYTES));
  let at = ARRAY_HEADER_BYTES;
  for (const piece of pieces) {
    eachPlace(piece, (page, place) => {
      bytes[at + 3] = TID_BYTES;
      bytes[at + 4] = page >>> 24;
      bytes[at + 5] = page >>> 16;
      bytes[at + 6] = page >>> 8;
      bytes[at + 7] = page;
      bytes[at + 8] = place >>> 8;
      bytes[at + 9] = place;
      at += 4 + TID_BYTES;
    });
  }
  const rows = (at - ARRAY_HEADER_BYTES) / (4 + TID_BYTES);
  // Dimensions (an empty array has none), no NULLs, the type of its elements, the size and the lower bound of the dimension.
  for (const [index, word] of [rows > 0 ? 1 : 0, 0, TID_OID, rows, 1].entries()) bytes.writeInt32BE(word, index * 4);
  return rows > 0 ? bytes : bytes.subarray(0, 12);
}

/** In their order on disk. */
function eachPlace({ page: first, width, bits }: RowPiece, take: (page: number, place: number) => void): void {
  for (let at = 0, page = first; at < bits.length; page++) {
    for (let byte = 0; byte < width; byte++, at++) {
      for (let rest = bits[at]!; rest > 0; rest &= rest - 1) take(page, byte * 8 + 32 - Math.clz32(rest & -rest)); // at < bits.length
    }
  }
}

function countRows(pieces: readonly RowPiece[]): number {
  let rows = 0;
  for (const { bits } of pieces)
    for (let byte = 0; byte < bits.length; byte++) for (let rest = bits[byte]!; rest > 0; rest &= rest - 1) rows++;
  return rows;
}
