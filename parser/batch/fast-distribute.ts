/** Merges streams and hands their records to tables in WebAssembly. */
import type { Arena } from '../ring/arena.ts'
import type { CpuStream } from '../ring/cpu-stream.ts'
import { NO_ID } from '../ring/walk-layout.ts'
import {
  BLOCK,
  HEAP_SIZE,
  type LoopMemory,
  MERGE_ENDED,
  MERGE_FULL,
  POSITION,
  RANK,
  roundUp,
  STREAM_WORDS,
  VISIBLE,
} from '../wasm/loops.ts'
import type { Distributor, Routes } from './distribute.ts'
import { orderOfTies } from './merge.ts'
import { SlotKeeper } from './slots.ts'
import type { TableBuilder } from './table-builder.ts'

/** Words of the merge, see `wasm/layout.ts`. */
const FULL = 4
const STATE_WORDS = 5

/** Bytes of memory that a distributor takes. */
export function fastDistributeBytes(streams: number): number {
  return roundUp(NO_ID * 4) + roundUp(streams * 4) + roundUp(streams * STREAM_WORDS * 4) + 64
}

/** The streams, the heap of them, and the tables, in the memory of a pass. */
export class FastDistributor implements Distributor {
  readonly #streams: readonly CpuStream[]
  readonly #memory: LoopMemory
  readonly #slots: SlotKeeper
  readonly #at: number
  readonly #state: Uint32Array
  readonly #heap: Uint32Array
  /** Words of each stream. */
  readonly #places: Uint32Array
  readonly #tables = new Map<number, TableBuilder>()
  #started = false
  #decoded = false

  constructor(
    streams: readonly CpuStream[],
    arena: Arena,
    memory: LoopMemory,
    routes: Routes,
    decodeAll: () => void,
    withStacks: boolean,
  ) {
    this.#streams = streams
    this.#memory = memory
    const beforeRecycle = (): void => {
      this.#decoded = true
      decodeAll()
    }
    this.#slots = new SlotKeeper(streams, arena, beforeRecycle, withStacks)
    const take = (words: number): Uint32Array =>
      new Uint32Array(memory.buffer, memory.take(words * 4), words)
    const addresses = take(NO_ID)
    for (let id = 0; id < NO_ID; id++) {
      const table = routes[id]
      if (!table) continue
      addresses[id] = table.address
      this.#tables.set(table.address, table)
    }
    this.#heap = take(streams.length)
    this.#places = take(streams.length * STREAM_WORDS)
    orderOfTies(streams, true).forEach((stream, rank) => {
      this.#places[stream * STREAM_WORDS + RANK] = rank
      this.#places[stream * STREAM_WORDS + BLOCK] = streams[stream]!.block.address
    })
    this.#state = take(STATE_WORDS)
    this.#at = this.#state.byteOffset
    this.#state.set([this.#heap.byteOffset, 0, this.#places.byteOffset, addresses.byteOffset, 0])
  }

  next(): TableBuilder | 'decoded' | 'ended' {
    if (!this.#started) this.#start()
    const { loops } = this.#memory
    this.#decoded = false
    for (;;) {
      const what = loops.merge(this.#at)
      if (what === MERGE_ENDED) return 'ended'
      if (what === MERGE_FULL) {
        const table = this.#tables.get(this.#state[FULL]!)!
        table.decode()
        return table
      }
      if (this.#load(what) === 'ended') this.#removeTop()
      loops.siftDown(this.#at, 0)
      if (this.#decoded) return 'decoded'
    }
  }

  #start(): void {
    this.#started = true
    let count = 0
    for (let i = 0; i < this.#streams.length; i++) {
      let state = this.#load(i)
      while (state === 'more') state = this.#load(i)
      if (state === 'ready') this.#heap[count++] = i
    }
    this.#state[HEAP_SIZE] = count
    for (let i = count >> 1; i >= 0; i--) this.#memory.loops.siftDown(this.#at, i)
  }

  /** Loads a stream whose entries were all taken. */
  #load(number: number): 'ready' | 'more' | 'ended' {
    const places = this.#places
    const streams = this.#streams
    for (let i = 0; i < streams.length; i++)
      streams[i]!.position = places[i * STREAM_WORDS + POSITION]!
    const stream = streams[number]!
    const state = stream.load(this.#slots.take())
    places[number * STREAM_WORDS + POSITION] = stream.position
    places[number * STREAM_WORDS + VISIBLE] = stream.visible
    return state
  }

  #removeTop(): void {
    const left = this.#state[HEAP_SIZE]! - 1
    this.#state[HEAP_SIZE] = left
    this.#heap[0] = this.#heap[left]!
  }
}
