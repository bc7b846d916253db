/** Short texts, compared as words. */

/** Bytes of the longest text that is looked up, and of a place in a table of texts. */
export const MOST_TEXT: u32 = 32
const TEXT_SLOT: u32 = 40

/** The text looked at: its bytes before the first zero, the rest zeros. */
export let text0: u64 = 0
export let text1: u64 = 0
let text2: u64 = 0
let text3: u64 = 0

/** A word of text that has `left` bytes (at least one) left, up to its first zero byte, the rest zero. */
function wordOf(place: u32, left: i32): u64 {
  const all = load<u64>(place)
  const word = left < 8 ? all & ((1 << ((left << 3) as u64)) - 1) : all
  const zeros = (word - 0x0101010101010101) & ~word & 0x8080808080808080
  return zeros === 0 ? word : word & ((zeros & -zeros) - 1)
}

/** Looks at a text of at most 32 bytes, which may end in a zero before. */
export function readText(place: u32, bytes: i32): void {
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
    (text0 ^
      (text1 * 0x9e3779b97f4a7c15) ^
      (text2 * 0xd6e8feb86659fd93) ^
      (text3 * 0xa0761d6478bd642f)) *
    0xc2b2ae3d27d4eb4f
  return table + ((mixed >>> 56) as u32) * TEXT_SLOT
}

/** Id of a text, found by the words it consists of; -1 when it is not in the table. */
export function textId(table: u32, place: u32, bytes: i32): i32 {
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
