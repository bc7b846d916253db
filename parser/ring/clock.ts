/**
 * Corrections a file asks for, applied to whole blocks of time stamps, in the reference reader's
 * order: guest to host shift, then cycles to ns, then OFFSET (or what the reader says instead). DATE is not added: it is the wall
 * clock mapping (`meta.sources.wall_offset_ns`).
 */
import type { ClockCorrections } from '../container/types.ts'
import { type RecordBlock, STRIDE, TS_HI, TS_LO } from './record-block.ts'

const NANOSECONDS = 1_000_000_000n

/** Corrects one time stamp in place: `pair[0]` low half, `pair[1]` high half. */
type Correct = (pair: Uint32Array) => void

/** Corrects the entries `from …` of a block; undefined when the file asks for nothing. */
export function createClock(
  corrections: ClockCorrections,
  cpu: number,
): ((block: RecordBlock, from: number) => void) | undefined {
  const steps: Correct[] = []
  const shift = corrections.timeShift?.cpus[cpu]
  if (shift && shift.times.length > 0)
    steps.push(createGuestShift(shift, corrections.timeShift!.interpolate))
  const tsc = corrections.tsc2nsec
  if (tsc) steps.push((pair) => multiplyShift(pair, tsc.mult, tsc.shift))
  const { hertz } = corrections
  if (hertz !== undefined) steps.push(convertWith((ts) => (ts * NANOSECONDS) / hertz))
  if (corrections.offset !== 0n) steps.push(createOffset(corrections.offset))
  if (steps.length === 0) return undefined
  const pair = new Uint32Array(2)
  return (block, from) => {
    const { words, count } = block
    for (let i = from; i < count; i++) {
      const w = i * STRIDE
      pair[0] = words[w + TS_LO]!
      pair[1] = words[w + TS_HI]!
      for (const step of steps) step(pair)
      words[w + TS_LO] = pair[0]
      words[w + TS_HI] = pair[1]
    }
  }
}

function createOffset(offset: bigint): Correct {
  const low = Number(BigInt.asUintN(32, offset))
  const high = Number(BigInt.asUintN(32, offset >> 32n))
  return (pair) => {
    const sum = pair[0]! + low
    pair[0] = sum
    pair[1] = pair[1]! + high + (sum >= 0x100000000 ? 1 : 0)
  }
}

/** pair = (pair * mult) >> shift with a 96-bit product, in 16-bit steps that doubles hold exactly. */
export function multiplyShift(pair: Uint32Array, mult: number, shift: number): void {
  const lo = pair[0]!
  const hi = pair[1]!
  const a = (lo & 0xffff) * mult
  const b = (lo >>> 16) * mult + Math.floor(a / 0x10000)
  const c = (hi & 0xffff) * mult + Math.floor(b / 0x10000)
  const d = (hi >>> 16) * mult + Math.floor(c / 0x10000)
  const low = (b % 0x10000) * 0x10000 + (a % 0x10000)
  const middle = (d % 0x10000) * 0x10000 + (c % 0x10000)
  const top = Math.floor(d / 0x10000)
  let words: [number, number, number] = [low, middle, top]
  let rest = shift
  while (rest >= 32) {
    words = [words[1], words[2], 0]
    rest -= 32
  }
  if (rest === 0) {
    pair[0] = words[0]
    pair[1] = words[1]
    return
  }
  pair[0] = (words[0] >>> rest) | (words[1] << (32 - rest))
  pair[1] = (words[1] >>> rest) | (words[2] << (32 - rest))
}

type ShiftSamples = NonNullable<ClockCorrections['timeShift']>['cpus'][number]

/** Guest clock to host clock. BigInt per record: guest traces are rare, exactness is not optional. */
function createGuestShift(samples: ShiftSamples, interpolate: boolean): Correct {
  const { times, offsets, scalings, fractions } = samples
  const last = times.length - 1
  const convert = (ts: bigint): bigint => {
    if (last === 0) return ts + offsets[0]!
    let i = 0
    while (i < last - 1 && times[i + 1]! <= ts) i++
    const span = times[i + 1]! - times[i]!
    let correction = offsets[i]!
    if (interpolate && span !== 0n) {
      const product = (ts - times[i]!) * (offsets[i + 1]! - offsets[i]!)
      // Rounded as the reference tool does: half is added whatever the sign.
      correction += (product + span / 2n) / span
    }
    return ((ts * scalings[i]!) >> fractions[i]!) + correction
  }
  return convertWith(convert)
}

function convertWith(convert: (ts: bigint) => bigint): Correct {
  return (pair) => {
    const ts = BigInt.asUintN(64, convert((BigInt(pair[1]!) << 32n) | BigInt(pair[0]!)))
    pair[0] = Number(ts & 0xffffffffn)
    pair[1] = Number(ts >> 32n)
  }
}
