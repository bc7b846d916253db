/** When the threads of a trace were first seen. */
import { OFFSET, SIZE, STRIDE, TS_HI, TS_LO } from './ring/record-block.ts'

/** Threads are numbered below PID_MAX_LIMIT (kernel `include/linux/threads.h`). */
const PID_LIMIT = 1 << 22

/** When each thread was first seen: one look-up a record, an entry only for a new thread of a stream. */
export class FirstSeen {
  readonly times: Map<string, bigint> = new Map()
  #turnOf = new Uint16Array(0)
  #turn = 0

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
    const key = `${source}/${pid}`
    const ts = BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo))
    const before = this.times.get(key)
    if (before === undefined || ts < before) this.times.set(key, ts)
  }
}
