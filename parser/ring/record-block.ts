/**
 * References to records, eight words each, so that passing one on touches one cache line:
 *
 *   0 arena offset of the payload    4 event id (low half), stream number (high half, set by merging)
 *   1 payload bytes                  5 arena offset of its kernel_stack record's payload
 *   2 time stamp, low half           6 arena offset of its user_stack record's payload
 *   3 time stamp, high half          7 bytes of 5 (low half) and of 6 (high half), 0 = none
 */
import type { LoopMemory } from '../wasm/loops.ts'

/** Words of one entry. */
export const STRIDE = 8
/** Places of an entry's words. */
export const OFFSET = 0
export const SIZE = 1
export const TS_LO = 2
export const TS_HI = 3
export const ID = 4
export const STACK = 5
export const USER_STACK = 6
export const STACK_SIZES = 7

/** Entries for the records of one chunk; grown never, reused for every chunk. */
export class RecordBlock {
  /** Entries in use. */
  count = 0
  readonly words: Uint32Array
  /**
   * Events lost just before a record, by the record's arena offset: -1 when the number is
   * unknown. Records without an entry follow their predecessor without a gap.
   */
  readonly missed: Map<number, number> = new Map()

  /** Where the words are in the memory given, else 0. */
  readonly address: number

  constructor(capacity: number, memory?: LoopMemory) {
    this.address = memory?.take(capacity * STRIDE * 4) ?? 0
    this.words = memory
      ? new Uint32Array(memory.buffer, this.address, capacity * STRIDE)
      : new Uint32Array(capacity * STRIDE)
  }

  /** Moves the entries from `from` on to the front; what was before them is forgotten. */
  keepFrom(from: number): void {
    this.words.copyWithin(0, from * STRIDE, this.count * STRIDE)
    this.count -= from
    if (this.missed.size === 0) return
    const kept = new Set<number>()
    for (let i = 0; i < this.count; i++) kept.add(this.words[i * STRIDE + OFFSET]!)
    for (const offset of this.missed.keys()) if (!kept.has(offset)) this.missed.delete(offset)
  }

  /** Forgets all entries. */
  clear(): void {
    this.count = 0
    this.missed.clear()
  }
}
