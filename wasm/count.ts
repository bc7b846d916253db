/** Counts a chunk's records by event; see `TraceIndex`. */
import {
  C_BIT_OF,
  C_BITS,
  C_COUNTS,
  C_LAST_ROW,
  C_LESSONS,
  C_NAMES,
  C_NAMING,
  C_NOTES,
  C_PID,
  C_SEEN,
  C_STACKED,
  E_ID,
  E_OFFSET,
  E_SIZE,
  E_STACK_SIZES,
  E_TS,
  ENTRY,
  LESSONS,
  N_LAST,
  N_PID,
  N_TEXT,
  NAME,
} from './layout'
import { readText, text0, text1 } from './text'

/** Threads that are remembered, by their lowest bits. */
const SEEN_MASK: u32 = 0xfff

/** Threads whose names are remembered, by their lowest bits; and bytes of a name. */
const NAMES_MASK: u32 = 0x3ff
const COMM_BYTES: u32 = 16

/** Whether an entry says anything new of the threads that it names. */
function teaches(s: u32, lesson: u32, entry: u32): bool {
  const lessons: u32 = load<u32>(s, C_LESSONS) + lesson * LESSONS
  const record = load<u32>(entry, E_OFFSET)
  const size = load<u32>(entry, E_SIZE)
  const count = load<u32>(lessons)
  for (let k: u32 = 0; k < count; k++) {
    const pidPlace = load<u32>(lessons + (k << 3), 4)
    const textPlace = load<u32>(lessons + (k << 3), 8)
    if (pidPlace + 4 > size || textPlace + COMM_BYTES > size) return true
    const pid = load<u32>(record + pidPlace)
    const name: u32 = load<u32>(s, C_NAMES) + (pid & NAMES_MASK) * NAME
    readText(record + textPlace, COMM_BYTES)
    if (load<u32>(name, N_PID) !== pid) return true
    if (load<u64>(name, N_TEXT) !== text0 || load<u64>(name, N_TEXT + 8) !== text1) return true
    store<u64>(name, load<u64>(entry, E_TS), N_LAST)
  }
  return false
}

/** Remembers the threads and names of an entry. */
export function learn(s: u32, lesson: u32, entry: u32): void {
  const lessons: u32 = load<u32>(s, C_LESSONS) + lesson * LESSONS
  const record = load<u32>(entry, E_OFFSET)
  const count = load<u32>(lessons)
  for (let k: u32 = 0; k < count; k++) {
    const pid = load<u32>(record + load<u32>(lessons + (k << 3), 4))
    const name: u32 = load<u32>(s, C_NAMES) + (pid & NAMES_MASK) * NAME
    readText(record + load<u32>(lessons + (k << 3), 8), COMM_BYTES)
    store<u32>(name, pid, N_PID)
    store<u64>(name, text0, N_TEXT)
    store<u64>(name, text1, N_TEXT + 8)
    store<u64>(name, load<u64>(entry, E_TS), N_LAST)
  }
}

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
    if (note > 1) note = teaches(s, note - 2, entry) ? 1 : 0
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
