import t from 'tap'
import { parseEventRequest, withFilter, withTrigger } from '../../cli/event-options.ts'
import { globTest, matchEvents, selectEvents } from '../../recorder/event-select.ts'
import { fakeEvents } from '../helpers/fake-tracefs.ts'

const available = [...fakeEvents(), 'other:sched', 'other:wakeup']

t.test('patterns mean what they mean to trace-cmd', async (t) => {
  const cases: [pattern: string, events: string[]][] = [
    ['sched:sched_switch', ['sched:sched_switch']],
    ['sched_switch', ['sched:sched_switch']],
    ['net', ['net:net_dev_xmit', 'net:netif_rx']],
    ['net:', ['net:net_dev_xmit', 'net:netif_rx']],
    ['net:*', ['net:net_dev_xmit', 'net:netif_rx']],
    ['*:*wakeup*', ['sched:sched_wakeup', 'sched:sched_wakeup_new', 'other:wakeup']],
    ['*wakeup', ['sched:sched_wakeup', 'other:wakeup']],
    ['n?t:netif_[a-z]x', ['net:netif_rx']],
    ['sched:sched_wak[!e]*', ['sched:sched_waking']],
    ['SCHED', []],
    ['sched:', fakeEvents().filter((event) => event.startsWith('sched:'))],
    // A name is a system as well as an event of any system.
    ['sched', [...fakeEvents().filter((event) => event.startsWith('sched:')), 'other:sched']],
    ['all', available],
  ]
  for (const [pattern, events] of cases) {
    t.same(matchEvents(available, pattern), events, pattern)
  }
})

t.test('globs are no regular expressions', async (t) => {
  t.ok(globTest('a.b')('a.b'))
  t.notOk(globTest('a.b')('axb'))
  t.ok(globTest('a[b')('a[b'), 'an open bracket is a bracket')
  t.ok(globTest('[]')('[]'))
  t.ok(globTest('a\\')('a\\'))
  t.notOk(globTest('b')('abc'), 'the whole name')
  t.notOk(globTest(`${'*a'.repeat(8)}b`)('a'.repeat(64)), 'ends')
  t.ok(globTest('*'.repeat(1000))('x'), 'ends')
})

t.test('requests are taken in order', async (t) => {
  const names = (...texts: string[]): string[] =>
    selectEvents(available, texts.map(parseEventRequest)).map(
      ({ system, name }) => `${system}:${name}`,
    )
  t.same(names('net', '!netif_rx'), ['net:net_dev_xmit'])
  t.same(names('net', '!netif_rx', 'netif_rx'), ['net:net_dev_xmit', 'net:netif_rx'])
  t.same(names('all', '!*:*', 'irq/softirq_entry'), ['irq:softirq_entry'], 'a slash is a colon')
  t.throws(() => names('!net'), { code: 'ERR_USAGE', hint: /-e all -e '!net'/ })
  t.throws(() => names('sched:switch'), {
    code: 'ERR_EVENT_ENABLE',
    message: 'this kernel has no event sched:switch',
    hint: 'it has sched:sched_switch',
  })
  t.throws(() => names('net', '!nosuch'), { code: 'ERR_EVENT_ENABLE' })
  for (const bad of ['', '!', 'a b', ':x', 'a:b:c']) {
    t.throws(() => parseEventRequest(bad), { code: 'ERR_USAGE' }, `'${bad}'`)
  }
})

t.test('filters and triggers belong to the event before them', async (t) => {
  const net = withTrigger(
    withFilter(withFilter(parseEventRequest('net'), 'len > 5'), 'len < 9'),
    'stacktrace',
  )
  const again = withTrigger(parseEventRequest('netif_rx'), 'traceoff')
  const refiltered = withFilter(parseEventRequest('net_dev_xmit'), 'rc != 0')
  t.same(selectEvents(available, [net, again, refiltered]), [
    {
      system: 'net',
      name: 'net_dev_xmit',
      filter: { text: 'rc != 0', pattern: 'net_dev_xmit' },
      triggers: ['stacktrace'],
    },
    {
      system: 'net',
      name: 'netif_rx',
      filter: { text: '(len > 5)&&(len < 9)', pattern: 'net' },
      triggers: ['stacktrace', 'traceoff'],
    },
  ])
  t.throws(() => withFilter(undefined, 'x'), { code: 'ERR_USAGE', message: /no -e before/ })
  t.throws(() => withTrigger(parseEventRequest('!net'), 'x'), { code: 'ERR_USAGE' })
})
