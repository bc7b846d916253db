/**
 * The reference reader's walk over one sub-buffer, and the corrections of time.
 * Authority: the kernel's ring_buffer.c; trace-cmd.dat.v7(5) for the options.
 */
import { Cursor, latin1 } from './reference-cursor.ts'

/** A list of options, as `ReferenceTrace` has them. */
export interface Options {
  readonly littleEndian: boolean
  readonly options: readonly { readonly id: number; readonly payload: Uint8Array }[]
}

const wrap = (ts: bigint): bigint => BigInt.asUintN(64, ts)
const TOP_BITS = 0xf800000000000000n

/** A record of one page: its time before corrections, its bytes, and what was lost before it. */
export interface PageRecord {
  readonly ts: bigint
  readonly payload: Uint8Array
  readonly missed: number
}

/** Walks one sub-buffer record by record. */
export function* walkPage(
  page: Uint8Array,
  layout: { littleEndian: boolean; longSize: 4 | 8; dataOffset: number },
): Generator<PageRecord> {
  const { littleEndian: le, longSize, dataOffset } = layout
  const c = new Cursor(page, le)
  let ts = c.u64()
  const long = (): bigint => (longSize === 8 ? c.i64() : BigInt(c.u32() | 0))
  const commit = Number(BigInt.asUintN(32, long()))
  const end = dataOffset + (commit & 0x3fffffff & 0x7ffffff)
  let missed = 0
  if ((commit & 0x80000000) !== 0) {
    missed = -1
    c.at = end
    if ((commit & 0x40000000) !== 0) missed = Number(long())
  }
  c.at = dataOffset
  while (c.at < end) {
    const word = c.u32()
    const type = le ? word & 31 : word >>> 27
    const delta = BigInt(le ? word >>> 5 : word & 0x7ffffff)
    if (type === 29 && delta === 0n) return
    if (type === 30) {
      ts = wrap(ts + (BigInt(c.u32()) << 27n) + delta)
    } else if (type === 31) {
      let stamp = (BigInt(c.u32()) << 27n) + delta + (ts & TOP_BITS)
      if ((ts & TOP_BITS) !== 0n && stamp < ts) stamp += 1n << 59n
      ts = wrap(stamp)
    } else if (type === 29) {
      ts = wrap(ts + delta)
      c.take(c.u32() - 4)
    } else {
      ts = wrap(ts + delta)
      const size = type > 0 ? type * 4 : ((c.u32() + 3) & ~3) - 4
      yield { ts, payload: c.take(size), missed }
      missed = 0
    }
  }
}
/** Text of the last option `id`. */
export const textOption = (t: Options, id: number): string | undefined => {
  const payload = t.options.findLast((o) => o.id === id)?.payload
  return payload === undefined ? undefined : latin1(payload).replace(/\0.*$/s, '').trim()
}

/** An integer as C reads it with base 0. */
export const parseInteger = (text: string): bigint => {
  const [, sign, digits] = /^([+-]?)(.+)$/.exec(text) ?? []
  return (sign === '-' ? -1n : 1n) * BigInt(digits ?? '0')
}
/** Sorted, duplicate-free samples of one vCPU. */
interface Samples {
  readonly time: bigint
  readonly offset: bigint
  readonly scaling: bigint
  readonly fraction: bigint
}

const readTimeShift = (t: Options): { interpolate: boolean; cpus: Samples[][] } | undefined => {
  const payload = t.options.findLast((o) => o.id === 12)?.payload
  if (payload === undefined) return undefined
  const c = new Cursor(payload, t.littleEndian)
  c.u64()
  const interpolate = (c.u32() & 1) !== 0
  const list = (n: number): bigint[] => Array.from({ length: n }, () => c.i64())
  const raw = Array.from({ length: c.u32() }, () => {
    const n = c.u32()
    return { n, times: list(n), offsets: list(n), scalings: list(n) }
  })
  const cpus = raw.map(({ n, times, offsets, scalings }) => {
    const fractions = c.at < payload.length ? list(n) : []
    const samples = times.map((time, i) => ({
      time,
      offset: offsets[i]!,
      scaling: scalings[i]!,
      fraction: fractions[i] ?? 0n,
    }))
    samples.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    return samples.filter((s, i) => i === 0 || s.time !== samples[i - 1]!.time)
  })
  return { interpolate, cpus }
}

/** As the reference tool rounds: half is added whatever the sign, then C's division truncates. */
const roundedDivide = (a: bigint, b: bigint): bigint => (a + b / 2n) / b

/** Host time for one guest time of one virtual CPU. */
export const guestTime = (
  ts: bigint,
  samples: readonly Samples[],
  interpolate: boolean,
): bigint => {
  const first = samples[0]
  if (first === undefined) return ts
  if (samples.length === 1) return ts + first.offset
  let low = 0
  while (low < samples.length - 2 && samples[low + 1]!.time <= ts) low++
  const a = samples[low]!
  const b = samples[low + 1]!
  const offset = interpolate
    ? a.offset + roundedDivide((ts - a.time) * (b.offset - a.offset), b.time - a.time)
    : a.offset
  return ((ts * a.scaling) >> a.fraction) + offset
}

/** A function from raw time to corrected time; DATE is left out. */
export const correction = (t: Options): ((ts: bigint, cpu: number) => bigint) => {
  const shift = readTimeShift(t)
  const tsc = t.options.findLast((o) => o.id === 14)?.payload
  const c = tsc === undefined ? undefined : new Cursor(tsc, t.littleEndian)
  const mult = BigInt(c?.u32() ?? 1)
  const bits = BigInt(c?.u32() ?? 0)
  const offset = parseInteger(textOption(t, 7) ?? '0')
  return (ts, cpu) => {
    const synced = shift ? guestTime(ts, shift.cpus[cpu] ?? [], shift.interpolate) : ts
    return ((synced * mult) >> bits) + offset
  }
}
