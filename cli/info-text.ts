/** The text of `traceduck info`: a trace's metadata for people. */
import type { BufferDescription, TraceDescription } from '../parser/container/describe.ts'

/** Figures of the kernel that count lost events, and their heads in the table of CPUs. */
const LOSSES = [
  ['overrun', 'overrun'],
  ['commit_overrun', 'commit overrun'],
  ['dropped_events', 'dropped'],
] as const

/** More events of a system are counted rather than named. */
const NAMED_EVENTS = 4
const LABEL_WIDTH = 14
const VALUE_WIDTH = 100
/** Lines of a latency tracer's text that say what it measured. */
const LATENCY_HEAD = 12

/** Renders the description; `latencyText` is the text of a latency file, '' for others. */
export function infoText(trace: TraceDescription, latencyText: string): string {
  const lines = [...lossLines(trace), ...headLines(trace)]
  for (const buffer of trace.buffers) lines.push('', ...bufferLines(buffer))
  if (trace.latency_text) lines.push('', ...latencyLines(latencyText))
  lines.push('', ...eventLines(trace), '', ...optionLines(trace))
  return `${lines.join('\n')}\n`
}

/** Facts as rows of two columns, for formats that hold rows. */
export function infoRows(facts: object): [string, string | number][] {
  const rows: [string, string | number][] = []
  const walk = (path: string, value: unknown): void => {
    if (value === null || value === undefined) return
    if (typeof value !== 'object') {
      rows.push([path, typeof value === 'number' ? value : String(value)])
      return
    }
    for (const [key, inner] of Object.entries(value))
      walk(path === '' ? key : `${path}.${key}`, inner)
  }
  walk('', facts)
  return rows
}

/** The kernel's own figures of what it threw away, before anything else. */
function lossLines({ buffers }: TraceDescription): string[] {
  const cpus = buffers.flatMap((buffer) => buffer.cpus)
  const lostOf = ({ stats }: (typeof cpus)[number]): bigint =>
    LOSSES.reduce((sum, [key]) => sum + BigInt(/^\d+$/.exec(stats[key] ?? '')?.[0] ?? 0), 0n)
  const lossy = cpus.filter((cpu) => lostOf(cpu) > 0n)
  if (lossy.length === 0) return []
  const events = lossy.reduce((sum, cpu) => sum + lostOf(cpu), 0n)
  const where = `${lossy.length} ${lossy.length === 1 ? 'CPU' : 'CPUs'}`
  return [field('lost', `${grouped(events)} events on ${where}: counts are lower bounds`)]
}

function* headLines(trace: TraceDescription): Generator<string> {
  const codec = `${trace.compression} ${trace.compression_version}`.trim()
  yield field('file', `${trace.file} (${grouped(trace.size)} bytes)`)
  yield field('format', `trace.dat version ${trace.file_version}, compression ${codec}`)
  yield field('machine', machine(trace))
  if (trace.uname !== '') yield field('kernel', trace.uname)
  if (trace.recorder !== '') yield field('recorder', trace.recorder)
  if (trace.trace_id !== null) yield field('trace id', `0x${BigInt(trace.trace_id).toString(16)}`)
  yield field('wall clock', wallClock(trace))
  if (trace.ts_offset !== '0') yield field('ts offset', `${trace.ts_offset} added to every time`)
  if (trace.tsc2nsec) {
    const { mult, shift } = trace.tsc2nsec
    yield field('cycles', `ns = (cycles * ${mult}) >> ${shift}`)
  }
  if (trace.time_shift) {
    const { peer_trace_id, samples } = trace.time_shift
    const id = BigInt(peer_trace_id).toString(16)
    yield field('guest of', `trace 0x${id}, clock samples per CPU: ${samples.join(' ')}`)
  }
  yield* recordedLines(trace)
  for (const { pid, name, maps } of trace.process_maps) {
    yield field('process maps', `${pid} ${name}: ${maps} mappings`)
  }
}

