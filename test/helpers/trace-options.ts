/** Options of a trace.dat, for `makeTrace`. Authority: trace-cmd.dat.v7(5). */
import { ByteWriter } from './byte-writer.ts'

/** Option ids used by name in tests. */
export const OPTION = {
  date: 1,
  cpustat: 2,
  buffer: 3,
  traceclock: 4,
  uname: 5,
  hook: 6,
  offset: 7,
  cpucount: 8,
  version: 9,
  procmaps: 10,
  traceid: 11,
  timeShift: 12,
  guest: 13,
  tsc2nsec: 14,
  own: 0x7464,
} as const

/** An option to write as it is. */
export interface OptionSpec {
  readonly id: number
  readonly payload: Uint8Array
}

/** An option whose payload is text with a NUL. */
export const textOption = (id: number, text: string): OptionSpec => ({
  id,
  payload: new TextEncoder().encode(`${text}\0`),
})

/** Option TSC2NSEC. */
export const tscOption = (
  mult: number,
  shift: number,
  offset = 0n,
  littleEndian = true,
): OptionSpec => ({
  id: OPTION.tsc2nsec,
  payload: new ByteWriter(littleEndian).u32(mult).u32(shift).u64(offset).take(),
})

/** One clock comparison of a guest's CPU with its host. */
export interface SyncSample {
  readonly time: bigint
  readonly offset: bigint
  readonly scaling: bigint
  readonly fraction?: bigint
}

/** Option TIME_SHIFT; without any `fraction` the trailing arrays are left out, as old writers did. */
export const timeShiftOption = (
  peer: bigint,
  interpolate: boolean,
  cpus: readonly (readonly SyncSample[])[],
  littleEndian = true,
): OptionSpec => {
  const w = new ByteWriter(littleEndian)
    .u64(peer)
    .u32(interpolate ? 1 : 0)
    .u32(cpus.length)
  for (const samples of cpus) {
    w.u32(samples.length)
    for (const s of samples) w.u64(s.time)
    for (const s of samples) w.u64(s.offset)
    for (const s of samples) w.u64(s.scaling)
  }
  if (cpus.some((samples) => samples.some((s) => s.fraction !== undefined))) {
    for (const samples of cpus) for (const s of samples) w.u64(s.fraction ?? 0n)
  }
  return { id: OPTION.timeShift, payload: w.take() }
}
