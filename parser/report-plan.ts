/**
 * Cuts a recording into pieces that can be written one by one. A piece ends at a time: each CPU's records go
 * on to the first one, in file order, that is not earlier. Merging takes the earliest next record, so
 * when it meets one of that time or later, every CPU has come just there. Where a CPU's piece begins is
 * looked for in the first times of its chunks; who puts pieces together must compare whether each
 * begins where the one before it ended, because times may step back.
 */
import { openChunkReader } from './container/chunk-reader.ts'
import type { ChunkPlace, ChunkReader, TraceFile } from './container/types.ts'
import { Diagnostics } from './diagnostics.ts'
import { createClock } from './ring/clock.ts'
import type { CpuStream, SplitTime } from './ring/cpu-stream.ts'
import { RecordBlock, TS_HI, TS_LO } from './ring/record-block.ts'
import { splitTime } from './streams.ts'

/** Data of a piece, uncompressed, about; text is three times as long. */
const PIECE_BYTES = 4 << 20
/** Chunks of each CPU in a piece, at least: fewer would often be read for their first times alone. */
const LEAST_CHUNKS = 3
const MOST_CHUNKS = 64

/** A piece of the merged order. */
export interface Piece {
  /** For each stream, the chunk that it begins in; undefined where there is nothing left. */
  readonly starts: readonly (ChunkPlace | undefined)[]
  /** Records before this time belong to the piece before. */
  readonly from: SplitTime | undefined
  /** Those from this time on to the next; undefined for the last piece. */
  readonly until: SplitTime | undefined
  /** Whether there is not much more in it than in others. */
  readonly isBounded: boolean
}

/** Moves streams to where a piece begins. */
export function moveTo(streams: readonly CpuStream[], { starts, from }: Piece): void {
  streams.forEach((stream, s) => {
    const start = starts[s]
    if (start) stream.seek(start, from)
    else stream.end()
  })
}

/** Hands out the pieces of a recording in order. */
export class PiecePlan {
  readonly #tracks: readonly Track[]
  readonly #quota: number
  #from: bigint | undefined
  #isDone = false

  /** `slotBytes` is what streams load as a whole: larger chunks are for one piece without an end. */
  constructor(
    file: TraceFile,
    streams: readonly CpuStream[],
    firstSource: number,
    slotBytes: number,
    pieceBytes: number | undefined,
  ) {
    this.#tracks = streams.map(({ layout: { source, cpu } }) => {
      const buffer = file.buffers[source - firstSource]!
      const data = buffer.cpus.find((one) => one.cpu === cpu)!
      const reader = openChunkReader(file, buffer, data, new Diagnostics())
      return new Track(reader, file, cpu, slotBytes)
    })
    const round = slotBytes * Math.max(1, this.#tracks.length)
    const chunks = Math.floor((pieceBytes ?? Math.max(PIECE_BYTES, round * LEAST_CHUNKS)) / round)
    this.#quota = Math.min(MOST_CHUNKS, Math.max(1, chunks))
  }

  /** The next piece; undefined when there is none. */
  next(): Piece | undefined {
    if (this.#isDone) return undefined
    // The first piece is small: others wait for the names of threads that it settles. Of the chunk that
    // another piece begins in the one before it has had nearly all.
    const quota = this.#from === undefined ? 1 : this.#quota + 1
    const until = this.#end(quota)
    const from = this.#from
    const isLast = until === undefined || (from !== undefined && until <= from)
    const piece: Piece = {
      starts: this.#tracks.map((track) => track.start),
      from: splitTime(from, 0n),
      until: isLast ? undefined : splitTime(until, -1n),
      isBounded: !isLast || this.#tracks.every((track) => track.isShort(quota)),
    }
    this.#isDone = isLast
    if (!isLast) {
      this.#from = until
      for (const track of this.#tracks) track.moveBefore(until, quota)
    }
    return piece
  }

  /** The earliest time at which a CPU has had its share of chunks; undefined when none has more. */
  #end(quota: number): bigint | undefined {
    let end: bigint | undefined
    for (const track of this.#tracks) {
      const time = track.timeAfter(quota)
      if (time !== undefined && (end === undefined || time < end)) end = time
    }
    return end
  }
}

