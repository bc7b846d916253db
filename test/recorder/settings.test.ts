import t from 'tap'
import { Journal } from '../../recorder/journal.ts'
import { listRows } from '../../recorder/list.ts'
import { applySettings, needsTopLevel, parseCpuMask } from '../../recorder/settings.ts'
import type { BufferRequest } from '../../recorder/types.ts'
import { fakeTracefs } from '../helpers/fake-tracefs.ts'

t.test('lists and masks of CPUs', async (t) => {
  const cases: [text: string, mask: string][] = [
    ['f', 'f'],
    ['10', '10'],
    ['0x3', '3'],
    ['0-3,7', '8f'],
    ['1,5', '22'],
    ['0-0', '1'],
    ['ffffffff,00000001', 'ffffffff,00000001'],
    ['1ffffffff', '1,ffffffff'],
    ['31-32', '1,80000000'],
    ['64-64', '1,00000000,00000000'],
  ]
  for (const [text, mask] of cases) t.equal(parseCpuMask(text), mask, text)
  for (const bad of ['', '0', '0x0', '3-1', '1-', 'x', '1,,2', '99999-100000', '0-3;4']) {
    t.throws(() => parseCpuMask(bad), { code: 'ERR_USAGE' }, `'${bad}'`)
  }
})

t.test('everything asked for is set, and undone', async (t) => {
  const fake = fakeTracefs(t)
  const { tracefs, text } = fake
  const journal = Journal.begin(tracefs, fake.runtime)
  const { events, notices } = applySettings(tracefs, journal, {
    name: '',
    events: [
      { pattern: 'net', filter: 'pid == 1', triggers: ['traceoff'] },
      { pattern: 'net:netif_rx', exclude: true },
    ],
    bufferKb: 4096,
    subBufferKb: 16,
    cpuMask: '0-1',
    options: ['stacktrace', 'nooverwrite', 'no-stacktrace'],
    pids: [11, 12],
    followForks: true,
    tracer: 'blk',
  })
  t.same(events, [{ system: 'net', name: 'net_dev_xmit', filter: 'pid == 1' }])
  t.same(notices, [])
  const expected = {
    tracing_on: '0',
    buffer_size_kb: '4096',
    buffer_subbuf_size_kb: '16',
    tracing_cpumask: '3',
    current_tracer: 'blk',
    set_event_pid: '11\n12',
    'options/stacktrace': '0',
    'options/overwrite': '0',
    'options/event-fork': '1',
    'events/net/net_dev_xmit/enable': '1',
    'events/net/net_dev_xmit/filter': 'pid == 1',
    'events/net/netif_rx/enable': '0',
    'events/net/netif_rx/filter': 'none',
  }
  for (const [path, value] of Object.entries(expected)) t.equal(text(path), value, path)
  t.match(text('events/net/net_dev_xmit/trigger'), /traceoff$/)
  t.same(journal.restore().failed, [])
  t.equal(text('buffer_size_kb'), '1408')
  t.equal(text('events/net/net_dev_xmit/filter'), '0', 'which the kernel shows as none')
  t.match(text('events/net/net_dev_xmit/trigger'), /!traceoff$/)
})

t.test('sizes that differ between CPUs are set and restored one by one', async (t) => {
  const fake = fakeTracefs(t)
  fake.put('buffer_size_kb', 'X\n')
  fake.put('per_cpu/cpu1/buffer_size_kb', '700\n')
  const journal = Journal.begin(fake.tracefs, fake.runtime)
  applySettings(fake.tracefs, journal, { name: '', events: [], bufferKb: 2048 })
  t.equal(fake.text('per_cpu/cpu1/buffer_size_kb'), '2048')
  journal.restore()
  t.equal(fake.text('per_cpu/cpu0/buffer_size_kb'), '1408')
  t.equal(fake.text('per_cpu/cpu1/buffer_size_kb'), '700')
  t.equal(fake.text('buffer_size_kb'), 'X')
})

interface Refusal {
  readonly code: string
  readonly hint?: string | RegExp
  readonly message?: RegExp
}

