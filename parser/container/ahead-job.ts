/** What the thread that decompresses ahead and its users agree on. */

/** One CPU's chunks. */
export interface AheadStream {
  /** Where the first chunk is, one past what can be the CPU's, and how many chunks there are. */
  readonly offset: number
  readonly end: number
  readonly count: number
  /** Room for `slots` decompressed chunks of `slotBytes` bytes at most; chunk i goes to slot i modulo slots. */
  readonly bytes: SharedArrayBuffer
  readonly slots: number
  readonly slotBytes: number
  /** Words: how many chunks the reader is done with, then who has each chunk. */
  readonly words: SharedArrayBuffer
}

/** The chunks of one pass over a file. */
export interface AheadJob {
  /** Open in this process, and its size. */
  readonly fd: number
  readonly name: string
  readonly size: number
  readonly littleEndian: boolean
  readonly codec: string
  readonly streams: readonly AheadStream[]
  /** A word: 1 when the pass is over. */
  readonly over: SharedArrayBuffer
}

/** What the thread is started with. */
export interface AheadStart {
  /** Words: a number that changes when there may be something to do, and 1 while the thread waits for that. */
  readonly wake: SharedArrayBuffer
}

/** Places of the words of `wake`. */
export const COUNTER = 0
export const ASLEEP = 1

/** Places of the words of a stream. */
export const DONE = 0
export const CHUNKS = 1

/** Who has a chunk. */
export const NOBODY = 0
/** The reader decompresses it, or needs it not. */
export const READER = 1
/** The thread is at it, or ready with it, or could not do it. */
export const THREAD = 2
export const READY = 3
export const FAILED = 4
