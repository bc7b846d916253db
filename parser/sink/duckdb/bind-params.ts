/** Values for the parameters of a prepared statement. */
import type { DuckDBPreparedStatement } from '@duckdb/node-api'
import { TraceError } from '../../error.ts'

/** A value for a `?` or `$name` in a statement; an integral number is bound as BIGINT. */
export type QueryParam = null | boolean | number | bigint | string | Uint8Array

/** Parameters in order, or by name without the `$`; names a statement does not use are ignored. */
export type QueryParams = readonly QueryParam[] | Readonly<Record<string, QueryParam>>

/** Binds every parameter of the statement. Throws `ERR_QUERY_PARAM` when one has no value. */
export function bindParams(
  statement: DuckDBPreparedStatement,
  params: QueryParams | undefined,
): void {
  for (let index = 1; index <= statement.parameterCount; index++) {
    const name = statement.parameterName(index)
    const value = Array.isArray(params)
      ? (params as readonly QueryParam[])[index - 1]
      : (params as Readonly<Record<string, QueryParam>> | undefined)?.[name]
    if (value === undefined) {
      throw new TraceError('ERR_QUERY_PARAM', `no value for parameter $${name}`)
    }
    bindParam(statement, index, value)
  }
}

function bindParam(statement: DuckDBPreparedStatement, index: number, value: QueryParam): void {
  if (value === null) statement.bindNull(index)
  else if (typeof value === 'boolean') statement.bindBoolean(index, value)
  else if (typeof value === 'string') statement.bindVarchar(index, value)
  else if (typeof value === 'bigint') bindInteger(statement, index, value)
  else if (typeof value !== 'number') statement.bindBlob(index, value)
  else if (Number.isSafeInteger(value)) statement.bindBigInt(index, BigInt(value))
  else statement.bindDouble(index, value)
}

function bindInteger(statement: DuckDBPreparedStatement, index: number, value: bigint): void {
  if (value === BigInt.asIntN(64, value)) statement.bindBigInt(index, value)
  else if (value === BigInt.asUintN(64, value)) statement.bindUBigInt(index, value)
  else statement.bindHugeInt(index, value)
}
