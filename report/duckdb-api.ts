/**
 * What the renderers need of DuckDB's API besides types. It is CommonJS in 60 files: `require` loads
 * it in half the time of an `import`, for which Node reads all of them for names of exports first.
 */
import { createRequire } from 'node:module'

type Api = typeof import('@duckdb/node-api')

const api = createRequire(import.meta.url)('@duckdb/node-api') as Api

/** Ids of DuckDB's types. */
export const TypeId: Api['DuckDBTypeId'] = api.DuckDBTypeId

/** A time stamp in µs, for its text. */
export const TimestampValue: Api['DuckDBTimestampValue'] = api.DuckDBTimestampValue
