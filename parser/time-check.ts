/** Looks for times that go back within the records of a CPU. */
import { Diagnostics } from './diagnostics.ts'
import { STRIDE, TS_HI, TS_LO } from './ring/record-block.ts'
import type { Trace } from './trace.ts'

/** A CPU of a buffer whose times go back. */
export interface StepsBack {
  readonly buffer: string
  readonly cpu: number
  readonly count: number
  /** Times of the first record that is earlier than the one before it, and of that one. */
  readonly before: bigint
  readonly after: bigint
}

/** Reads all records; CPUs in the order of the file. Throws `ERR_TRACE_LATENCY`. */
export function stepsBack(trace: Trace): StepsBack[] {
  trace.requireEvents()
  // Damage is told when the records are read for good.
  const merged = trace.movableRecords({}, true, new Diagnostics()).merge()
  const lanes = merged.streams.map(() => ({ high: 0, low: 0, count: 0, before: 0n, after: 0n }))
  while (merged.next()) {
    const lane = lanes[merged.stream]!
    const { words } = merged.block
    for (let w = merged.from * STRIDE; w < merged.to * STRIDE; w += STRIDE) {
      const high = words[w + TS_HI]!
      const low = words[w + TS_LO]!
      if (high < lane.high || (high === lane.high && low < lane.low)) {
        if (lane.count === 0) {
          lane.before = timeOf(lane.high, lane.low)
          lane.after = timeOf(high, low)
        }
        lane.count++
      }
      lane.high = high
      lane.low = low
    }
  }
  const nameOf = new Map(trace.sources.map(({ source, buffer }) => [source, buffer.name]))
  return merged.streams.flatMap(({ layout }, i) => {
    const { count, before, after } = lanes[i]!
    const buffer = nameOf.get(layout.source) ?? ''
    return count === 0 ? [] : [{ buffer, cpu: layout.cpu, count, before, after }]
  })
}

const timeOf = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low)
