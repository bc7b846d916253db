import t from 'tap'
import { Diagnostics } from '../../parser/diagnostics.ts'

t.test('one code of two severities is counted twice: information hides no damage', async (t) => {
  const diagnostics = new Diagnostics()
  diagnostics.report('ERR_FORMAT_SYNTAX', 'info', 'a bad line')
  diagnostics.report('ERR_FORMAT_SYNTAX', 'error', 'no ID line', { offset: 5 })
  diagnostics.report('ERR_FORMAT_SYNTAX', 'error', 'no ID line again', { offset: 9 })
  t.same(
    diagnostics.list().map(({ severity, count, firstOffset }) => [severity, count, firstOffset]),
    [
      ['info', 1, -1],
      ['error', 2, 5],
    ],
  )
})

t.test('strict throws for all but information', async (t) => {
  const diagnostics = new Diagnostics(true)
  diagnostics.report('ERR_FORMAT_SYNTAX', 'info', 'a bad line')
  t.throws(() => diagnostics.report('ERR_FORMAT_SYNTAX', 'error', 'no ID line'), {
    code: 'ERR_FORMAT_SYNTAX',
  })
  t.throws(() => diagnostics.report('LOST_EVENTS', 'data_loss', 'gap'), { code: 'ERR_RING_LOST' })
})
