import type { LoopMemory } from '../wasm/loops.ts'

/**
 * One allocation cut into slots that chunks of trace data are read into, so that a record's place
 * is a single number whatever CPU it came from. Slots are given back in bulk: see `MergedRecords`.
 */
export class Arena {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** The same memory in words; slots begin on one. */
  readonly words: Int32Array
  /** Bytes of one slot. */
  readonly slotBytes: number
  readonly #free: number[] = []
  readonly #slots: number

  /** In `memory`, which nothing was taken from yet, so that places are addresses in it. */
  constructor(slotBytes: number, slots: number, memory?: LoopMemory) {
    this.slotBytes = (slotBytes + 7) & ~7
    this.#slots = slots
    const bytes = this.slotBytes * slots
    if (memory && memory.take(bytes) !== 0) throw new RangeError('the arena comes first')
    const buffer = memory?.buffer ?? new ArrayBuffer(bytes)
    this.bytes = new Uint8Array(buffer, 0, bytes)
    this.view = new DataView(buffer, 0, bytes)
    this.words = new Int32Array(buffer, 0, bytes >>> 2)
    this.recycle(new Set())
  }

  /** Offset of a free slot, or -1 when all are in use. */
  take(): number {
    return this.#free.pop() ?? -1
  }

  /** Frees every slot whose offset is not in `pinned`. */
  recycle(pinned: ReadonlySet<number>): void {
    this.#free.length = 0
    for (let i = this.#slots - 1; i >= 0; i--) {
      const offset = i * this.slotBytes
      if (!pinned.has(offset)) this.#free.push(offset)
    }
  }
}
