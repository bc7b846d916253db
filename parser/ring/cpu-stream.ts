/** One CPU's records within one buffer instance, a chunk at a time. */
import type { ChunkPlace, ChunkReader } from '../container/types.ts'
import type { Diagnostics } from '../diagnostics.ts'
import { type LoopMemory, roundUp } from '../wasm/loops.ts'
import type { Arena } from './arena.ts'
import { FastWalk, fastWalkBytes } from './fast-walk.ts'
import { RecordBlock, STRIDE, TS_HI, TS_LO } from './record-block.ts'
import { SubBufferWalker } from './sub-buffer.ts'
import { NO_ID, type WalkLayout } from './walk-layout.ts'

/** A time as two unsigned halves. */
export interface SplitTime {
  readonly lo: number
  readonly hi: number
}

/** What a stream leaves out, and how it corrects times. */
export interface StreamOptions {
  /** wanted[id] = 1 for events to keep; null keeps all. */
  readonly wanted: Uint8Array | null
  /** Inclusive bounds on corrected time. */
  readonly from: SplitTime | undefined
  readonly to: SplitTime | undefined
  readonly correctTimes: ((block: RecordBlock, from: number) => void) | undefined
  /** True for a chunk (by index) known to hold nothing wanted. */
  readonly skipChunk: ((index: number) => boolean) | undefined
}

/** Where the fast loops of a pass work. */
export interface StreamLoops {
  readonly memory: LoopMemory
  /** What `placeKept` returned for the options' `wanted`. */
  readonly kept: number
}

/** Entries of a stream's block: the smallest record is 8 bytes; a few entries may be held over from the chunk before. */
export function entriesFor(slotBytes: number): number {
  return (slotBytes >>> 3) + 8
}

/** Bytes of memory that the streams of a pass take for its loops. */
export function streamLoopBytes(streams: number, slotBytes: number): number {
  return streams * roundUp(entriesFor(slotBytes) * STRIDE * 4) + fastWalkBytes(streams)
}

/** Yields blocks of records of one CPU; entries `position … visible` of `block` are next. */
export class CpuStream {
  readonly layout: WalkLayout
  readonly block: RecordBlock
  readonly walker: SubBufferWalker
  position = 0
  visible = 0
  /** Index and file offset of the chunk loaded last. */
  chunkIndex = -1
  readonly #reader: ChunkReader
  readonly #arena: Arena
  readonly #options: StreamOptions
  readonly #stacks: boolean
  /** A chunk larger than a slot, handed on in pieces of whole sub-buffers. */
  #large: Uint8Array | undefined
  #largeAt = 0
  #ended = false
  /** Records before this are passed over, up to the first that is not. */
  #start: SplitTime | undefined

  constructor(
    layout: WalkLayout,
    reader: ChunkReader,
    arena: Arena,
    options: StreamOptions,
    diagnostics: Diagnostics,
    loops?: StreamLoops,
  ) {
    this.layout = layout
    this.#reader = reader
    this.#arena = arena
    this.#options = options
    this.#stacks = layout.kernelStackId !== NO_ID || layout.userStackId !== NO_ID
    this.block = new RecordBlock(entriesFor(arena.slotBytes), loops?.memory)
    const fast = loops && new FastWalk(layout, loops.memory, loops.kept)
    this.walker = new SubBufferWalker(layout, diagnostics, arena.bytes, fast)
  }

