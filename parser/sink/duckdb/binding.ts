/**
 * The only importer of DuckDB's low-level binding, and what every user of it needs: logical types
 * of our columns, quoting, and errors. `@duckdb/node-api` wraps the same binding but has no fast
 * way to write vectors.
 */
import duckdb from '@duckdb/node-bindings'
import type { ColumnType } from '../../batch/types.ts'
import { TraceError } from '../../error.ts'

export type {
  Appender,
  Connection,
  Database,
  DataChunk,
  LogicalType,
  PreparedStatement,
  Result,
  TableFunctionBindInfo,
  TableFunctionInfo,
  TableFunctionInitInfo,
  Vector,
} from '@duckdb/node-bindings'
export { duckdb }

/** Bytes one element of a column takes in a DuckDB vector; lists give their element's. */
export const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  TINYINT: 1,
  UTINYINT: 1,
  SMALLINT: 2,
  USMALLINT: 2,
  INTEGER: 4,
  UINTEGER: 4,
  BIGINT: 8,
  UBIGINT: 8,
  VARCHAR: 16,
  BLOB: 16,
}

/** True for `…[]` types. */
export function isListType(type: ColumnType): boolean {
  return type.endsWith('[]')
}

/** The element type of a list, any other type itself. */
export function elementType(type: ColumnType): string {
  return type.endsWith('[]') ? type.slice(0, -2) : type
}

const cache = new Map<ColumnType, duckdb.LogicalType>()

/** DuckDB's handle for a column type. Fails with ERR_SINK_SCHEMA for a type it does not know. */
export function logicalType(type: ColumnType): duckdb.LogicalType {
  const known = cache.get(type)
  if (known) return known
  const element = elementType(type)
  if (ELEMENT_BYTES[element] === undefined) {
    throw new TraceError('ERR_SINK_SCHEMA', `no DuckDB type for column type ${type}`)
  }
  const id = duckdb.Type[element as keyof typeof duckdb.Type]
  const plain = duckdb.create_logical_type(id)
  const made = isListType(type) ? duckdb.create_list_type(plain) : plain
  cache.set(type, made)
  return made
}

/** A name as an SQL identifier, always quoted; NUL cannot occur in one and is dropped. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('\0', '').replaceAll('"', '""')}"`
}

/** Text as an SQL string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`
}
