/**
 * Sets of bits as text, from arrays of the kernel's longs in file byte order. Authority: kernel
 * `lib/vsprintf.c` (bitmap_string, bitmap_list_string).
 */
import type { RecordCursor } from './record-cursor.ts'

/** Bits of the cursor's range in hexadecimal, 32 a group, the highest first: `00000001,0000ffff`. */
export function writeMask(
  r: RecordCursor,
  bits: number,
  longSize: 4 | 8,
  littleEndian: boolean,
): void {
  const { sink } = r
  const groups = Math.ceil(bits / 32)
  for (let group = groups - 1; group >= 0; group--) {
    let word = 0
    for (let i = 3; i >= 0; i--)
      word = (word << 8) | maskByte(r, group * 4 + i, longSize, littleEndian)
    const used = Math.min(32, bits - group * 32)
    if (used < 32) word &= (1 << used) - 1
    sink.hexPadded(word, Math.ceil(used / 4))
    if (group > 0) sink.byte(0x2c)
  }
}

/** Numbers of the set bits as ranges: `0-3,7`. */
export function writeCpuList(
  r: RecordCursor,
  bits: number,
  longSize: 4 | 8,
  littleEndian: boolean,
): void {
  const { sink } = r
  const isSet = (bit: number): boolean =>
    ((maskByte(r, bit >> 3, longSize, littleEndian) >> (bit & 7)) & 1) === 1
  let isFirst = true
  for (let bit = 0; bit < bits; bit++) {
    if (!isSet(bit)) continue
    let end = bit
    while (end + 1 < bits && isSet(end + 1)) end++
    if (!isFirst) sink.byte(0x2c)
    isFirst = false
    sink.unsigned(bit)
    if (end > bit) {
      sink.byte(0x2d)
      sink.unsigned(end)
    }
    bit = end
  }
}

/** Byte `index` of the mask, the lowest first; 0 beyond the range. */
function maskByte(r: RecordCursor, index: number, longSize: number, littleEndian: boolean): number {
  const inWord = index & (longSize - 1)
  const at = r.from + (littleEndian ? index : index - inWord + (longSize - 1 - inWord))
  return at < r.to ? r.bytes[at]! : 0
}
