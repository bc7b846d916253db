/**
 * Times of a recording read otherwise than the file asks for: what `trace-cmd report` has options for.
 * The order is that of the reference reader: conversion first, then what is added.
 */
import type { ClockCorrections, TraceFile } from './container/types.ts'
import { Diagnostics } from './diagnostics.ts'
import { STRIDE, TS_HI, TS_LO } from './ring/record-block.ts'
import type { Trace } from './trace.ts'

/** How times are read; nothing chosen is as the file asks for. */
export interface TimeChoice {
  /** As the kernel counted: nothing is converted or added, and nothing below counts. */
  readonly raw?: boolean | undefined
  /** Neither the date nor the offset that the file asks for is added. */
  readonly noDate?: boolean | undefined
  /** Ticks of the trace clock in a second, for clocks that do not count nanoseconds. */
  readonly hertz?: bigint | undefined
  /** Added to every time after conversion. */
  readonly offset?: bigint | undefined
  /** The date is part of every time, so that recordings of different boots can be merged. */
  readonly merged?: boolean | undefined
}

const NOTHING: ClockCorrections = {
  tsc2nsec: undefined,
  offset: 0n,
  wallOffset: undefined,
  timeShift: undefined,
}

/** The file with times as chosen. */
export function chooseTimes(file: TraceFile, choice: TimeChoice): TraceFile {
  return { ...file, corrections: correctionsOf(file.corrections, choice) }
}

function correctionsOf(asked: ClockCorrections, choice: TimeChoice): ClockCorrections {
  const { raw, noDate, hertz, offset = 0n, merged } = choice
  if (raw) return { ...NOTHING, isSeconds: false }
  const kept = noDate ? { ...asked, offset: 0n, wallOffset: undefined } : asked
  const wall = merged ? (kept.wallOffset ?? 0n) : 0n
  return {
    ...kept,
    ...(hertz === undefined ? {} : { tsc2nsec: undefined, hertz, isSeconds: true }),
    offset: kept.offset + offset + wall,
    wallOffset: merged ? undefined : kept.wallOffset,
  }
}

/** Time of the first record of all recordings, the date included; undefined where there is none. */
export function firstTime(traces: readonly Trace[]): bigint | undefined {
  let first: bigint | undefined
  for (const trace of traces) {
    trace.requireEvents()
    // Damage is told when the records are read for good.
    const merged = trace.movableRecords({}, true, new Diagnostics()).merge()
    if (!merged.next()) continue
    const { words } = merged.block
    const w = merged.from * STRIDE
    const time =
      ((BigInt(words[w + TS_HI]!) << 32n) | BigInt(words[w + TS_LO]!)) +
      (trace.file.corrections.wallOffset ?? 0n)
    if (first === undefined || time < first) first = time
  }
  return first
}
