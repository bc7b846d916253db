import { readFileSync } from 'node:fs'
import t from 'tap'
import { TaskTable } from '../../recorder/tasks.ts'
import { fakeTracefs } from '../helpers/fake-tracefs.ts'

t.test('what the kernel remembers: latest names, processes of threads without one', async (t) => {
  const fake = fakeTracefs(t)
  fake.put('saved_cmdlines', '11 a b\n12 <...>\n13 later name\nx y\n14\n')
  fake.put('saved_tgids', '11 10\n12 10\n13 99\n15 15\n')
  const table = new TaskTable()
  table.names.set(13, 'first name')
  table.tgids.set(13, 13)
  table.addSavedNames(fake.tracefs)
  table.addSavedProcesses(fake.tracefs)
  t.same(Object.fromEntries(table.names), { 11: 'a b', 13: 'later name' })
  t.same(Object.fromEntries(table.tgids), { 11: 10, 13: 13 }, 'others may be from any time')
  t.equal(table.cmdlines().toString('latin1'), '13 later name\n11 a b\n')
})

t.test('without these files, as on old kernels', async (t) => {
  const table = new TaskTable()
  const { tracefs } = fakeTracefs(t)
  table.addSavedNames(tracefs)
  table.addSavedProcesses(tracefs)
  t.equal(table.names.size, 0)
})

const skip = process.platform === 'linux' ? false : 'needs /proc'
t.test('the living, whose names are read once', { skip }, async (t) => {
  const table = new TaskTable()
  table.addLive()
  const comm = readFileSync('/proc/self/comm', 'utf8').trimEnd()
  t.equal(table.names.get(process.pid), comm)
  t.equal(table.tgids.get(process.pid), process.pid)
  t.ok(
    [...table.tgids].some(([tid, tgid]) => tgid === process.pid && tid !== tgid),
    'threads',
  )
  table.names.set(process.pid, 'renamed')
  table.addLive()
  t.equal(table.names.get(process.pid), 'renamed')
  table.tgids.set(process.pid, 1)
  table.addLive()
  t.equal(table.names.get(process.pid), comm, 'the number belongs to another by now')
})
