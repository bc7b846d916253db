import t from 'tap'
import { TaskNames } from '../../../parser/batch/task-names.ts'

function namesWith(entries: readonly [pid: number, time: number, name: string][]): TaskNames {
  const names = new TaskNames()
  names.addSaved(
    new Map([
      [5, 'saved'],
      [6, 'saved six'],
    ]),
  )
  for (const [pid, time, name] of entries)
    names.learn(pid, time, 0, names.names.intern(Buffer.from(name), 0, name.length))
  names.seal()
  return names
}

t.test('order of belief', async (t) => {
  const names = namesWith([
    [7, 100, 'first'],
    [5, 150, 'event'],
    [7, 200, 'second'],
  ])
  const at = (pid: number, time: number): string => names.text(names.idAt(pid, time, 0))
  t.equal(at(7, 150), 'first', 'the latest event before the record')
  t.equal(at(7, 100), 'first', 'the record itself counts')
  t.equal(at(7, 199), 'first')
  t.equal(at(7, 200), 'second')
  t.equal(at(7, 50), 'first', 'else the earliest after it')
  t.equal(at(5, 1), 'event', 'an event is believed before saved_cmdlines')
  t.equal(at(6, 1), 'saved six')
  t.equal(at(8, 1), '<...>')
  t.equal(at(-1, 1), '<...>')
  t.equal(at(0, 1), '<idle>')
  t.equal(names.lastName(7), 'second')
})

t.test('times beyond 32 bits compare as one number', async (t) => {
  const names = new TaskNames()
  const learn = (lo: number, hi: number, name: string): void =>
    names.learn(9, lo, hi, names.names.intern(Buffer.from(name), 0, name.length))
  learn(0xffffffff, 0, 'low')
  learn(0, 1, 'high')
  names.seal()
  t.equal(names.text(names.idAt(9, 0xffffffff, 0)), 'low')
  t.equal(names.text(names.idAt(9, 5, 1)), 'high')
})

t.test('a thread that changes back is known by its name of the time', async (t) => {
  const names = namesWith([
    [3, 1, 'a'],
    [3, 2, 'b'],
    [3, 3, 'b'],
    [3, 4, 'a'],
  ])
  t.strictSame(
    [1, 2, 3, 4].map((time) => names.text(names.idAt(3, time, 0))),
    ['a', 'b', 'b', 'a'],
  )
})
