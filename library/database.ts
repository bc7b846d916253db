/** A recording that answers SQL and reports, for programs. */
import type { CatalogueColumn } from '../analysis/relations.ts'
import type { QueryParams } from '../parser/sink/duckdb/database.ts'
import { bindParams, findQuery, listQueries, needText, Recording } from '../queries/index.ts'
import { askReport } from './ask-report.ts'
import { type Opened, openRecording } from './open.ts'
import { columnsOf, type ResultColumn, type Row, rowsOf } from './plain-rows.ts'

/** A report, and whether a recording has the events for it. */
export interface ReportSummary {
  readonly name: string
  /** One sentence: what it answers. */
  readonly summary: string
  /** Events or relations it needs that were not recorded; empty when it can be run. */
  readonly missing: readonly string[]
}

/** What a report answered. */
export interface ReportResult {
  readonly columns: readonly ResultColumn[]
  readonly rows: readonly Row[]
  /** Lines about what was lost or not recorded, which the rows cannot show. */
  readonly warnings: readonly string[]
}

/** Values of a report's parameters; times are nanoseconds, as `bigint`, or texts with a unit. */
export type ReportParams = Readonly<Record<string, string | number | bigint | boolean>>

/** An open recording; made by `openDatabase`. One statement runs at a time. */
export class RecordingDatabase {
  /** The file that answers: a database beside a trace.dat where it stands for it. */
  readonly path: string
  readonly #opened: Opened
  #recording: Promise<Recording> | undefined

  constructor(opened: Opened) {
    this.path = opened.path
    this.#opened = opened
  }

  /** Columns of the event tables, by `system.event`. */
  async tables(): Promise<ReadonlyMap<string, readonly CatalogueColumn[]>> {
    return (await this.#read()).catalogue.tables
  }

  /** The rows of a statement, fetched as they are asked for. Fails with `ERR_SQL`, `ERR_QUERY_PARAM`. */
  async *query(sql: string, params?: QueryParams): AsyncGenerator<Row> {
    yield* rowsOf(await this.#opened.database.query(sql, params))
  }

  /** All rows of a statement. Fails with `ERR_SQL`, `ERR_QUERY_PARAM`. */
  async all(sql: string, params?: QueryParams): Promise<Row[]> {
    return collect(this.query(sql, params))
  }

  /** All reports. */
  async reports(): Promise<ReportSummary[]> {
    const recording = await this.#read()
    return listQueries().map(({ name, summary, needs }) => ({
      name,
      summary,
      missing: recording.missing(needs).map(needText),
    }))
  }

  /**
   * Runs a report. Fails with `ERR_QUERY_UNKNOWN`, `ERR_QUERY_PARAM`, and `ERR_NOT_RECORDED` when the
   * recording lacks what it needs. Rows are none where what it needs did not happen.
   */
  async run(name: string, params: ReportParams = {}): Promise<ReportResult> {
    const query = findQuery(name)
    const given = Object.entries(params).map(([key, value]) => {
      const isTime = query.params.some((one) => one.name === key && one.type === 'time')
      return `${key}=${value}${isTime && typeof value === 'bigint' ? 'ns' : ''}`
    })
    const values = bindParams(query, given)
    const { database } = this.#opened
    const { stream, warnings } = await askReport(database, await this.#read(), query, values)
    if (!stream) return { columns: [], rows: [], warnings }
    return { columns: columnsOf(stream), rows: await collect(rowsOf(stream)), warnings }
  }

  /** Cancels the statement that is running; it fails with `ERR_INTERRUPTED`. */
  interrupt(): void {
    this.#opened.database.interrupt()
  }

  /** Releases the database and the file. */
  async close(): Promise<void> {
    await this.#opened.close()
  }

  #read(): Promise<Recording> {
    this.#recording ??= Recording.of(this.#opened.database, this.#opened.tables)
    return this.#recording
  }
}

/** Opens a recording to ask. */
export async function openDatabase(path: string): Promise<RecordingDatabase> {
  return new RecordingDatabase(await openRecording(path))
}

async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}
