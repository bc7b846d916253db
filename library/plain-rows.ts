/** Rows of a result as JavaScript objects. */
import type {
  DuckDBBlobValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBType,
} from '@duckdb/node-api'
import type { QueryStream } from '../parser/sink/duckdb/database.ts'
import { TypeId } from '../report/duckdb-api.ts'
import { valueWriter } from '../report/duckdb-value.ts'
import { uniqueNames } from '../report/json.ts'

/**
 * A row by column name. BIGINT and UBIGINT are `bigint`, smaller integers and DOUBLE `number`, lists
 * arrays, structs objects, maps `Map`, BLOB `Uint8Array`, NULL `null`; what JavaScript has no value
 * for, such as decimals and time stamps, is SQL's text.
 */
export type Row = Readonly<Record<string, unknown>>

/** A column of a result: its name, and its type as SQL spells it. */
export interface ResultColumn {
  readonly name: string
  readonly type: string
}

/** The columns of a result, with the names that its rows have. */
export function columnsOf({ columns }: Pick<QueryStream, 'columns'>): ResultColumn[] {
  const names = uniqueNames(columns.map(({ name }) => name))
  return columns.map(({ type }, i) => ({ name: names[i]!, type: String(type) }))
}

/** The rows of a result, fetched as they are asked for. */
export async function* rowsOf(stream: QueryStream): AsyncGenerator<Row> {
  const columns = columnsOf(stream).map(({ name }, i) => ({
    name,
    read: readerOf(stream.columns[i]!.type),
  }))
  for await (const chunk of stream.chunks)
    for (let row = 0; row < chunk.rowCount; row++)
      yield Object.fromEntries(
        columns.map(({ name, read }, i) => [name, read(chunk.columns[i]![row])]),
      )
}

type Read = (value: unknown) => unknown

/** How values of a type are read; NULL stays null, at any depth. */
function readerOf(type: DuckDBType): Read {
  const read = valueReader(type)
  return (value) => (value === null || value === undefined ? null : read(value))
}

const AS_IS: ReadonlySet<number> = new Set([
  TypeId.SQLNULL,
  TypeId.BOOLEAN,
  TypeId.TINYINT,
  TypeId.SMALLINT,
  TypeId.INTEGER,
  TypeId.BIGINT,
  TypeId.HUGEINT,
  TypeId.UTINYINT,
  TypeId.USMALLINT,
  TypeId.UINTEGER,
  TypeId.UBIGINT,
  TypeId.UHUGEINT,
  TypeId.FLOAT,
  TypeId.DOUBLE,
  TypeId.VARCHAR,
])

function valueReader(type: DuckDBType): Read {
  if (AS_IS.has(type.typeId)) return (value) => value
  switch (type.typeId) {
    case TypeId.BLOB:
      return (value) => (value as DuckDBBlobValue).bytes
    case TypeId.LIST:
    case TypeId.ARRAY: {
      const item = readerOf(type.valueType)
      return (value) => (value as DuckDBListValue).items.map(item)
    }
    case TypeId.STRUCT: {
      const entries = type.entryNames.map((name, i) => ({
        name,
        read: readerOf(type.entryTypes[i]!),
      }))
      return (value) => {
        const fields = (value as DuckDBStructValue).entries
        return Object.fromEntries(entries.map(({ name, read }) => [name, read(fields[name])]))
      }
    }
    case TypeId.MAP: {
      const [key, item] = [readerOf(type.keyType), readerOf(type.valueType)]
      return (value) =>
        new Map((value as DuckDBMapValue).entries.map((one) => [key(one.key), item(one.value)]))
    }
    default:
      return valueWriter(type).text
  }
}
