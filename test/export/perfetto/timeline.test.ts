import t from 'tap'
import { writePerfetto } from '../../../export/perfetto/write.ts'
import { exportDatabase, withExported } from '../../helpers/exported.ts'
import { openTables } from '../../helpers/kernel-database.ts'
import { at, entered, left, withRecording } from '../../helpers/made-recording.ts'
import { fixture } from '../../helpers/paths.ts'
import { type PerfettoTrace, readPerfetto } from '../../helpers/perfetto-trace.ts'
import type { Message } from '../../helpers/protobuf-reader.ts'

const TASKS = `insert into meta.tasks by name select unnest([
  {'source': 0, 'pid': 7, 'comm': 'a;b', 'tgid': 7}, {'source': 0, 'pid': 8, 'comm': 'é<&>', 'tgid': 7},
  {'source': 0, 'pid': 9, 'comm': 'alone', 'tgid': null}], recursive := true)`

/** The timeline of a recording of some rows. */
async function recorded(
  rows: Readonly<Record<string, readonly string[]>>,
  more: readonly string[],
  check: (trace: PerfettoTrace, warnings: readonly string[]) => void,
): Promise<void> {
  await withRecording(rows, [TASKS, ...more], async (database) => {
    const { bytes, warnings } = await exportDatabase(database, writePerfetto)
    check(readPerfetto(bytes), warnings)
  })
}

const switched = (ts: number, cpu: number, prev: number, state: number, next: number): string =>
  `${at(ts, cpu, prev, `t${prev}`)}'t${prev}' as prev_comm, ${prev} as prev_pid, 120 as prev_prio, ${state} as prev_state,
  't${next}' as next_comm, ${next} as next_pid, 120 as next_prio`

const woke = (ts: number, cpu: number, by: number, pid: number, flags = 0): string =>
  `${at(ts, cpu, by, `t${by}`, flags)}'t${pid}' as comm, ${pid} as pid, 120 as prio, 1 as target_cpu`

t.test('threads, switches and wakeups', async (t) => {
  await recorded(
    {
      'sched.sched_switch': [
        switched(100, 0, 0, 0, 7),
        switched(120, 1, 8, 1, 0),
        switched(300, 1, 0, 0, 8),
      ],
      'sched.sched_wakeup': [woke(250, 0, 7, 8), woke(260, 1, 0, 9, 8)],
    },
    [],
    ({ packets, events, slices, instants, flows }, warnings) => {
      const tree = packets.find((packet) => packet.process_tree)!.process_tree as Message
      t.same(tree.processes, [
        { pid: 7, cmdline: ['a;b'], cmdline_is_comm: true },
        { pid: 9, cmdline: ['alone'], cmdline_is_comm: true },
      ])
      t.same(tree.threads, [
        { tid: 7, tgid: 7, name: 'a;b' },
        { tid: 8, tgid: 7, name: 'é<&>' },
        { tid: 9, tgid: 9, name: 'alone' },
      ])
      t.same(packets.find((packet) => packet.clock_snapshot)!.clock_snapshot, {
        clocks: [
          { clock_id: 6, timestamp: 100n },
          { clock_id: 3, timestamp: 100n },
          { clock_id: 1, timestamp: 1_000_000_000_100n },
        ],
      })
      t.same((packets.find((packet) => packet.system_info)!.system_info as Message).utsname, {
        sysname: 'Linux',
        release: '6.18.44',
        machine: 'x86_64',
      })
      t.match(instants[0], {
        track: 'Recording',
        name: 'recording, clock mono in ns',
        notes: { host: 'box' },
      })
      const [first] = events.filter(({ name }) => name === 'sched_switch')
      t.match(first, { cpu: 0, ts: 100n, pid: 0 })
      t.same(first!.fields, {
        prev_comm: 't0',
        prev_pid: 0,
        prev_prio: 120,
        prev_state: 0n,
        next_comm: 't7',
        next_pid: 7,
        next_prio: 120,
      })
      t.same(
        events.filter(({ name }) => name === 'sched_waking').map(({ ts }) => ts),
        [250n, 260n],
        'viewers know wakeups by sched_waking',
      )
      t.notOk(events.some(({ name }) => name === 'sched_wakeup'))
      t.match(
        slices.filter(({ track }) => track.endsWith('wakeups')),
        [{ track: 'thread 8/wakeups', name: 'woken by t7 7', ts: 250n, end: 300n }],
      )
      t.same(flows, [
        ['thread 7/wakeups', 'thread 8/wakeups'],
        ['Recording/CPU 1 wakeups by interrupts', 'thread 9/wakeups'],
      ])
      t.same(warnings, [])
    },
  )
})

