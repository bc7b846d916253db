/** Writes the lines of a report in order of time; see `LineLoops`. */
import {
  E_ID,
  E_OFFSET,
  E_SIZE,
  E_TS,
  ENTRY,
  K_BYTES,
  K_KEY,
  K_TEXT,
  KNOWN,
  L_BEGIN,
  L_LANES,
  L_LIMIT,
  L_LINES,
  L_OUT,
  L_PAIRS,
  L_PIDS,
  L_PROGRAMS,
  L_START,
  L_STEP,
  L_TRIPLES,
  L_UNTIL,
  LANE,
  LINE_STEP,
  LN_BASE,
  LN_HEADS,
  LN_LOST,
  LN_MODE,
  LN_SECOND,
  LN_SECOND_BYTES,
  LN_SHIFT,
  LS_BYTES,
  LS_KIND,
  LS_OFFSET,
  LS_SHIFT,
  LS_TABLE,
  LS_TEXT,
  LS_WIDTH,
  M_HEAP,
  M_HEAP_SIZE,
  PR_DYNAMIC,
  PR_LEAST,
  PR_ROOM,
  PROGRAM,
  S_BLOCK,
  S_POSITION,
  S_RANK,
  S_VISIBLE,
} from './layout'
import { nextTime, secondStream, siftDown, streamAt } from './merge'
import { digitsOf, putDecimal, putDecimal64, putHex, putReady, putSigned64, putText } from './put'

/** Why `lines` returns: the first stream has no records left, the time has come, or the next record is not for it. */
const LOAD: i32 = 0
const UNTIL: i32 = 1
const OTHER: i32 = 2
/** There is no room for the next line, or a step of it is the caller's. */
const FULL: i32 = 3
const STEP: i32 = 4

/** Kinds of steps, see `StepKind`; and the last of all. */
const HEX64: i32 = 1
const UNSIGNED64: i32 = 2
const SIGNED64: i32 = 3
const POINTER64: i32 = 4
const SIGNED32: i32 = 5
const UNSIGNED32: i32 = 6
const TEXT: i32 = 7
const DYNAMIC_TEXT: i32 = 8
const REMEMBERED: i32 = 9
const PLAIN: i32 = 10
const COMM: i32 = 11
const PADDED32: i32 = 12
const HEX64_UNLESS: i32 = 13
const END: i32 = 14

/** How a lane's times are shown. */
const MICROSECONDS: u32 = 0
const COUNT: u32 = 2
const SECOND: u64 = 1000000000

/** Places of a table of lines' heads, and of threads. */
const HEADS_SHIFT: u32 = 22
const PIDS_MASK: u32 = 0xfff

const NEWLINE: u32 = 0x0a
const BLANK: u32 = 0x20
const DOT: u32 = 0x2e
const COLON: u32 = 0x3a
const ZERO: u32 = 0x30
const LETTER_X: u32 = 0x78
/** `(nil)` */
const NIL: u64 = 0x296c696e28

/** Where the text of a value is remembered; 0 where it is not. */
function known(table: u32, shift: u32, high: u32, low: u32): u32 {
  const place: u32 = ((low ^ (high * 0x85ebca6b)) * 0x9e3779b1) >>> shift
  const key = ((high as u64) << 32) | (low as u64)
  const one = table + place * KNOWN
  if (load<u64>(one, K_KEY) === key && load<u32>(one, K_TEXT) !== 0) return one
  const other = table + (place ^ 1) * KNOWN
  return load<u64>(other, K_KEY) === key && load<u32>(other, K_TEXT) !== 0 ? other : 0
}

/** Makes the text of the second that a time lies in; false where the sum is beyond 64 bits. */
function turnSecond(lane: u32, pairs: u32, ts: u64): bool {
  const shift = load<u64>(lane, LN_SHIFT)
  const time = ts + shift
  if ((shift as i64) >= 0 ? time < ts : time > ts) return false
  const second = time / SECOND
  store<u64>(lane, second * SECOND - shift, LN_BASE)
  const text = lane + (LN_SECOND as u32)
  store<u8>(text, BLANK)
  const end = putPadded(text + 1, pairs, second, 5)
  store<u8>(end, DOT)
  store<u32>(lane, end + 1 - text, LN_SECOND_BYTES)
  return true
}

