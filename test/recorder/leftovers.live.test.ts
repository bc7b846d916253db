import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { openTrace, readEvents } from '../../parser/index.ts'
import { main, traceduck } from '../helpers/cli.ts'
import { isTracing, noTraceCmd, reportedEvents } from '../helpers/live.ts'
import { holdTracefs, liveTracefs } from '../helpers/tracefs-snapshot.ts'

const found = liveTracefs()
if ('skip' in found) {
  t.plan(0, found.skip)
  process.exit()
}
const { tracefs } = found
t.setTimeout(180_000)
holdTracefs(t)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-leftovers-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const env = { TRACEDUCK_RUNTIME_DIR: join(folder, 'run') }

/** Texts of the marks in a file. */
const marksIn = async (path: string): Promise<unknown[]> => {
  const trace = await openTrace(path, { strict: true })
  const marks: unknown[] = []
  for await (const { fields } of readEvents(trace, { events: ['ftrace:print'] })) {
    marks.push(String(fields.buf).trim())
  }
  trace.close()
  return marks
}

/** Takes what is in a CPU's buffer, sub-buffer by sub-buffer, as trace-cmd's recorders do. */
const readRaw = (path: string): Buffer => {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const pages: Buffer[] = []
  try {
    for (;;) {
      const page = Buffer.alloc(4096)
      if (readSync(fd, page) === 0) break
      pages.push(page)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
  } finally {
    closeSync(fd)
  }
  return Buffer.concat(pages)
}

t.test('parts of this boot, described by the kernel', async (t) => {
  const instance = tracefs.createInstance(`td-parts-${process.pid}`)
  t.teardown(() => tracefs.removeInstance(instance.instance))
  instance.write('trace_clock', 'mono')
  const marks = Array.from({ length: 700 }, (_, i) => `mark ${i}`)
  for (const mark of marks) instance.append('trace_marker', `${mark}\n`)
  instance.write('tracing_on', '0')
  const parts = join(folder, 'parts')
  mkdirSync(parts)
  for (const cpu of tracefs.folders('per_cpu')) {
    const raw = readRaw(instance.resolve(`per_cpu/${cpu}/trace_pipe_raw`))
    writeFileSync(join(parts, `x.dat.${instance.instance}.${cpu}`), raw)
  }
  const ran = traceduck(['recover', parts], { env })
  t.equal(ran.status, 0, ran.err)
  t.match(ran.err, /described by this kernel as it is now/)
  const path = join(parts, 'x.dat')
  t.same((await marksIn(path)).sort(), [...marks].sort())
  const trace = await openTrace(path)
  const buffer = trace.file.buffers.find(({ name }) => name === instance.instance)
  t.equal(buffer?.clock, 'mono')
  trace.close()
  if (!noTraceCmd()) t.equal(reportedEvents(path).length, marks.length)
})

t.test('what a killed recorder had not drained is in its instance until reset', async (t) => {
  const path = join(folder, 'killed.dat')
  const args = [main, 'record', '-o', path, '-e', 'sched:sched_process_exit', '-b', '4096']
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  const name = `traceduck-${child.pid}`
  const instance = tracefs.at(name)
  while (!existsSync(`${path}.partial.json`) || !isTracing(child.pid!)) await setTimeout(20)
  for (let i = 0; i < 50; i++) instance.append('trace_marker', `mark ${i}\n`)
  child.kill('SIGKILL')
  await ended
  const left = join(folder, 'left.dat')
  const extracted = traceduck(['extract', '-B', name, '-o', left], { env })
  t.equal(extracted.status, 0, extracted.err)
  const recovered = traceduck(['recover', path], { env })
  t.equal(recovered.status, 0, recovered.err)
  const all = [...(await marksIn(path)), ...(await marksIn(left))]
  t.equal(all.length, 50, 'in the one or the other')
  t.equal(traceduck(['reset'], { env }).status, 0)
  t.notOk(instance.exists('.'))
})
