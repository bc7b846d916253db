/** The tables of schema `meta`: what the files say about themselves, and what reading them showed. */
import type { Column, Relation } from './batch/column-batch.ts'
import { type Cell, rowRelation } from './batch/row-relation.ts'
import { columnsOf, describeFields } from './batch/schema.ts'
import type { ColumnType } from './batch/types.ts'
import { optionText } from './container/option-text.ts'
import { PRINT_VALUES, printValueRows } from './print-values.ts'
import { symbolRelation } from './symbol-relation.ts'
import type { Trace } from './trace.ts'

/** Version of the tables' layout; a database of another version is imported anew. */
export const SCHEMA_VERSION = 4

const column = (name: string, type: ColumnType): Column => ({ name, type })
const SOURCE = column('source', 'USMALLINT')

/** The `meta` relations of some traces; `rowsOf` tells how many rows an event has in a source. */
export function metaRelations(
  traces: readonly Trace[],
  rowsOf: (trace: Trace, source: number, id: number) => number = (trace, source, id) =>
    trace.index().countOf(source, id),
): Relation[] {
  const relation = (
    name: string,
    columns: Column[],
    rows: (trace: Trace) => Iterable<readonly Cell[]>,
    estimate = 100,
  ): Relation => rowRelation('meta', name, columns, () => chain(traces, rows), estimate)
  return [
    relation('sources', SOURCES, sourceRows),
    relation('events', EVENTS, (trace) => eventRows(trace, rowsOf), 1000),
    relation('fields', FIELDS, fieldRows, 10_000),
    relation('print_values', [...PRINT_VALUES], printValueRows, 2000),
    relation('cpus', CPUS, cpuRows),
    relation('lost_events', LOST_EVENTS, lostRows),
    relation('tasks', TASKS, taskRows, 1000),
    relation('process_maps', PROCESS_MAPS, mapRows, 1000),
    relation('mapped_files', MAPPED_FILES, fileRows),
    relation('descriptors', DESCRIPTORS, descriptorRows),
    relation('settings', SETTINGS, settingRows),
    relation('recorded_events', RECORDED_EVENTS, recordedRows, 1000),
    symbolRelation(traces),
    relation('options', OPTIONS, optionRows),
    relation('diagnostics', DIAGNOSTICS, diagnosticRows),
  ]
}

function* chain(
  traces: readonly Trace[],
  rows: (trace: Trace) => Iterable<readonly Cell[]>,
): Generator<readonly Cell[]> {
  for (const trace of traces) yield* rows(trace)
}

const SOURCES = [
  SOURCE,
  column('file', 'VARCHAR'),
  column('buffer', 'VARCHAR'),
  column('host', 'VARCHAR'),
  column('kernel', 'VARCHAR'),
  column('recorder', 'VARCHAR'),
  column('file_version', 'UTINYINT'),
  column('endian', 'VARCHAR'),
  column('long_size', 'UTINYINT'),
  column('page_size', 'UINTEGER'),
  column('clock', 'VARCHAR'),
  column('cpus', 'USMALLINT'),
  column('first_ts', 'BIGINT'),
  column('last_ts', 'BIGINT'),
  column('wall_offset_ns', 'BIGINT'),
  column('trace_id', 'UBIGINT'),
  column('compression', 'VARCHAR'),
]

function* sourceRows(trace: Trace): Generator<Cell[]> {
  const { file } = trace
  const { cpus } = trace.index()
  for (const { source, buffer } of trace.sources) {
    const own = cpus.filter((cpu) => cpu.source === source)
    const times = own.flatMap(({ firstTs, lastTs }) =>
      firstTs === undefined ? [] : [firstTs, lastTs!],
    )
    const words = file.uname.split(' ')
    yield [
      source,
      file.source.name,
      buffer.name,
      words[1] ?? '',
      file.uname,
      file.recorder,
      file.version,
      file.littleEndian ? 'little' : 'big',
      file.headerPage.longSize,
      buffer.subBufferSize,
      buffer.clock,
      file.cpuCount,
      inOrder(times)[0],
      inOrder(times).at(-1),
      file.corrections.wallOffset ?? file.own.wallOffset,
      file.traceId,
      file.compression.name,
    ]
  }
}