/** Decimal with blanks before it. */
function putPadded(out: u32, pairs: u32, value: u64, width: u32): u32 {
  const end = putDecimal64(out, pairs, value)
  if (end - out >= width) return end
  const missing = width - (end - out)
  for (let place = end; place > out; ) {
    place--
    store<u8>(place + missing, load<u8>(place))
  }
  for (let i: u32 = 0; i < missing; i++) store<u8>(out + i, BLANK)
  return out + width
}

/** The time and a colon; 0 where the caller must write it. */
function putTime(out: u32, lane: u32, pairs: u32, triples: u32, ts: u64): u32 {
  const mode = load<u32>(lane, LN_MODE)
  if (mode === COUNT) {
    const end = putPadded(out, pairs, ts + load<u64>(lane, LN_SHIFT), 12)
    store<u8>(end, COLON)
    return end + 1
  }
  let since = ts - load<u64>(lane, LN_BASE)
  if (since >= SECOND || load<u32>(lane, LN_SECOND_BYTES) === 0) {
    if (!turnSecond(lane, pairs, ts)) return 0
    since = ts - load<u64>(lane, LN_BASE)
  }
  const at = putReady(out, lane + (LN_SECOND as u32), load<u32>(lane, LN_SECOND_BYTES))
  const rest = since as u32
  const micros = rest / 1000
  const millis = micros / 1000
  store<u32>(at, load<u32>(triples + (millis << 2)))
  store<u32>(at + 3, load<u32>(triples + ((micros - millis * 1000) << 2)))
  if (mode === MICROSECONDS) return at + 7
  store<u32>(at + 6, load<u32>(triples + ((rest - micros * 1000) << 2)))
  return at + 10
}

/** Leaves a step to the caller, the text up to there being written; what `putSteps` then returns. */
function handBack(s: u32, step: u32, out: u32): u32 {
  store<u32>(s, step, L_STEP)
  store<u32>(s, out, L_OUT)
  return 1
}

/**
 * Takes steps from `first` on; returns where the text ends, 0 where the record is not for it, or 1 where the step left in
 * the state is the caller's, the text up to there being written.
 */
function putSteps(s: u32, first: u32, record: u32, size: u32, start: u32): u32 {
  const pairs: u32 = load<u32>(s, L_PAIRS)
  let out = start
  let step = first
  while (load<i32>(step, LS_KIND) !== END) {
    out = putReady(out, load<u32>(step, LS_TEXT), load<u32>(step, LS_BYTES))
    const field = record + load<u32>(step, LS_OFFSET)
    const width = load<u32>(step, LS_WIDTH)
    switch (load<i32>(step, LS_KIND)) {
      case HEX64:
        out = putHex(out, load<u64>(field), width)
        break
      case UNSIGNED64:
        out = putDecimal64(out, pairs, load<u64>(field))
        break
      case SIGNED64:
        out = putSigned64(out, pairs, load<i64>(field))
        break
      case POINTER64: {
        const value = load<u64>(field)
        if (value === 0) {
          store<u64>(out, NIL)
          out += 5
        } else {
          store<u8>(out, ZERO)
          store<u8>(out + 1, LETTER_X)
          out = putHex(out + 2, value, 0)
        }
        break
      }
      case SIGNED32:
        out = putSigned64(out, pairs, load<i32>(field) as i64)
        break
      case UNSIGNED32:
        out = putDecimal(out, pairs, load<u32>(field))
        break
      case TEXT:
        out = putText(out, field, width)
        break
      case DYNAMIC_TEXT: {
        const word = load<u32>(field)
        const place = (word & 0xffff) + width
        const bytes = word >>> 16
        if (place + bytes > size) {
          return handBack(s, step, out)
        }
        out = putText(out, record + place, bytes)
        break
      }
      case REMEMBERED: {
        let high: u32 = 0
        let low: u32
        if (width === 8) {
          low = load<u32>(field)
          high = load<u32>(field, 4)
        } else if (width === 4) low = load<u32>(field)
        else low = width === 2 ? load<u16>(field) : load<u8>(field)
        const text = known(load<u32>(step, LS_TABLE), load<u32>(step, LS_SHIFT), high, low)
        if (text === 0) {
          return handBack(s, step, out)
        }
        out = putReady(out, load<u32>(text, K_TEXT), load<u32>(text, K_BYTES))
        break
      }
      case PLAIN:
        break
      case COMM: {
        const pid = load<i32>(record + load<u32>(step, LS_TABLE))
        const place: u32 = load<u32>(s, L_PIDS) + (((pid as u32) & PIDS_MASK) << 2)
        if (pid < 0 || load<i32>(place) !== pid + 1) return 0
        out = putText(out, field, width)
        store<u8>(out, COLON)
        out++
        break
      }
      case PADDED32: {
        const value = load<i32>(field)
        if (value < 0) {
          return handBack(s, step, out)
        }
        for (let missing = (width as i32) - (digitsOf(value) as i32); missing > 0; missing--) {
          store<u8>(out, ZERO)
          out++
        }
        out = putDecimal(out, pairs, value)
        break
      }
      case HEX64_UNLESS: {
        const except = load<u32>(step, LS_TABLE)
        const value = load<u64>(field)
        out = putHex(out, value === load<u64>(except) ? load<u64>(except, 8) : value, width)
        break
      }
      default:
        return handBack(s, step, out)
    }
    step += LINE_STEP
  }
  return out
}

