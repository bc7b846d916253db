/**
 * Checks `common_stack` and `common_user_stack`: the kernel writes a stack record right behind the
 * event it belongs to, on the same CPU and from the same thread.
 */
import type { ColumnBatch } from '../../parser/batch/column-batch.ts'
import { columnValue } from '../../parser/batch/column-value.ts'
import type { TraceFile } from '../../parser/container/types.ts'
import { groupBy, streamKey } from './compare-records.ts'
import type { GoldenRecord } from './golden-files.ts'
import { Tally } from './tally.ts'

const COLUMNS: Readonly<Record<string, string>> = {
  'ftrace:kernel_stack': 'common_stack',
  'ftrace:user_stack': 'common_user_stack',
}

/** Return addresses by record and column. */
type Stacks = Map<GoldenRecord, Partial<Record<string, bigint[]>>>

/** Works out every record's stacks from the records' own bytes, then compares rows with them. */
export class StackCheck {
  readonly tally: Tally = new Tally()
  readonly #expected: Stacks

  constructor(payloads: ReadonlyMap<GoldenRecord, Uint8Array>, file: TraceFile) {
    this.#expected = findStacks(payloads, file)
  }

  /** Compares the stack columns of a row with what follows its record. */
  compare(record: GoldenRecord, batch: ColumnBatch, row: number): void {
    for (const name of Object.values(COLUMNS)) {
      const column = batch.table.columns.findIndex((c) => c.name === name)
      const value = column < 0 ? null : columnValue(batch, column, row)
      const want = this.#expected.get(record)?.[name]
      if (want === undefined && value === null) continue
      if (String(value) === String(want)) this.tally.same()
      else
        this.tally.differ(
          `${name} of ${record.system}:${record.event} at ${record.ts} is ${String(value)}, ` +
            `expected ${String(want)}`,
        )
    }
  }
}

const findStacks = (payloads: ReadonlyMap<GoldenRecord, Uint8Array>, file: TraceFile): Stacks => {
  const stacks: Stacks = new Map()
  for (const records of groupBy(payloads.keys(), (r) => streamKey(r.buffer, r.cpu)).values()) {
    let owner: GoldenRecord | undefined
    for (const record of records) {
      const column = COLUMNS[`${record.system}:${record.event}`]
      if (column === undefined) owner = record
      else if (owner?.pid === record.pid) {
        const own = stacks.get(owner) ?? {}
        own[column] ??= callers(payloads.get(record)!, column, file)
        stacks.set(owner, own)
      }
    }
  }
  return stacks
}

/**
 * `int size; long caller[size]` or `u32 tgid; long caller[8]`, both behind the common fields; the
 * kernel fills up user stacks with zeros.
 */
const callers = (payload: Uint8Array, column: string, file: TraceFile): bigint[] => {
  const { littleEndian, headerPage } = file
  const { longSize } = headerPage
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const start = longSize === 8 ? 16 : 12
  const count = column === 'common_stack' ? view.getUint32(8, littleEndian) : 8
  const found: bigint[] = []
  for (let at = start; at + longSize <= payload.length && found.length < count; at += longSize)
    found.push(
      longSize === 8
        ? view.getBigUint64(at, littleEndian)
        : BigInt(view.getUint32(at, littleEndian)),
    )
  while (column === 'common_user_stack' && found.at(-1) === 0n) found.pop()
  return found
}
