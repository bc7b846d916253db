import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Tracefs } from '../../recorder/tracefs.ts'
import { parseErrorLog } from '../../recorder/tracefs-error.ts'
import { fakeTracefs } from '../helpers/fake-tracefs.ts'

t.test('tracefs is found where it is mounted', async (t) => {
  const { tracefs } = fakeTracefs(t)
  const mounts = join(tracefs.mount, '../mounts')
  const spaced = join(tracefs.mount, '../a b')
  mkdirSync(join(spaced, 'events'), { recursive: true })
  writeFileSync(join(spaced, 'trace'), '')
  writeFileSync(
    mounts,
    `none /proc proc rw 0 0\nnodev ${spaced.replace(' ', '\\040')} tracefs rw 0 0\n`,
  )
  t.equal(Tracefs.find(mounts, []).mount, spaced)
  t.equal(Tracefs.find('/nosuch', ['/nosuch', tracefs.mount]).mount, tracefs.mount)
  t.throws(() => Tracefs.find('/nosuch', [join(tracefs.mount, 'events')]), {
    code: 'ERR_TRACEFS_MISSING',
    hint: /mount -t tracefs/,
  })
})

t.test('paths are those of the buffer', async (t) => {
  const { tracefs, put } = fakeTracefs(t)
  const made = tracefs.createInstance('mine')
  t.equal(made.resolve('trace'), join(tracefs.mount, 'instances/mine/trace'))
  t.equal(made.fromMount('trace'), 'instances/mine/trace')
  t.equal(made.top.mount, tracefs.mount)
  t.equal(made.at('').instance, '')
  t.same(tracefs.folders('instances'), ['mine'])
  t.throws(() => tracefs.createInstance('mine'), { code: 'ERR_TRACER_BUSY' })
  for (const name of ['', '.', '..', 'a/b', 'a\0']) {
    t.throws(() => tracefs.createInstance(name), { code: 'ERR_USAGE' }, JSON.stringify(name))
  }
  tracefs.removeInstance('mine')
  t.same(tracefs.folders('instances'), [])
  put('set_event', 'a\n')
  tracefs.append('set_event', 'b\n')
  t.equal(tracefs.read('set_event'), 'a\nb\n')
  tracefs.write('set_event', 'c\n')
  t.equal(tracefs.tryRead('set_event'), 'c')
  t.equal(tracefs.tryRead('nosuch'), undefined)
  t.same(tracefs.list('nosuch'), [])
  t.throws(() => tracefs.read('nosuch'), { code: 'ERR_RECORD_UNSUPPORTED', message: /nosuch/ })
  t.throws(() => tracefs.write('nosuch', '1'), { code: 'ERR_RECORD_UNSUPPORTED' })
  t.throws(() => tracefs.read('options'), { code: 'ERR_TRACEFS_READ' })
  t.throws(() => tracefs.write('options', '1'), { code: 'ERR_TRACEFS_WRITE', message: /write '1'/ })
})

t.test('the log of errors', async (t) => {
  const log = `[ 4893.093945] event filter parse error: error: Field not found
  Command: nofield == 5
                   ^
[    1.000000] trace_uprobe: error: Failed to find the given file
  Command: p:td/x /nosuch:0x10
                  ^
[    2.000000] hist:sched:sched_switch: error: Couldn't find field
  Command: keys=x
garbage
[    3.000000] cut: error: off
`
  t.same(parseErrorLog(log), [
    { message: 'event filter parse error: Field not found', command: 'nofield == 5', column: 8 },
    {
      message: 'trace_uprobe: Failed to find the given file',
      command: 'p:td/x /nosuch:0x10',
      column: 7,
    },
    { message: "hist:sched:sched_switch: Couldn't find field", command: 'keys=x', column: -1 },
  ])
  t.same(parseErrorLog(''), [])
})
