// Records to events, on traces made to the byte: stacks, short records, names, windows, several CPUs.
import t from 'tap'
import {
  memorySource,
  openTraceSource,
  readEvents,
  readRecords,
  type Trace,
  type TraceEvent,
} from '../../parser/index.ts'
import { type EventSpec, field, formatText, record } from '../helpers/format-text.ts'
import { makeTrace, type TraceSpec } from '../helpers/make-trace.ts'
import { PageBuilder } from '../helpers/page-builder.ts'

const PING: EventSpec = {
  system: 'net',
  name: 'ping',
  id: 300,
  fields: [field('int seq', 4, true), field('u64 cookie', 8), field('__data_loc char[] host', 4)],
}
const SWITCH: EventSpec = {
  system: 'sched',
  name: 'sched_switch',
  id: 301,
  fields: [
    field('char prev_comm[16]', 16),
    field('pid_t prev_pid', 4, true),
    field('char next_comm[16]', 16),
    field('pid_t next_pid', 4, true),
  ],
}
const STACK: EventSpec = {
  system: 'ftrace',
  name: 'kernel_stack',
  id: 4,
  fields: [field('int size', 4, true), field('unsigned long caller[8]', 64)],
}

const text = (value: string): Uint8Array => Buffer.from(`${value}\0`)
const name16 = (value: string): Uint8Array =>
  Buffer.concat([Buffer.from(value), Buffer.alloc(16 - value.length)])
const ping = (pid: number, seq: number, host = 'h'): Uint8Array =>
  record(PING, pid, { seq, cookie: 0xfedcba9876543210n, host: { dynamic: text(host) } })
const switchTo = (prev: [number, string], next: [number, string]): Uint8Array =>
  record(SWITCH, prev[0], {
    prev_pid: prev[0],
    prev_comm: name16(prev[1]),
    next_pid: next[0],
    next_comm: name16(next[1]),
  })
const stack = (pid: number, callers: readonly bigint[]): Uint8Array => {
  const caller = Buffer.alloc(callers.length * 8)
  for (const [i, address] of callers.entries()) caller.writeBigUInt64LE(address, i * 8)
  // Only the used entries are written, whatever the format declares.
  return record(STACK, pid, { size: callers.length, caller }).subarray(0, 16 + caller.length)
}

function open(pages: readonly (readonly Uint8Array[])[], more: Partial<TraceSpec> = {}): Trace {
  const formats = [PING, SWITCH, STACK].map((event) => ({
    system: event.system,
    text: formatText(event),
  }))
  const bytes = makeTrace({
    formats,
    cmdlines: '7 saved\n',
    buffers: [{ name: '', cpus: pages.map((list, cpu) => ({ cpu, pages: list })) }],
    ...more,
  })
  return openTraceSource(memorySource(bytes, 'made.dat'))
}

async function all(
  trace: Trace,
  filter: Parameters<typeof readEvents>[1] = {},
): Promise<TraceEvent[]> {
  const events: TraceEvent[] = []
  for await (const event of readEvents(trace, filter)) events.push(event)
  return events
}

t.test('fields to the last bit, CPUs in time order, ties by CPU', async (t) => {
  const trace = open([
    [new PageBuilder(1000n).data(0, ping(7, -1)).data(5, ping(7, 2)).finish()],
    [
      new PageBuilder(1000n)
        .data(0, ping(8, 3))
        .data(4, ping(8, 4, 'x'.repeat(300)))
        .finish(),
    ],
  ])
  const events = await all(trace)
  t.strictSame(
    events.map(({ ts, cpu, pid, comm, fields }) => [ts, cpu, pid, comm, fields.seq]),
    [
      [1000n, 0, 7, 'saved', -1],
      [1000n, 1, 8, '<...>', 3],
      [1004n, 1, 8, '<...>', 4],
      [1005n, 0, 7, 'saved', 2],
    ],
  )
  t.equal(events[0]!.fields.cookie, 0xfedcba9876543210n)
  t.equal(events[2]!.fields.host, 'x'.repeat(300))
})

t.test('events of one time and CPU stay in file order, whatever their tables', async (t) => {
  const first = new PageBuilder(10n)
    .data(0, ping(7, 1))
    .data(0, switchTo([7, 'a'], [8, 'b']))
    .data(0, ping(8, 2))
    .data(0, switchTo([8, 'b'], [7, 'a']))
  const second = new PageBuilder(10n).data(0, switchTo([1, 'x'], [2, 'y'])).data(0, ping(2, 3))
  const events = await all(open([[first.finish()], [second.finish()]]))
  t.strictSame(
    events.map(({ cpu, event, fields }) => [cpu, event, fields.seq ?? fields.next_pid]),
    [
      [0, 'ping', 1],
      [0, 'sched_switch', 8],
      [0, 'ping', 2],
      [0, 'sched_switch', 7],
      [1, 'sched_switch', 2],
      [1, 'ping', 3],
    ],
  )
})

