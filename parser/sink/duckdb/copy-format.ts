/** File formats that DuckDB writes: how each is asked for, and how a column's values go into it. */
import type { Column } from '../../batch/column-batch.ts'
import { quoteName, quoteText } from './binding.ts'

/** A format of DuckDB's COPY. */
export interface CopyFormat {
  readonly extension: string
  /** Options of the statement that writes a table's first rows, or later ones; `labels` describe it. */
  options(first: boolean, labels: Readonly<Record<string, string>>): string
  /** SQL of a column's value as it is written. */
  value(column: Pick<Column, 'name'> & { readonly type: string }): string
  /** Later rows go to the end of the same file, else to a file of their own. */
  readonly appends: boolean
}

/** Rows of a Parquet row group: DuckDB's own choice, 60 of its vectors. */
export const PARQUET_GROUP_ROWS = 122_880

/** Typed columns, compressed; encodings that readers of any age know. */
export const PARQUET: CopyFormat = {
  extension: 'parquet',
  options: (_first, labels) =>
    `format parquet, compression zstd, row_group_size ${PARQUET_GROUP_ROWS}${keyValues(labels)}`,
  value: ({ name }) => quoteName(name),
  appends: false,
}

function keyValues(labels: Readonly<Record<string, string>>): string {
  const list = Object.entries(labels).map(
    ([key, value]) => `${quoteText(key)}: ${quoteText(value)}`,
  )
  return list.length === 0 ? '' : `, kv_metadata {${list.join(', ')}}`
}

/** As `--format csv` of a query: NULL is empty, an empty string is quoted. */
export const CSV: CopyFormat = {
  extension: 'csv',
  options: (first) => `format csv, header ${first}`,
  value: ({ name }) => quoteName(name),
  appends: true,
}

/** As `--format ndjson` of a query: integers that a double cannot hold are strings. */
export const NDJSON: CopyFormat = {
  extension: 'ndjson',
  options: () => 'format json',
  value: ({ name, type }) => {
    const column = quoteName(name)
    if (type === 'BLOB') return `${column}::varchar as ${column}`
    if (/^U?BIGINT$/.test(type)) return `${exactJson(column)} as ${column}`
    if (/^U?BIGINT\[\]$/.test(type))
      return `list_transform(${column}, lambda x: ${exactJson('x')}) as ${column}`
    return column
  },
  appends: true,
}

const LARGEST_EXACT = Number.MAX_SAFE_INTEGER

function exactJson(value: string): string {
  const fits = `${value} between -${LARGEST_EXACT} and ${LARGEST_EXACT}`
  return `case when ${fits} then ${value}::varchar::json else to_json(${value}::varchar) end`
}

/** The statement that writes rows to a file. */
export function copyStatement(
  format: CopyFormat,
  columns: readonly (Pick<Column, 'name'> & { readonly type: string })[],
  rows: string,
  file: string,
  first = true,
  labels: Readonly<Record<string, string>> = {},
): string {
  const values = columns.map((column) => format.value(column)).join(', ')
  return `copy (select ${values} from ${rows}) to ${quoteText(file)} (${format.options(first, labels)})`
}
