import t from 'tap'
import { progressText } from '../../cli/progress.ts'

t.test('bytes, events, rate and what is left', async (t) => {
  t.equal(
    progressText({ bytes: 12_600_000, events: 2_500_000, totalEvents: 5_000_000 }, 2),
    '50%  12.6 MB  2,500,000 events  1,250,000 events/s  ETA 0:02',
  )
  t.equal(
    progressText({ bytes: 0, events: 0, totalEvents: 0 }, 0),
    '0%  0.0 MB  0 events  0 events/s  ETA ?',
  )
  t.match(progressText({ bytes: 1, events: 1, totalEvents: 1000 }, 1), /ETA 16:39$/)
})
