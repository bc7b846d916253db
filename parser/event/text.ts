/**
 * Text out of a trace. The kernel copies whatever bytes it met (task names, paths, marker text),
 * so they need not be UTF-8: bytes that are not appear as `\xNN` (lower-case hex), one escape a
 * byte, and nothing is dropped. A backslash that was in the text stays a single backslash, so a
 * name that really contains the four characters `\xff` looks the same as one with the byte 0xff:
 * readable names were judged worth more than an escape that can always be undone.
 */

/** Bytes that one input byte can become at most. */
export const MAX_ESCAPE = 4

const HEX = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))

/**
 * Bytes of the well-formed UTF-8 sequence that starts at `at` (1 to 4), or 0 when there is none:
 * overlong forms, surrogates, values above U+10FFFF and cut sequences are not well-formed
 * (Unicode 15, table 3-7).
 */
export function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  if (at + length > end) return 0
  const second = bytes[at + 1]!
  let low = 0x80
  let high = 0xbf
  if (lead === 0xe0) low = 0xa0
  else if (lead === 0xed) high = 0x9f
  else if (lead === 0xf0) low = 0x90
  else if (lead === 0xf4) high = 0x8f
  if (second < low || second > high) return 0
  for (let i = 2; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0
  return length
}

/** True when `bytes[start … end]` is well-formed UTF-8 as it stands. */
export function isUtf8Text(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    if (bytes[at]! < 0x80) at++
    else {
      const length = sequenceLength(bytes, at, end)
      if (length === 0) return false
      at += length
    }
  }
  return true
}

/**
 * Writes `bytes[start … end]` to `target` from `at` on as well-formed UTF-8, other bytes escaped;
 * returns where it stopped. `target` must have room for MAX_ESCAPE bytes for each input byte.
 */
export function escapeText(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  let to = at
  let from = start
  while (from < end) {
    const length = sequenceLength(bytes, from, end)
    if (length === 0) {
      const byte = bytes[from++]!
      target[to] = 0x5c
      target[to + 1] = 0x78
      target[to + 2] = HEX[byte >> 4]!
      target[to + 3] = HEX[byte & 15]!
      to += 4
    } else for (let i = 0; i < length; i++) target[to++] = bytes[from++]!
  }
  return to
}

/** `bytes[start … end]` as a string, bytes that are not UTF-8 as `\xNN`. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (isUtf8Text(bytes, start, end)) {
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
  }
  const escaped = Buffer.allocUnsafe((end - start) * MAX_ESCAPE)
  return escaped.toString('utf8', 0, escapeText(bytes, start, end, escaped, 0))
}

/** Index of the first NUL in `bytes[start … end]`, or `end`. */
export function findNul(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === 0) return i
  return end
}
