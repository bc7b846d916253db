/** Gives out the arena's slots to the streams of a merge. */
import type { Arena } from '../ring/arena.ts'
import type { CpuStream } from '../ring/cpu-stream.ts'
import { OFFSET, STACK, STACK_SIZES, STRIDE, USER_STACK } from '../ring/record-block.ts'

/** Slots that no stream's unread entries refer to are given out again. */
export class SlotKeeper {
  readonly #streams: readonly CpuStream[]
  readonly #arena: Arena
  readonly #beforeRecycle: () => void
  readonly #withStacks: boolean

  /**
   * `beforeRecycle` is called before arena slots are reused: whoever keeps references to payloads
   * of earlier entries must be done with them when it returns.
   */
  constructor(
    streams: readonly CpuStream[],
    arena: Arena,
    beforeRecycle: () => void,
    withStacks: boolean,
  ) {
    this.#streams = streams
    this.#arena = arena
    this.#beforeRecycle = beforeRecycle
    this.#withStacks = withStacks
  }

  /** A free slot. */
  take(): number {
    const slot = this.#arena.take()
    if (slot >= 0) return slot
    this.#beforeRecycle()
    const pinned = new Set<number>()
    for (const stream of this.#streams) this.#pin(stream, pinned)
    this.#arena.recycle(pinned)
    const freed = this.#arena.take()
    if (freed < 0) throw new RangeError(`arena of ${this.#streams.length} streams has no slot left`)
    return freed
  }

  /** Adds the slots that a stream's unread entries refer to. */
  #pin({ block, position }: CpuStream, pinned: Set<number>): void {
    const { slotBytes } = this.#arena
    const { words } = block
    let last = -1
    const add = (offset: number): void => {
      const slot = offset - (offset % slotBytes)
      if (slot !== last) pinned.add(slot)
      last = slot
    }
    for (let i = position; i < block.count; i++) {
      const w = i * STRIDE
      add(words[w + OFFSET]!)
      if (!this.#withStacks || words[w + STACK_SIZES] === 0) continue
      if ((words[w + STACK_SIZES]! & 0xffff) !== 0) add(words[w + STACK]!)
      if (words[w + STACK_SIZES]! >>> 16 !== 0) add(words[w + USER_STACK]!)
    }
  }
}
