/** Whole files: what each door of the product makes of them. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { analysisObjects } from '../../../analysis/index.ts'
import { describe } from '../../../parser/container/describe.ts'
import { statistics, statisticsText } from '../../../parser/container/statistics.ts'
import { TraceError } from '../../../parser/error.ts'
import { importTraces } from '../../../parser/import.ts'
import {
  memorySource,
  openTrace,
  openTraceSource,
  Report,
  readBatches,
  readRecords,
  reportJson,
} from '../../../parser/index.ts'
import { metaRelations } from '../../../parser/meta.ts'
import { openDuckDB } from '../../../parser/sink/duckdb/database.ts'
import { recoverFile } from '../../../recorder/recover-file.ts'
import type { Random } from '../../helpers/random.ts'
import { mutateBytes } from '../mutate-bytes.ts'
import { mutateLayout } from '../mutate-layout.ts'
import { hostileTrace, seedFile } from '../seeds.ts'
import { bytesOf, outcomeOf, type Target } from '../target.ts'

/** A file with one to four things wrong. */
const damaged = (random: Random): Uint8Array => {
  let bytes = seedFile(random)
  for (let left = 1 + random.below(random.below(3) === 0 ? 4 : 1); left > 0; left--) {
    const changed = random.below(2) === 0 ? mutateLayout(bytes, random) : undefined
    bytes = changed ?? mutateBytes(bytes, random, () => seedFile(random))
  }
  return bytes
}

const countRecords = (bytes: Uint8Array, strict: boolean): number => {
  const trace = openTraceSource(memorySource(bytes, 'fuzzed.dat'), { strict })
  let records = 0
  for (const { format } of readRecords(trace)) if (format !== undefined) records++
  trace.close()
  return records
}

/** Tables, records and what the file says of itself: the same number of events each way. */
const tables: Target = {
  name: 'tables',
  make: damaged,
  run: (input) =>
    outcomeOf(async () => {
      const bytes = bytesOf(input)
      const trace = openTraceSource(memorySource(bytes, 'fuzzed.dat'))
      let rows = 0
      for await (const batch of readBatches(trace)) rows += batch.rows
      let records = 0
      for (const { format } of readRecords(trace)) if (format !== undefined) records++
      for (const relation of metaRelations([trace])) {
        const reader = relation.scan(relation.columns.map((_, i) => i))
        for (let batch = reader.next(); batch; batch = reader.next());
        reader.close()
      }
      describe(trace.file)
      statisticsText(trace.file, statistics(trace.file, trace.diagnostics))
      const found = trace.diagnostics.list().filter(({ severity }) => severity !== 'info')
      trace.close()
      if (rows !== records) throw new Error(`${rows} rows of ${records} records`)
      return found.length > 0 ? 'read in part' : 'read'
    }),
}

/** What strict reading takes, plain reading takes without a complaint, and the other way round. */
const strict: Target = {
  name: 'strict',
  make: damaged,
  async run(input) {
    const bytes = bytesOf(input)
    const refused = await outcomeOf(() => String(countRecords(bytes, true)))
    const outcome = await outcomeOf(() => {
      const trace = openTraceSource(memorySource(bytes, 'fuzzed.dat'))
      let records = 0
      for (const { format } of readRecords(trace)) if (format !== undefined) records++
      const found = trace.diagnostics.list().filter(({ severity }) => severity !== 'info')
      trace.close()
      if (found.length > 0) return 'read in part'
      if (refused !== String(records))
        throw new Error(`strict: ${refused}, else ${records} records`)
      return 'read'
    })
    if (outcome !== 'read' && !refused.startsWith('ERR_'))
      throw new Error(`strict read ${refused} records, else ${outcome}`)
    return outcome
  },
}

