/** A trace.dat opened for reading: what it says about itself, and its events as column batches. */
import type { BatchReader } from './batch/column-batch.ts'
import { RunDistributor } from './batch/distribute.ts'
import { EventReader } from './batch/event-reader.ts'
import { commonFieldsOf, eventsLayout, layoutOf, type TableLayout } from './batch/event-table.ts'
import { FastDistributor } from './batch/fast-distribute.ts'
import { fastTableBytes } from './batch/fast-table.ts'
import { MergedRecords } from './batch/merge.ts'
import { NameRuns } from './batch/name-runs.ts'
import { columnsOf } from './batch/schema.ts'
import { StringPool } from './batch/string-pool.ts'
import { batchRowsFor, TableBuilder } from './batch/table-builder.ts'
import type { TaskNames } from './batch/task-names.ts'
import { endAhead } from './container/ahead.ts'
import type { BufferInstance, TraceFile } from './container/types.ts'
import { Diagnostics } from './diagnostics.ts'
import { TraceError } from './error.ts'
import { noFieldsSeen, parseEventFormat } from './event/format.ts'
import type { EventFormat } from './event/types.ts'
import { fastCountBytes } from './fast-count.ts'
import type { CpuStream } from './ring/cpu-stream.ts'
import { NO_ID } from './ring/walk-layout.ts'
import { createRowContext, rowContextBytes } from './row-context.ts'
import { type OpenedStreams, openStreams, type PassRequest, type Selection } from './streams.ts'
import { createTaskNames, learnTaskNames, NameReader } from './task-learning.ts'
import { learnTgids } from './tgid-learning.ts'
import { type RecordObserver, TraceIndex } from './trace-index.ts'
import type { LoopMemory } from './wasm/loops.ts'

/** One buffer instance of one file, as numbered in `meta.sources`. */
export interface Source {
  readonly source: number
  readonly buffer: BufferInstance
}

/** A table to read, the events that fill it, and the columns wanted. */
export interface TableRequest {
  readonly layout: TableLayout
  readonly ids: readonly number[]
  /** Indexes into the table's columns. */
  readonly projection: readonly number[]
}

/** Records in the order of a report, by streams that can be moved. */
export interface MovableRecords {
  readonly streams: readonly CpuStream[]
  readonly view: DataView
  readonly bytes: Uint8Array
  /** Bytes of a chunk at most that is loaded as a whole. */
  readonly slotBytes: number
  /** What all of that is in, where the fast loops can be used. */
  readonly memory: LoopMemory | undefined
  merge(): MergedRecords
}

const IDS = 0x10000

/** An opened trace; made by `openTrace`. Passes over the events may run one after the other. */
export class Trace {
  readonly file: TraceFile
  readonly diagnostics: Diagnostics
  readonly sources: readonly Source[]
  /** All formats with a usable id, file order; the first of several with the same id counts. */
  readonly formats: readonly EventFormat[]
  /** Offset of common_pid, the same in all records of a kernel. */
  readonly pidOffset: number
  readonly #byId = new Map<number, EventFormat>()
  readonly #layouts = new Map<number, TableLayout>()
  #index: TraceIndex | undefined
  #tasks: TaskNames | undefined
  #tgids: ReadonlyMap<number, number> | undefined

