/** Numbers and text written into memory; each function returns where the text ends, and may write up to 8 bytes more. */

const ZERO: u32 = 0x30
const MINUS: u32 = 0x2d

/** A text made ready, in whole words. */
export function putReady(out: u32, text: u32, bytes: u32): u32 {
  for (let i: u32 = 0; i < bytes; i += 8) store<u64>(out + i, load<u64>(text + i))
  return out + bytes
}

/** Up to `bytes` bytes of text, to its first zero. */
export function putText(out: u32, text: u32, bytes: u32): u32 {
  let from = text
  const end = text + bytes
  let to = out
  while (from < end) {
    const word = load<u64>(from)
    store<u64>(to, word)
    const zeros = (word - 0x0101010101010101) & ~word & 0x8080808080808080
    const left = end - from
    const most = min<u32>(left, 8)
    if (zeros !== 0) {
      const before = (ctz<u64>(zeros) as u32) >>> 3
      return to + min<u32>(before, most)
    }
    to += most
    from += 8
  }
  return to
}

/** Eight hexadecimal digits as they lie in memory. */
function hexWord(value: u32): u64 {
  let x = bswap<u32>(value) as u64
  x = (x | (x << 16)) & 0x0000ffff0000ffff
  x = (x | (x << 8)) & 0x00ff00ff00ff00ff
  x = ((x >>> 4) & 0x000f000f000f000f) | ((x & 0x000f000f000f000f) << 8)
  const letters = ((x + 0x0606060606060606) >>> 4) & 0x0101010101010101
  return x + 0x3030303030303030 + letters * 39
}

/** Hexadecimal, with zeros up to `width` digits, which are 16 at most. */
export function putHex(out: u32, value: u64, width: u32): u32 {
  const needed: u32 = 16 - ((clz<u64>(value | 1) as u32) >>> 2)
  const digits: u32 = needed < width ? width : needed
  if (digits <= 8) {
    store<u64>(out, hexWord((value as u32) << ((8 - digits) << 2)))
    return out + digits
  }
  store<u64>(out, hexWord(((value >>> 32) as u32) << ((16 - digits) << 2)))
  store<u64>(out + digits - 8, hexWord(value as u32))
  return out + digits
}

/** Decimal digits. */
export function digitsOf(value: u32): u32 {
  if (value < 100000) {
    if (value < 100) return value < 10 ? 1 : 2
    if (value < 1000) return 3
    return value < 10000 ? 4 : 5
  }
  if (value < 10000000) return value < 1000000 ? 6 : 7
  if (value < 100000000) return 8
  return value < 1000000000 ? 9 : 10
}

/** Decimal of 32 bits; `pairs` has the digits of 0 … 99. */
export function putDecimal(out: u32, pairs: u32, value: u32): u32 {
  if (value < 10) {
    store<u8>(out, ZERO + value)
    return out + 1
  }
  const end = out + digitsOf(value)
  let place = end
  let rest = value
  while (rest >= 100) {
    const quotient = (((rest as u64) * 0x51eb851f) >>> 37) as u32
    place -= 2
    store<u16>(place, load<u16>(pairs + ((rest - quotient * 100) << 1)))
    rest = quotient
  }
  if (rest >= 10) store<u16>(place - 2, load<u16>(pairs + (rest << 1)))
  else store<u8>(place - 1, ZERO + rest)
  return end
}

/** Decimal of 64 bits. */
export function putDecimal64(out: u32, pairs: u32, value: u64): u32 {
  if (value >>> 32 === 0) return putDecimal(out, pairs, value as u32)
  const billions = value / 1000000000
  let rest = (value - billions * 1000000000) as u32
  const end = putDecimal64(out, pairs, billions) + 9
  for (let place = end - 2; place > end - 9; place -= 2) {
    const quotient = rest / 100
    store<u16>(place, load<u16>(pairs + ((rest - quotient * 100) << 1)))
    rest = quotient
  }
  store<u8>(end - 9, ZERO + rest)
  return end
}

/** Decimal of 64 bits, signed. */
export function putSigned64(out: u32, pairs: u32, value: i64): u32 {
  if (value >= 0) return putDecimal64(out, pairs, value as u64)
  store<u8>(out, MINUS)
  return putDecimal64(out + 1, pairs, (0 - value) as u64)
}
