/** Everything that a recording answers: rows of all derived relations, and of all reports. */
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'
import {
  bindParams,
  composeQuery,
  listQueries,
  type Query,
  type Recording,
} from '../../queries/index.ts'

/** What one question gave: a line with its columns and a digest of its rows, or the error. */
export interface Answer {
  /** `relation NAME` or `report NAME`. */
  readonly name: string
  /** Of all rows, in whatever order, with their columns and types. */
  readonly digest: string
  readonly rows: number
  readonly error?: Error
}

/** Values for parameters that have no default, by name. */
const VALUES: Readonly<Record<string, string>> = {
  integer: '1',
  double: '1',
  varchar: '%',
  boolean: 'true',
  time: '0',
}

/** Whether a question is to be asked, by the answer's name. */
type Wanted = (name: string) => boolean

/** Asks for every row of every derived relation, whatever their order. */
export async function* relationAnswers(
  database: TraceDatabase,
  recording: Recording,
  wanted: Wanted = () => true,
): AsyncGenerator<Answer> {
  for (const name of [...recording.catalogue.derived].sort())
    if (wanted(`relation ${name}`))
      yield ask(database, `relation ${name}`, `from main."${name}"`, {})
}

/** Asks every report that the recording has the events for, with default parameters. */
export async function* reportAnswers(
  database: TraceDatabase,
  recording: Recording,
  wanted: Wanted = () => true,
): AsyncGenerator<Answer> {
  for (const query of listQueries()) {
    if (recording.missing(query.needs).length > 0 || !wanted(`report ${query.name}`)) continue
    const values = bindParams(query, neededParams(query, recording))
    const sql = composeQuery(query, recording, values)
    yield ask(database, `report ${query.name}`, sql, values)
  }
}

/** Any value for each parameter that has to be given; for the name of an event the first there is. */
export function neededParams({ params, subject }: Query, recording: Recording): string[] {
  const { tables } = recording.catalogue
  const event = [...tables.keys()].filter((name) => !name.startsWith('main.')).sort()[0] ?? ''
  const columns = tables.get(event) ?? []
  const named: Readonly<Record<string, string>> = subject
    ? { [subject.event]: event, [subject.field ?? '']: columns.at(-1)?.name ?? '' }
    : {}
  return params
    .filter(({ fallback }) => fallback === undefined)
    .map(({ name, type }) => `${name}=${named[name] ?? VALUES[type]}`)
}

async function ask(
  database: TraceDatabase,
  name: string,
  sql: string,
  params: ReturnType<typeof bindParams>,
): Promise<Answer> {
  try {
    const { rows } = await database.all(
      `select count(*), sum(hash(r::varchar)), any_value(typeof(r)) from (${sql}) r`,
      params,
    )
    const [count, digest, type] = rows[0]!
    return { name, digest: `${type}: ${count} ${digest}`, rows: Number(count) }
  } catch (error) {
    return { name, digest: '', rows: 0, error: error as Error }
  }
}