/** How it was recorded, where the recorder says so. */
function* recordedLines({ settings, recorded_events }: TraceDescription): Generator<string> {
  for (const { buffer, setting, value } of settings)
    yield field('asked for', `${setting} ${shorten(value)}${ofInstance(buffer ?? '')}`)
  for (const { buffer, system, events, filter } of recorded_events) {
    const condition = filter === null ? '' : `, those with ${shorten(filter)}`
    const named = events.length <= NAMED_EVENTS ? events.join(', ') : `${events.length} events`
    yield field('enabled', `${system}: ${named}${condition}${ofInstance(buffer)}`)
  }
}

function ofInstance(buffer: string): string {
  return buffer === '' ? '' : ` (instance ${buffer})`
}

function machine(trace: TraceDescription): string {
  const user =
    trace.user_long_size === trace.long_size ? '' : `, ${trace.user_long_size * 8}-bit recorder`
  return (
    `${trace.cpus} CPUs, ${trace.long_size * 8}-bit ${trace.endian}-endian kernel${user}, ` +
    `pages of ${trace.page_size}`
  )
}

function wallClock(trace: TraceDescription): string {
  if (trace.wall_offset_ns === null) return 'unknown (record with --date to have it)'
  const zero = trace.wall_zero === null ? '' : `; time 0 is ${trace.wall_zero}`
  return `trace time + ${trace.wall_offset_ns} ns${zero}`
}

function bufferLines(buffer: BufferDescription): string[] {
  const name = buffer.name === '' ? 'top buffer' : `instance ${buffer.name}`
  const title =
    `${name}: clock ${buffer.clock}, sub-buffers of ${grouped(buffer.sub_buffer_size)}, ` +
    `${grouped(buffer.bytes)} bytes${buffer.compression === 'none' ? '' : ` of ${buffer.compression}`}`
  if (buffer.cpus.length === 0) return [title, '  no data']
  const known = buffer.cpus.some(({ stats }) => Object.keys(stats).length > 0)
  const heads = [
    'CPU',
    'bytes',
    ...(known ? ['events read', ...LOSSES.map(([, head]) => head)] : []),
  ]
  const rows = buffer.cpus.map(({ cpu, bytes, stats }) => [
    String(cpu),
    grouped(bytes),
    ...(known ? [eventsOf(stats), ...LOSSES.map(([key]) => stats[key] ?? '-')] : []),
  ])
  return [title, ...columns([heads, ...rows])]
}

/** Statistics are taken before the last flush: entries were still to be read then. */
function eventsOf(stats: Readonly<Record<string, string>>): string {
  const { entries, read_events: read } = stats
  if (entries === undefined || read === undefined) return '-'
  return String(BigInt(entries) + BigInt(read))
}

function latencyLines(text: string): string[] {
  const head = text.split('\n', LATENCY_HEAD).filter((line) => /^#\s*\S/.test(line))
  return ['text of a latency tracer, no events; it begins with', ...head.map((line) => `  ${line}`)]
}

function eventLines(trace: TraceDescription): string[] {
  const systems = Object.entries(trace.events)
  const rows = systems.map(([system, names]) => [system, String(names.length)])
  return [`${trace.formats} event formats in ${systems.length} systems`, ...columns(rows)]
}

function optionLines(trace: TraceDescription): string[] {
  const rows = trace.options.map(({ name, size, value }) => {
    const first = shorten(value.trim().replace(/\s*\n\s*/g, '; '))
    return `  ${name.padEnd(LABEL_WIDTH)} ${String(size).padStart(7)}  ${first}`.trimEnd()
  })
  return [`${trace.options.length} options`, ...rows]
}

function shorten(text: string): string {
  return text.length <= VALUE_WIDTH ? text : `${text.slice(0, VALUE_WIDTH - 2)} …`
}

function field(name: string, value: string): string {
  return `${name.padEnd(LABEL_WIDTH)}${value}`
}

/** Lines of right-aligned cells, the first column left where it is text. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    )
    return `  ${cells.join('  ')}`
  })
}

/** An integer with thin grouping, so that sizes can be read. */
function grouped(value: number | bigint): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}
