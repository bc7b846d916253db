/** Which events the chunks of a stream hold: a row of bits for each. */

/** Chunks whose contents are remembered at most; later ones are never skipped. */
const MAX_CHUNKS = 1 << 18

/** The rows of one stream. */
export class ChunkEvents {
  readonly #stride: number
  readonly #bitOf: Int32Array
  #rows: Uint8Array
  #count = 0

  /** Rows of `stride` bytes, with a bit for each event id as `bitOf` says. */
  constructor(stride: number, bitOf: Int32Array) {
    this.#stride = stride
    this.#bitOf = bitOf
    this.#rows = new Uint8Array(stride * 64)
  }

  /** Where a chunk's bits begin, made room for; -1 for chunks beyond those that are remembered. */
  rowOf(index: number): number {
    if (index < 0 || index >= MAX_CHUNKS) return -1
    const at = index * this.#stride
    if (at + this.#stride > this.#rows.length) {
      const rows = new Uint8Array(Math.max(this.#rows.length * 2, at + this.#stride))
      rows.set(this.#rows)
      this.#rows = rows
    }
    this.#count = Math.max(this.#count, index + 1)
    return at
  }

  /** Notes that a chunk, by its row, holds an event. */
  mark(row: number, event: number): void {
    if (row < 0) return
    const bit = this.#bitOf[event]!
    this.#rows[row + (bit >>> 3)]! |= 1 << (bit & 7)
  }

  /** Notes the events whose bits are set. */
  markAll(row: number, bits: Uint8Array): void {
    if (row < 0) return
    for (let i = 0; i < this.#stride; i++) this.#rows[row + i]! |= bits[i]!
  }

  /** True when a chunk is known to hold none of the events whose bits are set. */
  lacks(index: number, bits: Uint8Array): boolean {
    if (index >= this.#count) return false
    const at = index * this.#stride
    for (let i = 0; i < this.#stride; i++) if ((this.#rows[at + i]! & bits[i]!) !== 0) return false
    return true
  }
}
