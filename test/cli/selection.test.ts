import t from 'tap'
import { parseCpus, parseMemory } from '../../cli/selection.ts'

t.test('lists of CPUs', async (t) => {
  t.same([...parseCpus('0-3,7')], [0, 1, 2, 3, 7])
  t.same([...parseCpus('5')], [5])
  for (const text of ['', 'a', '3-1', '1-', '-1', '0-65536', '1,,2', '99999', '1.5']) {
    t.throws(() => parseCpus(text), { code: 'ERR_USAGE' }, text)
  }
})

t.test('sizes of memory', async (t) => {
  t.equal(parseMemory('512MB'), 512e6)
  t.equal(parseMemory('2GiB'), 2 ** 31)
  t.equal(parseMemory('1.5 gb'), 1.5e9)
  t.equal(parseMemory('100000000'), 1e8)
  for (const text of ['', '1', '10MB', '-1GB', '1XB', 'GB', '1e9', '99999999999999TB']) {
    t.throws(() => parseMemory(text), { code: 'ERR_USAGE' }, text)
  }
})
