/** What `.tables` and `.schema` show. */
import type { TraceDatabase } from '../../parser/sink/duckdb/database.ts'

/** Tables and views of the trace, `schema.name`, those of `main` without a schema. */
const TABLES = `
select case schema_name when 'main' then name else schema_name || '.' || name end as name
from (
  select schema_name, table_name as name from duckdb_tables() where not internal
  union all
  select schema_name, view_name from duckdb_views() where not internal
)
where not starts_with(name, '_')`

/** Names of tables and views that match a glob (`kmem.*`); all without one. */
export async function listTables(database: TraceDatabase, pattern = '*'): Promise<string[]> {
  const { rows } = await database.all(
    `select name from (${TABLES}) where name glob $pattern order by name`,
    { pattern: /[*?[]/.test(pattern) ? pattern : `*${pattern}*` },
  )
  return rows.map(([name]) => String(name))
}

/** Columns of the tables that match, as `name` and lines of `column type`. */
export async function describeTables(database: TraceDatabase, pattern = '*'): Promise<string[]> {
  const { rows } = await database.all(
    `select t.name, c.column_name, c.data_type
     from (${TABLES}) t
     join duckdb_columns() c
       on t.name = case c.schema_name when 'main' then c.table_name else c.schema_name || '.' || c.table_name end
     where t.name glob $pattern and not c.internal
     order by t.name, c.column_index`,
    { pattern },
  )
  const lines: string[] = []
  let last: unknown
  for (const [table, column, type] of rows) {
    if (table !== last) lines.push(`${lines.length > 0 ? '\n' : ''}${String(table)}`)
    last = table
    lines.push(`  ${String(column)} ${String(type)}`)
  }
  return lines
}
