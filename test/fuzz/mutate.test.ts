/**
 * Damaged files through the whole parser, down to decoded columns. Whatever the damage: the
 * outcome is events, a report, or a `TraceError`; soon, and in little memory.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  memorySource,
  openTraceSource,
  readBatches,
  readRecords,
  TraceError,
} from '../../parser/index.ts'
import { cpuTime } from '../helpers/cpu-time.ts'
import { fixture } from '../helpers/paths.ts'
import { Random } from '../helpers/random.ts'
import { sampleTrace } from '../helpers/sample-traces.ts'

/** FUZZ_SCALE=20 tries forty times as much, in some seven minutes. */
const SCALE = Number(process.env.FUZZ_SCALE ?? 0.5)
t.setTimeout(280_000 * Math.max(SCALE, 1))

/** Most CPU time for one file; a slow machine needs some slack. */
const MOST_MS = 3000
/** Most bytes of buffers alive after one file. */
const MOST_BYTES = 256 << 20

/** Reads everything; returns the number of records, or the code of the error. */
const readAll = async (bytes: Uint8Array): Promise<number | string> => {
  try {
    const trace = openTraceSource(memorySource(bytes, 'fuzzed.dat'))
    let rows = 0
    for await (const batch of readBatches(trace)) rows += batch.rows
    let records = 0
    for (const { format } of readRecords(trace)) if (format !== undefined) records++
    trace.tasks().lastName(40)
    if (rows !== records) throw new Error(`${rows} rows of ${records} records`)
    trace.close()
    return records
  } catch (error) {
    if (error instanceof TraceError) return error.code
    throw error
  }
}

/** Runs `readAll` and notes what must not happen. */
const check = async (
  what: () => string,
  bytes: Uint8Array,
  bad: string[],
): Promise<number | string> => {
  const start = cpuTime()
  let result: number | string = ''
  try {
    result = await readAll(bytes)
  } catch (error) {
    bad.push(`${what()}: ${(error as Error).stack}`)
  }
  const ms = cpuTime() - start
  if (ms > MOST_MS) bad.push(`${what()}: ${ms} ms`)
  const { arrayBuffers } = process.memoryUsage()
  if (arrayBuffers > MOST_BYTES) bad.push(`${what()}: ${arrayBuffers} bytes of buffers`)
  return result
}

const SAMPLES: readonly (readonly [string, Uint8Array])[] = [
  ['v6', sampleTrace({ version: 6 })],
  ['v7', sampleTrace()],
  ['v7 zstd', sampleTrace({ compression: 'zstd', compressOptions: true, chunkPages: 2 })],
]
const REAL = [
  'armhf-6.12-idle-gap',
  's390x-6.1-tev-stack',
  's390x-6.1-tev-filter',
  'i386-6.1-marker',
]
const real = (name: string): Uint8Array => readFileSync(fixture('traces', `${name}.dat`))

for (const [name, bytes] of SAMPLES) {
  t.test(`${name}: cut everywhere`, async (t) => {
    const whole = await readAll(bytes)
    t.type(whole, 'number', 'the whole is sound')
    const bad: string[] = []
    let some = 0
    const step = Math.max(1, Math.floor(43 / SCALE))
    for (let cut = 0; cut < bytes.length; cut += step) {
      const result = await check(() => `cut at ${cut}`, bytes.subarray(0, cut), bad)
      if (typeof result !== 'number') continue
      some++
      if (result > Number(whole)) bad.push(`cut at ${cut}: ${result} records of ${whole}`)
    }
    t.same(bad, [])
    t.ok(some > 0, `${some} of the parts still gave records`)
  })

  t.test(`${name}: bytes changed`, async (t) => {
    const random = new Random(bytes.length)
    const bad: string[] = []
    for (let round = 0; round < 250 * SCALE; round++) {
      const copy = bytes.slice()
      const places = Array.from({ length: 1 + random.below(3) }, () => random.below(bytes.length))
      for (const at of places)
        copy[at] = random.below(4) === 0 ? random.pick([0, 1, 0x7f, 0x80, 0xff]) : random.below(256)
      await check(() => `round ${round}, bytes ${places}`, copy, bad)
    }
    t.same(bad, [])
  })

  t.test(`${name}: numbers beyond reason`, async (t) => {
    const bad: string[] = []
    const random = new Random(3)
    const values = [0xffffffff, 0x80000000, 0x7fffffff, 0x01000000, 0, 1]
    for (let at = 0; at + 4 <= bytes.length; at += 1 + random.below(Math.ceil(64 / SCALE))) {
      const copy = bytes.slice()
      const value = random.pick(values)
      const wide = random.below(3) === 0
      new DataView(copy.buffer).setUint32(at, value, true)
      if (wide && at + 8 <= bytes.length) new DataView(copy.buffer).setUint32(at + 4, value, true)
      await check(() => `${value} at ${at}${wide ? ' twice' : ''}`, copy, bad)
    }
    t.same(bad, [])
  })
}

t.test('real recordings, cut and changed', async (t) => {
  const random = new Random(42)
  const bad: string[] = []
  for (const name of REAL) {
    const bytes = real(name)
    t.type(await readAll(bytes), 'number', name)
    for (let round = 0; round < 30 * SCALE; round++) {
      const cut = random.below(bytes.length)
      await check(() => `${name} cut at ${cut}`, bytes.subarray(0, cut), bad)
      const copy = bytes.slice()
      const at = random.below(bytes.length)
      copy[at] = copy[at]! ^ (1 << random.below(8))
      await check(() => `${name} bit flipped at ${at}`, copy, bad)
    }
  }
  t.same(bad, [])
})
