// What is kept by thread and by change of a name has an end, and what is left out is counted.
import t from 'tap'
import { NameRuns } from '../../../parser/batch/name-runs.ts'
import { TaskNames } from '../../../parser/batch/task-names.ts'
import { FirstSeen } from '../../../parser/first-seen.ts'
import { LostList } from '../../../parser/ring/lost-list.ts'

/** Teaches changes as the reader of events does it. */
function teach(listener: TaskNames | NameRuns, changes: readonly [number, number, string][]): void {
  for (const [pid, time, name] of changes) {
    if (listener.isFull) listener.miss()
    else listener.learn(pid, time, 0, listener.names.intern(Buffer.from(name), 0, name.length))
  }
}

const CHANGES: [number, number, string][] = [
  [7, 10, 'a'],
  [7, 20, 'b'],
  [8, 30, 'c'],
  [7, 40, 'd'],
  [9, 50, 'e'],
]

t.test('names: the first changes are kept, the others counted', async (t) => {
  const check = (tasks: TaskNames): void => {
    const at = (pid: number, time: number): string => tasks.text(tasks.idAt(pid, time, 0))
    t.strictSame(
      [at(7, 15), at(7, 25), at(7, 45), at(8, 50), at(9, 50)],
      ['a', 'b', 'b', 'c', '<...>'],
    )
    t.equal(tasks.missed, 2)
  }
  const merged = new TaskNames(3)
  teach(merged, CHANGES)
  merged.seal()
  check(merged)
  const runs = new NameRuns(new TaskNames(3))
  runs.beginStream()
  teach(runs, CHANGES)
  check(runs.settle()!)
})

t.test('names: the bytes of different names have an end, too', async (t) => {
  const tasks = new TaskNames()
  const name = Buffer.alloc(64 << 10, 'x')
  let taken = 0
  for (; !tasks.isFull && taken < 1000; taken++) {
    name.writeUInt32LE(taken + 0x20202020)
    tasks.learn(1, taken, 0, tasks.names.intern(name, 0, name.length))
  }
  t.ok(taken > 200 && taken < 300, `${taken} names of 64 KiB`)
})

t.test('threads: those that come too late are counted', async (t) => {
  const seen = new FirstSeen(2)
  seen.note(0, 5, 20, 0)
  seen.note(1, 5, 30, 0)
  seen.note(1, 6, 40, 0)
  seen.note(0, 5, 10, 1)
  seen.note(1, 5, 0xffffffff, 0xffffffff)
  t.strictSame(
    [...seen.tasks()],
    [
      { source: 0, pid: 5, firstTs: 20n },
      { source: 1, pid: 5, firstTs: -1n },
    ],
  )
  t.equal(seen.missed, 1)
})

t.test('gaps come back as they were put in', async (t) => {
  const list = new LostList()
  const gaps = Array.from({ length: 100 }, (_, i) => ({
    tsLo: 0xffffffff - i,
    tsHi: i,
    gapStart: i % 3 === 0 ? undefined : { lo: i, hi: 0x7fffffff },
    count: i % 2 === 0 ? -1 : 2 ** 40 + i,
  }))
  for (const gap of gaps) list.push(gap)
  t.strictSame([...list], gaps)
})
