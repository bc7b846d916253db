/** Which events the chunks of a stream hold: a row of bits for each, or for some in a row where they are many. */

/** Bytes of all streams' rows at most, where there are fewer than thousands of streams. */
const ALL_BYTES = 8 << 20
const LEAST_ROWS = 64

/** Rows for each of some streams, of `stride` bytes. */
export function mostRowsFor(streams: number, stride: number): number {
  return Math.max(LEAST_ROWS, 2 ** Math.floor(Math.log2(ALL_BYTES / stride / Math.max(1, streams))))
}

/** The rows of one stream. */
export class ChunkEvents {
  readonly #stride: number
  readonly #bitOf: Int32Array
  readonly #mostRows: number
  #rows: Uint8Array
  #count = 0
  /** A row stands for this many chunks, as a power of two. */
  #shift = 0

  /**
   * Rows of `stride` bytes, with a bit for each event id as `bitOf` says: `mostRows` at most, and where chunks are
   * more, each row stands for twice as many.
   */
  constructor(stride: number, bitOf: Int32Array, mostRows: number) {
    this.#stride = stride
    this.#bitOf = bitOf
    this.#mostRows = mostRows
    this.#rows = new Uint8Array(stride * Math.min(LEAST_ROWS, mostRows))
  }

  /** Bytes of memory, however many chunks there are. */
  get bytes(): number {
    return this.#rows.length
  }

  /** Where a chunk's bits are, made room for; valid until the next call. */
  rowOf(index: number): number {
    while (index >>> this.#shift >= this.#mostRows) this.#halve()
    const row = index >>> this.#shift
    const at = row * this.#stride
    if (at + this.#stride > this.#rows.length) {
      const most = this.#mostRows * this.#stride
      const rows = new Uint8Array(
        Math.min(most, Math.max(this.#rows.length * 2, at + this.#stride)),
      )
      rows.set(this.#rows)
      this.#rows = rows
    }
    this.#count = Math.max(this.#count, row + 1)
    return at
  }

  /** Has each row stand for what two did. */
  #halve(): void {
    const [rows, stride] = [this.#rows, this.#stride]
    const half = (this.#count + 1) >>> 1
    for (let row = 0; row < half; row++) {
      const from = 2 * row * stride
      const hasSecond = 2 * row + 1 < this.#count
      for (let i = 0; i < stride; i++) {
        const second = hasSecond ? rows[from + stride + i]! : 0
        rows[row * stride + i] = rows[from + i]! | second
      }
    }
    rows.fill(0, half * stride)
    this.#count = half
    this.#shift++
  }

  /** Notes that a chunk, by its row, holds an event. */
  mark(row: number, event: number): void {
    const bit = this.#bitOf[event]!
    this.#rows[row + (bit >>> 3)]! |= 1 << (bit & 7)
  }

  /** Notes the events whose bits are set. */
  markAll(row: number, bits: Uint8Array): void {
    for (let i = 0; i < this.#stride; i++) this.#rows[row + i]! |= bits[i]!
  }

  /** True when a chunk is known to hold none of the events whose bits are set. */
  lacks(index: number, bits: Uint8Array): boolean {
    const row = index >>> this.#shift
    if (row >= this.#count) return false
    const at = row * this.#stride
    for (let i = 0; i < this.#stride; i++) if ((this.#rows[at + i]! & bits[i]!) !== 0) return false
    return true
  }
}