function inOrder(times: readonly bigint[]): bigint[] {
  return [...times].sort((a, b) => (a < b ? -1 : 1))
}

const EVENTS = [
  SOURCE,
  column('id', 'USMALLINT'),
  column('system', 'VARCHAR'),
  column('event', 'VARCHAR'),
  column('rows', 'BIGINT'),
  column('print_fmt', 'VARCHAR'),
  column('parse_ok', 'BOOLEAN'),
]

function* eventRows(
  trace: Trace,
  rowsOf: (trace: Trace, source: number, id: number) => number,
): Generator<Cell[]> {
  for (const { source } of trace.sources)
    for (const { id, system, name, printFmt, parseOk } of trace.formats)
      yield [source, id, system, name, rowsOf(trace, source, id), printFmt, parseOk]
}

const FIELDS = [
  column('system', 'VARCHAR'),
  column('event', 'VARCHAR'),
  column('position', 'USMALLINT'),
  column('field', 'VARCHAR'),
  column('c_type', 'VARCHAR'),
  column('offset', 'UINTEGER'),
  column('size', 'UINTEGER'),
  column('signed', 'BOOLEAN'),
  column('column_type', 'VARCHAR'),
  SOURCE,
]

function* fieldRows(trace: Trace): Generator<Cell[]> {
  const source = trace.sources[0]?.source ?? null
  const context = {
    longSize: trace.file.headerPage.longSize,
    littleEndian: trace.file.littleEndian,
  }
  for (const format of trace.formats)
    for (const row of describeFields(format, columnsOf(format, context)))
      yield [
        format.system,
        format.name,
        row.position,
        row.field,
        row.cType,
        row.offset,
        row.size,
        row.signed,
        row.columnType,
        source,
      ]
}

const CPUS = [
  SOURCE,
  column('cpu', 'USMALLINT'),
  column('events', 'BIGINT'),
  column('bytes', 'BIGINT'),
  column('first_ts', 'BIGINT'),
  column('last_ts', 'BIGINT'),
  column('lost_events', 'BIGINT'),
  column('entries', 'BIGINT'),
  column('overrun', 'BIGINT'),
  column('commit_overrun', 'BIGINT'),
  column('dropped', 'BIGINT'),
]

function* cpuRows(trace: Trace): Generator<Cell[]> {
  const summaries = trace.index().cpus
  for (const { source, buffer } of trace.sources) {
    const stats = trace.file.cpuStats.filter((stat) => stat.buffer === buffer.name)
    const own = summaries.filter((summary) => summary.source === source)
    const numbers = new Set([...own.map(({ cpu }) => cpu), ...stats.map(({ cpu }) => cpu)])
    for (const cpu of [...numbers].sort((a, b) => a - b)) {
      const summary = own.find((s) => s.cpu === cpu)
      const values = stats.find((s) => s.cpu === cpu)?.values
      const figure = (name: string): Cell => {
        const text = values?.get(name)
        return text !== undefined && /^\d{1,18}$/.test(text) ? BigInt(text) : null
      }
      yield [
        source,
        cpu,
        summary?.events ?? 0,
        summary?.bytes ?? 0,
        summary?.firstTs,
        summary?.lastTs,
        summary?.lostEvents ?? 0,
        figure('entries'),
        figure('overrun'),
        figure('commit overrun'),
        figure('dropped events'),
      ]
    }
  }
}

const LOST_EVENTS = [
  SOURCE,
  column('cpu', 'USMALLINT'),
  column('ts', 'BIGINT'),
  column('gap_start_ts', 'BIGINT'),
  column('count', 'BIGINT'),
]

function* lostRows(trace: Trace): Generator<Cell[]> {
  for (const { source, cpu, ts, gapStart, count } of trace.index().gaps())
    yield [source, cpu, ts, gapStart, count]
}

const TASKS = [
  SOURCE,
  column('pid', 'INTEGER'),
  column('comm', 'VARCHAR'),
  column('tgid', 'INTEGER'),
  column('first_ts', 'BIGINT'),
]

