/** Decides which records of a sub-buffer belong to a part of a recording. */
import { isAfter, isBefore, type SplitTime } from '../parser/ring/cpu-stream.ts'
import {
  ID,
  OFFSET,
  type RecordBlock,
  SIZE,
  STRIDE,
  TS_HI,
  TS_LO,
} from '../parser/ring/record-block.ts'
import type { WalkLayout } from '../parser/ring/walk-layout.ts'

/** Which records of a CPU are wanted. */
export interface RecordChoice {
  /** wanted[id] = 1 for events to keep; null keeps all. */
  readonly wanted: Uint8Array | null
  /** Inclusive bounds on corrected time. */
  readonly from: SplitTime | undefined
  readonly to: SplitTime | undefined
  readonly correctTimes: ((block: RecordBlock, from: number) => void) | undefined
}

/** A record that is not wanted. */
export const DROPPED = 0
/** A record that is wanted. */
export const KEPT = 1
/** A record from before the time that is wanted. */
export const BEFORE = 2
/** A record from after it. */
export const AFTER = 3

/**
 * Judges the records of one CPU, sub-buffer by sub-buffer. A stack record goes where the event goes
 * that it belongs to: the one just before it, when the same thread wrote both. A stack of no event
 * is judged by itself, and so is one whose own event is asked for.
 */
export class RecordChooser {
  /** What was decided of each entry of the block. */
  readonly verdicts: Uint8Array
  /** Uncorrected time of each entry, low and high half. */
  readonly times: Uint32Array
  readonly #layout: WalkLayout
  readonly #choice: RecordChoice
  readonly #view: DataView
  readonly #block: RecordBlock
  /** What was decided of the last event, as long as stacks may follow. */
  #owner = -1
  /** Whether it is of a kind that is wanted, at whatever time. */
  #isOwnerWanted = false
  #ownerPid = 0
  #hasKernelStack = false
  #hasUserStack = false

  constructor(layout: WalkLayout, choice: RecordChoice, page: Uint8Array, block: RecordBlock) {
    const capacity = block.words.length / STRIDE
    this.verdicts = new Uint8Array(capacity)
    this.times = new Uint32Array(2 * capacity)
    this.#layout = layout
    this.#choice = choice
    this.#view = new DataView(page.buffer, page.byteOffset, page.byteLength)
    this.#block = block
  }

  /** Judges every entry of the block, whose times are corrected then; returns how many are kept. */
  choose(): number {
    const { words, count } = this.#block
    const { kernelStackId, userStackId } = this.#layout
    const { wanted } = this.#choice
    this.#correct()
    let kept = 0
    for (let i = 0; i < count; i++) {
      const id = words[i * STRIDE + ID]!
      let verdict = this.#judge(i, id)
      if (id === kernelStackId || id === userStackId) {
        if (!this.#isOwned(i, id === kernelStackId)) this.#owner = -1
        else if (this.#isOwnerWanted) verdict = this.#owner
      } else {
        this.#owner = verdict
        this.#isOwnerWanted = wanted === null || wanted[id] === 1
        this.#ownerPid = this.#pidOf(i)
        this.#hasKernelStack = false
        this.#hasUserStack = false
      }
      this.verdicts[i] = verdict
      if (verdict === KEPT) kept++
    }
    return kept
  }

  #correct(): void {
    const { words, count } = this.#block
    const { times } = this
    for (let i = 0; i < count; i++) {
      times[2 * i] = words[i * STRIDE + TS_LO]!
      times[2 * i + 1] = words[i * STRIDE + TS_HI]!
    }
    const { from, to, correctTimes } = this.#choice
    if (from || to) correctTimes?.(this.#block, 0)
  }

  #judge(entry: number, id: number): number {
    const { wanted, from, to } = this.#choice
    const { words } = this.#block
    if (from && isBefore(words, entry, from)) return BEFORE
    if (to && isAfter(words, entry, to)) return AFTER
    return wanted === null || wanted[id] === 1 ? KEPT : DROPPED
  }

  /** Whether a stack record belongs to the last event, which has one of each kind at most. */
  #isOwned(entry: number, isKernel: boolean): boolean {
    if (this.#owner < 0 || this.#pidOf(entry) !== this.#ownerPid) return false
    if (isKernel ? this.#hasKernelStack : this.#hasUserStack) return false
    if (isKernel) this.#hasKernelStack = true
    else this.#hasUserStack = true
    return true
  }

  #pidOf(entry: number): number {
    const { words } = this.#block
    const { pidOffset, littleEndian } = this.#layout
    if (words[entry * STRIDE + SIZE]! < pidOffset + 4) return -1
    return this.#view.getInt32(words[entry * STRIDE + OFFSET]! + pidOffset, littleEndian)
  }
}
