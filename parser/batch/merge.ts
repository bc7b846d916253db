/**
 * Merges CPU streams into one time order: always the smallest next time stamp, ties by CPU, then
 * by file order, or by file order alone. What comes out is not records but runs: a stream's entries up to the point where
 * another stream's next record is due.
 */
import type { Arena } from '../ring/arena.ts'
import type { CpuStream } from '../ring/cpu-stream.ts'
import { RecordBlock, STRIDE, TS_HI, TS_LO } from '../ring/record-block.ts'
import { SlotKeeper } from './slots.ts'

/** Numbers of streams in the order that records of the same time come in. */
export function orderOfTies(streams: readonly CpuStream[], tiesByCpu: boolean): number[] {
  const numbers = streams.map((_, i) => i)
  const cpuOf = (i: number): number => streams[i]!.layout.cpu
  return tiesByCpu ? numbers.sort((a, b) => cpuOf(a) - cpuOf(b) || a - b) : numbers
}

/** A k-way merge that pulls chunks as it needs them. */
export class MergedRecords {
  readonly streams: readonly CpuStream[]
  /** The run that `next` found: entries `from … to` of `block`, which is stream `stream`'s. */
  stream = 0
  block: RecordBlock = new RecordBlock(0)
  from = 0
  to = 0
  /** Of each stream, which of those with records of the same time goes first. */
  readonly ranks: Int32Array
  /** Stream indexes, a binary heap by next record; who takes records from the streams keeps it one. */
  readonly heap: number[] = []
  readonly #slots: SlotKeeper
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
    tiesByCpu = true,
  ) {
    this.streams = streams
    this.#slots = new SlotKeeper(streams, arena, beforeRecycle, withStacks)
    this.ranks = new Int32Array(streams.length)
    orderOfTies(streams, tiesByCpu).forEach((stream, rank) => {
      this.ranks[stream] = rank
    })
  }

  /** Finds the next run, which is valid until the next call; false at the end. */
  next(): boolean {
    if (!this.ready()) return false
    const { heap } = this
    const top = heap[0]!
    const stream = this.streams[top]!
    const second = this.#second()
    this.#take(stream, top, second < 0 ? -1 : heap[second]!)
    // The run ended where the second is due, so the second is first now.
    if (stream.position < stream.visible && second >= 0) {
      heap[0] = heap[second]!
      heap[second] = top
      this.#siftDown(second)
    }
    return true
  }

  /** The same for a run of one record. */
  nextOne(): boolean {
    if (!this.ready()) return false
    const top = this.heap[0]!
    const stream = this.streams[top]!
    this.stream = top
    this.block = stream.block
    this.from = stream.position
    stream.position++
    this.to = stream.position
    if (stream.position < stream.visible) this.#siftDown(0)
    return true
  }

  /** Loads what it takes to know the next record, which is that of the heap's first stream; false at the end. */
  ready(): boolean {
    if (!this.#started) this.#start()
    while (this.heap.length > 0) {
      const stream = this.streams[this.heap[0]!]!
      if (stream.position < stream.visible) return true
      if (stream.load(this.#slots.take()) === 'ended') this.#removeTop()
      this.#siftDown(0)
    }
    return false
  }

  #start(): void {
    this.#started = true
    this.streams.forEach((stream, index) => {
      let state = stream.load(this.#slots.take())
      while (state === 'more') state = stream.load(this.#slots.take())
      if (state === 'ready') this.heap.push(index)
    })
    for (let i = this.heap.length >> 1; i >= 0; i--) this.#siftDown(i)
  }

  /** Makes the top stream's entries the run, up to the point where another stream is due. */
  #take(stream: CpuStream, index: number, second: number): void {
    const end = stream.visible
    this.stream = index
    this.block = stream.block
    this.from = stream.position
    let i = stream.position + 1
    if (second < 0) i = end
    else {
      const { words } = stream.block
      const rival = this.streams[second]!
      const at = rival.position * STRIDE
      const rivalHi = rival.block.words[at + TS_HI]!
      const rivalLo = rival.block.words[at + TS_LO]!
      // On a tie the stream that sorts first goes on.
      const winsTie = this.#precedes(index, second)
      for (; i < end; i++) {
        const hi = words[i * STRIDE + TS_HI]!
        if (hi < rivalHi) continue
        if (hi > rivalHi) break
        const lo = words[i * STRIDE + TS_LO]!
        if (lo > rivalLo || (lo === rivalLo && !winsTie)) break
      }
    }
    stream.position = i
    this.to = i
  }

  /** Where the heap has the stream that is due after the top: the smaller child of its root. */
  #second(): number {
    const heap = this.heap
    if (heap.length < 2) return -1
    return heap.length > 2 && this.#less(heap[2]!, heap[1]!) ? 2 : 1
  }

  #removeTop(): void {
    const last = this.heap.pop()!
    if (this.heap.length > 0) this.heap[0] = last
  }

  #less(a: number, b: number): boolean {
    const x = this.streams[a]!
    const y = this.streams[b]!
    const i = x.position * STRIDE
    const j = y.position * STRIDE
    const xHi = x.block.words[i + TS_HI]!
    const yHi = y.block.words[j + TS_HI]!
    if (xHi !== yHi) return xHi < yHi
    const xLo = x.block.words[i + TS_LO]!
    const yLo = y.block.words[j + TS_LO]!
    if (xLo !== yLo) return xLo < yLo
    return this.#precedes(a, b)
  }

  #precedes(a: number, b: number): boolean {
    return this.ranks[a]! < this.ranks[b]!
  }

  #siftDown(from: number): void {
    const heap = this.heap
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