/**
 * Writes lines of the streams that `m` merges. A line that the caller had a part in goes on at the step that the state
 * says, 0 for none.
 */
export function lines(s: u32, m: u32): i32 {
  const programs: u32 = load<u32>(s, L_PROGRAMS)
  const lanes: u32 = load<u32>(s, L_LANES)
  const limit = load<u32>(s, L_LIMIT)
  const until = load<u64>(s, L_UNTIL)
  const pairs: u32 = load<u32>(s, L_PAIRS)
  const triples: u32 = load<u32>(s, L_TRIPLES)
  let out = load<u32>(s, L_OUT)
  let start = load<u32>(s, L_START)
  let step = load<u32>(s, L_STEP)
  let written: u32 = load<u32>(s, L_LINES)
  let why: i32 = -1
  while (load<i32>(m, M_HEAP_SIZE) > 0) {
    const stream = streamAt(m, 0)
    const visible = load<i32>(stream, S_VISIBLE)
    let i = load<i32>(stream, S_POSITION)
    if (i >= visible) break
    // Entries before this time are due; those of the same time too where the stream sorts first.
    const second = secondStream(m)
    const bound: u64 = second === 0 ? u64.MAX_VALUE : nextTime(second)
    const isBound = second !== 0 && load<u32>(stream, S_RANK) > load<u32>(second, S_RANK)
    const lane = lanes + load<u32>(load<u32>(m, M_HEAP)) * LANE
    const lost = load<u32>(lane, LN_LOST)
    const heads: u32 = load<u32>(lane, LN_HEADS)
    let entry: u32 = load<u32>(stream, S_BLOCK) + i * ENTRY
    for (;;) {
      const record = load<u32>(entry, E_OFFSET)
      const size = load<u32>(entry, E_SIZE)
      if (step === 0) {
        const ts = load<u64>(entry, E_TS)
        if (ts > until) {
          why = UNTIL
          break
        }
        const program: u32 = load<u32>(programs + ((load<u32>(entry, E_ID) & 0xffff) << 2))
        if (program === 0 || record === lost || size < load<u32>(program, PR_LEAST)) {
          why = OTHER
          break
        }
        if (out + load<u32>(program, PR_ROOM) + load<u32>(program, PR_DYNAMIC) * size > limit) {
          why = out === load<u32>(s, L_BEGIN) ? OTHER : FULL
          break
        }
        const head = known(heads, HEADS_SHIFT, load<u16>(record, 2), load<u32>(record, 4))
        if (head === 0) {
          why = OTHER
          break
        }
        start = out
        out = putReady(out, load<u32>(head, K_TEXT), load<u32>(head, K_BYTES))
        out = putTime(out, lane, pairs, triples, ts)
        if (out === 0) {
          out = start
          why = OTHER
          break
        }
        step = program + PROGRAM
      }
      const end = putSteps(s, step, record, size, out)
      if (end <= 1) {
        why = end === 0 ? OTHER : STEP
        out = start
        break
      }
      step = 0
      out = end
      if (load<u8>(out - 1) !== NEWLINE) {
        store<u8>(out, NEWLINE)
        out++
      }
      written++
      i++
      if (i >= visible) break
      entry += ENTRY
      const next = load<u64>(entry, E_TS)
      if (next > bound || (isBound && next === bound)) break
    }
    store<i32>(stream, i, S_POSITION)
    if (why >= 0) break
    if (i < visible) siftDown(m, 0)
  }
  store<u32>(s, written, L_LINES)
  store<u32>(s, start, L_START)
  if (why === STEP) return STEP
  store<u32>(s, out, L_OUT)
  store<u32>(s, 0, L_STEP)
  return why < 0 ? LOAD : why
}
