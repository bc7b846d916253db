/**
 * Goes through the records of whole sub-buffers, and moves them in time.
 * Authority: kernel include/linux/ring_buffer.h. All times in a sub-buffer are relative to its head,
 * but for records of type 31, which hold the low 59 bits of an absolute time.
 */

/** Byte order and head of the sub-buffers of one trace. */
export interface PageLayout {
  readonly littleEndian: boolean
  readonly subBufferSize: number
  readonly commitOffset: number
  readonly dataOffset: number
}

const COMMIT_MASK = 0x3fff_ffff
const STAMP_BITS = 59n
const STAMP_MASK = (1n << STAMP_BITS) - 1n
const DELTA_BITS = 27n
const PADDING = 29
const TIME_EXTEND = 30
const TIME_STAMP = 31

/** First and last time in a run of sub-buffers, in clock units. */
export function findTimes(bytes: Uint8Array, layout: PageLayout): { first: bigint; last: bigint } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let last = 0n
  for (let at = 0; at < bytes.length; at += layout.subBufferSize) {
    let time = view.getBigUint64(at, layout.littleEndian)
    forEachHeader(view, at, layout, (type, delta, offset) => {
      if (type === TIME_STAMP) time = (time & ~STAMP_MASK) | readStamp(view, offset, delta, layout)
      else if (type === TIME_EXTEND) time += readStamp(view, offset, delta, layout)
      else time += BigInt(delta)
    })
    if (time > last) last = time
  }
  return { first: view.getBigUint64(0, layout.littleEndian), last }
}

/** Adds `shift` clock units to the time of everything in a run of sub-buffers, in place. */
export function shiftTimes(bytes: Uint8Array, layout: PageLayout, shift: bigint): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; at += layout.subBufferSize) {
    const base = view.getBigUint64(at, layout.littleEndian)
    view.setBigUint64(at, base + shift, layout.littleEndian)
    forEachHeader(view, at, layout, (type, delta, offset) => {
      if (type !== TIME_STAMP) return
      const stamp = (readStamp(view, offset, delta, layout) + shift) & STAMP_MASK
      writeStamp(view, offset, stamp, layout)
    })
  }
}

/** Calls `onEvent` with where each event's bytes start in a run of sub-buffers. */
export function forEachEvent(
  bytes: Uint8Array,
  layout: PageLayout,
  onEvent: (view: DataView, offset: number) => void,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; at += layout.subBufferSize) {
    forEachHeader(view, at, layout, (type, _delta, offset) => {
      if (type < PADDING) onEvent(view, offset + (type === 0 ? 8 : 4))
    })
  }
}

type OnHeader = (type: number, delta: number, offset: number) => void

/** Calls `onHeader` for each record of the sub-buffer at `at`, up to the end of what is used. */
function forEachHeader(view: DataView, at: number, layout: PageLayout, onHeader: OnHeader): void {
  const { littleEndian, commitOffset, dataOffset, subBufferSize } = layout
  // The low half of an 8-byte commit word stands last in a big-endian file.
  const wide = dataOffset - commitOffset === 8 && !littleEndian ? 4 : 0
  const used = view.getUint32(at + commitOffset + wide, littleEndian) & COMMIT_MASK
  const end = at + dataOffset + Math.min(used, subBufferSize - dataOffset)
  let offset = at + dataOffset
  while (offset + 4 <= end) {
    const word = view.getUint32(offset, littleEndian)
    const type = littleEndian ? word & 31 : word >>> 27
    const delta = littleEndian ? word >>> 5 : word & 0x7ff_ffff
    if (type === PADDING && delta === 0) return
    onHeader(type, delta, offset)
    offset += recordSize(view, offset, type, littleEndian)
  }
}

function recordSize(view: DataView, offset: number, type: number, littleEndian: boolean): number {
  if (type === TIME_EXTEND || type === TIME_STAMP) return 8
  if (type !== 0 && type !== PADDING) return 4 + 4 * type
  return 4 + ((view.getUint32(offset + 4, littleEndian) + 3) & ~3)
}

function readStamp(view: DataView, offset: number, delta: number, layout: PageLayout): bigint {
  const high = BigInt(view.getUint32(offset + 4, layout.littleEndian))
  return (high << DELTA_BITS) + BigInt(delta)
}

function writeStamp(view: DataView, offset: number, stamp: bigint, layout: PageLayout): void {
  const { littleEndian } = layout
  const delta = Number(stamp & ((1n << DELTA_BITS) - 1n))
  const word = littleEndian ? (delta << 5) | TIME_STAMP : (TIME_STAMP << 27) | delta
  view.setUint32(offset, word >>> 0, littleEndian)
  view.setUint32(offset + 4, Number(stamp >> DELTA_BITS), littleEndian)
}
