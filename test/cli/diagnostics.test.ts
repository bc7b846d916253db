import t from 'tap'
import { diagnosticLines, type Finding, lossLine } from '../../cli/diagnostics.ts'

const finding = (more: Partial<Finding>): Finding => ({
  code: 'ERR_RING_LENGTH',
  severity: 'error',
  cpu: 0,
  count: 1,
  sample: 'the first',
  ...more,
})

t.test('one line a code, counts per CPU', async (t) => {
  t.same(
    diagnosticLines([
      finding({ cpu: 1, count: 2 }),
      finding({ cpu: 0, count: 3, sample: 'the second' }),
      finding({
        code: 'ERR_EVENT_UNKNOWN',
        cpu: -1,
        count: 7,
        sample: 'event id 9\nhas no format',
      }),
    ]),
    [
      'warning: ERR_RING_LENGTH: 5 (CPU 0: 3, CPU 1: 2): the first',
      'warning: ERR_EVENT_UNKNOWN: 7: event id 9 has no format',
    ],
  )
})

t.test('many CPUs are summed up; what is only information is not a warning', async (t) => {
  const many = Array.from({ length: 200 }, (_, cpu) => finding({ cpu }))
  t.same(diagnosticLines(many), ['warning: ERR_RING_LENGTH: 200 (on 200 CPUs): the first'])
  t.same(diagnosticLines([finding({ severity: 'info' }), finding({ code: 'LOST_EVENTS' })]), [])
})

t.test('what a CPU lost, in words', async (t) => {
  const text = (events: number, unknown: number): string => lossLine({ cpu: 1, events, unknown })
  t.equal(text(1, 0), 'warning: CPU 1 lost 1 event; counts are lower bounds')
  t.equal(text(0, 1), 'warning: CPU 1 lost 1 gap of unknown length; counts are lower bounds')
  t.equal(
    text(570, 2),
    'warning: CPU 1 lost 570 events and 2 gaps of unknown length; counts are lower bounds',
  )
})
