/** What reports ask of a database. */
import type { ParamValue } from './params.ts'

/** A database with the relations of a recording; the parser's DuckDB wrapper is one. */
export interface Database {
  /** A small result in memory. */
  all(
    sql: string,
    params?: Readonly<Record<string, ParamValue>>,
  ): Promise<{
    readonly columns: readonly { readonly name: string; readonly type: { toString(): string } }[]
    readonly rows: readonly (readonly unknown[])[]
  }>
}