  /**
   * Loads chunks into the arena slot at `slot`; all visible entries must have been taken before.
   * `ready`: entries are visible; `more`: none yet, and the slot is in use: call again with another
   * one; `ended`: the stream is over.
   */
  load(slot: number): 'ready' | 'more' | 'ended' {
    const { block, walker } = this
    let held = this.#holdOver()
    this.position = 0
    this.visible = 0
    for (;;) {
      const bytes = this.#ended ? -1 : this.#readPiece(slot)
      if (bytes < 0) {
        this.#ended = true
        this.visible = block.count
        walker.owner = -1
      } else {
        walker.walk(block, slot, slot + bytes, this.#options.wanted, this.#reader.offset)
        this.#options.correctTimes?.(block, held)
        this.visible = this.#stacks && walker.owner >= 0 ? walker.owner : block.count
      }
      this.#applyWindow()
      if (this.#start) this.#skipTo(this.#start)
      if (this.visible > this.position) return 'ready'
      if (this.visible < block.count) return 'more'
      held = 0
      block.clear()
      this.position = 0
      this.visible = 0
      walker.owner = -1
      if (this.#ended) return 'ended'
    }
  }

  /** Goes on at another chunk, with the first record there that is not earlier than `start`. */
  seek(place: ChunkPlace, start: SplitTime | undefined): void {
    this.#reader.seek(place)
    this.walker.forget()
    this.block.clear()
    this.position = 0
    this.visible = 0
    this.#large = undefined
    this.#ended = false
    this.#start = start
  }

  /** There is nothing more. */
  end(): void {
    this.block.clear()
    this.position = 0
    this.visible = 0
    this.#large = undefined
    this.#ended = true
  }

  #skipTo(start: SplitTime): void {
    const { words } = this.block
    while (this.position < this.visible && isBefore(words, this.position, start)) this.position++
    if (this.position < this.visible) this.#start = undefined
  }

  /** Keeps the last event (and its stack records) back: a stack may follow in the next chunk. */
  #holdOver(): number {
    const { block, walker } = this
    if (!this.#stacks || walker.owner < 0 || block.count === 0) {
      block.clear()
      walker.owner = -1
      return 0
    }
    block.keepFrom(walker.owner)
    walker.owner = 0
    return block.count
  }

  /** Reads the next chunk or piece of one into the slot; returns its bytes, -1 at the end. */
  #readPiece(slot: number): number {
    const { slotBytes, bytes } = this.#arena
    if (this.#large) {
      const step = slotBytes - (slotBytes % this.layout.subBufferSize)
      const piece = this.#large.subarray(this.#largeAt, this.#largeAt + step)
      bytes.set(piece, slot)
      this.#largeAt += piece.length
      if (this.#largeAt >= this.#large.length) this.#large = undefined
      return piece.length
    }
    for (;;) {
      const size = this.#reader.next()
      if (size === 0) return -1
      this.chunkIndex = this.#reader.index
      if (this.#options.skipChunk?.(this.#reader.index)) continue
      if (size <= slotBytes) return this.#reader.read(bytes, slot)
      const large = new Uint8Array(size)
      this.#large = large.subarray(0, this.#reader.read(large, 0))
      this.#largeAt = 0
      if (this.#large.length === 0) this.#large = undefined
      return this.#large ? this.#readPiece(slot) : 0
    }
  }

  #applyWindow(): void {
    const { from, to } = this.#options
    const { words } = this.block
    if (to) {
      const before = this.visible
      while (this.visible > 0) {
        const i = this.visible - 1
        if (!isAfter(words, i, to)) break
        this.visible--
      }
      if (this.visible < before) {
        this.#ended = true
        this.block.count = this.visible
        this.walker.owner = -1
      }
    }
    if (from)
      while (this.position < this.visible) {
        const i = this.position
        if (!isBefore(words, i, from)) break
        this.position++
      }
  }
}

/** Whether an entry of a block's words is later than a time. */
export function isAfter(words: Uint32Array, entry: number, { lo, hi }: SplitTime): boolean {
  const entryHi = words[entry * STRIDE + TS_HI]!
  return entryHi > hi || (entryHi === hi && words[entry * STRIDE + TS_LO]! > lo)
}

/** Whether an entry of a block's words is earlier than a time. */
export function isBefore(words: Uint32Array, entry: number, { lo, hi }: SplitTime): boolean {
  const entryHi = words[entry * STRIDE + TS_HI]!
  return entryHi < hi || (entryHi === hi && words[entry * STRIDE + TS_LO]! < lo)
}
