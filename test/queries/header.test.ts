import t from 'tap'
import { parseQuery } from '../../queries/header.ts'
import { bindParams, listQueries } from '../../queries/index.ts'

const TEXT = `-- runqlat: how long runnable threads waited
-- needs: sched.sched_switch, sched.sched_wakeup | sched.sched_waking
-- optional: sched.sched_waking (pid integer, target_cpu integer)
-- views: wakeup_latency
-- alias: waitlat
-- param: comm varchar = '%'  only these threads
-- param: top  integer = 20   rows to print
-- param: from time = null    only from this time on
-- param: share double        no default
-- column: p99_us 99th percentile, microseconds
-- column: "% time" share of all
-- render: table, bars(bucket, n)
-- empty: wakeup
-- record: --preset sched
-- read: first line
-- read: second line
select 1 -- not a head
;
`

t.test('values that are none are refused', async (t) => {
  const query = parseQuery(
    'sched',
    'q',
    `-- q: x\n-- param: by varchar(comm|%net) = 'comm' a row for each\n-- param: top integer = 5 rows\nselect 1\n`,
  )
  t.same(bindParams(query, ['by=%net', 'top=0']), { by: '%net', top: 0n })
  t.same(bindParams(query, []), { by: 'comm', top: 5n })
  for (const [given, message] of [
    ['by=nosuch', 'by=nosuch: not one of comm, %net'],
    ["by='; drop table x", "by='; drop table x: not one of comm, %net"],
    ['top=-1', 'top=-1: not a number of rows'],
    ['top=1.5', 'top=1.5: not an integer'],
    ['top=999999999999999999999', 'top=999999999999999999999: not an integer'],
  ])
    t.throws(() => bindParams(query, [given!]), { code: 'ERR_QUERY_PARAM', message })
})

t.test('a head says everything about a report', async (t) => {
  const query = parseQuery('sched', 'runqlat', TEXT)
  t.match(query, {
    name: 'runqlat',
    subsystem: 'sched',
    summary: 'how long runnable threads waited',
    aliases: ['waitlat'],
    needs: [
      { events: [{ system: 'sched', event: 'sched_switch' }] },
      {
        events: [
          { system: 'sched', event: 'sched_wakeup' },
          { system: 'sched', event: 'sched_waking' },
        ],
      },
      { view: 'wakeup_latency' },
    ],
    optional: [
      {
        system: 'sched',
        event: 'sched_waking',
        columns: [
          { name: 'pid', type: 'integer' },
          { name: 'target_cpu', type: 'integer' },
        ],
      },
    ],
    render: [
      { kind: 'table', columns: [] },
      { kind: 'bars', columns: ['bucket', 'n'] },
    ],
    empty: 'wakeup',
    record: '--preset sched',
    read: ['first line', 'second line'],
    columns: [
      { name: 'p99_us', text: '99th percentile, microseconds' },
      { name: '% time', text: 'share of all' },
    ],
  })
  t.same(query.params, [
    { name: 'comm', type: 'varchar', fallback: '%', text: 'only these threads' },
    { name: 'top', type: 'integer', fallback: '20', text: 'rows to print' },
    { name: 'from', type: 'time', fallback: null, text: 'only from this time on' },
    { name: 'share', type: 'double', fallback: undefined, text: 'no default' },
  ])
  t.equal(query.sql, 'select 1 -- not a head')
})

t.test('a wrong head is refused', async (t) => {
  const wrong = [
    '-- other: x\nselect 1',
    '-- r: x\n-- nonsense: y\nselect 1',
    '-- r: x\n-- no key\nselect 1',
    '-- r: x\n-- needs: kmalloc\nselect 1',
    '-- r: x\n-- param: top number = 1 x\nselect 1',
    '-- r: x\n-- optional: a.b (c)\nselect 1',
    '-- r: x\n-- optional: a.b\nselect 1',
    '-- r: x\n-- column: lonely\nselect 1',
    '-- r: x\ndrop table a',
  ]
  for (const text of wrong)
    t.throws(() => parseQuery('s', 'r', text), { code: 'ERR_QUERY_SYNTAX' }, text)
})

t.test('parameters are checked, defaults filled in', async (t) => {
  const query = parseQuery('sched', 'runqlat', TEXT)
  t.same(bindParams(query, ['share=0.5']), { comm: '%', top: 20n, from: null, share: 0.5 })
  t.same(bindParams(query, ['share=1', 'comm=a=b', 'from=1.5', 'top=+3']), {
    comm: 'a=b',
    top: 3n,
    from: 1500000000n,
    share: 1,
  })
  for (const given of [
    [],
    ['share'],
    ['share=x'],
    ['share=1', 'top=1.5'],
    ['share=1', 'nope=1'],
    ['share=1', '='],
  ]) {
    t.throws(() => bindParams(query, given), { code: 'ERR_QUERY_PARAM' }, given.join(' '))
  }
  t.throws(() => bindParams(query, ['share=1', 'from=x']), { code: 'ERR_USAGE' })
})

t.test('every report is complete', async (t) => {
  const queries = listQueries()
  const names = queries.flatMap(({ name, aliases }) => [name, ...aliases])
  t.equal(new Set(names).size, names.length, 'no name stands for two reports')
  for (const { name, subsystem, needs, read, empty, record, render } of queries) {
    // Reports about any event need none in particular.
    t.ok(needs.length > 0 || subsystem === 'events', `${name} needs something`)
    t.ok(read.length > 0 && empty !== 'event' && record !== '', name)
    t.ok(render.length > 0, `${name} says how it is drawn`)
  }
})
