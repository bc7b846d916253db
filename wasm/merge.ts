/** Merges streams by time and hands their records to tables; see `MergedRecords`. */
import {
  E_ID,
  E_OFFSET,
  E_STACK,
  E_STACK_SIZES,
  E_TS,
  ENTRY,
  M_FULL,
  M_HEAP,
  M_HEAP_SIZE,
  M_ROUTES,
  M_STREAMS,
  S_BLOCK,
  S_POSITION,
  S_RANK,
  S_VISIBLE,
  STREAM,
  T_COUNT,
  T_ENTRIES,
  T_MOST,
  T_STACKS,
} from './layout'

/** What `merge` returns beside the number of a stream that is to be loaded. */
const ENDED: i32 = -1
const FULL: i32 = -2

export function nextTime(stream: u32): u64 {
  return load<u64>(load<u32>(stream, S_BLOCK) + load<u32>(stream, S_POSITION) * ENTRY, E_TS)
}

export function streamAt(m: u32, place: i32): u32 {
  return load<u32>(m, M_STREAMS) + (load<u32>(load<u32>(m, M_HEAP) + (place << 2)) as u32) * STREAM
}

function isLess(a: u32, b: u32): bool {
  const x = nextTime(a)
  const y = nextTime(b)
  return x < y || (x === y && load<u32>(a, S_RANK) < load<u32>(b, S_RANK))
}

/** The stream that is due after the first; 0 where there is none. */
export function secondStream(m: u32): u32 {
  const size = load<i32>(m, M_HEAP_SIZE)
  if (size < 2) return 0
  return size > 2 && isLess(streamAt(m, 2), streamAt(m, 1)) ? streamAt(m, 2) : streamAt(m, 1)
}

/** Moves the stream at a place of the heap down to where it belongs. */
export function siftDown(m: u32, from: i32): void {
  const heap: u32 = load<u32>(m, M_HEAP)
  const size = load<i32>(m, M_HEAP_SIZE)
  let i = from
  for (;;) {
    let child = 2 * i + 1
    if (child >= size) return
    if (child + 1 < size && isLess(streamAt(m, child + 1), streamAt(m, child))) child++
    if (!isLess(streamAt(m, child), streamAt(m, i))) return
    const a = heap + (i << 2)
    const b = heap + (child << 2)
    const swap = load<u32>(a)
    store<u32>(a, load<u32>(b))
    store<u32>(b, swap)
    i = child
  }
}

/**
 * Hands records to their tables in order of time until a stream (its number is returned) has none
 * left, all streams have ended, or a table is full.
 */
export function merge(m: u32): i32 {
  const routes: u32 = load<u32>(m, M_ROUTES)
  while (load<i32>(m, M_HEAP_SIZE) > 0) {
    const top = load<u32>(load<u32>(m, M_HEAP)) as i32
    const stream = streamAt(m, 0)
    const visible = load<i32>(stream, S_VISIBLE)
    let i = load<i32>(stream, S_POSITION)
    if (i >= visible) return top
    // Entries before this time are due; those of the same time too where the stream sorts first.
    const second = secondStream(m)
    const bound: u64 = second === 0 ? u64.MAX_VALUE : nextTime(second)
    const isBound = second !== 0 && load<u32>(stream, S_RANK) > load<u32>(second, S_RANK)
    const block: u32 = load<u32>(stream, S_BLOCK)
    const number = (top as u32) << 16
    let full: u32 = 0
    for (;;) {
      const entry = block + i * ENTRY
      i++
      const id = load<u32>(entry, E_ID)
      const table: u32 = load<u32>(routes + (id << 2))
      if (table !== 0) {
        const count = load<u32>(table, T_COUNT)
        const to = load<u32>(table, T_ENTRIES) + count * ENTRY
        store<u64>(to, load<u64>(entry, E_OFFSET), E_OFFSET)
        store<u64>(to, load<u64>(entry, E_TS), E_TS)
        store<u32>(to, id | number, E_ID)
        if (load<u32>(table, T_STACKS) !== 0) {
          store<u64>(to, load<u64>(entry, E_STACK), E_STACK)
          store<u32>(to, load<u32>(entry, E_STACK_SIZES), E_STACK_SIZES)
        }
        store<u32>(table, count + 1, T_COUNT)
        if (count + 1 === load<u32>(table, T_MOST)) {
          full = table
          break
        }
      }
      if (i >= visible) break
      const ts = load<u64>(block + i * ENTRY, E_TS)
      if (ts > bound || (isBound && ts === bound)) break
    }
    store<i32>(stream, i, S_POSITION)
    if (i < visible) siftDown(m, 0)
    if (full !== 0) {
      store<u32>(m, full as u32, M_FULL)
      return FULL
    }
  }
  return ENDED
}
