// The loops in WebAssembly give what those in JavaScript give, on sound and on damaged records.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  memorySource,
  openTraceSource,
  Report,
  type ReportOptions,
  readRecords,
  type Trace,
} from '../../../parser/index.ts'
import { openLoops } from '../../../parser/wasm/loops.ts'
import { digestTrace } from '../../helpers/batch-digest.ts'
import { fixture } from '../../helpers/paths.ts'
import { Random } from '../../helpers/random.ts'

t.setTimeout(200_000)

const folder = fixture('traces')
const open = (bytes: Uint8Array): Trace => openTraceSource(memorySource(bytes, 'test.dat'))

/** Big-endian ones have only one kind of loops. */
const recordings = readdirSync(folder)
  .filter((name) => name.endsWith('.dat'))
  .filter((name) => open(readFileSync(join(folder, name))).file.littleEndian)

/** What comes out with one kind of loops. */
async function answers(
  bytes: Uint8Array,
  loops: 'js' | 'wasm',
  read: (trace: Trace) => Promise<string[]>,
): Promise<string[]> {
  process.env.TRACEDUCK_LOOPS = loops
  const trace = open(bytes)
  try {
    return trace.file.latencyText ? [] : await read(trace)
  } finally {
    delete process.env.TRACEDUCK_LOOPS
    trace.close()
  }
}

/** Compared at once: one assertion for each of many lines takes longer than making them. */
const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, i) => line === b[i])

const records = async (trace: Trace): Promise<string[]> =>
  Array.from(
    readRecords(trace),
    ({ ts, cpu, source, id, size, missed }) => `${ts} ${cpu} ${source} ${id} ${size} ${missed}`,
  )

/** A report's lines, and what was found out on the way. */
const linesOf =
  (options: ReportOptions) =>
  async (trace: Trace): Promise<string[]> => [
    ...Array.from(new Report([trace], ['x'], options).pieces(), (piece) =>
      Buffer.from(piece).toString('latin1'),
    )
      .join('')
      .split('\n'),
    ...trace.diagnostics.list().map((found) => JSON.stringify(found)),
  ]

t.test('there are loops, and they can be left out', async (t) => {
  t.ok(openLoops(1000), 'compiled here')
  t.equal(openLoops(2 ** 31), undefined, 'more than they can have')
  process.env.TRACEDUCK_LOOPS = 'js'
  t.equal(openLoops(1000), undefined)
  delete process.env.TRACEDUCK_LOOPS
  const memory = openLoops(1000)!
  t.equal(memory.take(10), 0)
  t.equal(memory.take(10), 16)
  t.throws(() => memory.take(1 << 16), RangeError)
})

t.test('recordings', async (t) => {
  for (const name of recordings) {
    const bytes = readFileSync(join(folder, name))
    t.strictSame(
      await answers(bytes, 'wasm', digestTrace),
      await answers(bytes, 'js', digestTrace),
      name,
    )
  }
})

t.test('records, and a part of them', async (t) => {
  for (const name of recordings.filter((name) => /^(amd64-6.1-ev|amd64-7.2|i386)/.test(name))) {
    const bytes = readFileSync(join(folder, name))
    const all = await answers(bytes, 'js', records)
    t.strictSame(await answers(bytes, 'wasm', records), all, name)
    if (all.length === 0) continue
    const time = (place: number): bigint =>
      BigInt(all[Math.floor(all.length * place)]!.split(' ')[0]!)
    const part = (trace: Trace): Promise<string[]> =>
      digestTrace(trace, { from: time(0.3), to: time(0.6), events: ['sched', 'sys_enter_*'] })
    t.strictSame(await answers(bytes, 'wasm', part), await answers(bytes, 'js', part), name)
  }
})

t.test('lines of a report', async (t) => {
  const choices: readonly ReportOptions[] = [
    {},
    { plugins: false, nanoseconds: true },
    { latency: true, cpus: new Set([1]) },
  ]
  for (const name of recordings) {
    const bytes = readFileSync(join(folder, name))
    const some = /^(amd64-6.1-ev|amd64-7.2|arm64|i386)/.test(name) ? choices : choices.slice(0, 1)
    for (const options of some) {
      const expected = await answers(bytes, 'js', linesOf(options))
      t.ok(isSame(await answers(bytes, 'wasm', linesOf(options)), expected), name)
    }
  }
})

t.test('damaged records', async (t) => {
  const random = new Random(20261126)
  const isPlain = (name: string): boolean => {
    const { buffers } = open(readFileSync(join(folder, name))).file
    return buffers.every(({ compression, cpus }) => compression === 'none' && cpus.length > 0)
  }
  const plain = recordings.filter((name) => /^(amd64|arm64|i386)/.test(name)).filter(isPlain)
  let damaged = 0
  for (let i = 0; i < 25; i++) {
    const name = random.pick(plain)
    const bytes = readFileSync(join(folder, name))
    const cpus = open(bytes).file.buffers.flatMap((buffer) => buffer.cpus)
    for (let k = 0; k < 16; k++) {
      const { offset, size } = random.pick(cpus)
      // Heads of sub-buffers and what follows them, where a changed bit does most.
      const place = offset + random.below(Math.max(1, size >>> 12)) * 4096 + random.below(50) * 4
      if (place + 4 <= bytes.length) bytes.writeUInt32LE(random.next() >>> random.below(32), place)
    }
    const expected = await answers(bytes, 'js', digestTrace)
    damaged += expected.some((line) => line.includes('ERR_RING')) ? 1 : 0
    t.strictSame(await answers(bytes, 'wasm', digestTrace), expected, `${i}: ${name}`)
    t.strictSame(await answers(bytes, 'wasm', records), await answers(bytes, 'js', records))
    const lines = await answers(bytes, 'js', linesOf({}))
    t.ok(isSame(await answers(bytes, 'wasm', linesOf({})), lines), 'lines')
  }
  t.ok(damaged > 12, `${damaged} of them were found out`)
})
