/**
 * Times every derived relation and report that a recording can answer: a count of the relation's
 * rows, a scan of all its columns, and the report as `traceduck run` would run it. What a relation
 * holds is told by a digest, to compare before and after a change.
 *
 *     node dist/bench/views.js FILE.duckdb|FILE.dat [--only PATTERN] [--json]
 */
import { parseArgs } from 'node:util'

import { allViews } from '../analysis/index.ts'
import { openForQuery, type QueryDatabase } from '../cli/open-database.ts'
import { TraceError } from '../parser/error.ts'
import { bindParams, composeQuery, listQueries, type Query } from '../queries/index.ts'

/** A relation or report that takes longer is interrupted. */
const LIMIT_MS = 30_000

/** One relation or report. */
export interface Timed {
  readonly what: string
  readonly rows: string
  /** Seconds: of `count(*)`, relations only; of all columns. */
  readonly count?: number
  readonly wall: number
  /** User time of the engine and us, in seconds. */
  readonly user: number
  /** Sum of the rows' hashes; of relations only. */
  readonly digest: string
  /** Why there is no answer. */
  readonly failed?: string
}

async function timed<T>(run: () => Promise<T>): Promise<{ value: T; wall: number; user: number }> {
  const [from, before] = [process.hrtime.bigint(), process.cpuUsage()]
  const value = await run()
  const wall = Number(process.hrtime.bigint() - from) / 1e9
  return { value, wall, user: process.cpuUsage(before).user / 1e6 }
}

async function timeView({ database }: QueryDatabase, name: string): Promise<Timed> {
  const count = await timed(() => database.all(`select count(*) from main."${name}"`))
  const scan = await timed(() =>
    database.all(`select count(*), sum(hash(v)::hugeint) from main."${name}" as v`),
  )
  const [rows, digest] = scan.value.rows[0]!.map(String) as [string, string]
  const { wall, user } = scan
  return {
    what: name,
    rows,
    count: count.wall,
    wall,
    user,
    digest: BigInt(toInteger(digest)).toString(36),
  }
}

function toInteger(text: string): string {
  return text === 'null' ? '0' : text
}

async function timeReport(opened: QueryDatabase, query: Query): Promise<Timed | undefined> {
  const recording = await opened.recording()
  if (recording.missing(query.needs).length > 0) return undefined
  let rows = 0
  const { wall, user } = await timed(async () => {
    const values = bindParams(query, [])
    const stream = await opened.database.query(composeQuery(query, recording, values), values)
    for await (const chunk of stream.chunks) rows += chunk.rowCount
  })
  return { what: `run ${query.name}`, rows: String(rows), wall, user, digest: '' }
}

/** A measurement that fails or takes too long is listed with its error and does not end the others. */
async function listed(what: string, run: () => Promise<Timed | undefined>): Promise<Timed[]> {
  const limit = setTimeout(() => opened.database.interrupt(), LIMIT_MS)
  try {
    const one = await run()
    if (one)
      process.stderr.write(`${what} ${one.wall.toFixed(2)} s, user ${one.user.toFixed(2)} s\n`)
    return one ? [one] : []
  } catch (error) {
    if (!(error instanceof TraceError)) throw error
    const reason = error.code === 'ERR_QUERY_PARAM' ? 'needs parameters' : error.message
    return [{ what, rows: '', wall: 0, user: 0, digest: '', failed: reason.slice(0, 60) }]
  } finally {
    clearTimeout(limit)
  }
}

function print(all: readonly Timed[]): void {
  const seconds = (value: number | undefined): string =>
    (value === undefined ? '' : value.toFixed(2)).padStart(8)
  const line = ({ what, rows, count, wall, user, digest, failed }: Timed): string =>
    `${what.padEnd(26)}${rows.padStart(10)}${[count, wall, user].map(seconds).join('')}  ${failed ?? digest}\n`
  process.stdout.write('                                rows   count    scan    user  digest\n')
  for (const one of [...all].sort((a, b) => b.wall - a.wall)) process.stdout.write(line(one))
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '.*' }, json: { type: 'boolean' } },
})
const [path] = positionals
if (path === undefined) {
  process.stderr.write('usage: views.js FILE.duckdb|FILE.dat [--only PATTERN] [--json]\n')
  process.exit(2)
}
const isChosen = (name: string): boolean => new RegExp(`^(${values.only})$`).test(name)
const opened = await openForQuery(path)
try {
  const { derived } = (await opened.recording()).catalogue
  const names = allViews().filter(({ name }) => derived.has(name) && isChosen(name))
  const queries = listQueries().filter(({ name }) => isChosen(name))
  const results: Timed[] = []
  for (const { name } of names) results.push(...(await listed(name, () => timeView(opened, name))))
  for (const query of queries)
    results.push(...(await listed(`run ${query.name}`, () => timeReport(opened, query))))
  if (values.json) process.stdout.write(JSON.stringify(results))
  else print(results)
} finally {
  await opened.close()
}
