import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { doctorText } from '../../cli/doctor.ts'
import { examine } from '../../recorder/doctor.ts'
import { tryFamily, tryOut } from '../../recorder/doctor-trial.ts'
import { Tracefs } from '../../recorder/tracefs.ts'
import { fakeTracefs } from '../helpers/fake-tracefs.ts'

t.test('no tracefs, no recording', async (t) => {
  const { runtime } = fakeTracefs(t)
  const report = await examine(() => Tracefs.find('/nosuch', []), runtime)
  t.notOk(report.recordable)
  t.match(report.checks[0], {
    id: 'tracefs',
    status: 'no',
    remedy: 'as root: mount -t tracefs nodev /sys/kernel/tracing',
  })
  t.match(
    doctorText(report),
    /recording is impossible\n\naccess\n {2}NO {2}tracefs +tracefs is not/,
  )
})

t.test('a tracefs in which nothing works is no tracefs to record from', async (t) => {
  const { tracefs, runtime } = fakeTracefs(t)
  rmSync(join(tracefs.mount, 'instances'), { recursive: true })
  const report = await examine(() => tracefs, runtime)
  t.notOk(report.recordable)
  t.equal(report.checks.find(({ id }) => id === 'instance')?.status, 'no')
})

t.test('trials', async (t) => {
  const base = { id: 'x', group: 'events', remedy: 'do this' } as const
  t.same(tryOut({ ...base, run: () => 'fine' }), {
    id: 'x',
    group: 'events',
    status: 'yes',
    detail: 'fine',
  })
  const fails = (): string => {
    throw new Error('broken')
  }
  t.same(tryOut({ ...base, run: fails, required: true }), {
    id: 'x',
    group: 'events',
    status: 'no',
    detail: 'broken',
    remedy: 'do this',
    required: true,
  })
  const family = tryFamily(base, ['a', 'b'], (name) => void (name === 'b' && fails()))
  t.match(family, { status: 'yes', works: ['a'], refused: [{ name: 'b', reason: 'broken' }] })
  t.match(tryFamily(base, ['b'], fails), { status: 'no', detail: 'broken', remedy: 'do this' })
  t.match(tryFamily(base, [], fails), { status: 'no', detail: 'this kernel has none' })
})