t.test('interrupts whole, and of which an end is missing', async (t) => {
  const entry = (ts: number, irq: number): string =>
    `${at(ts, 1, 7, 'a')}${irq} as irq, 'eth"0' as name`
  const exit = (ts: number, irq: number): string => `${at(ts, 1, 7, 'a')}${irq} as irq, 1 as ret`
  await recorded(
    {
      'irq.irq_handler_entry': [entry(100, 5), entry(300, 6)],
      'irq.irq_handler_exit': [exit(150, 5), exit(90, 4)],
    },
    [],
    ({ events }) => {
      t.same(
        events.map(({ ts, name }) => [ts, name]),
        [
          [90n, 'generic irq_handler_exit'],
          [100n, 'irq_handler_entry'],
          [150n, 'irq_handler_exit'],
          [300n, 'generic irq_handler_entry'],
        ],
      )
      t.same(events[1]!.fields, { irq: 5, name: 'eth"0' })
      t.same(events[2]!.fields, { irq: 5, ret: 1 })
    },
  )
})

t.test('marks, and texts that viewers make slices of', async (t) => {
  const print = (ts: number, pid: number, buf: string): string =>
    `${at(ts, 1, pid, 'a')}1 as ip, ${buf} as buf`
  await recorded(
    {
      'ftrace.print': [
        print(100, 7, `'a "mark"' || chr(10)`),
        print(110, 7, `'B|7|work'`),
        print(120, 7, `'E|7' || chr(10)`),
        print(130, 0, 'null'),
        print(140, 7, `'Else'`),
      ],
    },
    [],
    ({ instants, events }) => {
      t.match(instants.slice(1), [
        { track: 'thread 7/marks', name: 'a "mark"', ts: 100n },
        { track: 'Recording/CPU 1 marks, idle', name: '', ts: 130n },
        { track: 'thread 7/marks', name: 'Else', ts: 140n },
      ])
      t.match(events, [
        { name: 'print', ts: 110n, fields: { buf: 'B|7|work' } },
        { name: 'print', ts: 120n, fields: { buf: 'E|7' } },
      ])
    },
  )
})

t.test('functions inside each other, and one that outlasts its caller', async (t) => {
  await recorded(
    {
      'ftrace.funcgraph_entry': [
        entered(100, 1, 0),
        entered(110, 2, 1),
        entered(150, 3, 1),
        entered(300, 4, 0),
      ],
      'ftrace.funcgraph_exit': [left(2, 1, 110, 140), left(3, 1, 150, 210), left(1, 0, 100, 200)],
    },
    [],
    ({ slices, instants }, warnings) => {
      t.match(
        slices.filter(({ track }) => track === 'thread 7/functions'),
        [
          { name: '0x2', ts: 110n, end: 140n, depth: 1 },
          { name: '0x1', ts: 100n, end: 200n, depth: 0 },
        ],
      )
      t.match(
        instants.slice(1).map(({ name, ts, notes }) => [name, ts, notes.end ?? null]),
        [
          ['0x3', 150n, 210n],
          ['0x4', 300n, null],
        ],
      )
      t.match(warnings, [/^1 calls of functions outlast the call around them/])
    },
  )
})

