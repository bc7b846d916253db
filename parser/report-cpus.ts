/** The CPUs of a recording and when they have records, as `trace-cmd report --first-event` shows them. */
import { showsSeconds, TimeText } from './text/line-time.ts'
import { TextSink } from './text/text-sink.ts'
import type { Trace } from './trace.ts'

/** What is shown of each CPU. */
export interface CpuListOptions {
  readonly first?: boolean | undefined
  readonly last?: boolean | undefined
  readonly nanoseconds?: boolean | undefined
}

/** CPUs with records in any buffer. Reads all records. Throws `ERR_TRACE_LATENCY`. */
export function cpuList(trace: Trace, name: string, options: CpuListOptions): string {
  trace.requireEvents()
  const byCpu = new Map<number, { first: bigint; last: bigint }>()
  for (const { cpu, firstTs, lastTs } of trace.index().cpus) {
    if (firstTs === undefined || lastTs === undefined) continue
    const known = byCpu.get(cpu) ?? { first: firstTs, last: lastTs }
    byCpu.set(cpu, {
      first: firstTs < known.first ? firstTs : known.first,
      last: lastTs > known.last ? lastTs : known.last,
    })
  }
  const { wallOffset = 0n, isSeconds } = trace.file.corrections
  const time = new TimeText({
    nanoseconds: options.nanoseconds === true,
    seconds: isSeconds ?? showsSeconds(trace.sources[0]?.buffer.clock ?? ''),
    offset: wallOffset,
  })
  const lines = [...byCpu]
    .sort(([a], [b]) => a - b)
    .map(([cpu, { first, last }]) => {
      const one = options.first ? `\tFirst event:${timeText(time, first)}` : ''
      const other = options.last ? `\tLast event:${timeText(time, last)}` : ''
      return `  ${cpu}${one}${other}\n`
    })
  return `List of CPUs in ${name} with data:\n${lines.join('')}`
}

/** The time as a line has it, without the colon after it and the one blank before seconds. */
function timeText(time: TimeText, ts: bigint): string {
  const sink = new TextSink(64)
  time.write(Number(BigInt.asUintN(64, ts) >> 32n), Number(BigInt.asUintN(32, ts)), sink)
  const text = Buffer.from(sink.bytes.subarray(0, sink.length)).toString('latin1')
  return text.replace(/:$/, '').replace(/^ (?=.*\.)/, '')
}