function* taskRows(trace: Trace): Generator<Cell[]> {
  const names = trace.tasks()
  const tgids = trace.tgids()
  for (const { source } of trace.sources) {
    const seen = new Map<number, bigint>()
    for (const task of trace.index().tasks())
      if (task.source === source) seen.set(task.pid, task.firstTs)
    const pids = new Set([...seen.keys(), ...names.knownPids()])
    for (const pid of [...pids].sort((a, b) => a - b))
      yield [source, pid, names.lastName(pid), tgids.get(pid), seen.get(pid)]
  }
}

const PROCESS_MAPS = [
  SOURCE,
  column('tgid', 'INTEGER'),
  column('start_address', 'UBIGINT'),
  column('end_address', 'UBIGINT'),
  column('file_offset', 'UBIGINT'),
  column('path', 'VARCHAR'),
  column('from_ts', 'BIGINT'),
  column('until_ts', 'BIGINT'),
]

/** Our own recorder's, else those of option PROCMAPS, which joins the mappings of a file. */
function* mapRows(trace: Trace): Generator<Cell[]> {
  const { own, processMaps } = trace.file
  const known = new Set(own.maps.map(({ tgid }) => tgid))
  for (const { source } of trace.sources) {
    for (const { tgid, start, end, fileOffset, path, from, until } of own.maps)
      yield [source, tgid, start, end, fileOffset, path, from, until]
    for (const { pid, maps } of processMaps)
      if (!known.has(pid))
        for (const { start, end, path } of maps)
          yield [source, pid, start, end, null, path, null, null]
  }
}

const MAPPED_FILES = [
  SOURCE,
  column('path', 'VARCHAR'),
  column('build_id', 'VARCHAR'),
  column('size', 'BIGINT'),
  column('mtime_ns', 'BIGINT'),
]

function* fileRows(trace: Trace): Generator<Cell[]> {
  for (const { source } of trace.sources)
    for (const { path, buildId, size, mtimeNs } of trace.file.own.files)
      yield [source, path, buildId, size, mtimeNs]
}

const DESCRIPTORS = [
  SOURCE,
  column('tgid', 'INTEGER'),
  column('fd', 'INTEGER'),
  column('target', 'VARCHAR'),
  column('close_on_exec', 'BOOLEAN'),
]

function* descriptorRows(trace: Trace): Generator<Cell[]> {
  for (const { source } of trace.sources)
    for (const { tgid, fd, target, closeOnExec } of trace.file.own.descriptors)
      yield [source, tgid, fd, target, closeOnExec]
}

const SETTINGS = [SOURCE, column('setting', 'VARCHAR'), column('value', 'VARCHAR')]

function* settingRows(trace: Trace): Generator<Cell[]> {
  for (const { source, buffer } of trace.sources)
    for (const { name, value, buffer: of } of trace.file.own.settings)
      if (of === undefined || of === buffer.name) yield [source, name, value]
}

const RECORDED_EVENTS = [
  SOURCE,
  column('system', 'VARCHAR'),
  column('event', 'VARCHAR'),
  column('filter', 'VARCHAR'),
]

function* recordedRows(trace: Trace): Generator<Cell[]> {
  for (const { source, buffer } of trace.sources)
    for (const { buffer: of, system, names, filter } of trace.file.own.enabled)
      if (of === buffer.name) for (const name of names) yield [source, system, name, filter]
}

const OPTIONS = [
  SOURCE,
  column('id', 'USMALLINT'),
  column('name', 'VARCHAR'),
  column('value', 'VARCHAR'),
]

function* optionRows(trace: Trace): Generator<Cell[]> {
  const source = trace.sources[0]?.source ?? null
  for (const option of trace.file.options)
    yield [source, option.id, option.name, optionText(trace.file, option)]
}

const DIAGNOSTICS = [
  column('code', 'VARCHAR'),
  column('severity', 'VARCHAR'),
  column('source', 'SMALLINT'),
  column('cpu', 'SMALLINT'),
  column('count', 'BIGINT'),
  column('first_offset', 'BIGINT'),
  column('sample', 'VARCHAR'),
]

function* diagnosticRows(trace: Trace): Generator<Cell[]> {
  trace.index()
  for (const d of trace.diagnostics.list())
    yield [
      d.code,
      d.severity,
      d.source < 0 ? null : d.source,
      d.cpu < 0 ? null : d.cpu,
      d.count,
      d.firstOffset < 0 ? null : d.firstOffset,
      d.sample,
    ]
}
