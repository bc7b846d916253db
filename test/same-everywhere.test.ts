// Reports and derived relations answer alike on a trace.dat, its import, and its Parquet folder.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { analysisObjects } from '../analysis/index.ts'
import { exportTraces } from '../parser/export.ts'
import { importTraces } from '../parser/import.ts'
import { openParquet } from '../parser/open-parquet.ts'
import { PARQUET } from '../parser/sink/duckdb/copy-format.ts'
import { createCopySink } from '../parser/sink/duckdb/copy-sink.ts'
import { openDuckDB, type TraceDatabase } from '../parser/sink/duckdb/database.ts'
import { openTraceDatabase } from '../parser/trace-database.ts'
import { Recording } from '../queries/index.ts'
import { relationAnswers, reportAnswers } from './helpers/answers.ts'
import { fixture } from './helpers/paths.ts'

/** `TRACEDUCK_TEST_ALL=1` compares on all of these, which takes some minutes. */
const FILES = [
  ['reports', 'icmp-ping-default.dat'],
  ['traces', 's390x-7.2-net.dat'],
  ['traces', 'amd64-6.1-all-events.dat'],
  ['traces', 'amd64-6.12-lost-v7.dat'],
  ['traces', 'amd64-7.2-blk.dat'],
  ['traces', 'amd64-7.2-sys-long-strings.dat'],
  ['traces', 'armhf-7.2-buffers-v7.dat'],
  ['traces', 'i386-6.1-uprobes.dat'],
] as const

const folder = mkdtempSync(join(tmpdir(), 'same-everywhere-'))
t.teardown(() => rmSync(folder, { recursive: true }))
t.setTimeout(290_000)

async function answers(database: TraceDatabase, recording: Recording): Promise<string[]> {
  const all: string[] = []
  for (const ask of [relationAnswers, reportAnswers])
    for await (const { name, digest, error } of ask(database, recording))
      all.push(`${name} ${error?.message ?? digest}`)
  return all
}

/** A table for each event, as its columns, its number of rows and a digest of them in order. */
async function tablesOf(database: TraceDatabase, recording: Recording): Promise<string[]> {
  const lines: string[] = []
  for (const [table, columns] of recording.catalogue.tables) {
    if (table.startsWith('main.')) continue
    const [schema, name] = table.split('.')
    const { rows } = await database.all(
      `select count(*), md5(coalesce(string_agg(r::varchar, chr(10)), '')) from "${schema}"."${name}" r`,
    )
    const types = columns.map((column) => `${column.name} ${column.type}`)
    lines.push(`${table} (${types.join(', ')}) ${rows[0]!.join(' ')}`)
  }
  return lines.sort()
}

async function compare(t: Test, file: string): Promise<void> {
  const out = join(folder, 'x.duckdb')
  const parquet = join(folder, 'x.parquet')
  const summary = await importTraces([file], { out, objects: analysisObjects, force: true })
  t.same(summary.failedObjects, [], 'every relation can be made')
  const imported = await openDuckDB(out, { readOnly: true })
  const stored = await Recording.of(imported)
  await exportTraces([file], parquet, (path) => createCopySink(path, { format: PARQUET }))
  const direct = await openTraceDatabase(file, { objects: analysisObjects })
  const exported = await openParquet(parquet, analysisObjects)
  const overFile = await Recording.of(direct.database, direct.tables)
  const overFolder = await Recording.of(exported.database, exported.tables)

  const expected = await answers(imported, stored)
  t.ok(expected.length > 0)
  t.strictSame(await answers(direct.database, overFile), expected, 'the file answers as its import')
  t.strictSame(await answers(exported.database, overFolder), expected, 'so does the folder')
  t.strictSame(
    await tablesOf(exported.database, overFolder),
    await tablesOf(imported, stored),
    'the folder has the same tables',
  )
  for (const db of [imported, direct.database, exported.database]) await db.close()
  direct.trace.close()
  rmSync(parquet, { recursive: true })
}

const chosen = process.env.TRACEDUCK_TEST_ALL === '1' ? FILES : FILES.slice(0, 1)
for (const [group, name] of chosen) t.test(name, (t) => compare(t, fixture(group, name)))
