/** Names and values from a recording as SQL text: they are whatever a kernel or a user called them. */

/** An identifier, in quotation marks. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** System and event of `system.event`; an event's name may have dots of its own. */
export function splitTable(table: string): [system: string, event: string] {
  const dot = table.indexOf('.')
  return [table.slice(0, dot), table.slice(dot + 1)]
}

/** `system.event` as SQL writes it. */
export function quoteTable(table: string): string {
  return splitTable(table).map(quoteName).join('.')
}

/** True for the SQL types of integers up to 64 bits. */
export function isInteger(type: string): boolean {
  return /^U?(TINY|SMALL|BIG)?INT(EGER)?$/.test(type)
}

/** An integer as a signed one of 64 bits: the same bits where it is an unsigned one. */
export function asSigned(value: string, type: string): string {
  if (type !== 'UBIGINT') return `${value}::bigint`
  return (
    `case when ${value} < 9223372036854775808 then ${value}::bigint ` +
    `else (${value}::hugeint - 18446744073709551616)::bigint end`
  )
}

/** Puts relations (`name as (…)`) before those of a `select` or `with`. */
export function withRelations(relations: readonly string[], sql: string): string {
  const own = sql.replace(/^with\b/i, '')
  return `with ${relations.join(',\n')}${own === sql ? '\n' : ','}${own}`
}
