/** When the threads of a trace were first seen. */
import { doubled } from './ring/doubled.ts'
import { OFFSET, SIZE, STRIDE, TS_HI, TS_LO } from './ring/record-block.ts'

/** Threads are numbered below PID_MAX_LIMIT (kernel `include/linux/threads.h`). */
const PID_LIMIT = 1 << 22

/** Threads that are told apart, in all sources together. */
const MOST = 1 << 20

/** First record of a thread in one source. */
export interface TaskSeen {
  readonly source: number
  readonly pid: number
  readonly firstTs: bigint
}

/** When each thread was first seen: one look-up a record, an entry only for a new thread of a stream. */
export class FirstSeen {
  /** Threads of sources that were not taken in, as too many were. */
  missed = 0
  /** Place among `#times` by source and thread. */
  readonly #places = new Map<number, number>()
  #times = new BigInt64Array(256)
  #turnOf = new Uint16Array(0)
  #turn = 0
  readonly #most: number

  constructor(most: number = MOST) {
    this.#most = most
  }

  /** Starts another stream. */
  begin(): void {
    if (this.#turn === 0) this.#turnOf = new Uint16Array(PID_LIMIT)
    this.#turn++
    if (this.#turn < 0x10000) return
    this.#turnOf.fill(0)
    this.#turn = 1
  }

  /** Takes the first `visible` records of a chunk. */
  see(
    words: Uint32Array,
    visible: number,
    view: DataView,
    le: boolean,
    pidOffset: number,
    source: number,
  ): void {
    const turnOf = this.#turnOf
    const turn = this.#turn
    for (let w = 0; w < visible * STRIDE; w += STRIDE) {
      if (words[w + SIZE]! < pidOffset + 4) continue
      const pid = view.getInt32(words[w + OFFSET]! + pidOffset, le)
      if (pid < 0 || pid >= PID_LIMIT || turnOf[pid] === turn) continue
      turnOf[pid] = turn
      this.note(source, pid, words[w + TS_LO]!, words[w + TS_HI]!)
    }
  }

  /** Takes the first record of a thread in a stream. */
  note(source: number, pid: number, lo: number, hi: number): void {
    if (pid < 0 || pid >= PID_LIMIT) return
    const key = source * PID_LIMIT + pid
    const ts = BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo))
    const place = this.#places.get(key)
    if (place === undefined) this.#add(key, ts)
    else if (ts < this.#times[place]!) this.#times[place] = ts
  }

  /** No more streams come. */
  end(): void {
    this.#turnOf = new Uint16Array(0)
  }

  /** All threads, in the order in which they were met. */
  *tasks(): Generator<TaskSeen> {
    for (const [key, place] of this.#places) {
      const pid = key % PID_LIMIT
      yield { source: (key - pid) / PID_LIMIT, pid, firstTs: this.#times[place]! }
    }
  }

  #add(key: number, ts: bigint): void {
    const place = this.#places.size
    if (place >= this.#most) {
      this.missed++
      return
    }
    if (place === this.#times.length) this.#times = doubled(this.#times)
    this.#times[place] = ts
    this.#places.set(key, place)
  }
}
