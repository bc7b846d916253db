import { getPriority } from 'node:os'
import t from 'tap'
import { goFirst } from '../../recorder/reader-priority.ts'

t.test('first for a while, where that is allowed', async (t) => {
  const before = getPriority(0)
  const yieldAgain = goFirst()
  t.ok([-20, before].includes(getPriority(0)))
  yieldAgain()
  t.equal(getPriority(0), before)
})
