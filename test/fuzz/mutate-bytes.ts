/** Damage that knows nothing of the format: flips, cuts, splices, repeated pieces, lying numbers. */
import type { Random } from '../helpers/random.ts'

/** Numbers at which arithmetic and checks go wrong. */
export const INTERESTING: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  0x7fn,
  0x80n,
  0xffn,
  0xfffn,
  0x1000n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0x80000000n,
  0xfffffffen,
  0xffffffffn,
  0x1_0000_0000n,
  0x1f_ffff_ffff_ffffn,
  0x20_0000_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_ffff_fff0n,
  0xffff_ffff_ffff_ffffn,
]

/** Writes `value` with `size` bytes at `at`, as far as there are bytes. */
export const putNumber = (
  bytes: Uint8Array,
  at: number,
  value: bigint,
  size: number,
  littleEndian: boolean,
): void => {
  for (let i = 0; i < size; i++) {
    const place = at + (littleEndian ? i : size - 1 - i)
    if (place < bytes.length) bytes[place] = Number((value >> BigInt(8 * i)) & 0xffn)
  }
}

/** A number that is likely to be wrong in an interesting way; `limit` is about the file's length. */
export const wrongNumber = (random: Random, right: bigint, limit: number): bigint => {
  switch (random.below(6)) {
    case 0:
      return right + BigInt(random.below(9)) - 4n
    case 1:
      return right * BigInt(2 + random.below(4))
    case 2:
      return BigInt(random.below(limit + 1))
    case 3:
      return BigInt(limit) + BigInt(random.below(3)) - 1n
    default:
      return random.pick(INTERESTING)
  }
}

const splice = (bytes: Uint8Array, at: number, remove: number, add: Uint8Array): Uint8Array =>
  Buffer.concat([bytes.subarray(0, at), add, bytes.subarray(at + remove)])

/** One change; `other` gives pieces of a second file. The input is not changed. */
export const mutateBytes = (
  bytes: Uint8Array,
  random: Random,
  other: () => Uint8Array,
): Uint8Array => {
  const { length } = bytes
  if (length === 0) return Uint8Array.of(random.below(256))
  const copy = new Uint8Array(bytes)
  const at = random.below(length)
  const run = 1 + random.below(random.below(4) === 0 ? length : 64)
  switch (random.below(10)) {
    case 0:
      copy[at] = copy[at]! ^ (1 << random.below(8))
      return copy
    case 1:
      for (let left = 1 + random.below(4); left > 0; left--)
        copy[random.below(length)] = random.below(256)
      return copy
    case 2:
    case 3: {
      const size = random.pick([1, 2, 4, 4, 8])
      const value = wrongNumber(random, BigInt(copy[at]!), length)
      putNumber(copy, at - (at % size), value, size, random.below(4) !== 0)
      return copy
    }
    case 4:
      return copy.subarray(0, at)
    case 5:
      return splice(copy, at, run, new Uint8Array(0))
    case 6:
      return splice(copy, at, 0, copy.subarray(random.below(length)).subarray(0, run))
    case 7: {
      const from = other()
      return splice(copy, at, run, from.subarray(random.below(from.length)).subarray(0, run))
    }
    case 8:
      copy.fill(random.pick([0, 0xff, random.below(256)]), at, at + run)
      return copy
    default: {
      const piece = copy.subarray(at, at + run)
      const times = Math.min(1 + random.below(64), Math.ceil(200_000 / run))
      return splice(copy, at, 0, Buffer.concat(Array.from({ length: times }, () => piece)))
    }
  }
}