  constructor(file: TraceFile, diagnostics: Diagnostics, firstSource: number) {
    this.file = file
    this.diagnostics = diagnostics
    this.sources = file.buffers.map((buffer, i) => ({ source: firstSource + i, buffer }))
    const context = { longSize: file.headerPage.longSize, seen: noFieldsSeen() }
    for (const { system, text, offset } of file.formats) {
      const format = parseEventFormat(text, system, context)
      if (!format)
        diagnostics.report(
          'ERR_FORMAT_SYNTAX',
          'error',
          `a format of system ${system} has no ID line`,
          { offset },
        )
      else if (!this.#byId.has(format.id) && format.id < IDS) this.#byId.set(format.id, format)
      if (format && !format.parseOk)
        diagnostics.report(
          'ERR_FORMAT_SYNTAX',
          'info',
          `${system}:${format.name}: ${format.problem}`,
          { offset },
        )
    }
    this.formats = [...this.#byId.values()]
    this.pidOffset = commonFieldsOf(this.formats[0]).pid.offset
  }

  /** The format of an event id. */
  format(id: number): EventFormat | undefined {
    return this.#byId.get(id)
  }

  /** The format of `system:name`. */
  formatNamed(system: string, name: string): EventFormat | undefined {
    return this.formats.find((format) => format.system === system && format.name === name)
  }

  /** Whether the index was made, and damage and losses reported with it. */
  get isIndexed(): boolean {
    return this.#index !== undefined
  }

  /** Counts and places of everything, from one pass over the file on first use. */
  index(): TraceIndex {
    this.#index ??= this.#makeIndex(undefined)
    return this.#index
  }

  /**
   * Thread names over time, from one pass over the naming events on first use; where there is no
   * index yet, from the same pass.
   */
  tasks(): TaskNames {
    if (this.#tasks) return this.#tasks
    let tasks: TaskNames | undefined
    if (!this.#index) {
      const runs = new NameRuns(createTaskNames(this))
      this.#index = this.#makeIndex(runs)
      tasks = runs.settle()
    }
    tasks ??= learnTaskNames(this)
    this.#tasks = tasks
    if (tasks.missed > 0)
      this.diagnostics.report('TASK_NAMES', 'data_loss', 'too many names of threads to keep', {
        count: tasks.missed,
      })
    return tasks
  }

  /** Thread to process, where events or stored maps tell. */
  tgids(): ReadonlyMap<number, number> {
    this.#tgids ??= learnTgids(this)
    return this.#tgids
  }

  /** The table layout of an event, stacks included where the index saw some. */
  layout(format: EventFormat): TableLayout {
    const known = this.#layouts.get(format.id)
    if (known) return known
    const { stackOwners, userStackOwners } = this.index()
    const specs = columnsOf(format, {
      longSize: this.file.headerPage.longSize,
      littleEndian: this.file.littleEndian,
    })
    const layout = layoutOf(format, specs, {
      kernel: stackOwners.has(format.id),
      user: userStackOwners.has(format.id),
    })
    this.#layouts.set(format.id, layout)
    return layout
  }

  /** Layout of the table of all events. */
  eventsLayout(): TableLayout {
    return eventsLayout(this.formats[0])
  }

  /** Reads tables in one pass, batches in order of completion; close the reader when done early. */
  read(tables: readonly TableRequest[], selection: Selection = {}): BatchReader {
    const ids = tables.flatMap((table) => table.ids)
    const columns = tables.flatMap(({ layout, projection }) =>
      projection.map((i) => layout.sources[i]!.from),
    )
    const withStacks = columns.includes('stack') || columns.includes('userStack')
    const tasks = columns.includes('comm') ? this.tasks() : undefined
    const most = batchRowsFor(tables.length)
    // One row more than there are, so that it is not full before the end.
    const mostOf = ({ ids }: TableRequest): number => Math.min(most, this.#rowsOf(ids) + 1)
    const loopBytes = tables.reduce(
      (sum, table) => sum + fastTableBytes(table.layout, table.projection, mostOf(table)),
      rowContextBytes(this.file),
    )
    const pass = this.#passOver(ids, selection, withStacks, loopBytes)
    const { streams, arena, memory } = pass
    const pool = new StringPool()
    const context = createRowContext(this, pass, pool, tasks)
    const routes: (TableBuilder | undefined)[] = new Array(IDS).fill(undefined)
    for (const table of tables) {
      const { layout, projection } = table
      const builder = new TableBuilder(layout, projection, context, withStacks, mostOf(table))
      for (const id of table.ids) routes[id] = builder
    }
    return new EventReader(
      routes,
      pool,
      (decodeAll) =>
        memory
          ? new FastDistributor(streams, arena, memory, routes, decodeAll, withStacks)
          : new RunDistributor(
              routes,
              decodeAll,
              (beforeRecycle) => new MergedRecords(streams, arena, beforeRecycle, withStacks),
            ),
      pass.close,
    )
  }

  /**
   * Merged references to the records of some events, for passes that decode by themselves. Records
   * of the same time come in order of their CPUs, or (`tiesByCpu` false) of buffers and then CPUs.
   * What is damaged was reported when the index was made; a pass without one reports it itself.
   */
  mergedRecords(
    ids: readonly number[] | null,
    selection: Selection = {},
    pass: { tiesByCpu?: boolean; diagnostics?: Diagnostics } = {},
  ): { merged: MergedRecords; view: DataView; bytes: Uint8Array } {
    const { arena, streams } = this.#passOver(ids, selection, false, 0, pass.diagnostics)
    return {
      merged: new MergedRecords(streams, arena, () => {}, false, pass.tiesByCpu),
      view: arena.view,
      bytes: arena.bytes,
    }
  }

  /**
   * The same for records of all events in the order of a report, for those who may move the streams to other
   * places: `merge` merges them from where they are. In the memory of the fast loops are `loopBytes` more.
   */
  movableRecords(
    selection: Selection,
    isMoved: boolean,
    diagnostics: Diagnostics,
    loopBytes: number = 0,
  ): MovableRecords {
    const request = this.#request(null, selection, false, true, () => loopBytes)
    const { arena, streams, memory } = openStreams(this.file, { ...request, isMoved }, diagnostics)
    return {
      streams,
      memory,
      view: arena.view,
      bytes: arena.bytes,
      slotBytes: arena.slotBytes,
      merge: () => {
        arena.recycle(new Set())
        return new MergedRecords(streams, arena, () => {}, false, false)
      },
    }
  }

  /** Throws `ERR_TRACE_LATENCY` for a recording of a latency tracer, which holds text only. */
  requireEvents(): void {
    const { latencyText } = this.file
    if (latencyText)
      throw new TraceError(
        'ERR_TRACE_LATENCY',
        `${this.file.source.name} is a latency trace: it holds ${latencyText.size} bytes of text, not events`,
        {
          where: { file: this.file.source.name, offset: latencyText.offset },
          hint: 'print it with `traceduck report`, or record events with -e instead of a latency tracer',
        },
      )
  }

  /** Releases the file. */
  close(): void {
    endAhead(this.file)
    this.file.close()
  }

  #makeIndex(runs: NameRuns | undefined): TraceIndex {
    this.requireEvents()
    const reader = runs && new NameReader(this)
    const observe: RecordObserver = {
      events: reader?.events ?? new Uint8Array(IDS),
      lessons: reader?.plainLessons() ?? new Map(),
      extend: (pid, lo, hi) => runs?.extend(pid, lo, hi),
      beginStream: () => runs?.beginStream(),
      see: (words, from, to, view, bytes) => {
        if (reader) reader.read(words, from, to, view, bytes, runs)
      },
    }
    const stride = (this.formats.length >>> 3) + 1
    const request = this.#request(null, {}, true, false, (entries) =>
      fastCountBytes(stride, entries),
    )
    const index = new TraceIndex(this.file, this.formats, request, observe, this.diagnostics)
    this.#reportLosses(index)
    for (const id of index.idsPresent()) {
      if (this.#byId.has(id)) continue
      for (const { source } of this.sources) {
        const count = index.countOf(source, id)
        if (count > 0)
          this.diagnostics.report('ERR_EVENT_UNKNOWN', 'error', unknownText(id), { source, count })
      }
    }
    return index
  }

  #reportLosses(index: TraceIndex): void {
    for (const { source, cpu, gapStart, ts, count } of index.gaps()) {
      const after = gapStart === undefined ? 'before the first record' : `after ${gapStart}`
      const sample = `CPU ${cpu}: ${count ?? 'an unknown number of'} events lost ${after}, next at ${ts}`
      this.diagnostics.report('LOST_EVENTS', 'data_loss', sample, {
        source,
        cpu,
        count: count ?? 1,
      })
    }
  }

  /** Damage was reported when the index was made; a second pass would count it again. */
  #passOver(
    ids: readonly number[] | null,
    selection: Selection,
    withStacks: boolean,
    loopBytes: number,
    diagnostics: Diagnostics = new Diagnostics(),
  ): OpenedStreams {
    let wanted: Uint8Array | null = null
    if (ids) {
      wanted = new Uint8Array(IDS)
      for (const id of ids) wanted[id] = 1
    }
    return openStreams(
      this.file,
      this.#request(wanted, selection, withStacks, true, () => loopBytes),
      diagnostics,
    )
  }

  #request(
    wanted: Uint8Array | null,
    selection: Selection,
    withStacks: boolean,
    merged: boolean,
    loopBytes: PassRequest['loopBytes'],
  ): PassRequest {
    const kernelStackId = this.formatNamed('ftrace', 'kernel_stack')?.id ?? NO_ID
    const userStackId = this.formatNamed('ftrace', 'user_stack')?.id ?? NO_ID
    let skipChunk: PassRequest['skipChunk']
    if (wanted && this.#index) {
      const ids: number[] = []
      for (let id = 0; id < IDS; id++) if (wanted[id] === 1) ids.push(id)
      skipChunk = this.#index.skipperFor(
        withStacks ? [...ids, kernelStackId, userStackId].filter((id) => id < IDS) : ids,
      )
    }
    return {
      selection,
      wanted,
      kernelStackId: withStacks ? kernelStackId : NO_ID,
      userStackId: withStacks ? userStackId : NO_ID,
      pidOffset: this.pidOffset,
      firstSource: this.sources[0]?.source ?? 0,
      skipChunk,
      merged,
      loopBytes,
    }
  }

  /** Records of some events, as far as is known. */
  #rowsOf(ids: readonly number[]): number {
    const index = this.#index
    if (!index) return Number.POSITIVE_INFINITY
    let rows = 0
    for (const { source } of this.sources) for (const id of ids) rows += index.countOf(source, id)
    return rows
  }
}

/** Types below are numbers of the kernel's own records; events get theirs from here on. */
const FIRST_EVENT_ID = 32

function unknownText(id: number): string {
  const text = `event id ${id} has no format in the file`
  if (id >= FIRST_EVENT_ID) return text
  return `${text}: a record that a tracer of the kernel writes in a form of its own, such as blk (blktrace)`
}