t.test('a time window and an event pattern select while reading', async (t) => {
  const page = new PageBuilder(100n)
  for (let i = 0; i < 50; i++) page.data(1, i % 2 === 0 ? ping(7, i) : switchTo([7, 'a'], [8, 'b']))
  const trace = open([[page.finish()]])
  const seqs = async (filter: Parameters<typeof readEvents>[1]): Promise<unknown[]> =>
    (await all(trace, filter)).map(({ fields }) => fields.seq)
  t.strictSame(await seqs({ events: ['net:ping'], from: 103n, to: 107n }), [2, 4, 6])
  t.equal((await seqs({ events: ['net'] })).length, 25)
  t.equal((await seqs({ events: ['sched:*'] })).length, 25)
  t.equal((await seqs({ events: ['p?ng', 'nothing'] })).length, 25)
  t.strictSame(await seqs({ from: 1000n }), [])
  t.strictSame(await seqs({ to: 100n }), [])
  t.strictSame(await seqs({ cpus: new Set([3]) }), [])
})

t.test('a stack belongs to the event before it, also across chunks', async (t) => {
  for (const compression of ['none', 'zlib'] as const) {
    const pages = [
      new PageBuilder(10n)
        .data(0, ping(7, 1))
        .data(1, stack(7, [0xffffffff81000001n, 2n]))
        .data(1, ping(7, 2))
        .finish(),
      new PageBuilder(13n)
        .data(0, stack(7, [3n]))
        .data(1, ping(7, 3))
        .data(1, stack(9, [4n]))
        .finish(),
    ]
    const trace = open([pages], { compression, chunkPages: 1 })
    const events = await all(trace, { events: ['net:ping'] })
    t.strictSame(
      events.map(({ fields }) => [fields.seq, fields.common_stack]),
      [
        [1, [0xffffffff81000001n, 2n]],
        [2, [3n]],
        [3, null],
      ],
      `${compression}: another thread's stack is not taken`,
    )
    t.equal((await all(trace, { events: ['ftrace:kernel_stack'] })).length, 3)
  }
})

t.test('what a record does not hold is NULL and counted', async (t) => {
  const whole = ping(7, 1)
  const outside = ping(7, 2)
  // host: offset 40000, length 5 of a record of some 40 bytes
  new DataView(outside.buffer, outside.byteOffset).setUint32(24, (5 << 16) | 40_000, true)
  const trace = open([
    [new PageBuilder(10n).data(0, whole).data(1, whole.subarray(0, 12)).data(1, outside).finish()],
  ])
  const events = await all(trace)
  t.strictSame(
    events.map(({ fields }) => [fields.seq, fields.cookie, fields.host]),
    [
      [1, 0xfedcba9876543210n, 'h'],
      [1, null, null],
      [2, 0xfedcba9876543210n, null],
    ],
  )
  const bounds = trace.diagnostics.list().find(({ code }) => code === 'ERR_FIELD_BOUNDS')
  t.equal(bounds?.count, 3)
})

t.test('unknown ids are counted, not invented', async (t) => {
  const stranger = ping(7, 1)
  stranger[0] = 0x99
  const trace = open([[new PageBuilder(10n).data(0, stranger).data(1, ping(7, 2)).finish()]])
  t.equal((await all(trace)).length, 1)
  t.equal([...readRecords(trace)].length, 2)
  const unknown = trace.diagnostics.list().find(({ code }) => code === 'ERR_EVENT_UNKNOWN')
  t.equal(unknown?.count, 1)
  t.match(unknown?.sample, /^event id 409 has no format in the file$/)
})

t.test('names come from the events', async (t) => {
  const trace = open([
    [
      new PageBuilder(10n)
        .data(0, ping(20, 1))
        .data(5, switchTo([20, 'old'], [21, 'next']))
        .data(5, ping(21, 2))
        .finish(),
      new PageBuilder(30n)
        .data(0, switchTo([21, 'next'], [20, 'new']))
        .data(1, ping(20, 3))
        .data(1, ping(0, 4))
        .finish(),
    ],
  ])
  const events = await all(trace, { events: ['ping'] })
  t.strictSame(
    events.map(({ comm }) => comm),
    ['old', 'next', 'new', '<idle>'],
  )
})

t.test('losses are placed', async (t) => {
  const trace = open([
    [
      new PageBuilder(10n).data(0, ping(7, 1)).finish(),
      new PageBuilder(50n).missed(12).data(3, ping(7, 2)).finish(),
      new PageBuilder(90n).missed('unknown').data(0, ping(7, 3)).finish(),
    ],
  ])
  t.strictSame(
    [...trace.index().gaps()],
    [
      { source: 0, cpu: 0, ts: 53n, gapStart: 10n, count: 12 },
      { source: 0, cpu: 0, ts: 90n, gapStart: 53n, count: undefined },
    ],
  )
  t.strictSame(
    [...readRecords(trace)].map(({ missed }) => missed),
    [0, 12, -1],
  )
})

t.test('more rows than a batch, more strings than a pool', async (t) => {
  const pages: Uint8Array[] = []
  let page = new PageBuilder(1n)
  for (let i = 0; i < 6000; i++) {
    if (page.committed > 3900) {
      pages.push(page.finish())
      page = new PageBuilder(BigInt(i))
    }
    page.data(0, ping(7, i, `host ${i}`))
  }
  pages.push(page.finish())
  const events = await all(open([pages], { compression: 'zlib' }), { events: ['ping'] })
  t.equal(events.length, 6000)
  t.ok(events.every(({ fields }, i) => fields.seq === i && fields.host === `host ${i}`))
})
