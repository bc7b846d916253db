/** Interrupts: pairs of events, of which viewers make slices of the CPUs' interrupt tracks. */
import { NATIVE_IRQS, type NativeEvent } from './schema.ts'
import { drawRows, isDerived, type Timeline } from './timeline.ts'

/** Draws interrupts, and soft interrupts being served. */
export async function drawInterrupts(timeline: Timeline): Promise<void> {
  const { irqEntry, irqExit, softirqEntry, softirqExit } = NATIVE_IRQS
  await drawPairs(timeline, {
    relation: 'irq_spans',
    columns: 'irq, handled::integer',
    names: ['irq_handler_entry', 'irq_handler_exit'],
    messages: [irqEntry, irqExit],
  })
  await drawPairs(timeline, {
    relation: 'softirq_spans',
    columns: 'vec, null::integer',
    names: ['softirq_entry', 'softirq_exit'],
    messages: [softirqEntry, softirqExit],
  })
}

interface Pairs {
  readonly relation: string
  /** The interrupt's number, and what its handler said. */
  readonly columns: string
  readonly names: readonly [entry: string, exit: string]
  readonly messages: readonly [entry: NativeEvent, exit: NativeEvent]
}

/**
 * Only whole pairs of the first buffer become slices: an entry without its exit would swallow all that
 * follow on its CPU. Others are written as events by name.
 */
async function drawPairs(timeline: Timeline, pairs: Pairs): Promise<void> {
  if (!isDerived(timeline, pairs.relation)) return
  const { bundles } = timeline
  const [entry, exit] = pairs.messages
  const sql = `select ts, end_ts, cpu, tid, source, name, state, ${pairs.columns} from ${pairs.relation} order by ts, source, cpu`
  let first: unknown
  await drawRows(timeline, sql, (columns, row) => {
    const [ts, end, cpuOf, pidOf, source, name, state, number, ret] = columns.map((c) => c[row])
    const [cpu, pid] = [cpuOf as number, pidOf as number]
    first ??= source
    if (state === 'complete' && source === first) {
      const begun = bundles.begin(cpu, ts as bigint, pid, 0, entry.field)
      begun.integer(1, number as number)
      if ('name' in entry.columns) begun.text(entry.columns.name!, String(name))
      bundles.end(cpu, begun)
      const ended = bundles.begin(cpu, end as bigint, pid, 0, exit.field)
      ended.integer(1, number as number)
      if (ret !== null && 'ret' in exit.columns) ended.integer(exit.columns.ret!, ret as number)
      bundles.end(cpu, ended)
      return
    }
    const fields: [string, string | number][] = [
      ['number', number as number],
      ['name', String(name)],
      ['state', String(state)],
    ]
    const isExit = state === 'no_entry'
    bundles.generic({ cpu, ts: ts as bigint, pid, flags: 0 }, pairs.names[isExit ? 1 : 0], fields)
    if (state === 'complete')
      bundles.generic({ cpu, ts: end as bigint, pid, flags: 0 }, pairs.names[1], fields)
  })
}
