// Numbers of system calls, held against the calls that kernels recorded with name and number.
import { readdirSync } from 'node:fs'
import t from 'tap'
import { analysisObjects } from '../../../analysis/index.ts'
import { openTraceDatabase } from '../../../parser/trace-database.ts'
import { fixture } from '../../helpers/paths.ts'

t.setTimeout(240_000)

const RECORDED = `
select distinct source, nr, name from syscall_events where name is not null and ret is null and nr is not null`

t.test('every named call of the fixtures has the number of its machine', async (t) => {
  const machines = new Set<string>()
  for (const file of readdirSync(fixture('traces')).filter((name) => name.endsWith('.dat'))) {
    const path = fixture('traces', file)
    const { database, trace } = await openTraceDatabase(path, { objects: analysisObjects })
    const { rows: named } = await database.all(
      `select count(*) from meta.events where system = 'syscalls' and event like 'sys_enter%' and rows > 0`,
    )
    if (Number(named[0]![0]) > 0) {
      const { rows } = await database.all(
        `select r.nr, r.name, n.name from (${RECORDED}) r left join syscall_numbers n using (source, nr)
         where n.name is distinct from r.name`,
      )
      t.same(rows, [], file)
      const { rows: kernels } = await database.all('select kernel from meta.sources')
      machines.add(String(kernels[0]?.[0]).split(' ').at(-1)!)
    }
    await database.close()
    trace.close()
  }
  t.ok(machines.size >= 4, [...machines].join(' '))
})

t.test('a number has one name', async (t) => {
  const path = fixture('reports', 'files-small.dat')
  const { database, trace } = await openTraceDatabase(path, { objects: analysisObjects })
  const { rows } = await database.all(`select count(*), count(distinct nr), count(name),
    syscall_name(257), syscall_name(59::usmallint), syscall_name(4), syscall_name(99999), syscall_name(-1)
    from syscall_numbers`)
  const [all, distinct, names, ...some] = rows[0]!
  t.ok(Number(all) > 700, 'x86-64 and x32')
  t.equal(all, distinct)
  t.equal(all, names)
  t.same(some, ['openat', 'execve', 'newstat', null, null])
  await database.close()
  trace.close()
})
