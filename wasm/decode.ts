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

/** Rows decoded column by column at a time: so many that what they read stays in the CPU's first cache. */
const RUN_ROWS: i32 = 128

/** Kinds of steps; a number's are 4 bits: log2 of its bytes, of the column's, and whether it is signed. */
const NUMBER: i32 = 64
const TIME: i32 = 0
const STREAM_FACT: i32 = 1
const NAME: i32 = 2
const FIXED_TEXT: i32 = 3
const LOCATED_TEXT: i32 = 4
const FLAG: i32 = 5

/** Bytes of the longest text that is looked up, and of a place in a table of texts. */
const MOST_TEXT: u32 = 32
const TEXT_SLOT: u32 = 40
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
    const known =
      load<u32>(slot) === pid && load<u64>(slot, 8) <= ts && ts < load<u64>(slot, 16)
    const id = known ? load<i32>(slot, 4) : -1
    misses += id < 0 ? 1 : 0
    store<i32>(out + (i << 2), id)
  }
  return misses
}

/** The text looked at: its bytes before the first zero, the rest zeros. */
let text0: u64 = 0
let text1: u64 = 0
let text2: u64 = 0
let text3: u64 = 0

/** A word of text that has `left` bytes (at least one) left, up to its first zero byte, the rest zero. */
// @ts-ignore: decorator
@inline
function wordOf(place: u32, left: i32): u64 {
  const all = load<u64>(place)
  const word = left < 8 ? all & ((1 << ((left << 3) as u64)) - 1) : all
  const zeros = (word - 0x0101010101010101) & ~word & 0x8080808080808080
  return zeros === 0 ? word : word & ((zeros & -zeros) - 1)
}

/** Looks at a text of at most 32 bytes, which may end in a zero before. */
function readText(place: u32, bytes: i32): void {
  text1 = 0
  text2 = 0
  text3 = 0
  text0 = wordOf(place, bytes)
  if (bytes <= 8 || text0 >>> 56 === 0) return
  text1 = wordOf(place + 8, bytes - 8)
  if (bytes <= 16 || text1 >>> 56 === 0) return
  text2 = wordOf(place + 16, bytes - 16)
  if (bytes <= 24 || text2 >>> 56 === 0) return
  text3 = wordOf(place + 24, bytes - 24)
}

/** Where the text looked at is in a table of texts. */
function textSlot(table: u32): u32 {
  const mixed =
    (text0 ^ (text1 * 0x9e3779b97f4a7c15) ^ (text2 * 0xd6e8feb86659fd93) ^ (text3 * 0xa0761d6478bd642f)) *
    0xc2b2ae3d27d4eb4f
  return table + ((mixed >>> 56) as u32) * TEXT_SLOT
}

/** Id of a text, found by the words it consists of; -1 when it is not in the table. */
function textId(table: u32, place: u32, bytes: i32): i32 {
  readText(place, bytes)
  const slot = textSlot(table)
  const known =
    load<u64>(slot) === text0 &&
    load<u64>(slot, 8) === text1 &&
    load<u64>(slot, 16) === text2 &&
    load<u64>(slot, 24) === text3
  return known ? load<i32>(slot, 32) : -1
}

/** Puts a text of 1 to 32 bytes into a table of texts. */
export function remember(table: u32, place: u32, bytes: i32, id: i32): void {
  readText(place, bytes)
  const slot = textSlot(table)
  store<u64>(slot, text0)
  store<u64>(slot, text1, 8)
  store<u64>(slot, text2, 16)
  store<u64>(slot, text3, 24)
  store<i32>(slot, id, 32)
}

/** Texts of so many bytes each. */
function fixedText(at: u32, offset: u32, bytes: i32, table: u32, out: u32, from: i32, to: i32): i32 {
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

// @ts-ignore: decorator
@inline
function copy<From, To>(at: u32, offset: u32, out: u32, from: i32, to: i32): void {
  for (let i = from; i < to; i++)
    store<To>(out + i * sizeof<To>(), load<From>(load<u32>(at + (i << 2)) + offset) as To)
}

function number(kind: i32, at: u32, offset: u32, out: u32, from: i32, to: i32): void {
  switch (kind) {
    case 0: copy<u8, u8>(at, offset, out, from, to); break
    case 1: copy<u16, u16>(at, offset, out, from, to); break
    case 2: copy<u32, u32>(at, offset, out, from, to); break
    case 3: copy<u64, u64>(at, offset, out, from, to); break
    case 4: copy<u8, u16>(at, offset, out, from, to); break
    case 5: copy<i8, i16>(at, offset, out, from, to); break
    case 6: copy<u8, u32>(at, offset, out, from, to); break
    case 7: copy<i8, i32>(at, offset, out, from, to); break
    case 8: copy<u8, u64>(at, offset, out, from, to); break
    case 9: copy<i8, i64>(at, offset, out, from, to); break
    case 10: copy<u16, u32>(at, offset, out, from, to); break
    case 11: copy<i16, i32>(at, offset, out, from, to); break
    case 12: copy<u16, u64>(at, offset, out, from, to); break
    case 13: copy<i16, i64>(at, offset, out, from, to); break
    case 14: copy<u32, u64>(at, offset, out, from, to); break
    default: copy<i32, i64>(at, offset, out, from, to)
  }
}
