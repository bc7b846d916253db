/** Recordings of a few events, made row by row. */
import type { Column } from '../../parser/batch/column-batch.ts'
import type { DuckDB } from '../../parser/sink/duckdb/database.ts'
import { openTables, type Tables, tablesOfKernel } from './kernel-database.ts'

const KERNEL = tablesOfKernel('amd64 6.18.44')
const COMMON_COLUMNS = 7

/** Interrupts are not in the corpus of this kernel. */
const MORE: Readonly<Record<string, readonly Column[]>> = {
  'irq.irq_handler_entry': [
    { name: 'irq', type: 'INTEGER' },
    { name: 'name', type: 'VARCHAR' },
  ],
  'irq.irq_handler_exit': [
    { name: 'irq', type: 'INTEGER' },
    { name: 'ret', type: 'INTEGER' },
  ],
}

function columnsOf(table: string): readonly Column[] {
  const own = MORE[table]
  if (!own) return KERNEL.get(table)!
  return [...KERNEL.get('sched.sched_switch')!.slice(0, COMMON_COLUMNS), ...own]
}

/** The columns that every event begins with, for a row of `withRecording`; its own columns follow. */
export const at = (ts: number, cpu: number, pid: number, comm: string, flags = 0): string =>
  `${ts} as ts, ${cpu} as common_cpu, ${pid} as common_pid, '${comm}' as common_comm,
  ${flags} as common_flags, 0 as common_source, `

/** A row of `ftrace.funcgraph_entry`. */
export const entered = (ts: number, func: number, depth: number): string =>
  `${at(ts, 0, 7, 'a;b')}${func} as func, ${depth} as depth`

/** A row of `ftrace.funcgraph_exit`. */
export const left = (func: number, depth: number, from: number, to: number): string =>
  `${at(to, 0, 7, 'a;b')}${func} as func, ${depth} as depth, ${from} as calltime, ${to} as rettime`

/**
 * Opens a database with rows of events, given as what follows `select`, and with what `more` inserts, and
 * hands it to `check`.
 */
export async function withRecording(
  rows: Readonly<Record<string, readonly string[]>>,
  more: readonly string[],
  check: (database: DuckDB) => void | Promise<void>,
): Promise<void> {
  const tables: Tables = new Map(Object.keys(rows).map((name) => [name, columnsOf(name)]))
  const database = await openTables(tables)
  const sql = [
    `insert into meta.sources by name select 0 as source, 'a<b>;.dat' as file, '' as buffer, 'box' as host,
      'Linux box 6.18.44 x86_64' as kernel, 'test' as recorder, 'mono' as clock, 100 as first_ts, 900 as last_ts,
      1000000000000 as wall_offset_ns, 4096 as page_size`,
  ]
  for (const [name, values] of Object.entries(rows)) {
    const [system, event] = name.split('.') as [string, string]
    sql.push(
      `insert into meta.events by name select 0 as source, '${system}' as system, '${event}' as event, ${values.length} as rows`,
      ...values.map((value) => `insert into "${system}"."${event}" by name select ${value}`),
    )
  }
  try {
    await database.execute([...sql, ...more].join(';'))
    await check(database)
  } finally {
    await database.close()
  }
}
