/** The head of a report file: comment lines that say what it answers, needs, takes and shows. */
import { type Need, type OptionalRelation, parseNeeds, parseOptional } from '../analysis/index.ts'
import { TraceError } from '../parser/error.ts'
import { parseRenders, type Render } from './render.ts'

/** Types a report's parameter can have; `time` is a point on the trace clock. */
export const PARAM_TYPES = ['integer', 'double', 'varchar', 'boolean', 'time'] as const

/** One of `PARAM_TYPES`. */
export type ParamType = (typeof PARAM_TYPES)[number]

/** A parameter of a report, bound as `$name`. */
export interface QueryParam {
  readonly name: string
  readonly type: ParamType
  /** The only values there are; undefined where any will do. */
  readonly choices: readonly string[] | undefined
  /** As written on the command line; null leaves it unset, undefined makes it required. */
  readonly fallback: string | null | undefined
  readonly text: string
}

/** A column of the answer that its name does not explain. */
export interface ColumnNote {
  readonly name: string
  readonly text: string
}

/** Names of parameters: one for the event, one for a field of it. */
export interface Subject {
  readonly event: string
  readonly field: string | undefined
}

/** A report: its head, and one `select`. */
export interface Query {
  readonly name: string
  /** Folder the file is in, the subsystem it is about. */
  readonly subsystem: string
  readonly summary: string
  /** Other names it is known by, as in `run opensnoop`. */
  readonly aliases: readonly string[]
  /** All of these; the derived relations of `views:` among them. */
  readonly needs: readonly Need[]
  readonly optional: readonly OptionalRelation[]
  readonly params: readonly QueryParam[]
  /** Parameters that name the event, and one of its fields, that the report is about. */
  readonly subject: Subject | undefined
  readonly columns: readonly ColumnNote[]
  /** How the answer is drawn on a terminal, one drawing after the other. */
  readonly render: readonly Render[]
  /** What is missing when there are no rows: `no <empty> recorded`. */
  readonly empty: string
  /** What to record, as words after `record with`. */
  readonly record: string
  /** How to read the answer, and its limits. */
  readonly read: readonly string[]
  readonly sql: string
}

interface Draft {
  aliases: string[]
  needs: Need[]
  optional: OptionalRelation[]
  params: QueryParam[]
  subject: Subject | undefined
  columns: ColumnNote[]
  render: Render[]
  empty: string
  record: string
  read: string[]
}

/** Parses a report file. Throws `ERR_QUERY_SYNTAX` with the line that is wrong. */
export function parseQuery(subsystem: string, name: string, text: string): Query {
  const lines = text.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('--'))
  const head = lines.slice(0, end).map((line) => line.replace(/^--\s?/, ''))
  const [title = '', ...rest] = head
  if (!title.startsWith(`${name}: `))
    throw syntaxError(name, `the first line is not "-- ${name}: …"`)
  const draft: Draft = {
    aliases: [],
    needs: [],
    optional: [],
    params: [],
    subject: undefined,
    columns: [],
    render: [],
    empty: 'event',
    record: '',
    read: [],
  }
  for (const line of rest) readLine(draft, name, line)
  const sql = lines.slice(end).join('\n').trim().replace(/;\s*$/, '').trim()
  if (!/^(with|select)\b/i.test(sql)) throw syntaxError(name, 'the SQL is not one select')
  return { name, subsystem, summary: title.slice(name.length + 2), ...draft, sql }
}

function readLine(draft: Draft, name: string, line: string): void {
  const match = /^(\w+):\s*(.*)$/.exec(line)
  if (!match) throw syntaxError(name, `"${line}" is not "key: value"`)
  const [, key = '', value = ''] = match
  const fail = (what: string): TraceError => syntaxError(name, what)
  switch (key) {
    case 'alias':
      draft.aliases.push(...value.split(',').map((alias) => alias.trim()))
      break
    case 'needs':
    case 'views':
      draft.needs.push(...readNeeds(key, value, fail))
      break
    case 'optional':
      draft.optional.push(parseOptional(value, fail))
      break
    case 'param':
      draft.params.push(parseParam(name, value))
      break
    case 'subject':
      draft.subject = parseSubject(value, fail)
      break
    case 'column':
      draft.columns.push(parseColumn(name, value))
      break
    case 'render':
      draft.render.push(...parseRenders(value, fail))
      break
    case 'empty':
      draft.empty = value
      break
    case 'record':
      draft.record = value
      break
    case 'read':
      draft.read.push(value)
      break
    default:
      throw syntaxError(name, `unknown key "${key}"`)
  }
}

/** `needs:` names events and `views:` derived relations; a name in the wrong line is a slip. */
function readNeeds(
  key: 'needs' | 'views',
  value: string,
  fail: (what: string) => TraceError,
): Need[] {
  const needs = parseNeeds(value, fail)
  for (const need of needs)
    if ('view' in need !== (key === 'views')) throw fail(`"${value}" does not belong to ${key}`)
  return needs
}

function parseSubject(text: string, fail: (what: string) => TraceError): Subject {
  const match = /^(\w+)(?:\s+(\w+))?$/.exec(text)
  if (!match) throw fail(`"${text}" is not one or two parameters`)
  return { event: match[1]!, field: match[2] }
}

function parseParam(name: string, text: string): QueryParam {
  const match = /^(\w+)\s+(\w+)(?:\(([^)]+)\))?(?:\s*=\s*('[^']*'|\S+))?\s+(\S.*)$/.exec(text)
  const type = PARAM_TYPES.find((one) => one === match?.[2])
  if (!match || !type) throw syntaxError(name, `"${text}" is not a parameter`)
  const [, paramName = '', , choices, fallback, what = ''] = match
  return {
    name: paramName,
    type,
    choices: choices?.split('|'),
    fallback: fallbackOf(fallback),
    text: what,
  }
}

function fallbackOf(text: string | undefined): string | null | undefined {
  if (text === undefined) return undefined
  if (text === 'null') return null
  return text.startsWith("'") ? text.slice(1, -1) : text
}

function parseColumn(name: string, text: string): ColumnNote {
  const match = /^(?:(\w+)|"([^"]+)")\s+(\S.*)$/.exec(text)
  if (!match) throw syntaxError(name, `"${text}" is not a column and a sentence`)
  return { name: (match[1] ?? match[2])!, text: match[3]! }
}

function syntaxError(name: string, what: string): TraceError {
  return new TraceError('ERR_QUERY_SYNTAX', `report ${name}: ${what}`, {
    hint: 'docs/queries.md says how a report file begins',
  })
}
