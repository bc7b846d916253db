/**
 * Wall clock of a recording: what must be added to its time stamps. The kernel prints the trace
 * clock's own time, to the microsecond, in `per_cpu/cpuN/stats`, so nothing is written into the
 * buffer to find out. Authority: kernel `kernel/trace/trace.c`, tracing_stats_read.
 */

import { OPTION, type OptionRecord, textOption } from '../writer/metadata.ts'
import { currentClock, listCpus } from './collect.ts'
import { ownOptions, wallLine } from './own-facts.ts'
import { CLOCK_REALTIME, clockNs } from './syscalls.ts'
import type { Tracefs } from './tracefs.ts'

/** The closest of several tries counts: a try is as good as its two readings are close. */
const TRIES = 16
const CLOSE_NS = 20_000n

/**
 * Microseconds from the trace clock of a buffer to the wall clock; undefined where the clock does
 * not count nanoseconds, because then no time is printed in seconds.
 */
export function measureWallOffset(buffer: Tracefs): bigint | undefined {
  const cpu = listCpus(buffer)[0] ?? 0
  let best: { width: bigint; offset: bigint } | undefined
  for (let i = 0; i < TRIES; i++) {
    const before = clockNs(CLOCK_REALTIME)
    const now = /^now ts:\s*(\d+)\.(\d{6})$/m.exec(buffer.read(`per_cpu/cpu${cpu}/stats`))
    const after = clockNs(CLOCK_REALTIME)
    if (!now) return undefined
    const trace = BigInt(now[1]!) * 1_000_000n + BigInt(now[2]!)
    const width = after - before
    const offset = (before + width / 2n) / 1000n - trace
    if (!best || width < best.width) best = { width, offset }
    if (best.width < CLOSE_NS) break
  }
  return best?.offset
}

/**
 * What a file says of the wall clock at time stamp 0: in our own option, which changes nothing in
 * print, and in DATE if `date` is asked for. `offset` is what `measureWallOffset` gave.
 */
export function wallOptions(
  buffer: Tracefs,
  offset: bigint | undefined,
  date: boolean,
  notices: string[],
): OptionRecord[] {
  if (offset === undefined) {
    if (date) notices.push(`--date: clock ${currentClock(buffer)} does not count time`)
    return []
  }
  const own = ownOptions([wallLine(offset * 1000n)])
  return date ? [textOption(OPTION.date, `0x${offset.toString(16)}`), ...own] : own
}
