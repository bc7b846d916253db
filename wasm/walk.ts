/** Walks the records of sub-buffers whose words are in little-endian order; see `SubBufferWalker`. */
import {
  E_ID,
  E_OFFSET,
  E_SIZE,
  E_STACK,
  E_STACK_SIZES,
  E_TS,
  E_USER_STACK,
  ENTRY,
  W_ANY,
  W_BACKWARDS,
  W_BLOCK,
  W_BYTES,
  W_COMMIT,
  W_COUNT,
  W_DATA,
  W_DISCARDED,
  W_FIRST,
  W_KEPT,
  W_KERNEL_STACK,
  W_LAST,
  W_OWNER,
  W_OWNER_PID,
  W_PID,
  W_RECORDS,
  W_SUB_BUFFER,
  W_USER_STACK,
} from './layout'

const SIZE_MASK: u32 = 0x7ffffff
const MISSED_EVENTS: u32 = 0x80000000
const NO_ID: i32 = 0x10000
const TOP_FIVE_BITS: u64 = 0xf800000000000000

function pidOf(s: u32, payload: u32, length: i32): i32 {
  const offset = load<i32>(s, W_PID)
  return length >= offset + 4 ? load<i32>(payload + offset) : -1
}

/**
 * Walks the sub-buffers in `start … end` and appends their records to the block; returns where it
 * stopped: `end`, or the first sub-buffer that has anything wrong or rare about it, of which then nothing is kept.
 */
export function walk(s: u32, start: u32, end: u32): u32 {
  const size: u32 = load<u32>(s, W_SUB_BUFFER)
  let at = start
  while (at < end) {
    const limit = at + size < end ? at + size : end
    if (!walkOne(s, at, limit)) return at
    at += size
  }
  return end
}

function walkOne(s: u32, at: u32, limit: u32): bool {
  const data = at + load<u32>(s, W_DATA)
  if (data > limit) return false
  const commit = load<u32>(at + load<u32>(s, W_COMMIT))
  const end = data + (commit & SIZE_MASK)
  if ((commit & MISSED_EVENTS) !== 0 || end > limit) return false
  const block: u32 = load<u32>(s, W_BLOCK)
  const kept: u32 = load<u32>(s, W_KEPT)
  const kernelStack = load<i32>(s, W_KERNEL_STACK)
  const userStack = load<i32>(s, W_USER_STACK)
  const stacks = kernelStack !== NO_ID || userStack !== NO_ID
  let ts = load<u64>(at)
  let first: u64 = 0
  let n = load<i32>(s, W_COUNT)
  let records = 0
  let discarded = 0
  let owner = load<i32>(s, W_OWNER)
  let ownerPid = load<i32>(s, W_OWNER_PID)
  let ownerAt: u32 = 0
  let ownerBytes = 0
  // What an owner of an earlier sub-buffer has, should this one be given up.
  const old = owner >= 0 ? block + owner * ENTRY : 0
  const oldStacks: u64 = old ? load<u64>(old, E_STACK) : 0
  const oldSizes: u32 = old ? load<u32>(old, E_STACK_SIZES) : 0
  let sound = true
  let p = data
  while (p + 4 <= end) {
    const word = load<u32>(p)
    const typeLen = word & 31
    const delta = word >>> 5
    let payload = p + 4
    let length: i32
    if (typeLen - 1 > 27) {
      if (((typeLen ^ 29) | delta) === 0) break
      if (p + 8 > end) {
        sound = false
        break
      }
      const word2 = load<u32>(p, 4)
      if (typeLen === 30) {
        ts += ((word2 as u64) << 27) | delta
        p += 8
        continue
      }
      if (typeLen === 31) {
        const top = ts & TOP_FIVE_BITS
        const stamp = ((((word2 as u64) << 27) | delta) & ~TOP_FIVE_BITS) | top
        ts = stamp + (top !== 0 && stamp < ts ? 0x0800000000000000 : 0)
        p += 8
        continue
      }
      if (word2 < 4 || word2 > ((end - p - 4) as u32)) {
        sound = false
        break
      }
      ts += delta
      p += 4 + ((word2 + 3) & ~3)
      if (typeLen === 29) {
        discarded++
        continue
      }
      payload += 4
      length = word2 - 4
    } else {
      length = typeLen << 2
      p = payload + length
      if (p > end) {
        sound = false
        break
      }
      ts += delta
    }
    if (length < 2) {
      sound = false
      break
    }
    const event = load<u16>(payload) as i32
    if (records === 0) first = ts
    records++
    const isKept = load<u8>(kept + event)
    if (stacks) {
      if (event === kernelStack || event === userStack) {
        if (ownerAt !== 0) ownerPid = pidOf(s, ownerAt, ownerBytes)
        ownerAt = 0
        if (
          owner >= 0 &&
          !attach(s, block + owner * ENTRY, ownerPid, event === kernelStack, payload, length)
        )
          owner = -1
      } else {
        owner = isKept ? n : -1
        ownerAt = payload
        ownerBytes = length
      }
    }
    if (!isKept) continue
    const entry = block + n * ENTRY
    store<u32>(entry, payload as u32, E_OFFSET)
    store<i32>(entry, length, E_SIZE)
    store<u64>(entry, ts, E_TS)
    store<i32>(entry, event, E_ID)
    store<u32>(entry, 0, E_STACK_SIZES)
    n++
  }
  if (!sound) {
    if (old) {
      store<u64>(old, oldStacks, E_STACK)
      store<u32>(old, oldSizes, E_STACK_SIZES)
    }
    return false
  }
  store<i32>(s, load<i32>(s, W_BYTES) + ((end - data) as i32), W_BYTES)
  store<i32>(s, n, W_COUNT)
  store<i32>(s, owner, W_OWNER)
  store<i32>(s, ownerAt !== 0 ? pidOf(s, ownerAt, ownerBytes) : ownerPid, W_OWNER_PID)
  store<i32>(s, load<i32>(s, W_DISCARDED) + discarded, W_DISCARDED)
  if (records > 0) {
    if (load<i32>(s, W_ANY) === 0) {
      store<i32>(s, 1, W_ANY)
      store<u64>(s, first, W_FIRST)
    } else if (first < load<u64>(s, W_LAST))
      store<i32>(s, load<i32>(s, W_BACKWARDS) + 1, W_BACKWARDS)
    store<u64>(s, ts, W_LAST)
    store<i32>(s, load<i32>(s, W_RECORDS) + records, W_RECORDS)
  }
  return true
}

/** Hands a stack record to the event just before it, when the same thread wrote both. */
function attach(
  s: u32,
  entry: u32,
  ownerPid: i32,
  isKernel: bool,
  payload: u32,
  length: i32,
): bool {
  const sizes = load<u32>(entry, E_STACK_SIZES)
  const known = isKernel ? sizes & 0xffff : sizes >>> 16
  if (known !== 0 || length < load<i32>(s, W_PID) + 4) return false
  if (pidOf(s, payload, length) !== ownerPid) return false
  const bytes: u32 = length < 0xffff ? length : 0xffff
  if (isKernel) store<u32>(entry, payload as u32, E_STACK)
  else store<u32>(entry, payload as u32, E_USER_STACK)
  store<u32>(entry, sizes | (isKernel ? bytes : bytes << 16), E_STACK_SIZES)
  return true
}
