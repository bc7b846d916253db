/** Walks sub-buffers in WebAssembly; what is damaged or rare is left to `SubBufferWalker`. */
import type { LoopMemory } from '../wasm/loops.ts'
import type { RecordBlock } from './record-block.ts'
import { NO_ID, type WalkLayout } from './walk-layout.ts'

/** Places of the words of a walker's state, see `wasm/layout.ts`. */
const BLOCK = 0
const COUNT = 1
const KEPT = 2
const SUB_BUFFER = 3
const COMMIT = 4
const DATA = 5
const KERNEL_STACK = 6
const USER_STACK = 7
const PID = 8
const OWNER = 9
const OWNER_PID = 10
const ANY = 11
const RECORDS = 12
const DISCARDED = 13
const BACKWARDS = 14
const BYTES = 15
const TIMES = 16
const WORDS = 20

/** What `walk` reads and carries on of a walker. */
export interface WalkTally {
  records: number
  dataBytes: number
  discarded: number
  backwards: number
  owner: number
  ownerPid: number
  readonly times: Uint32Array
}

/** Bytes that the walkers of a pass take. */
export function fastWalkBytes(streams: number): number {
  return NO_ID + streams * (WORDS * 4 + 16) + 16
}

/** Puts into memory which events a pass keeps; all when null. Returns where. */
export function placeKept(memory: LoopMemory, wanted: Uint8Array | null): number {
  const at = memory.take(NO_ID)
  const kept = new Uint8Array(memory.buffer, at, NO_ID)
  if (wanted) kept.set(wanted.subarray(0, NO_ID))
  else kept.fill(1)
  return at
}

/** The state of one stream's walker in memory. */
export class FastWalk {
  readonly #memory: LoopMemory
  readonly #at: number
  readonly #words: Int32Array

  /** `kept` is what `placeKept` returned for the events that all calls of `walk` keep. */
  constructor(layout: WalkLayout, memory: LoopMemory, kept: number) {
    this.#memory = memory
    this.#at = memory.take(WORDS * 4)
    const words = new Int32Array(memory.buffer, this.#at, WORDS)
    this.#words = words
    words[KEPT] = kept
    words[SUB_BUFFER] = layout.subBufferSize
    words[COMMIT] = layout.headerPage.commitOffset
    words[DATA] = layout.headerPage.dataOffset
    words[KERNEL_STACK] = layout.kernelStackId
    words[USER_STACK] = layout.userStackId
    words[PID] = layout.pidOffset
  }

  /** Walks the sub-buffers in `start … end` up to the first that is not sound; returns where that is, or `end`. */
  walk(tally: WalkTally, block: RecordBlock, start: number, end: number): number {
    const words = this.#words
    const { times } = tally
    words[BLOCK] = block.address
    words[COUNT] = block.count
    words[OWNER] = tally.owner
    words[OWNER_PID] = tally.ownerPid
    words[ANY] = tally.records > 0 ? 1 : 0
    words.fill(0, RECORDS, TIMES)
    for (let i = 0; i < 4; i++) words[TIMES + i] = times[i]!
    const at = this.#memory.loops.walk(this.#at, start, end)
    block.count = words[COUNT]!
    tally.owner = words[OWNER]!
    tally.ownerPid = words[OWNER_PID]!
    tally.records += words[RECORDS]!
    tally.discarded += words[DISCARDED]!
    tally.backwards += words[BACKWARDS]!
    tally.dataBytes += words[BYTES]!
    for (let i = 0; i < 4; i++) times[i] = words[TIMES + i]!
    return at
  }
}
