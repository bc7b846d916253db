/** `meta.print_values`: what the values of fields are called, by the events' own print formats. */
import type { Column } from './batch/column-batch.ts'
import type { Cell } from './batch/row-relation.ts'
import { findPrintTables } from './text/print-tables.ts'
import type { Trace } from './trace.ts'

/** Columns of `meta.print_values`. */
export const PRINT_VALUES: readonly Column[] = [
  { name: 'source', type: 'USMALLINT' },
  { name: 'system', type: 'VARCHAR' },
  { name: 'event', type: 'VARCHAR' },
  { name: 'field', type: 'VARCHAR' },
  { name: 'kind', type: 'VARCHAR' },
  { name: 'shift', type: 'UTINYINT' },
  { name: 'mask', type: 'UBIGINT' },
  { name: 'delimiter', type: 'VARCHAR' },
  { name: 'position', type: 'USMALLINT' },
  { name: 'value', type: 'UBIGINT' },
  { name: 'name', type: 'VARCHAR' },
]

/**
 * The names in the `__print_flags` and `__print_symbolic` tables of a trace's events, in the order
 * they are tried. Of several tables for one field only the first is listed.
 */
export function* printValueRows(trace: Trace): Generator<Cell[]> {
  const source = trace.sources[0]?.source ?? null
  for (const { system, name: event, printFmt } of trace.formats) {
    const fields = new Set<string>()
    for (const { field, kind, shift, mask, delimiter, entries } of findPrintTables(printFmt)) {
      if (fields.size === fields.add(field).size) continue
      for (const [position, { value, name }] of entries.entries())
        yield [source, system, event, field, kind, shift, mask, delimiter, position, value, name]
    }
  }
}
