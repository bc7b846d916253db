/** What files of columns say of themselves in their schema: where rows come from, and what `ts` counts. */
import type { TraceDatabase } from './sink/duckdb/database.ts'
import type { Trace } from './trace.ts'

/** Texts by name, for a file's schema. */
export type Labels = Readonly<Record<string, string>>

/** Clocks of the kernel that count nanoseconds; the others' readings stay as they are. */
const NS_CLOCKS = new Set([
  'local',
  'global',
  'perf',
  'mono',
  'mono_raw',
  'boot',
  'tai',
  'tsc2nsec',
])

/** A line of `meta.sources`, as far as it is told. */
interface LabelledSource {
  readonly source: number
  readonly file: string
  readonly buffer: string
  readonly host: string
  readonly kernel: string
  readonly clock: string
  readonly ts_unit: 'ns' | 'ticks'
  /** What `ts` lacks to nanoseconds since 1970; a string, as JSON's numbers do not hold it. */
  readonly wall_offset_ns: string | null
}

/** The labels of opened traces. */
export function labelsOfTraces(traces: readonly Trace[]): Labels {
  return labelsOf(
    traces.flatMap(({ file, sources }) =>
      sources.map(({ source, buffer }) => ({
        source,
        file: file.source.name,
        buffer: buffer.name,
        host: file.uname.split(' ')[1] ?? '',
        kernel: file.uname,
        clock: buffer.clock,
        ts_unit: unitOf(buffer.clock, file.corrections.tsc2nsec !== undefined),
        wall_offset_ns: String(file.corrections.wallOffset ?? file.own.wallOffset ?? '') || null,
      })),
    ),
  )
}

const SOURCES = `
select s.source, s.file, s.buffer, s.host, s.kernel, s.clock, s.wall_offset_ns,
  exists (from meta.sources t join meta.options o on o.source = t.source and upper(o.name) = 'TSC2NSEC' where t.file = s.file)
from meta.sources s order by s.source`

/** The labels of a recording in a database; none where it holds something else. */
export async function labelsOfDatabase(database: TraceDatabase): Promise<Labels> {
  try {
    const { rows } = await database.all(SOURCES)
    return labelsOf(
      rows.map(([source, file, buffer, host, kernel, clock, wallOffset, converted]) => ({
        source: Number(source),
        file: String(file),
        buffer: String(buffer),
        host: String(host),
        kernel: String(kernel),
        clock: String(clock),
        ts_unit: unitOf(String(clock), converted === true),
        wall_offset_ns: wallOffset === null ? null : String(wallOffset),
      })),
    )
  } catch {
    return {}
  }
}

function labelsOf(sources: readonly LabelledSource[]): Labels {
  const common = (name: 'clock' | 'ts_unit'): Labels => {
    const values = new Set(sources.map((source) => source[name]))
    return values.size === 1 ? { [`traceduck.${name}`]: [...values].join() } : {}
  }
  return { ...common('clock'), ...common('ts_unit'), 'traceduck.sources': JSON.stringify(sources) }
}

function unitOf(clock: string, converted: boolean): 'ns' | 'ticks' {
  return converted || NS_CLOCKS.has(clock) ? 'ns' : 'ticks'
}
