/** Decodes rows of a table, column by column; see `TableBuilder`. */
import {
  E_ID,
  E_OFFSET,
  E_SIZE,
  E_TS,
  ENTRY,
  P_EXTRA,
  P_KIND,
  P_OFFSET,
  P_OUT,
  P_TABLE,
  STEP,
  T_AT,
  T_ENTRIES,
  T_MISSES,
  T_NEEDED,
  T_SIZE,
  T_STEP_COUNT,
  T_STEPS,
} from './layout'
import { MOST_TEXT, textId } from './text'

/** Rows decoded column by column at a time: so many that what they read stays in the CPU's first cache. */
const RUN_ROWS: i32 = 128

/** Kinds of steps; a number's are 4 bits: log2 of its bytes, of the column's, and whether it is signed. */
const NUMBER: i32 = 64
const TIME: i32 = 0
const STREAM_FACT: i32 = 1
const NAME: i32 = 2
const FIXED_TEXT: i32 = 3
const LOCATED_TEXT: i32 = 4

/** Bytes of a place in a table of names. */
const NAME_SLOT: u32 = 24

/**
 * Decodes rows `from … to`, and leaves their places and sizes behind. Returns how many records are too
 * short for some column: if any are, no column is decoded.
 */
export function decode(t: u32, from: i32, to: i32): i32 {
  const entries: u32 = load<u32>(t, T_ENTRIES)
  const at: u32 = load<u32>(t, T_AT)
  const size: u32 = load<u32>(t, T_SIZE)
  const needed = load<u32>(t, T_NEEDED)
  let short = 0
  for (let i = from; i < to; i++) {
    const entry = entries + i * ENTRY
    store<u32>(at + (i << 2), load<u32>(entry, E_OFFSET))
    const bytes = load<u32>(entry, E_SIZE)
    store<u32>(size + (i << 2), bytes)
    short += bytes < needed ? 1 : 0
  }
  if (short > 0) return short
  const steps: u32 = load<u32>(t, T_STEPS)
  const end = steps + load<u32>(t, T_STEP_COUNT) * STEP
  let misses = 0
  for (let start = from; start < to; start += RUN_ROWS) {
    const stop = start + RUN_ROWS < to ? start + RUN_ROWS : to
    for (let step = steps; step < end; step += STEP) {
      const kind = load<i32>(step, P_KIND)
      const out: u32 = load<u32>(step, P_OUT)
      const offset: u32 = load<u32>(step, P_OFFSET)
      const table: u32 = load<u32>(step, P_TABLE)
      if (kind >= NUMBER) number(kind - NUMBER, at, offset, out, start, stop)
      else if (kind === TIME) time(entries, out, start, stop)
      else if (kind === STREAM_FACT) streamFact(entries, table, out, start, stop)
      else if (kind === NAME) misses += name(entries, at, offset, table, out, start, stop)
      else if (kind === FIXED_TEXT)
        misses += fixedText(at, offset, load<i32>(step, P_EXTRA), table, out, start, stop)
      else if (kind === LOCATED_TEXT)
        misses += locatedText(at, size, offset, load<u32>(step, P_EXTRA), table, out, start, stop)
      else flag(at, offset, out, start, stop)
    }
  }
  store<i32>(t, misses, T_MISSES)
  return 0
}

function time(entries: u32, out: u32, from: i32, to: i32): void {
  for (let i = from; i < to; i++) store<u64>(out + (i << 3), load<u64>(entries + i * ENTRY, E_TS))
}

/** The 16 bits that a table says of a record's stream. */
function streamFact(entries: u32, table: u32, out: u32, from: i32, to: i32): void {
  for (let i = from; i < to; i++)
    store<u16>(out + (i << 1), load<u16>(table + (load<u16>(entries + i * ENTRY, E_ID + 2) << 1)))
}

/**
 * Ids of threads' names; -1 for those not in the table. It has 4096 places of 24 bytes: thread, id, and the
 * time from and until which the thread has the name.
 */
