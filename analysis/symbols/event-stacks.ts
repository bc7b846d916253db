/**
 * `event_stacks`: the events that were recorded with a stack, in one relation. Stacks are columns of
 * the event tables, so the SQL is put together from the tables that have them.
 */
import type { Catalogue } from '../relations.ts'
import { quoteTable, quoteText, splitTable } from '../sql-text.ts'
import type { ComposedView } from '../views.ts'

const STACKS = { common_stack: 'kernel', common_user_stack: 'user' } as const

function stacksOf({
  tables,
}: Catalogue): { readonly table: string; readonly column: string; readonly kind: string }[] {
  return [...tables].flatMap(([table, columns]) =>
    Object.entries(STACKS).flatMap(([column, kind]) =>
      columns.some(({ name }) => name === column) ? [{ table, column, kind }] : [],
    ),
  )
}

function compose(catalogue: Catalogue): string {
  return stacksOf(catalogue)
    .map(({ table, column, kind }) => {
      const [system, event] = splitTable(table)
      const caller = catalogue.tables
        .get(table)!
        .some(({ name, type }) => name === 'caller' && type === 'UBIGINT')
      return (
        'select ts, common_cpu as cpu, common_pid as tid, common_comm as comm, ' +
        `common_source as source, ${quoteText(system)} as system, ` +
        `${quoteText(event)} as event, '${kind}' as kind, "${column}"::ubigint[] as stack, ` +
        `${kind === 'user' && caller ? '"caller"' : 'null::ubigint'} as caller ` +
        `from ${quoteTable(table)} where "${column}" is not null`
      )
    })
    .join(' union all ')
}

/** The relation, put together from a recording's tables. */
export const eventStacks: ComposedView = {
  compose,
  isRecorded: (catalogue) => stacksOf(catalogue).length > 0,
  name: 'event_stacks',
  subsystem: 'symbols',
  row: 'a stack that was recorded with an event',
  needs: [
    {
      events: [
        { system: 'ftrace', event: 'kernel_stack' },
        { system: 'ftrace', event: 'user_stack' },
      ],
    },
  ],
  optional: [],
  columns: [
    { name: 'ts', text: 'ns on the trace clock of the event' },
    { name: 'cpu', text: 'CPU' },
    { name: 'tid', text: 'thread' },
    { name: 'comm', text: 'its name at that time' },
    { name: 'source', text: 'buffer, see meta.sources' },
    { name: 'system', text: 'system of the event' },
    { name: 'event', text: 'the event' },
    { name: 'kind', text: 'kernel or user' },
    { name: 'stack', text: 'return addresses, innermost first; zeros where a user stack ended' },
    {
      name: 'caller',
      text: 'of a user stack at a probe that recorded it: the address it returns to, which the stack leaves out; NULL otherwise',
    },
  ],
  source: 'kernel/trace/trace_entries.h (kernel_stack, user_stack)',
  record: '-T, -O userstacktrace, or -R stacktrace',
}