/** The chunks of one CPU, as far as they were looked at. */
class Track {
  readonly #reader: ChunkReader
  readonly #littleEndian: boolean
  readonly #correct: ReturnType<typeof createClock>
  readonly #slotBytes: number
  readonly #places: ChunkPlace[] = []
  readonly #times: (bigint | undefined)[] = []
  readonly #block = new RecordBlock(1)
  #bytes = new Uint8Array(0)
  #start = 0
  #isComplete = false
  /** A chunk cannot be read, or is too large. */
  #isOdd = false

  constructor(reader: ChunkReader, file: TraceFile, cpu: number, slotBytes: number) {
    this.#reader = reader
    this.#littleEndian = file.littleEndian
    this.#correct = createClock(file.corrections, cpu)
    this.#slotBytes = slotBytes
    this.#find(0)
  }

  /** The chunk that the next piece begins in. */
  get start(): ChunkPlace | undefined {
    return this.#places[this.#start]
  }

  /** Whether less than so many chunks are left, all of which can be read. */
  isShort(count: number): boolean {
    return !this.#find(this.#start + count) && !this.#isOdd
  }

  /** First time of the chunk so many after the start. */
  timeAfter(count: number): bigint | undefined {
    return this.#timeOf(this.#start + count)
  }

  /** Moves the start to the last of the next `count` chunks whose first time is before `until`. */
  moveBefore(until: bigint, count: number): void {
    let low = this.#start
    let high = Math.min(low + count, this.#places.length - 1)
    // Most CPUs are nearly as far as the fastest one.
    for (let step = 1; low < high; step *= 2) {
      const place = Math.max(low, high - step + 1)
      const time = this.#timeOf(place)
      if (place === low || (time !== undefined && time < until)) {
        low = place
        break
      }
      high = place - 1
    }
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      const time = this.#timeOf(middle)
      if (time !== undefined && time < until) low = middle
      else high = middle - 1
    }
    this.#start = low
  }

  /** Whether there is such a chunk. */
  #find(index: number): boolean {
    const last = this.#places.at(-1)
    if (index >= this.#places.length && last && !this.#isComplete) {
      this.#reader.seek(last)
      this.#reader.next()
    }
    while (index >= this.#places.length && !this.#isComplete) {
      const place = this.#reader.place()
      const size = this.#reader.next()
      if (size > this.#slotBytes) this.#isOdd = true
      if (size === 0 || size > this.#slotBytes) this.#isComplete = true
      if (size > 0) this.#places.push(place)
    }
    return index < this.#places.length
  }

  #timeOf(index: number): bigint | undefined {
    if (!this.#find(index)) return undefined
    this.#times[index] ??= this.#readTime(this.#places[index]!)
    return this.#times[index]
  }

  /** Time of the chunk's first sub-buffer, corrected. */
  #readTime(place: ChunkPlace): bigint | undefined {
    this.#reader.seek(place)
    const size = this.#reader.next()
    if (size < 8 || size > this.#slotBytes) return undefined
    if (this.#bytes.length < size) this.#bytes = new Uint8Array(size)
    if (this.#reader.read(this.#bytes, 0) < 8) {
      this.#isOdd = true
      return undefined
    }
    const view = new DataView(this.#bytes.buffer)
    const le = this.#littleEndian
    const { words } = this.#block
    this.#block.count = 1
    words[TS_LO] = view.getUint32(le ? 0 : 4, le)
    words[TS_HI] = view.getUint32(le ? 4 : 0, le)
    this.#correct?.(this.#block, 0)
    return (BigInt(words[TS_HI]!) << 32n) | BigInt(words[TS_LO]!)
  }
}
