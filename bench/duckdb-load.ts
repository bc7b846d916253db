/**
 * What loading into DuckDB costs without the decoding: all batches of a recording are made first,
 * then written to a new database file again and again.
 *
 *     node dist/bench/duckdb-load.js FILE.dat [REPETITIONS] [MEMORY_MB]
 *
 * Prints, for each repetition, wall and CPU seconds up to the last write and up to the finished
 * file, and the file's size; then what it costs to make relations queryable and to scan one.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BytePool, ColumnBatch, ColumnData, Relation } from '../parser/batch/column-batch.ts'
import { openTrace, readBatches } from '../parser/index.ts'
import { openDuckDB } from '../parser/sink/duckdb/database.ts'
import { createDuckDBSink } from '../parser/sink/duckdb/import-sink.ts'
import { registerRelations } from '../parser/sink/duckdb/relations.ts'

/** Copies of all batches, with copies of their pools. */
async function record(path: string): Promise<ColumnBatch[]> {
  const trace = await openTrace(path)
  const batches: ColumnBatch[] = []
  const pools = new PoolCopies()
  for await (const batch of readBatches(trace)) {
    const columns = batch.columns.map((column) => copyColumn(column, batch.rows))
    batches.push({ ...batch, columns, pool: pools.of(batch.pool) })
  }
  trace.close()
  pools.finish()
  return batches
}

/** One growing pool becomes one finished pool per generation. */
class PoolCopies {
  #source: BytePool | undefined
  #copy: { generation: number; count: number; bytes: Uint8Array; start: Uint32Array } | undefined

  of(pool: BytePool): BytePool {
    if (this.#source !== pool || this.#copy?.generation !== pool.generation) {
      this.finish()
      this.#source = pool
      this.#copy = { generation: pool.generation, count: 0, bytes: pool.bytes, start: pool.start }
    }
    const { count, bytes, start } = pool
    return Object.assign(this.#copy as BytePool, { count, bytes, start })
  }

  finish(): void {
    const copy = this.#copy
    if (copy) Object.assign(copy, { bytes: copy.bytes.slice(), start: copy.start.slice() })
  }
}

function copyColumn({ values, validity, offsets }: ColumnData, rows: number): ColumnData {
  return {
    values: values.slice(0, offsets ? offsets[rows] : rows),
    validity: validity?.slice() ?? null,
    offsets: offsets?.slice(0, rows + 1) ?? null,
  }
}

/** Wall and CPU seconds since it was made. */
function stopwatch(): () => string {
  const started = performance.now()
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    const wall = (performance.now() - started) / 1000
    return `${wall.toFixed(2)} s wall ${((user + system) / 1e6).toFixed(2)} s CPU`
  }
}

async function load(batches: readonly ColumnBatch[], path: string, memory: number): Promise<void> {
  const time = stopwatch()
  const sink = await createDuckDBSink(path, { force: true, memory })
  for (const batch of batches) await sink.write(batch)
  const written = time()
  await sink.close()
  const megabytes = (statSync(path).size / 1e6).toFixed(1)
  process.stdout.write(`load      written ${written}, finished ${time()}, ${megabytes} MB\n`)
}

/** A relation over the batches of one table. */
function relationOf(batches: readonly ColumnBatch[], schema: string, name: string): Relation {
  const { columns } = (batches[0] as ColumnBatch).table
  const estimatedRows = batches.reduce((sum, { rows }) => sum + rows, 0)
  const scan: Relation['scan'] = (projection) => {
    let at = 0
    return {
      next() {
        const batch = batches[at++]
        if (!batch) return null
        return {
          ...batch,
          projection,
          columns: projection.map((i) => batch.columns[i] as ColumnData),
        }
      },
      close() {},
    }
  }
  return { schema, name, columns, estimatedRows, scan }
}

async function query(batches: readonly ColumnBatch[], count: number): Promise<void> {
  const [first] = batches
  const own = batches.filter(({ table }) => table === first?.table)
  const relations = Array.from({ length: count }, (_, i) => relationOf(own, `s${i % 50}`, `e${i}`))
  const db = await openDuckDB(':memory:')
  const open = stopwatch()
  registerRelations(db, relations)
  await db.all('select count(*) from s0.e0')
  process.stdout.write(`relations ${count} known, one counted: ${open()}\n`)
  const scan = stopwatch()
  await db.all('select sum(hash(e1)) from s1.e1')
  const rows = own.reduce((sum, batch) => sum + batch.rows, 0)
  process.stdout.write(
    `scan      ${rows} rows of ${first?.table.columns.length} columns: ${scan()}\n`,
  )
  const keep = stopwatch()
  await db.all('select sum(hash(e1)) from s1.e1')
  process.stdout.write(`scan      once more, brought into memory: ${keep()}\n`)
  const all = stopwatch()
  await db.all('show all tables')
  process.stdout.write(`relations all declared and listed: ${all()}\n`)
  await db.close()
}

const [path, repetitions = '3', megabytes = '700'] = process.argv.slice(2)
if (path === undefined) {
  process.stderr.write('usage: duckdb-load.js FILE.dat [REPETITIONS] [MEMORY_MB]\n')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'traceduck-bench-'))
try {
  const batches = await record(path)
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0)
  const tables = new Set(batches.map(({ table }) => table)).size
  process.stdout.write(`batches   ${batches.length}, ${rows} rows, ${tables} tables\n`)
  for (let i = 0; i < Number(repetitions); i++) {
    await load(batches, join(folder, 'load.duckdb'), Number(megabytes) * 1e6)
  }
  await query(batches, 800)
  const peak = process.resourceUsage().maxRSS / 1000
  process.stdout.write(`peak      ${peak.toFixed(0)} MB resident, the batches included\n`)
} finally {
  rmSync(folder, { recursive: true })
}
