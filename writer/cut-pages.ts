/** The sub-buffers of a part of one CPU's records: whole ones as they are, others made anew. */
import type { Diagnostics } from '../parser/diagnostics.ts'
import { OFFSET, RecordBlock, SIZE, STRIDE } from '../parser/ring/record-block.ts'
import { SubBufferWalker } from '../parser/ring/sub-buffer.ts'
import { NO_ID, type WalkLayout } from '../parser/ring/walk-layout.ts'
import { PageEncoder } from './page-encoder.ts'
import { AFTER, BEFORE, KEPT, type RecordChoice, RecordChooser } from './record-choice.ts'
import { GIVE_WAY } from './saved.ts'
import { countMissed, missedBefore, type PageShape, type PageTally } from './sound-pages.ts'

/** What a cut came to. */
export interface CutTally extends PageTally {
  /** Records that there are. */
  seen: number
  /** Events were lost after the last record that was kept, and before one that was not. */
  trailingLoss: boolean
}

/**
 * Yields the sub-buffers that hold the chosen records of `pieces`; a yielded one is valid until the
 * next. That events were lost is said at the first record that is kept after them, unless the loss
 * ended before the chosen time.
 */
export function* cutPages(
  pieces: Iterable<Uint8Array>,
  shape: PageShape,
  layout: WalkLayout,
  choice: RecordChoice,
  diagnostics: Diagnostics,
  tally: CutTally,
): Generator<Uint8Array> {
  const page = new Uint8Array(shape.bytes)
  const block = new RecordBlock((shape.bytes >>> 3) + 8)
  const chooser = new RecordChooser(layout, choice, page, block)
  const encoder = new PageEncoder(shape)
  // Which event a stack belongs to is the chooser's business.
  const noStacks = { ...layout, kernelStackId: NO_ID, userStackId: NO_ID }
  const walker = new SubBufferWalker(noStacks, diagnostics, page)
  const { words } = block
  const { verdicts, times } = chooser
  let pending = 0
  let last = BEFORE
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; start += shape.bytes) {
      const bytes = piece.subarray(start, start + shape.bytes)
      page.set(bytes)
      const damages = walker.damages
      block.clear()
      walker.walk(block, 0, bytes.length, null, -1)
      const kept = chooser.choose()
      const { count } = block
      const missed = count === 0 ? 0 : (block.missed.get(words[OFFSET]!) ?? 0)
      const isSound = walker.damages === damages && bytes.length === shape.bytes
      tally.seen += count
      tally.events += kept
      if (!isSound) tally.shortened++
      const isWhole = isSound && kept === count && kept > 0
      if (isWhole && pending === 0 && missedBefore(page, shape) === missed) {
        if (encoder.records > 0) yield take(encoder, tally)
        tally.subBuffers++
        countMissed(tally, missed)
        last = KEPT
        yield page
        continue
      }
      pending = addMissed(pending, missed)
      for (let i = 0; i < count; i++) {
        const verdict = verdicts[i]!
        if (verdict === BEFORE) pending = 0
        if (verdict === AFTER) {
          if (pending !== 0 && last !== AFTER) tally.trailingLoss = true
          pending = 0
        }
        last = verdict
        if (verdict !== KEPT) continue
        const at = words[i * STRIDE + OFFSET]!
        const size = words[i * STRIDE + SIZE]!
        const lo = times[2 * i]!
        const hi = times[2 * i + 1]!
        if (!encoder.add(page, at, size, lo, hi, pending)) {
          yield take(encoder, tally)
          encoder.add(page, at, size, lo, hi, pending)
        }
        countMissed(tally, pending)
        pending = 0
      }
    }
    yield GIVE_WAY
  }
  if (encoder.records > 0) yield take(encoder, tally)
  if (pending !== 0) tally.trailingLoss = true
}

function take(encoder: PageEncoder, tally: CutTally): Uint8Array {
  tally.subBuffers++
  return encoder.take()
}

/** Losses with nothing between them that is kept are one; -1 is an unknown number. */
function addMissed(pending: number, missed: number): number {
  return pending < 0 || missed < 0 ? -1 : pending + missed
}