t.test('memory in use, and events with their fields', async (t) => {
  const alloc = (ts: number, ptr: number, bytes: number): string =>
    `${at(ts, 0, 7, 'a')}18446744071562067968 as call_site, ${ptr} as ptr, ${bytes} as bytes_req, ${bytes} as bytes_alloc`
  await recorded(
    {
      'kmem.kmalloc': [alloc(100, 10, 64), alloc(110, 20, 32)],
      'kmem.kfree': [`${at(120, 0, 7, 'a')}1 as call_site, 10 as ptr`],
    },
    [],
    ({ counters, events }) => {
      t.same([...counters], [['Recording/live bytes of kmalloc', [64n, 96n, 32n]]])
      const [first] = events.filter(({ name }) => name === 'generic kmalloc')
      const fields = (first!.fields.field as Message[]).map(({ name, ...value }) => [name, value])
      t.match(fields.slice(0, 3), [
        ['call_site', { uint_value: 18446744071562067968n }],
        ['ptr', { uint_value: 10n }],
        ['bytes_req', { uint_value: 64n }],
      ])
    },
  )
})

t.test('places in the kernel have the names that SQL gives them', async (t) => {
  const file = fixture('traces', 'amd64-6.12-user32-ev-v7-zstd.dat')
  await withExported(file, writePerfetto, async ({ bytes }, database) => {
    const { rows } = await database.all(
      'select sym(call_site) from kmem.kmalloc order by ts, common_cpu',
    )
    const { events } = readPerfetto(bytes)
    const places = events
      .filter(({ name }) => name === 'generic kmalloc')
      .sort((a, b) => Number(a.ts - b.ts) || a.cpu - b.cpu)
      .map(({ fields }) => (fields.field as Message[]).find(({ name }) => name === 'call_site'))
    t.same(
      places.map(
        (field) => field!.str_value ?? `0x${BigInt(String(field!.uint_value)).toString(16)}`,
      ),
      rows.flat(),
    )
    t.ok(places.some((field) => /^\w+\+0x/.test(String(field!.str_value))))
  })
})

t.test('lost events, also where nothing was recorded before them', async (t) => {
  await recorded(
    { 'sched.sched_switch': [switched(100, 0, 0, 0, 7)] },
    [
      `insert into meta.lost_events by name select unnest([
        {'source': 0, 'cpu': 0, 'ts': 500, 'gap_start_ts': 200, 'count': 12}, {'source': 0, 'cpu': 3, 'ts': 400, 'gap_start_ts': null, 'count': null}],
        recursive := true)`,
      `insert into meta.cpus by name select 0 as source, 0 as cpu, 1 as events, 4096 as bytes, 3 as entries, 12 as overrun,
        0 as commit_overrun, 5 as dropped`,
    ],
    ({ slices, instants, lostCpus, packets }) => {
      t.match(slices, [
        { track: 'Recording/CPU 0 lost events', name: 'lost 12 events', ts: 200n, end: 500n },
      ])
      t.match(instants.at(-1), { name: 'lost events, how many is unknown', ts: 400n })
      t.same([...lostCpus].sort(), [0, 3])
      t.same(packets.find((packet) => packet.ftrace_stats)!.ftrace_stats, {
        phase: 2,
        cpu_stats: [
          {
            cpu: 0n,
            entries: 3n,
            overrun: 12n,
            commit_overrun: 0n,
            bytes_read: 4096n,
            dropped_events: 5n,
            read_events: 1n,
          },
        ],
      })
    },
  )
})

t.test('one timeline is of one recording', async (t) => {
  const database = await openTables(new Map())
  try {
    await database.execute(`insert into meta.sources by name select unnest([
      {'source': 0, 'file': 'a.dat', 'buffer': ''}, {'source': 1, 'file': 'b.dat', 'buffer': ''}], recursive := true)`)
    await t.rejects(exportDatabase(database, writePerfetto), { code: 'ERR_USAGE' })
  } finally {
    await database.close()
  }
})
