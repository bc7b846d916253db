/** Runs the parser's sub-buffer walker over pages in memory, and shows records as plain objects. */
import { Diagnostics } from '../../parser/diagnostics.ts'
import {
  ID,
  OFFSET,
  RecordBlock,
  SIZE,
  STACK,
  STACK_SIZES,
  STRIDE,
  TS_HI,
  TS_LO,
  USER_STACK,
} from '../../parser/ring/record-block.ts'
import { SubBufferWalker } from '../../parser/ring/sub-buffer.ts'
import { NO_ID, type WalkLayout } from '../../parser/ring/walk-layout.ts'
import type { PageLayout } from './page-builder.ts'

/** A record as the walker found it; offsets count from the start of the first page. */
export interface WalkedRecord {
  readonly ts: bigint
  readonly id: number
  readonly payload: Uint8Array
  readonly missed: number
  /** Payload of the stack record attached, or undefined. */
  readonly stack: Uint8Array | undefined
  readonly userStack: Uint8Array | undefined
}

/** What a walk gave besides records. */
export interface Walked {
  readonly records: WalkedRecord[]
  readonly walker: SubBufferWalker
  /** Codes of the damage reported, in order of first occurrence. */
  readonly codes: string[]
}

/** Entry `i` of a block as an object. */
export const showRecord = (block: RecordBlock, i: number, bytes: Uint8Array): WalkedRecord => {
  const word = (place: number): number => block.words[i * STRIDE + place]!
  const slice = (at: number, size: number): Uint8Array => bytes.slice(at, at + size)
  const sizes = word(STACK_SIZES)
  return {
    ts: (BigInt(word(TS_HI)) << 32n) | BigInt(word(TS_LO)),
    id: word(ID) & 0xffff,
    payload: slice(word(OFFSET), word(SIZE)),
    missed: block.missed.get(word(OFFSET)) ?? 0,
    stack: (sizes & 0xffff) === 0 ? undefined : slice(word(STACK), sizes & 0xffff),
    userStack: sizes >>> 16 === 0 ? undefined : slice(word(USER_STACK), sizes >>> 16),
  }
}

/** A walker's layout for pages of a `PageLayout`; no stacks are attached unless ids are given. */
export const walkLayout = (
  { littleEndian, longSize, dataOffset, pageSize }: PageLayout,
  more: Partial<WalkLayout> = {},
): WalkLayout => ({
  littleEndian,
  headerPage: { longSize, commitOffset: 8, dataOffset, dataSize: pageSize - dataOffset },
  subBufferSize: pageSize,
  kernelStackId: NO_ID,
  userStackId: NO_ID,
  pidOffset: 4,
  source: 0,
  cpu: 0,
  ...more,
})

/** Walks bytes that hold whole pages (or a part of the last one). */
export const walkPages = (
  bytes: Uint8Array,
  layout: WalkLayout,
  wanted: Uint8Array | null = null,
): Walked => {
  const diagnostics = new Diagnostics()
  const walker = new SubBufferWalker(layout, diagnostics, bytes)
  const block = new RecordBlock((bytes.length >>> 3) + 8)
  walker.walk(block, 0, bytes.length, wanted, 0)
  const records = Array.from({ length: block.count }, (_, i) => showRecord(block, i, bytes))
  return { records, walker, codes: diagnostics.list().map(({ code }) => code) }
}
