import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import t, { type Test } from 'tap'
import { FRONT } from '../../recorder/raw-file.ts'
import { findPages } from '../../recorder/raw-pages.ts'
import { recoverOwn } from '../../recorder/recover-own.ts'
import { ownIdentity } from '../../recorder/runtime-dir.ts'
import { type RecordingState, readState, writeState } from '../../recorder/state.ts'
import { headerPageText } from '../helpers/format-text.ts'
import { LAYOUT, PageBuilder, type PageLayout } from '../helpers/page-builder.ts'
import { readReference, referencePages, referenceRecords } from '../helpers/reference-reader.ts'

const ROOM = 2 ** 20
const LARGE: PageLayout = { ...LAYOUT, pageSize: 65536 }

/** Sub-buffer number `n`, with three records. */
const page = (n: number, layout: PageLayout = LAYOUT): Uint8Array => {
  const builder = new PageBuilder(BigInt(1000 * (n + 1)), layout)
  for (let i = 0; i < 3; i++) builder.data(1, new Uint8Array(8 + 4 * i).fill(n & 255))
  return builder.finish()
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

const stateOf = (output: string, layout: PageLayout): RecordingState => ({
  output,
  version: 7,
  compression: 'none',
  metadata: {
    headerPage: bytes(headerPageText(layout)),
    headerEvent: bytes(''),
    ftraceFormats: [],
    systems: [],
    kallsyms: bytes(''),
    printkFormats: bytes(''),
    savedCmdlines: bytes(''),
    options: [],
    cpuCount: 2,
    pageSize: layout.pageSize,
  },
  regions: [0, 1].map((cpu) => ({ buffer: '', cpu, offset: FRONT + cpu * ROOM, room: ROOM })),
  buffers: [{ name: '', clock: 'local', subBufferBytes: layout.pageSize }],
})

/** A raw file whose CPU 0 has `pieces` at their places in its region, and CPU 1 one sub-buffer. */
const makeRaw = (
  t: Test,
  pieces: readonly (readonly [at: number, bytes: Uint8Array])[],
  layout: PageLayout = LAYOUT,
): { raw: string; state: RecordingState; output: string } => {
  const output = `${t.testdir()}/t.dat`
  const raw = `${output}.partial`
  const fd = openSync(raw, 'w')
  ftruncateSync(fd, FRONT + 2 * ROOM)
  for (const [at, content] of pieces) writeSync(fd, content, 0, content.length, FRONT + at)
  const other = page(99, layout)
  writeSync(fd, other, 0, other.length, FRONT + ROOM)
  closeSync(fd)
  const state = stateOf(output, layout)
  writeState(raw, state)
  return { raw, state, output }
}

/** Numbers of the sub-buffers of a CPU in a finished file. */
const numbersIn = (path: string, cpu: number): number[] => {
  const trace = readReference(readFileSync(path))
  const [buffer] = trace.buffers
  const data = buffer!.cpus.find((one) => one.cpu === cpu)
  const pages = data === undefined ? [] : [...referencePages(trace, buffer!, data)]
  return pages.map((one) => Number(Buffer.from(one).readBigUInt64LE(0)) / 1000 - 1)
}

const SIZE = LAYOUT.pageSize
const run = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i)

t.test('from the beginning of the region', async (t) => {
  const { raw, output } = makeRaw(
    t,
    run(0, 5).map((n) => [n * SIZE, page(n)]),
  )
  const { lines } = await recoverOwn(raw)
  t.same(numbersIn(output, 0), run(0, 5))
  t.same(numbersIn(output, 1), [99])
  t.equal(lines[0], '18 events, 6 sub-buffers')
  t.notOk(existsSync(raw) || existsSync(`${raw}.json`) || existsSync(`${raw}.bytes`))
})

t.test('older ones were given up', async (t) => {
  const { raw, output } = makeRaw(
    t,
    run(7, 12).map((n) => [n * SIZE, page(n)]),
  )
  await recoverOwn(raw)
  t.same(numbersIn(output, 0), run(7, 12))
})

t.test('it started over at the beginning of the region', async (t) => {
  const last = ROOM / SIZE
  const older = run(last - 4, last).map((n) => [n * SIZE, page(n)] as const)
  const newer = run(last, last + 3).map((n) => [(n - last) * SIZE, page(n)] as const)
  const { raw, output } = makeRaw(t, [...newer, ...older])
  await recoverOwn(raw)
  t.same(numbersIn(output, 0), run(last - 4, last + 3), 'in order of time')
})

t.test('the region is full', async (t) => {
  const all = run(0, ROOM / SIZE)
  const { raw, output } = makeRaw(
    t,
    all.map((n) => [n * SIZE, page(n)]),
  )
  await recoverOwn(raw)
  t.same(numbersIn(output, 0), all)
})

t.test('the last sub-buffer was written in part', async (t) => {
  const whole = new PageBuilder(5000n, LARGE)
  for (let i = 0; i < 1000; i++) whole.data(1, new Uint8Array(40).fill(1))
  const cut = whole.finish().subarray(0, 4 * 4096)
  const pieces = [[0, page(0, LARGE)] as const, [LARGE.pageSize, cut] as const]
  const { raw, output } = makeRaw(t, pieces, LARGE)
  await recoverOwn(raw)
  const records = [...referenceRecords(readReference(readFileSync(output)))]
  const there = Math.floor((cut.length - 16) / 44)
  t.equal(records.filter(({ cpu }) => cpu === 0).length, 3 + there)
})

t.test('a head and nothing behind it', async (t) => {
  const head = page(1, LARGE).subarray(0, 16)
  const { raw, state } = makeRaw(
    t,
    [
      [0, page(0, LARGE)],
      [LARGE.pageSize, head],
    ],
    LARGE,
  )
  const [first] = findPages(raw, state)[0]!.cpus
  t.same(first!.segments, [{ offset: FRONT, size: LARGE.pageSize }])
})

t.test('killed after the file had its name', async (t) => {
  const { raw, output, state } = makeRaw(t, [[0, page(0)]])
  const drained = findPages(raw, state)
  writeState(raw, { ...state, drained })
  const fd = openSync(raw, 'r+')
  ftruncateSync(fd, FRONT)
  ftruncateSync(fd, FRONT + 2 * ROOM)
  closeSync(fd)
  writeFileSync(output, 'the whole file')
  const { lines } = await recoverOwn(raw)
  t.same(lines, ['the recording was complete already'])
  t.equal(readFileSync(output, 'utf8'), 'the whole file')
  t.notOk(existsSync(raw) || existsSync(`${raw}.json`))
})

t.test('it is being recorded', async (t) => {
  const { raw, state } = makeRaw(t, [[0, page(0)]])
  writeState(raw, { ...state, owner: ownIdentity() })
  await t.rejects(recoverOwn(raw), { code: 'ERR_TRACER_BUSY', message: /still recording/ })
  writeState(raw, { ...readState(raw), owner: { ...ownIdentity(), started: '1' } })
  t.match((await recoverOwn(raw)).lines[0], /2 sub-buffers/, 'another process with that pid')
})