function name(entries: u32, at: u32, offset: u32, table: u32, out: u32, from: i32, to: i32): i32 {
  let misses = 0
  for (let i = from; i < to; i++) {
    const pid = load<u32>(load<u32>(at + (i << 2)) + offset)
    const ts = load<u64>(entries + i * ENTRY, E_TS)
    const slot = table + (pid & 0xfff) * NAME_SLOT
    const known = load<u32>(slot) === pid && load<u64>(slot, 8) <= ts && ts < load<u64>(slot, 16)
    const id = known ? load<i32>(slot, 4) : -1
    misses += id < 0 ? 1 : 0
    store<i32>(out + (i << 2), id)
  }
  return misses
}

/** Texts of so many bytes each. */
function fixedText(
  at: u32,
  offset: u32,
  bytes: i32,
  table: u32,
  out: u32,
  from: i32,
  to: i32,
): i32 {
  let misses = 0
  for (let i = from; i < to; i++) {
    const id = textId(table, load<u32>(at + (i << 2)) + offset, bytes)
    misses += id < 0 ? 1 : 0
    store<i32>(out + (i << 2), id)
  }
  return misses
}

/** Texts whose place, counted from `base` in the record, and bytes are in a word of the record. */
function locatedText(
  at: u32,
  size: u32,
  offset: u32,
  base: u32,
  table: u32,
  out: u32,
  from: i32,
  to: i32,
): i32 {
  let misses = 0
  for (let i = from; i < to; i++) {
    const record = load<u32>(at + (i << 2))
    const word = load<u32>(record + offset)
    const place = (word & 0xffff) + base
    const bytes = word >>> 16
    const isShort = bytes - 1 < MOST_TEXT && place + bytes <= load<u32>(size + (i << 2))
    const id = isShort ? textId(table, record + place, bytes) : -1
    misses += id < 0 ? 1 : 0
    store<i32>(out + (i << 2), id)
  }
  return misses
}

function flag(at: u32, offset: u32, out: u32, from: i32, to: i32): void {
  for (let i = from; i < to; i++)
    store<u8>(out + i, load<u8>(load<u32>(at + (i << 2)) + offset) === 0 ? 0 : 1)
}

function copy<From, To>(at: u32, offset: u32, out: u32, from: i32, to: i32): void {
  for (let i = from; i < to; i++)
    store<To>(out + i * sizeof<To>(), load<From>(load<u32>(at + (i << 2)) + offset) as To)
}

function number(kind: i32, at: u32, offset: u32, out: u32, from: i32, to: i32): void {
  switch (kind) {
    case 0:
      copy<u8, u8>(at, offset, out, from, to)
      break
    case 1:
      copy<u16, u16>(at, offset, out, from, to)
      break
    case 2:
      copy<u32, u32>(at, offset, out, from, to)
      break
    case 3:
      copy<u64, u64>(at, offset, out, from, to)
      break
    case 4:
      copy<u8, u16>(at, offset, out, from, to)
      break
    case 5:
      copy<i8, i16>(at, offset, out, from, to)
      break
    case 6:
      copy<u8, u32>(at, offset, out, from, to)
      break
    case 7:
      copy<i8, i32>(at, offset, out, from, to)
      break
    case 8:
      copy<u8, u64>(at, offset, out, from, to)
      break
    case 9:
      copy<i8, i64>(at, offset, out, from, to)
      break
    case 10:
      copy<u16, u32>(at, offset, out, from, to)
      break
    case 11:
      copy<i16, i32>(at, offset, out, from, to)
      break
    case 12:
      copy<u16, u64>(at, offset, out, from, to)
      break
    case 13:
      copy<i16, i64>(at, offset, out, from, to)
      break
    case 14:
      copy<u32, u64>(at, offset, out, from, to)
      break
    default:
      copy<i32, i64>(at, offset, out, from, to)
  }
}
