// What was recorded, what was kept out, and what did not happen: three answers.
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { coverageWarnings, findQuery, Recording } from '../../queries/index.ts'
import { traceduck } from '../helpers/cli.ts'
import { type EventSpec, field, formatText, record } from '../helpers/format-text.ts'
import { makeTrace, OPTION, textOption } from '../helpers/make-trace.ts'
import { PageBuilder } from '../helpers/page-builder.ts'
import { makeDatabase } from './given.ts'

const settings = async (sql: readonly string[], name: string): Promise<string[]> => {
  const database = await makeDatabase({ tables: {}, sql })
  try {
    return coverageWarnings((await Recording.of(database)).coverage, findQuery(name))
  } finally {
    await database.close()
  }
}

t.test('a filter by pid is said where others act for a task', async (t) => {
  const pids = [`insert into meta.settings values (0, 'pid', '7')`]
  const command = [...pids, `insert into meta.settings values (0, 'filter_command', 'true')`]
  t.match((await settings(pids, 'block-latency')).join(), /^warning: .* filter by pid \(-P\)/)
  for (const name of ['signals', 'run-queue-latency', 'packet-drops', 'protocol-overhead'])
    t.match((await settings(command, name)).join(), /^warning: .* filter by pid \(-F\)/, name)
  for (const name of ['exec-snoop', 'files-opened', 'malloc-sizes', 'syscall-summary'])
    t.same(await settings(command, name), [], name)
  t.same(await settings([], 'block-latency'), [])
})

t.test('filters are said where the report is about their events', async (t) => {
  const sql = [
    `insert into meta.recorded_events values (0, 'syscalls', 'sys_enter_write', 'count > 10'), (0, 'syscalls', 'sys_exit_write', null),
      (0, 'sched', 'sched_switch', 'prev_pid != 0')`,
  ]
  t.same(await settings(sql, 'large-writes'), [
    "warning: only what passed the filter 'count > 10' was recorded of syscalls:sys_enter_write",
  ])
  t.match((await settings(sql, 'run-queue-latency')).join(), /'prev_pid != 0'/)
  t.same(await settings(sql, 'block-latency'), [])
})

const event = (system: string, name: string, id: number): EventSpec => ({
  system,
  name,
  id,
  fields: [field('int value', 4, true)],
})
const EVENTS = ['a', 'b', 'c'].map((name, i) => event('one', name, 300 + i))
const MOUNT = event('syscalls', 'sys_enter_mount', 400)
const SWITCH = event('sched', 'sched_switch', 401)

const path = `${t.testdir()}/t.dat`
const write = (own: string): void => {
  const page = new PageBuilder(1000n).data(0, record(EVENTS[0]!, 11, { value: 1 }))
  writeFileSync(
    path,
    makeTrace({
      formats: [...EVENTS, MOUNT, SWITCH].map((spec) => ({
        system: spec.system,
        text: formatText(spec),
      })),
      options: own === '' ? [] : [textOption(OPTION.own, own)],
      buffers: [{ name: '', cpus: [{ cpu: 0, pages: [page.finish()] }] }],
    }),
  )
}
const tables = (): unknown => {
  const sql = `select table_schema || '.' || table_name as n from information_schema.tables where table_schema in ('one', 'sched', 'syscalls') order by n`
  const { out } = traceduck(['sql', path, sql, '--format', 'json'])
  return (JSON.parse(out) as { n: string }[]).map(({ n }) => n)
}

t.test('events that were enabled have a table, those that were not have none', async (t) => {
  write('')
  t.same(tables(), ['one.a', 'one.b', 'one.c'], 'of other recorders: the system occurs')
  write('on / one a,b \non / sched sched_switch \non / syscalls sys_enter_mount \n')
  t.same(tables(), ['one.a', 'one.b', 'sched.sched_switch'])
})

t.test('what was recorded and did not happen is no error', async (t) => {
  write('')
  const missing = traceduck(['run', 'mount-calls', path])
  t.match(missing, { status: 1, err: /needs syscalls:sys_enter_mount .* - not in this recording/ })
  write('on / one a \non / syscalls sys_enter_mount \n')
  for (const [format, out] of [
    ['json', '[]\n'],
    ['csv', ''],
  ])
    t.match(traceduck(['run', 'mount-calls', path, '--format', format!]), {
      status: 0,
      out,
      err: /no mount call recorded: syscalls:sys_enter_mount did not happen\n$/,
    })
  const { out } = traceduck(['run', path, '--format', 'json'])
  const list = JSON.parse(out) as { report: string; missing: string | null }[]
  t.equal(list.find(({ report }) => report === 'mount-calls')?.missing, null)
  t.match(list.find(({ report }) => report === 'cpu-slices')?.missing, /needs sched:sched_switch/)
})
