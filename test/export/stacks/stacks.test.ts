import t from 'tap'
import { writeFolded } from '../../../export/stacks/folded.ts'
import { writeSpeedscope } from '../../../export/stacks/speedscope.ts'
import type { TraceDatabase } from '../../../parser/sink/duckdb/database.ts'
import { type Exported, exportDatabase, withExported } from '../../helpers/exported.ts'
import { fixture } from '../../helpers/paths.ts'

t.setTimeout(280_000)

const KSTACK = fixture('traces', 'amd64-6.12-ev-kstack.dat')

const total = ({ text }: Exported): number =>
  text
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)

async function number(database: TraceDatabase, sql: string): Promise<number> {
  return Number((await database.all(sql)).rows[0]![0])
}

/** From a switch away from a thread to the next one to it, of switches alone. */
const OFF_CPU = `
with sides as (
  select ts, prev_pid as tid, common_stack, false as is_in from sched.sched_switch
  union all select ts, next_pid, null, true from sched.sched_switch
)
select sum(back - ts) from (
  select *, lead(ts) over (partition by tid order by ts, is_in) as back, lead(is_in) over (partition by tid order by ts, is_in) as is_back
  from sides where tid <> 0)
where not is_in and is_back and common_stack is not null`

t.test('what stacks weigh is what the events say', async (t) => {
  await withExported(KSTACK, writeFolded, async (exported, database) => {
    t.match(exported.warnings, [/^profile off-cpu .*: alloc, events$/])
    t.equal(total(exported), await number(database, OFF_CPU))
    const events = await exportDatabase(database, writeFolded, { profile: 'events' })
    t.equal(total(events), await number(database, 'select count(*) from event_stacks'))
    const bytes = 'select sum(bytes_alloc) from kmem.kmalloc where common_stack is not null'
    const alloc = await exportDatabase(database, writeFolded, { profile: 'alloc' })
    t.equal(total(alloc), await number(database, bytes))
    t.same(alloc.warnings, [])
    t.match(alloc.summary, /^8 stacks, \d+ bytes/)
  })
})

t.test('the same stacks as the report counts', async (t) => {
  await withExported(
    KSTACK,
    writeFolded,
    async ({ text }, database) => {
      const { findQuery, composeQuery, bindParams, Recording } = await import(
        '../../../queries/index.ts'
      )
      const query = findQuery('stack-count')
      const values = bindParams(query, ['top=1000'])
      const sql = composeQuery(query, await Recording.of(database), values)
      const { columns, rows } = await database.all(sql, values)
      const folded = columns.findIndex(({ name }) => name === 'folded')
      const wanted = new Map<string, number>()
      for (const row of rows) add(wanted, String(row[folded]))
      const counts = new Map<string, number>()
      for (const line of text.trim().split('\n')) add(counts, line.split(';').slice(2).join(';'))
      t.same(counts, wanted)
    },
    'events',
  )
})

function add(counts: Map<string, number>, line: string): void {
  const space = line.lastIndexOf(' ')
  const stack = line.slice(0, space)
  counts.set(stack, (counts.get(stack) ?? 0) + Number(line.slice(space)))
}

interface Speedscope {
  readonly shared: { readonly frames: readonly { readonly name: string }[] }
  readonly profiles: readonly {
    readonly type: string
    readonly name: string
    readonly unit: string
    readonly startValue: number
    readonly endValue: number
    readonly samples: readonly (readonly number[])[]
    readonly weights: readonly number[]
    readonly events: readonly {
      readonly type: string
      readonly frame: number
      readonly at: number
    }[]
  }[]
}

t.test('a file that speedscope takes', async (t) => {
  const graph = fixture('traces', 'armhf-6.12-fg-depth.dat')
  await withExported(graph, writeSpeedscope, async ({ text }, database) => {
    const file = JSON.parse(text) as Speedscope
    const [calls, counted] = file.profiles
    t.match(calls, { type: 'evented', name: 'wl 459: calls', unit: 'nanoseconds', startValue: 0 })
    const open: number[] = []
    let last = 0
    for (const { type, frame, at } of calls!.events) {
      if (at < last) t.fail(`${at} is out of order`)
      last = at
      if (type === 'O') open.push(frame)
      else if (open.pop() !== frame) t.fail('an end of what is not innermost')
      if (frame >= file.shared.frames.length) t.fail(`no frame ${frame}`)
    }
    t.same(open, [])
    t.equal(last, calls!.endValue)
    const whole = 'select count(*) from function_calls where end_ts is not null'
    t.equal(calls!.events.length, 2 * (await number(database, whole)))
    t.match(counted, { type: 'sampled', unit: 'nanoseconds' })
    t.equal(counted!.samples.length, counted!.weights.length)
    t.equal(
      counted!.weights.reduce((sum, weight) => sum + weight, 0),
      counted!.endValue,
    )
    const outer =
      'select sum(dur) from function_calls where depth = (select min(depth) from function_calls)'
    t.equal(counted!.endValue, await number(database, outer))
  })
})

t.test('what a recording has no stacks for', async (t) => {
  const none = fixture('traces', 'amd64-6.12-lost-v7.dat')
  const wanted = { code: 'ERR_NOT_RECORDED', message: 'no stacks recorded' }
  await t.rejects(
    withExported(none, writeFolded, () => {}),
    wanted,
  )
  const asked = (profile: string) => withExported(KSTACK, writeFolded, () => {}, profile)
  await t.rejects(asked('functions'), { code: 'ERR_NOT_RECORDED', hint: /off-cpu, alloc, events$/ })
  await t.rejects(asked('on-cpu'), { code: 'ERR_USAGE', hint: /off-cpu, alloc, events$/ })
})