t.test('what the kernel has not is refused with what it has', async (t) => {
  const fake = fakeTracefs(t)
  const refusals: [Partial<BufferRequest>, Refusal][] = [
    [
      { clock: 'x' },
      { code: 'ERR_RECORD_UNSUPPORTED', hint: 'it has local, global, counter, mono, boot' },
    ],
    [{ tracer: 'wakeup' }, { code: 'ERR_RECORD_UNSUPPORTED', hint: /blk, function, nop/ }],
    [{ tracer: 'function_graph' }, { code: 'ERR_RECORD_UNSUPPORTED', message: /functions cannot/ }],
    [{ functions: ['vfs_read'] }, { code: 'ERR_RECORD_UNSUPPORTED', message: /set_ftrace_filter/ }],
    [{ options: ['nosuch'] }, { code: 'ERR_RECORD_UNSUPPORTED', message: /option nosuch/ }],
    [{ options: ['../tracing_on'] }, { code: 'ERR_RECORD_UNSUPPORTED' }],
    [{ events: [{ pattern: 'nosuch' }] }, { code: 'ERR_EVENT_ENABLE' }],
    [{ cpuMask: '0' }, { code: 'ERR_USAGE' }],
  ]
  for (const [request, error] of refusals) {
    const journal = Journal.begin(fake.tracefs, fake.runtime)
    const asked = { name: '', events: [], ...request }
    t.throws(() => applySettings(fake.tracefs, journal, asked), error, JSON.stringify(request))
    t.same(journal.restore().failed, [])
    t.equal(fake.text('tracing_on'), '1')
  }
})

t.test('a trigger that is there already is not ours to remove', async (t) => {
  const fake = fakeTracefs(t)
  fake.put('events/irq/softirq_entry/trigger', 'stacktrace:unlimited\n')
  const journal = Journal.begin(fake.tracefs, fake.runtime)
  const events = [{ pattern: 'softirq_entry', triggers: ['stacktrace'] }]
  t.throws(() => applySettings(fake.tracefs, journal, { name: '', events }), {
    code: 'ERR_TRACER_BUSY',
  })
  journal.restore()
  t.equal(fake.text('events/irq/softirq_entry/trigger'), 'stacktrace:unlimited')
})

t.test('what only the top-level buffer can', async (t) => {
  const fake = fakeTracefs(t)
  fake.put('instances/x/available_tracers', 'function nop\n')
  const instance = fake.tracefs.at('x')
  const request = { name: '', events: [] }
  t.equal(needsTopLevel(instance, request), undefined)
  t.equal(needsTopLevel(instance, { ...request, tracer: 'function' }), undefined)
  t.match(needsTopLevel(instance, { ...request, tracer: 'blk' }), /blk works in the top-level/)
  fake.put('set_graph_function', '')
  t.match(needsTopLevel(instance, { ...request, graphFunctions: ['x'] }), /top-level/)
})

t.test('lists', async (t) => {
  const { tracefs, put } = fakeTracefs(t)
  put('uprobe_events', 'p:td/open /lib/libc.so.6:0x10 path=+0(%di):string\nr8:td/open_ret /x:0x1\n')
  t.same(listRows(tracefs, 'events', 'net').rows, [
    ['net:net_dev_xmit', 'comm, pid'],
    ['net:netif_rx', 'comm, pid'],
  ])
  t.throws(() => listRows(tracefs, 'events', 'nosuch'), { code: 'ERR_EVENT_ENABLE' })
  t.same(listRows(tracefs, 'clocks', '*o*l').rows, [
    ['local', 'yes'],
    ['global', 'no'],
  ])
  t.same(
    listRows(tracefs, 'tracers').rows.map(([name]) => name),
    ['blk', 'function', 'nop'],
  )
  t.same(listRows(tracefs, 'options', 'o*').rows, [['overwrite', 'yes']])
  t.same(listRows(tracefs, 'probes').rows, [
    ['td:open', 'entry', '/lib/libc.so.6:0x10 path=+0(%di):string'],
    ['td:open_ret', 'return', '/x:0x1'],
  ])
  t.same(listRows(tracefs, 'probes', '*_ret').rows.length, 1)
})
