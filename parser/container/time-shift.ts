/**
 * Option TIME_SHIFT: samples of guest against host time, per virtual CPU.
 * Authority: trace-cmd.dat.v7(5); the trailing fraction arrays are only in trace-cmd's code (3.4).
 *
 *     0  8  trace id of the peer
 *     8  4  flags; bit 0: interpolate between samples
 *    12  4  number of CPUs; per CPU { u32 k, k i64 times, k i64 offsets, k i64 scalings }
 *           then, possibly missing, per CPU { k i64 fraction bits }
 */
import type { Cursor } from './cursor.ts'
import type { ClockCorrections } from './types.ts'

/** The decoded option. */
export type TimeShift = NonNullable<ClockCorrections['timeShift']>

interface Samples {
  times: BigInt64Array
  offsets: BigInt64Array
  scalings: BigInt64Array
  fractions: BigInt64Array
}

/** Reads the payload; samples come back sorted by time, of equal times the first only. */
export function readTimeShift(cursor: Cursor): TimeShift {
  const peerTraceId = cursor.u64('trace id of the peer')
  const interpolate = (cursor.u32('flags') & 1) !== 0
  const count = cursor.count('CPUs')
  const cpus: Samples[] = []
  for (let cpu = 0; cpu < count; cpu++) {
    const samples = cursor.count('samples')
    cpus.push({
      times: readArray(cursor, samples),
      offsets: readArray(cursor, samples),
      scalings: readArray(cursor, samples),
      fractions: new BigInt64Array(samples),
    })
  }
  if (cursor.left > 0) {
    for (const cpu of cpus) cpu.fractions = readFractions(cursor, cpu.times.length)
  }
  return { peerTraceId, interpolate, cpus: cpus.map(sortSamples) }
}

function readArray(cursor: Cursor, length: number): BigInt64Array {
  if (length * 8 > cursor.left) {
    throw cursor.error('ERR_TRACE_OPTION', `${length} samples do not fit in ${cursor.left} bytes`)
  }
  const array = new BigInt64Array(length)
  for (let i = 0; i < length; i++) array[i] = cursor.i64('sample')
  return array
}

function readFractions(cursor: Cursor, length: number): BigInt64Array {
  const fractions = readArray(cursor, length)
  for (const bits of fractions) {
    if (bits < 0n || bits > 63n) throw cursor.error('ERR_TRACE_OPTION', `fraction of ${bits} bits`)
  }
  return fractions
}

function sortSamples(samples: Samples): Samples {
  const { times } = samples
  const order = Array.from(times.keys()).sort((a, b) => {
    const difference = times[a]! - times[b]!
    return difference < 0n ? -1 : difference > 0n ? 1 : a - b
  })
  const kept = order.filter((index, i) => i === 0 || times[index] !== times[order[i - 1]!])
  const pick = (from: BigInt64Array) => BigInt64Array.from(kept, (index) => from[index]!)
  return {
    times: pick(times),
    offsets: pick(samples.offsets),
    scalings: pick(samples.scalings),
    fractions: pick(samples.fractions),
  }
}
