/** Counts a chunk's records by event; see `TraceIndex`. */
import {
  C_BIT_OF,
  C_BITS,
  C_COUNTS,
  C_LAST_ROW,
  C_NAMING,
  C_NOTES,
  C_PID,
  C_STACKED,
  C_SEEN,
  E_ID,
  E_OFFSET,
  E_SIZE,
  E_STACK_SIZES,
  ENTRY,
} from './layout'

/** Threads that are remembered, by their lowest bits. */
const SEEN_MASK: u32 = 0xfff

/**
 * Counts the first `visible` entries of a block, sets the bits of their events for a chunk that is number `row`, and
 * notes the entries that the caller must look at: twice their number, and 1 more for the first of a
 * thread, or for one that was forgotten. Returns how many it noted.
 */
export function count(s: u32, block: u32, visible: i32, row: i32): i32 {
  const counts: u32 = load<u32>(s, C_COUNTS)
  const lastRow: u32 = load<u32>(s, C_LAST_ROW)
  const bitOf: u32 = load<u32>(s, C_BIT_OF)
  const bits: u32 = load<u32>(s, C_BITS)
  const stacked: u32 = load<u32>(s, C_STACKED)
  const naming: u32 = load<u32>(s, C_NAMING)
  const seen: u32 = load<u32>(s, C_SEEN)
  const pidOffset: u32 = load<u32>(s, C_PID)
  const notes: u32 = load<u32>(s, C_NOTES)
  let noted = notes
  for (let i = 0; i < visible; i++) {
    const entry = block + i * ENTRY
    const event: u32 = load<u32>(entry, E_ID)
    const place = counts + (event << 3)
    store<f64>(place, load<f64>(place) + 1)
    const last = lastRow + (event << 2)
    if (load<i32>(last) !== row) {
      store<i32>(last, row)
      const bit = load<i32>(bitOf + (event << 2))
      const byte = bits + (bit >>> 3)
      store<u8>(byte, (load<u8>(byte) as i32) | (1 << (bit & 7)))
    }
    const stacks = load<u32>(entry, E_STACK_SIZES)
    if (stacks !== 0) {
      const kinds = (stacks & 0xffff ? 1 : 0) | (stacks >>> 16 ? 2 : 0)
      store<u8>(stacked + event, (load<u8>(stacked + event) as i32) | kinds)
    }
    let note = load<u8>(naming + event) as i32
    if (load<u32>(entry, E_SIZE) >= pidOffset + 4) {
      const pid = load<u32>(load<u32>(entry, E_OFFSET) + pidOffset)
      const place = seen + ((pid & SEEN_MASK) << 2)
      if (load<u32>(place) !== pid) {
        store<u32>(place, pid)
        note |= 2
      }
    }
    if (note !== 0) {
      store<i32>(noted, (i << 2) | note)
      noted += 4
    }
  }
  return ((noted - notes) >>> 2) as i32
}
