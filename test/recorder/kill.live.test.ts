import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type RecordingState, readState } from '../../recorder/state.ts'
import { seekData } from '../../recorder/syscalls.ts'
import { main, traceduck } from '../helpers/cli.ts'
import { noTraceCmd, reportedEvents } from '../helpers/live.ts'
import { Random } from '../helpers/random.ts'
import { readReference, referencePages, referenceRecords } from '../helpers/reference-reader.ts'
import {
  holdTracefs,
  lastingDifferences,
  liveTracefs,
  takeStableSnapshot,
} from '../helpers/tracefs-snapshot.ts'

const found = liveTracefs()
if ('skip' in found) {
  t.plan(0, found.skip)
  process.exit()
}
const { tracefs } = found
t.setTimeout(290_000)
holdTracefs(t)
const folder = mkdtempSync(join(tmpdir(), 'traceduck-kill-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const env = { ...process.env, TRACEDUCK_RUNTIME_DIR: join(folder, 'run') }
// The first use of the top-level buffer expands it for good, whoever does it.
tracefs.write(
  'buffer_size_kb',
  tracefs.read('buffer_size_kb').replace(/.*expanded: (\d+).*/s, '$1'),
)
const pids = new Set<number>([process.pid])
const before = takeStableSnapshot(tracefs, pids)

const LOAD = ['--', 'dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1', 'count=40000', 'status=none']
const OPTIONS = ['-e', 'raw_syscalls', '-b', '512', '--wake', '10', '-O', 'sym-offset']
const NONE = ['--compression', 'none']
const ZSTD = ['--compression', 'zstd']
const V6 = ['--file-version', '6']
const BOUNDED = [...ZSTD, '-m', '2000']

/** Something that is there at a moment when a recorder is to be killed. */
type Moment = (path: string) => boolean

const isThere =
  (name: string): Moment =>
  (path) =>
    existsSync(path + name)
/** All is read, and the file is about to be put together. */
const isDrained: Moment = (path) => {
  try {
    return readFileSync(`${path}.partial.json`, 'latin1').includes('"drained"')
  } catch {
    return false
  }
}

interface Round {
  readonly way: readonly string[]
  readonly after?: Moment
  /** Most ms to wait besides, a part of the usual time without a moment. */
  readonly most?: number
}

const ROUNDS: readonly Round[] = [
  { way: NONE, most: 1 },
  { way: ZSTD, after: isThere('.partial'), most: 1 },
  { way: V6, after: isThere('.partial.json'), most: 20 },
  { way: BOUNDED, after: isThere('.partial.json'), most: 800 },
  { way: ZSTD, after: isThere('.partial.json'), most: 800 },
  { way: NONE, after: isDrained, most: 10 },
  { way: V6, after: isDrained, most: 20 },
  { way: ZSTD, after: isThere('.partial.packing'), most: 30 },
  { way: BOUNDED, after: isThere('.partial.packing'), most: 10 },
  { way: ZSTD },
]

/** Starts recording to `path`. */
const startRecording = (path: string, way: readonly string[]) => {
  const args = [main, 'record', '-o', path, ...OPTIONS, ...way, ...LOAD]
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
  pids.add(child.pid!)
  return { child, ended: once(child, 'exit') }
}

const waitFor = async (moment: Moment, path: string, running: () => boolean): Promise<void> => {
  while (running() && !moment(path)) await setTimeout(1)
}

const hash = (page: Uint8Array): string => createHash('sha1').update(page).digest('base64')

/** Hashes of the sub-buffers in the raw file, by buffer and CPU; those packed already are not there. */
const rawPages = (raw: string, state: RecordingState): Map<string, string[]> => {
  const fd = openSync(raw, 'r')
  const pages = new Map<string, string[]>()
  for (const { buffer, cpu, offset, room } of state.regions) {
    const bytes = state.buffers.find(({ name }) => name === buffer)!.subBufferBytes
    const list: string[] = []
    const page = Buffer.alloc(bytes)
    const segments = state.drained
      ?.find(({ name }) => name === buffer)
      ?.cpus.find((one) => one.cpu === cpu)?.segments
    for (const segment of segments ?? [{ offset, size: room }]) {
      for (
        let at = seekData(fd, segment.offset) ?? Infinity;
        at < segment.offset + segment.size;
        at += bytes
      ) {
        const got = readSync(fd, page, 0, bytes, at)
        if (got < bytes || page.readBigUInt64LE(0) === 0n) break
        list.push(hash(page))
      }
    }
    pages.set(`${buffer}/${cpu}`, list)
  }
  closeSync(fd)
  return pages
}

/** The same of a finished file. */
const filePages = (path: string): Map<string, string[]> => {
  const trace = readReference(readFileSync(path))
  const pages = trace.buffers.flatMap((buffer) =>
    buffer.cpus.map((cpu) => {
      const hashes = [...referencePages(trace, buffer, cpu)].map(hash)
      return [`${buffer.name}/${cpu.cpu}`, hashes] as const
    }),
  )
  return new Map(pages)
}

/** Whether ranges were cut out of the raw file already, so that nothing is where it was. */
const isBeingCut = (raw: string, { drained, compression }: RecordingState): boolean => {
  if (drained === undefined || compression !== 'none') return false
  const segments = drained.flatMap(({ cpus }) => cpus.flatMap((cpu) => cpu.segments))
  return statSync(raw).size < Math.max(0, ...segments.map(({ offset, size }) => offset + size))
}

/** By the kernel's count at the end, where the file has it: of everything but with `-m`. */
const eventsCounted = (path: string): number => {
  const texts = readReference(readFileSync(path)).options.filter(({ id }) => id === 2)
  const numbers = texts.flatMap(({ payload }) => [
    ...Buffer.from(payload)
      .toString('latin1')
      .matchAll(/^(?:entries|read events): (\d+)$/gm),
  ])
  return numbers.reduce((sum, [, number]) => sum + Number(number), 0)
}

/** By trace-cmd, which must not complain, or where it is missing by the independent reader. */
const countRecords = (path: string): number =>
  noTraceCmd()
    ? [...referenceRecords(readReference(readFileSync(path)))].length
    : reportedEvents(path).length

/** What `recover` must bring back of what is there now. */
const checkRecovered = (t: Test, path: string, bounded: boolean): string => {
  const raw = `${path}.partial`
  if (!existsSync(`${raw}.json`)) {
    const ran = traceduck(['recover', path], { env })
    t.equal(ran.status, 3, ran.err)
    const what = existsSync(raw) ? /killed before its first event/ : /is whole|no unfinished/
    t.match(ran.err, what)
    return existsSync(raw) ? 'before the sidecar' : existsSync(path) ? 'after all' : 'before all'
  }
  const state = readState(raw)
  const readable = existsSync(raw) && !isBeingCut(raw, state)
  const pages = readable ? rawPages(raw, state) : new Map<string, string[]>()
  const ran = traceduck(['recover', path, '--force'], { env })
  t.equal(ran.status, 0, ran.err)
  const recovered = filePages(path)
  for (const [key, list] of pages) {
    const there = recovered.get(key) ?? []
    t.same(there.slice(there.length - list.length), list, `${list.length} pages of ${key}`)
    if (state.drained === undefined) t.equal(there.length, list.length, `and no others of ${key}`)
  }
  t.same(
    readdirSync(folder).filter((name) => name.includes('.partial')),
    [],
    'nothing is left',
  )
  const records = countRecords(path)
  const there = [...recovered.values()].some((list) => list.length > 0)
  t.equal(records > 0, there, `${records} records`)
  if (state.drained === undefined) return 'while recording'
  if (!bounded) t.equal(records, eventsCounted(path), 'everything that was recorded')
  return readable ? 'while finishing' : 'while cutting'
}

const random = new Random(20261122)
const phases: string[] = []
let usual = 0

t.test('how long a recording takes', async (t) => {
  const path = join(folder, 'whole.dat')
  const begun = performance.now()
  const [status] = await startRecording(path, ZSTD).ended
  usual = performance.now() - begun
  t.equal(status, 0)
  rmSync(path)
})

for (const [round, { way, after, most }] of ROUNDS.entries()) {
  t.test(`killed at moment ${round}, ${way.join(' ')}`, async (t) => {
    const path = join(folder, `${round}.dat`)
    const { child, ended } = startRecording(path, way)
    const running = (): boolean => child.exitCode === null
    if (after) await waitFor(after, path, running)
    await setTimeout(random.below(most ?? usual))
    child.kill('SIGKILL')
    await ended
    const reset = traceduck(['reset'], { env })
    t.equal(reset.status, 0, reset.err)
    t.same(lastingDifferences(before, tracefs, pids), [], 'tracefs is as it was')
    const phase = checkRecovered(t, path, way.includes('-m'))
    t.comment(phase)
    phases.push(phase)
    rmSync(path, { force: true })
    for (const name of readdirSync(folder)) {
      if (name.startsWith(`${round}.dat`)) rmSync(join(folder, name))
    }
  })
}

t.test('every kind of moment was met', async (t) => {
  for (const phase of ['before', 'while recording', 'while finishing']) {
    t.ok(
      phases.some((met) => met.startsWith(phase)),
      `${phase}: ${phases.join(', ')}`,
    )
  }
})
