/** Values for a report's parameters, from `name=value` texts. */
import { TraceError } from '../parser/error.ts'
import type { Query, QueryParam } from './header.ts'
import { parseTime } from './time.ts'

/** A value as it is bound. */
export type ParamValue = null | boolean | number | bigint | string

/** Values of all parameters: those given, else their defaults. Throws `ERR_QUERY_PARAM`. */
export function bindParams(query: Query, given: readonly string[]): Record<string, ParamValue> {
  const texts = new Map(given.map((pair) => splitPair(query, pair)))
  const values: Record<string, ParamValue> = {}
  for (const param of query.params) {
    const text = texts.get(param.name) ?? param.fallback
    if (text === undefined) {
      throw new TraceError('ERR_QUERY_PARAM', `${query.name} needs a value for ${param.name}`, {
        hint: `add --param ${param.name}=…: ${param.text}`,
      })
    }
    values[param.name] = text === null ? null : parseValue(query, param, text)
  }
  return values
}

function splitPair(query: Query, pair: string): [name: string, value: string] {
  const at = pair.indexOf('=')
  const name = at < 0 ? pair : pair.slice(0, at)
  if (at > 0 && query.params.some((param) => param.name === name)) return [name, pair.slice(at + 1)]
  const known = query.params.map((param) => param.name).join(', ') || 'none'
  const what =
    at > 0 ? `${query.name} has no parameter ${name}` : `--param ${pair} is not name=value`
  throw new TraceError('ERR_QUERY_PARAM', what, { hint: `parameters: ${known}` })
}

function parseValue(query: Query, param: QueryParam, text: string): ParamValue {
  switch (param.type) {
    case 'varchar':
      if (param.choices?.includes(text) ?? true) return text
      throw new TraceError(
        'ERR_QUERY_PARAM',
        `${param.name}=${text}: not one of ${param.choices!.join(', ')}`,
        { hint: `${query.name} ${param.name}: ${param.text}` },
      )
    case 'time':
      return parseTime(text, param.name)
    case 'integer':
      // What limits the rows cannot be less than none.
      if (/^[+-]?\d{1,18}$/.test(text) && !(param.name === 'top' && text.startsWith('-')))
        return BigInt(text)
      break
    case 'double':
      if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
      break
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true'
      break
  }
  const isNegative = param.name === 'top' && text.startsWith('-')
  const wanted = isNegative ? 'a number of rows' : `${ARTICLE[param.type]} ${param.type}`
  throw new TraceError('ERR_QUERY_PARAM', `${param.name}=${text}: not ${wanted}`, {
    hint: `${query.name} ${param.name}: ${param.text}`,
  })
}

const ARTICLE: Readonly<Record<QueryParam['type'], string>> = {
  varchar: 'a',
  time: 'a',
  integer: 'an',
  double: 'a',
  boolean: 'a',
}