/** The cut of a sound file: nothing is missing without a word. */
const cut: Target = {
  name: 'cut',
  make(random) {
    const bytes = seedFile(random)
    return bytes.subarray(0, random.below(bytes.length + 1))
  },
  run: (input) =>
    outcomeOf(() => {
      const trace = openTraceSource(memorySource(bytesOf(input), 'cut.dat'))
      let records = 0
      for (const _ of readRecords(trace)) records++
      const found = trace.diagnostics.list().filter(({ severity }) => severity !== 'info')
      trace.close()
      return found.length > 0 ? 'read in part' : records === 0 ? 'read, no records' : 'read'
    }),
}

/** Lines of text and JSON. */
const report: Target = {
  name: 'report',
  make: damaged,
  run: (input) =>
    outcomeOf(() => {
      const open = () => openTraceSource(memorySource(bytesOf(input), 'fuzzed.dat'))
      let bytes = 0
      for (const options of [{}, { raw: true, latency: true, names: 'event-time' as const }]) {
        const trace = open()
        for (const piece of new Report([trace], ['fuzzed.dat'], options).pieces())
          bytes += piece.length
        trace.close()
      }
      const trace = open()
      const json = [...reportJson([trace], {}, false)].join('')
      trace.close()
      for (const line of json.split('\n')) if (line !== '') JSON.parse(line)
      return bytes > 0 ? 'text' : 'nothing'
    }),
}

const inFolder = async (body: (folder: string) => Promise<string>): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'traceduck-fuzz-'))
  try {
    return await outcomeOf(() => body(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A database whose tables hold what was imported, and nothing else beside it. */
const database: Target = {
  name: 'import',
  make: (random) =>
    random.below(3) === 0 ? hostileTrace(random, random.pick([6, 7])) : damaged(random),
  run: (input) =>
    inFolder(async (folder) => {
      const path = join(folder, 'in.dat')
      const out = join(folder, 'out.duckdb')
      writeFileSync(path, bytesOf(input))
      const failed = await importTraces([path], { out, objects: analysisObjects }).then(
        (summary) => summary,
        (error: unknown) => error as Error,
      )
      const left = readdirSync(folder).sort()
      if (failed instanceof Error) {
        if (left.length !== 1) throw new Error(`left behind: ${left}`)
        if (failed instanceof TraceError && failed.code.startsWith('ERR_SINK'))
          throw new Error(`not the file's fault? ${failed.message}`, { cause: failed })
        throw failed
      }
      if (left.join() !== 'in.dat,out.duckdb') throw new Error(`left behind: ${left}`)
      // A relation whose event lost a field is named in a warning; text from the file is never SQL.
      for (const { name, message } of failed.failedObjects)
        if (!/(Binder|Catalog) Error/.test(message)) throw new Error(`${name}: ${message}`)
      const db = await openDuckDB(out, { readOnly: true })
      const { rows } = await db.all('select count(*) from events')
      await db.close()
      if (Number(rows[0]![0]) !== failed.events)
        throw new Error(`${rows[0]![0]} rows of ${failed.events} events`)
      return failed.diagnostics.some(({ severity }) => severity !== 'info')
        ? 'imported in part'
        : 'imported'
    }),
}

/** A recovered file reads without a complaint about its data. */
const recover: Target = {
  name: 'recover',
  make: damaged,
  run: (input) =>
    inFolder(async (folder) => {
      const path = join(folder, 'in.dat')
      const out = join(folder, 'out.dat')
      writeFileSync(path, bytesOf(input))
      await recoverFile(path, out)
      const trace = await openTrace(out)
      for (const _ of readRecords(trace));
      const bad = trace.diagnostics
        .list()
        .find(({ code }) => /^ERR_RING_(COMMIT|LENGTH)/.test(code))
      trace.close()
      if (bad) throw new Error(`recovered, but ${bad.code}: ${bad.sample}`)
      return 'recovered'
    }),
}

/** The targets that take whole files. */
export const FILE_TARGETS: readonly Target[] = [tables, strict, cut, report, database, recover]
