// A trace.dat and the database imported from it answer alike: same tables, same rows, same order.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { importTraces } from '../parser/import.ts'
import { openDuckDB, type TraceDatabase } from '../parser/sink/duckdb/database.ts'
import { openTraceDatabase } from '../parser/trace-database.ts'
import { someRecordings } from './helpers/recordings.ts'

// `syscall_records` serves `syscall_events`, which an import puts together from its tables:
// test/same-everywhere.test.ts compares what stands on it.
const TABLES = `select table_schema, table_name, string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position)
  from information_schema.tables join information_schema.columns using (table_schema, table_name)
  where not (table_schema = 'meta' and table_name = 'files') and table_name not in ('syscall_records', 'event_text')
  group by all order by all`

/** One line a table: its name, columns, and a digest of all rows in the order they come. */
async function digest(db: TraceDatabase): Promise<string[]> {
  const lines: string[] = []
  for (const [schema, name, columns] of (await db.all(TABLES)).rows) {
    // `events` has no order of its own in a database: it is a union of tables.
    const order = name === 'events' ? 'order by r' : ''
    const { rows } = await db.all(
      `select count(*), md5(coalesce(string_agg(r, chr(10) ${order}), '')) from (select r::varchar as r from "${schema}"."${name}" r)`,
    )
    lines.push(`${schema}.${name} (${columns}): ${rows[0]!.join(' ')}`)
  }
  return lines
}

const files = someRecordings()

t.test('a trace answers as its import does', { timeout: 240_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'same-answers-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  t.ok(files.length > 0, 'there are recordings')
  for (const [i, file] of files.entries()) {
    const out = join(folder, `${i}.duckdb`)
    const { database: direct, trace } = await openTraceDatabase(file)
    if (trace.file.latencyText) {
      await t.rejects(importTraces([file], { out }), { code: 'ERR_TRACE_LATENCY' }, file)
      trace.close()
      continue
    }
    await importTraces([file], { out })
    const imported = await openDuckDB(out, { readOnly: true })
    t.strictSame(await digest(direct), await digest(imported), file)
    await direct.close()
    await imported.close()
    trace.close()
    rmSync(out)
  }
})
