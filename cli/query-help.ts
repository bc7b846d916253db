/** Help of one report, from its file's head. */
import { needText, type Query, type QueryParam } from '../queries/index.ts'

/** The text of `traceduck run NAME --help`. */
export function queryHelp(query: Query): string {
  const sections = [
    `Usage: traceduck run ${query.name} [options] FILE\n\n${query.name}: ${query.summary}`,
    query.aliases.length > 0 ? `Also known as ${query.aliases.join(', ')}.` : '',
    section(
      'Needs',
      query.needs.map((need) => [needText(need), '']),
    ),
    query.record === '' ? '' : `Record with:\n  traceduck record ${query.record} …`,
    section(
      'Parameters (--param name=value)',
      query.params.map((param) => [paramHead(param), param.text]),
    ),
    section(
      'Columns',
      query.columns.map(({ name, text }) => [name, text]),
    ),
    query.read.length > 0
      ? `How to read it:\n${query.read.map((line) => `  ${line}`).join('\n')}`
      : '',
    `Examples:\n${exampleLines(query).join('\n')}`,
  ]
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`
}

/** A parameter's name, type and default. */
export function paramHead({ name, type, fallback }: QueryParam): string {
  return `${name} ${type}${fallback === undefined || fallback === null ? '' : ` = ${fallback}`}`
}

function section(title: string, entries: readonly (readonly [string, string])[]): string {
  if (entries.length === 0) return ''
  const width = Math.max(...entries.map(([head, text]) => (text === '' ? 0 : head.length)))
  return `${title}:\n${entries.map(([head, text]) => `  ${head.padEnd(width)}  ${text}`.trimEnd()).join('\n')}`
}

function exampleLines(query: Query): string[] {
  const lines = [`  traceduck run ${query.name} trace.dat`]
  const param = query.params[0]
  if (param) {
    const value = param.fallback ?? '…'
    lines.push(
      `  traceduck run ${query.name} trace.dat --param ${param.name}=${value} --format json`,
    )
  }
  return lines
}
