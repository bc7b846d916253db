/**
 * Names of the catalogues that databases are attached as. DuckDB calls a file's catalogue as the file:
 * then `sched.sched_switch` of a `sched.duckdb` would be ambiguous.
 */

/** A file while it is written. */
export const IMPORT_CATALOGUE = 'traceduck import'

/** A file that is read. */
export const FILE_CATALOGUE = 'traceduck file'
