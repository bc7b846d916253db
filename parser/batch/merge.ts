/**
 * Merges CPU streams into one time order: always the smallest next time stamp, ties by CPU, then
 * by file order. Records are handed out in runs of references into the arena.
 */
import type { Arena } from '../ring/arena.ts'
import type { CpuStream } from '../ring/cpu-stream.ts'
import { RecordBlock } from '../ring/record-block.ts'

/** References to records in time order; payloads stay in the arena until the next recycling. */
export class RecordRun extends RecordBlock {
  /** Index of each record's stream. */
  readonly stream: Uint16Array

  constructor(capacity: number) {
    super(capacity)
    this.stream = new Uint16Array(capacity)
  }
}

const RUN_RECORDS = 4096

/** A k-way merge that pulls chunks as it needs them. */
export class MergedRecords {
  /** The records that the last `fill` gave. */
  readonly run: RecordRun = new RecordRun(RUN_RECORDS)
  readonly streams: readonly CpuStream[]
  readonly #arena: Arena
  readonly #beforeRecycle: () => void
  readonly #withStacks: boolean
  /** Stream indexes, a binary heap by next record. */
  readonly #heap: number[] = []
  #started = false

  /**
   * `beforeRecycle` is called before arena slots are reused: whoever keeps references to payloads
   * of earlier runs must be done with them when it returns.
   */
  constructor(
    streams: readonly CpuStream[],
    arena: Arena,
    beforeRecycle: () => void,
    withStacks: boolean,
  ) {
    this.streams = streams
    this.#arena = arena
    this.#beforeRecycle = beforeRecycle
    this.#withStacks = withStacks
  }

  /** Puts the next records into `run`; returns how many, 0 at the end. */
  fill(): number {
    const run = this.run
    run.count = 0
    if (!this.#started) this.#start()
    const heap = this.#heap
    while (heap.length > 0 && run.count < RUN_RECORDS) {
      const top = heap[0]!
      const stream = this.streams[top]!
      if (stream.position < stream.visible) this.#take(stream, top)
      if (stream.position === stream.visible) {
        const slot = this.#slot(run.count === 0)
        if (slot < 0) break
        if (stream.load(slot) === 'ended') this.#removeTop()
      }
      this.#siftDown(0)
    }
    return run.count
  }

  #start(): void {
    this.#started = true
    this.streams.forEach((stream, index) => {
      let state = stream.load(this.#slot(true))
      while (state === 'more') state = stream.load(this.#slot(true))
      if (state === 'ready') this.#heap.push(index)
    })
    for (let i = this.#heap.length >> 1; i >= 0; i--) this.#siftDown(i)
  }

  /** A free slot; when there is none and nothing of this run refers to the arena yet, recycles. */
  #slot(mayRecycle: boolean): number {
    const slot = this.#arena.take()
    if (slot >= 0 || !mayRecycle) return slot
    this.#beforeRecycle()
    const pinned = new Set<number>()
    for (const stream of this.streams) this.#pin(stream, pinned)
    this.#arena.recycle(pinned)
    const freed = this.#arena.take()
    if (freed < 0) throw new RangeError(`arena of ${this.streams.length} streams has no slot left`)
    return freed
  }

  /** Adds the slots that a stream's unread entries refer to. */
  #pin({ block, position }: CpuStream, pinned: Set<number>): void {
    const { slotBytes } = this.#arena
    let last = -1
    const add = (offset: number): void => {
      const slot = offset - (offset % slotBytes)
      if (slot !== last) pinned.add(slot)
      last = slot
    }
    for (let i = position; i < block.count; i++) {
      add(block.offset[i]!)
      if (!this.#withStacks) continue
      if (block.stackSize[i]! > 0) add(block.stackOffset[i]!)
      if (block.userStackSize[i]! > 0) add(block.userStackOffset[i]!)
    }
  }

  /** Copies records of the top stream up to the point where another stream's next one is due. */
  #take(stream: CpuStream, index: number): void {
    const run = this.run
    const { offset, size, tsLo, tsHi, id, missed } = stream.block
    const {
      offset: toOffset,
      size: toSize,
      tsLo: toLo,
      tsHi: toHi,
      id: toId,
      missed: toMissed,
      stream: toStream,
    } = run
    const second = this.#second()
    const rival = second < 0 ? undefined : this.streams[second]!
    // On a tie the stream that sorts first goes on.
    const winsTie = rival === undefined || this.#precedes(index, second)
    const rivalHi = rival ? rival.block.tsHi[rival.position]! : 0
    const rivalLo = rival ? rival.block.tsLo[rival.position]! : 0
    const end = Math.min(stream.visible, stream.position + (RUN_RECORDS - run.count))
    let i = stream.position
    let n = run.count
    for (;;) {
      toOffset[n] = offset[i]!
      toSize[n] = size[i]!
      toLo[n] = tsLo[i]!
      toHi[n] = tsHi[i]!
      toId[n] = id[i]!
      toMissed[n] = missed[i]!
      toStream[n] = index
      if (this.#withStacks) copyStacks(stream.block, i, run, n)
      n++
      i++
      if (i >= end) break
      if (rival) {
        const hi = tsHi[i]!
        if (hi > rivalHi) break
        if (hi === rivalHi) {
          const lo = tsLo[i]!
          if (lo > rivalLo || (lo === rivalLo && !winsTie)) break
        }
      }
    }
    stream.position = i
    run.count = n
  }

  /** The stream whose next record is due after the top's: the smaller child of the heap's root. */
  #second(): number {
    const heap = this.#heap
    if (heap.length < 2) return -1
    if (heap.length === 2) return heap[1]!
    return this.#less(heap[2]!, heap[1]!) ? heap[2]! : heap[1]!
  }

  #removeTop(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length > 0) this.#heap[0] = last
  }

  #less(a: number, b: number): boolean {
    const x = this.streams[a]!
    const y = this.streams[b]!
    const xHi = x.block.tsHi[x.position]!
    const yHi = y.block.tsHi[y.position]!
    if (xHi !== yHi) return xHi < yHi
    const xLo = x.block.tsLo[x.position]!
    const yLo = y.block.tsLo[y.position]!
    if (xLo !== yLo) return xLo < yLo
    return this.#precedes(a, b)
  }

  #precedes(a: number, b: number): boolean {
    const x = this.streams[a]!.layout.cpu
    const y = this.streams[b]!.layout.cpu
    return x !== y ? x < y : a < b
  }

  #siftDown(from: number): void {
    const heap = this.#heap
    let i = from
    for (;;) {
      const left = 2 * i + 1
      if (left >= heap.length) return
      const right = left + 1
      const child = right < heap.length && this.#less(heap[right]!, heap[left]!) ? right : left
      if (!this.#less(heap[child]!, heap[i]!)) return
      const swap = heap[i]!
      heap[i] = heap[child]!
      heap[child] = swap
      i = child
    }
  }
}

function copyStacks(from: RecordBlock, i: number, to: RecordBlock, n: number): void {
  to.stackOffset[n] = from.stackOffset[i]!
  to.stackSize[n] = from.stackSize[i]!
  to.userStackOffset[n] = from.userStackOffset[i]!
  to.userStackSize[n] = from.userStackSize[i]!
}
