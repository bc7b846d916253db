/** Readers of the columns that all event tables have: who ran where and when. */
import { ID, STRIDE, TS_HI, TS_LO } from '../ring/record-block.ts'
import { BATCH_ROWS } from './column-batch.ts'
import type { ColumnBuilder } from './column-builder.ts'
import type { DecodeContext, ReadColumn, Rows } from './decode-context.ts'
import type { ColumnSource } from './event-table.ts'
import type { StringPool } from './string-pool.ts'
import type { TaskNames } from './task-names.ts'

/** What the streams and the trace add to a record. */
export interface CommonContext extends DecodeContext {
  /** CPU and `meta.sources.source` of each stream. */
  readonly streamCpu: Uint16Array
  readonly streamSource: Uint16Array
  /** Needed only where a name is asked for. */
  readonly tasks: TaskNames | undefined
}

/** The time stamp, from the entries. */
export function createTimeReader(out: ColumnBuilder): ReadColumn {
  return ({ entries }, from, to) => {
    const target = out.u32
    for (let i = from; i < to; i++) {
      target[2 * i] = entries[i * STRIDE + TS_LO]!
      target[2 * i + 1] = entries[i * STRIDE + TS_HI]!
    }
  }
}

/** What `values` says of the stream a record is from. */
export function createStreamReader(values: Uint16Array, out: ColumnBuilder): ReadColumn {
  return ({ entries }, from, to) => {
    const target = out.u16
    for (let i = from; i < to; i++) target[i] = values[entries[i * STRIDE + ID]! >>> 16]!
  }
}

/** Threads of the rows that are named; one for all builders, which work in turn. */
const PIDS = new Uint32Array(BATCH_ROWS)
/** -1 in a column of ids. */
const NOT_KNOWN = 0xffffffff

/** The name that the thread of `common_pid` had at the time. */
export function createCommReader(
  pidSource: ColumnSource,
  out: ColumnBuilder,
  { view, littleEndian, tasks, pool }: CommonContext,
): ReadColumn {
  if (!tasks) throw new TypeError('common_comm asked for without task names')
  if (pidSource.from !== 'record' || pidSource.read.op !== 'int')
    throw new TypeError('no common_pid')
  const { offset, size: pidBytes } = pidSource.read
  return (rows, from, to) => {
    const { at, size } = rows
    for (let i = from; i < to; i++) {
      const known = pidBytes === 4 && size[i]! >= offset + 4
      PIDS[i] = known ? view.getInt32(at[i]! + offset, littleEndian) : -1
    }
    storeNames(PIDS, rows, from, to, out, tasks, pool)
  }
}

function storeNames(
  pids: Uint32Array,
  { entries }: Rows,
  from: number,
  to: number,
  out: ColumnBuilder,
  tasks: TaskNames,
  pool: StringPool,
): void {
  const ids = out.u32
  const idOf = tasks.onlyIds(pool)
  const threads = idOf.length
  let several = 0
  for (let i = from; i < to; i++) {
    const pid = pids[i]!
    const id = pid < threads ? idOf[pid]! : -1
    if (id < 0) several++
    ids[i] = id
  }
  if (several === 0) return
  // Look-ups by time apart: the loop above is short enough for V8 to do well.
  for (let i = from; i < to; i++) {
    if (ids[i] !== NOT_KNOWN) continue
    const w = i * STRIDE
    const lo = entries[w + TS_LO]! >>> 0
    ids[i] = tasks.poolIdAt(pids[i]! | 0, lo, entries[w + TS_HI]! >>> 0, pool)
  }
}

/** The common columns in the order of event tables, see `layoutOf`. */
const TIME = 0
const CPU = 1
const PID = 2
const COMM = 3
const FLAGS = 4
const PREEMPT_COUNT = 5
const SOURCE = 6
/** How many there are. */
export const COMMON_COLUMNS = 7

/**
 * All common columns of an event table; undefined where the first columns asked for are
 * others, or a record does not begin with type, flags and preempt count (4 bytes) and pid (4 bytes).
 */
export function createCommonReader(
  sources: readonly ColumnSource[],
  columns: readonly ColumnBuilder[],
  context: CommonContext,
): ReadColumn | undefined {
  const isInt = (i: number, offset: number, size: number): boolean => {
    const source = sources[i]
    if (source?.from !== 'record' || source.read.op !== 'int') return false
    return source.read.offset === offset && source.read.size === size
  }
  const { aligned, words, streamCpu, streamSource, tasks, pool } = context
  if (!aligned || !tasks || sources[TIME]?.from !== 'ts' || sources[CPU]?.from !== 'cpu') return
  if (!isInt(PID, 4, 4) || sources[COMM]?.from !== 'comm' || !isInt(FLAGS, 2, 1)) return
  if (!isInt(PREEMPT_COUNT, 3, 1) || sources[SOURCE]?.from !== 'source') return
  const onlySource = streamSource.every((source) => source === streamSource[0])
  return (rows, from, to) => {
    const { entries, at } = rows
    const ts = columns[TIME]!.u32
    const cpu = columns[CPU]!.u16
    const source = columns[SOURCE]!.u16
    for (let i = from; i < to; i++) {
      const w = i * STRIDE
      ts[2 * i] = entries[w + TS_LO]!
      ts[2 * i + 1] = entries[w + TS_HI]!
      cpu[i] = streamCpu[entries[w + ID]! >>> 16]!
    }
    if (onlySource) source.fill(streamSource[0]!, from, to)
    else for (let i = from; i < to; i++) source[i] = streamSource[entries[i * STRIDE + ID]! >>> 16]!
    const pids = columns[PID]!.u32
    const flags = columns[FLAGS]!.u8
    const preemptCount = columns[PREEMPT_COUNT]!.u8
    for (let i = from; i < to; i++) {
      const place = at[i]! >>> 2
      const head = words[place]!
      flags[i] = head >> 16
      preemptCount[i] = head >> 24
      pids[i] = words[place + 1]!
    }
    storeNames(pids, rows, from, to, columns[COMM]!, tasks, pool)
  }
}
