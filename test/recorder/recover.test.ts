import { existsSync, readFileSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { openTrace, readEvents } from '../../parser/index.ts'
import { traceduck } from '../helpers/cli.ts'
import {
  isTracing,
  leftovers,
  noTraceCmd,
  noTracefs,
  reportedEvents,
  startTraceduck,
} from '../helpers/live.ts'

const skip = noTracefs()

// Starting, enabling and RCU waits take seconds on a busy machine.
t.setTimeout(180_000)

async function countEvents(path: string): Promise<number> {
  const trace = await openTrace(path)
  let count = 0
  for await (const _ of readEvents(trace)) count++
  trace.close()
  return count
}

const EVENTS = ['-e', 'raw_syscalls', '-e', 'sched', '-b', '64', '--wake', '10']
const LOAD = ['--', 'dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1', 'count=500000', 'status=none']

for (const compression of ['none', 'zstd']) {
  t.test(`killed while draining, ${compression}`, { skip }, async (t) => {
    const path = `${t.testdir()}/t.dat`
    const options = ['--compression', compression, ...EVENTS, '--pin', ...LOAD]
    const recording = startTraceduck(['record', '-o', path, ...options])
    // Room for the end of the file is taken before anything is recorded.
    while (!existsSync(`${path}.partial.json`) || !isTracing(recording.pid)) await setTimeout(5)
    const before = spaceOf(`${path}.partial`)
    while (spaceOf(`${path}.partial`) < before + 100_000) await setTimeout(5)
    recording.kill('SIGKILL')
    await recording.ended
    t.equal(traceduck(['reset']).status, 0)
    t.same(leftovers(recording.pid), [], 'reset puts tracefs back')
    const ran = traceduck(['recover', path])
    t.equal(ran.status, 0, ran.err)
    const own = await countEvents(path)
    t.ok(own > 100, `${own} events`)
    t.notOk(existsSync(`${path}.partial`))
    t.notOk(existsSync(`${path}.partial.json`))
    if (!noTraceCmd()) t.equal(reportedEvents(path).length, own, 'trace-cmd reads the same')
  })
}

/** Blocks are given to the sparse file as readers write. */
function spaceOf(raw: string): number {
  return statSync(raw).blocks * 512
}

t.test('nothing to recover', async (t) => {
  const path = `${t.testdir()}/t.dat`
  const ran = traceduck(['recover', path])
  t.equal(ran.status, 3)
  t.match(ran.err, /no unfinished recording/)
  t.throws(() => readFileSync(path))
})
