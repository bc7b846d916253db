/** What the tables of one pass over a trace share. */
import { BATCH_ROWS } from './batch/column-batch.ts'
import { fastDistributeBytes } from './batch/fast-distribute.ts'
import { FastNames, FastTexts, fastContextBytes } from './batch/fast-table.ts'
import { columnsOf } from './batch/schema.ts'
import type { StringPool } from './batch/string-pool.ts'
import type { RowContext } from './batch/table-builder.ts'
import type { TaskNames } from './batch/task-names.ts'
import { createTextTables } from './batch/text-tables.ts'
import type { TraceFile } from './container/types.ts'
import type { Diagnostics } from './diagnostics.ts'
import type { EventFormat } from './event/types.ts'
import { isOnWords } from './ring/words.ts'
import type { OpenedStreams } from './streams.ts'

/** What it takes of a trace. */
export interface RowTrace {
  readonly file: TraceFile
  readonly diagnostics: Diagnostics
  format(id: number): EventFormat | undefined
  formatNamed(system: string, name: string): EventFormat | undefined
}

/** Bytes of the fast loops' memory that a context and a merge take. */
export function rowContextBytes({ buffers }: TraceFile): number {
  const streams = buffers.reduce((sum, { cpus }) => sum + cpus.length, 0)
  return fastContextBytes() + fastDistributeBytes(streams) + 2 * (streams * 2 + 16)
}

/** The context of a pass; its tables are in the fast loops' memory where there is any. */
export function createRowContext(
  trace: RowTrace,
  { arena, streams, memory }: OpenedStreams,
  pool: StringPool,
  tasks: TaskNames | undefined,
): RowContext {
  const { file, diagnostics } = trace
  const { littleEndian, headerPage } = file
  // Slots begin on words of the arena, and sub-buffers in them.
  const aligned = file.buffers.every(({ subBufferSize }) =>
    isOnWords(littleEndian, headerPage.dataOffset, subBufferSize),
  )
  const readOf = (name: string): RowContext['stackRead'] => {
    const format = trace.formatNamed('ftrace', name)
    const columns = format ? columnsOf(format, { longSize: headerPage.longSize, littleEndian }) : []
    const spec = columns.find((column) => column.name === 'caller')
    return spec?.type === 'UBIGINT[]' ? spec.read : undefined
  }
  const placeOf = (bytes: number): [ArrayBuffer, number] =>
    memory ? [memory.buffer, memory.take(bytes)] : [new ArrayBuffer(bytes), 0]
  const words = (count: number): Uint32Array => new Uint32Array(...placeOf(count * 4), count)
  const halves = (values: readonly number[]): Uint16Array => {
    const array = new Uint16Array(...placeOf(values.length * 2), values.length)
    array.set(values)
    return array
  }
  const interner = (nameOf: (format: EventFormat) => string): ((id: number) => number) =>
    createNameInterner(trace, pool, nameOf)
  return {
    bytes: arena.bytes,
    view: arena.view,
    words: arena.words,
    aligned,
    at: words(BATCH_ROWS),
    size: words(BATCH_ROWS),
    fast: memory && {
      memory,
      texts: new FastTexts(memory, pool),
      names: tasks && new FastNames(memory, tasks, pool),
    },
    littleEndian,
    pool,
    texts: createTextTables(file, trace.formatNamed('ftrace', 'bprint')),
    outOfBounds: () =>
      diagnostics.report('ERR_FIELD_BOUNDS', 'error', 'a field lies outside its record'),
    streamCpu: halves(streams.map(({ layout }) => layout.cpu)),
    streamSource: halves(streams.map(({ layout }) => layout.source)),
    tasks,
    systemName: interner((format) => format.system),
    eventName: interner((format) => format.name),
    callName: interner((format) => format.name.replace(/^sys_(enter|exit)_/, '')),
    stackRead: readOf('kernel_stack'),
    userStackRead: readOf('user_stack'),
  }
}

/** Pool ids of what `nameOf` says of events, by event id. */
function createNameInterner(
  trace: RowTrace,
  pool: StringPool,
  nameOf: (format: EventFormat) => string,
): (id: number) => number {
  let generation = -1
  const cache = new Map<number, number>()
  return (id) => {
    if (generation !== pool.generation) {
      cache.clear()
      generation = pool.generation
    }
    const cached = cache.get(id)
    if (cached !== undefined) return cached
    const format = trace.format(id)
    const bytes = new TextEncoder().encode(format ? nameOf(format) : `#${id}`)
    const poolId = pool.intern(bytes, 0, bytes.length)
    cache.set(id, poolId)
    return poolId
  }
}
