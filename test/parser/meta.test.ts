// The tables that traced processes fill, and who is believed where several say something.
import { writeFileSync } from 'node:fs'
import t from 'tap'
import { traceduck } from '../helpers/cli.ts'
import { type EventSpec, field, formatText, record } from '../helpers/format-text.ts'
import { makeTrace, OPTION, textOption } from '../helpers/make-trace.ts'
import { PageBuilder } from '../helpers/page-builder.ts'

const NEWTASK: EventSpec = {
  system: 'task',
  name: 'task_newtask',
  id: 300,
  fields: [
    field('pid_t pid', 4, true),
    field('char comm[16]', 16),
    field('unsigned long clone_flags', 8),
  ],
}

const OWN = `wall 1000000
task 10 10
task 11 10
task 12 99
fd 10 0 2000002 /dev/null
map 10 - 7 400000 401000 1000 /bin/a
`
const PROCMAPS = ['a 1 /bin/a\n1 2 /bin/other\n', 'd 1 /bin/b\n400000 600000 /bin/b\n']

const folder = t.testdir()
const path = `${folder}/t.dat`
const forked = { pid: 12, comm: Buffer.from('new'.padEnd(16, '\0')), clone_flags: 0 }
const page = new PageBuilder(1000n).data(0, record(NEWTASK, 11, forked))
writeFileSync(
  path,
  makeTrace({
    formats: [{ system: 'task', text: formatText(NEWTASK) }],
    options: [
      textOption(OPTION.own, OWN),
      ...PROCMAPS.map((text) => textOption(OPTION.procmaps, text)),
    ],
    buffers: [
      { name: '', cpus: [{ cpu: 0, pages: [page.finish()] }] },
      { name: 'second', cpus: [] },
    ],
    cmdlines: '10 a\n11 a\n12 new\n',
  }),
)

const rows = (sql: string): unknown => {
  const { out, err, status } = traceduck(['sql', path, sql, '--format', 'json'])
  t.equal(status, 0, err)
  return JSON.parse(out)
}

t.test('mapped files: ours, and those of option PROCMAPS for other processes', async (t) => {
  t.same(rows('from meta.process_maps where source = 0'), [
    {
      source: 0,
      tgid: 10,
      start_address: 0x400000,
      end_address: 0x401000,
      file_offset: 0x1000,
      path: '/bin/a',
      from_ts: null,
      until_ts: 7,
    },
    {
      source: 0,
      tgid: 13,
      start_address: 0x400000,
      end_address: 0x600000,
      file_offset: null,
      path: '/bin/b',
      from_ts: null,
      until_ts: null,
    },
  ])
  t.same(rows('select count(*) as n from meta.process_maps where source = 1'), [{ n: 2 }])
})

t.test('descriptors', async (t) => {
  t.same(rows('from meta.descriptors'), [
    { source: 0, tgid: 10, fd: 0, target: '/dev/null', close_on_exec: true },
    { source: 1, tgid: 10, fd: 0, target: '/dev/null', close_on_exec: true },
  ])
})

t.test('processes of threads: an event knows better than what was stored', async (t) => {
  t.same(rows('select pid, tgid from meta.tasks where source = 0 order by pid'), [
    { pid: 10, tgid: 10 },
    { pid: 11, tgid: 10 },
    { pid: 12, tgid: 12 },
  ])
})

t.test('wall clock', async (t) => {
  t.same(rows('select distinct wall_offset_ns as w from meta.sources'), [{ w: 1000000 }])
  t.same(rows('select wall(5)::varchar as w'), [{ w: '1970-01-01 00:00:00.001000005' }])
})
