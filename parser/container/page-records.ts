/**
 * Counts the records of a sub-buffer by their heads, without looking at what is in them: to find
 * where one CPU's sub-buffers end, and how much of a sub-buffer is there when its end was cut off.
 * Authority: kernel `include/linux/ring_buffer.h`; `parser/ring/sub-buffer.ts` has the layout.
 */
import type { HeaderPage } from './types.ts'

const SIZE_MASK = 0x7ffffff
const DATA_MAX = 28
const PADDING = 29
const LONG_DATA = 0

/** What the heads of a sub-buffer's records say. */
export interface PageRecords {
  /** Records that are there as a whole. */
  readonly records: number
  /** Bytes of data up to the end of the last of them. */
  readonly used: number
  /** Bytes of data that the sub-buffer's own head speaks of. */
  readonly claimed: number
  /** Whether the records go on to the end of what is claimed. */
  readonly whole: boolean
}

/** Reads a sub-buffer, or what is left of one; `bytes` begin with its head. */
export function countRecords(
  bytes: Uint8Array,
  littleEndian: boolean,
  page: HeaderPage,
): PageRecords {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = page.dataOffset
  if (bytes.length < start) return { records: 0, used: 0, claimed: 0, whole: false }
  const low = littleEndian || page.longSize === 4 ? 0 : 4
  const claimed = view.getUint32(page.commitOffset + low, littleEndian) & SIZE_MASK
  const end = Math.min(start + claimed, bytes.length)
  let records = 0
  let used = 0
  let at = start
  while (at + 4 <= end) {
    const word = view.getUint32(at, littleEndian)
    const type = littleEndian ? word & 31 : word >>> 27
    const delta = littleEndian ? word >>> 5 : word & SIZE_MASK
    if (type === PADDING && delta === 0) {
      at = start + claimed
      break
    }
    const isShort = type > LONG_DATA && type <= DATA_MAX
    if (!isShort && at + 8 > end) break
    const size = isShort ? 4 + type * 4 : sizeOf(type, view.getUint32(at + 4, littleEndian))
    if (size < 8 || at + size > end) break
    at += align4(size)
    if (type <= DATA_MAX) {
      records++
      used = Math.min(at, end) - start
    }
  }
  return { records, used, claimed, whole: at >= start + claimed }
}

/** Bytes of a record whose head has a second word; that of data and padding counts itself. */
function sizeOf(type: number, word: number): number {
  return type === LONG_DATA || type === PADDING ? 4 + word : 8
}

function align4(size: number): number {
  return (size + 3) & ~3
}
