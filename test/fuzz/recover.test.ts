/** Recovering damaged files: the outcome is a file that can be read, or a `TraceError`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { openTrace, readRecords, TraceError } from '../../parser/index.ts'
import { recoverFile } from '../../recorder/recover-file.ts'
import { fixture } from '../helpers/paths.ts'
import { Random } from '../helpers/random.ts'

const SCALE = Number(process.env.FUZZ_SCALE ?? 1)
t.setTimeout(180_000 * SCALE)

const NAMES = [
  'amd64-6.1-offline-v6',
  's390x-7.2-buffers-v6',
  'i386-6.1-clk-counter',
  'armhf-7.2-buffers-v7',
  'amd64-6.12-lost-v7',
  's390x-7.2-subbuf-mixed',
  'amd64-7.2-buffers-zlib',
]

/** Bytes that lie, bytes that are gone, and often an end that is missing. */
const damage = (whole: Uint8Array, random: Random): Buffer => {
  const bytes = Buffer.from(whole)
  for (let left = 1 + random.below(6); left > 0; left--) {
    const tail = Math.floor(bytes.length / 2)
    const at = random.below(8) === 0 ? random.below(400) : tail + random.below(tail - 4)
    switch (random.below(4)) {
      case 0:
        bytes[at] = random.below(256)
        break
      case 1:
        bytes.writeUInt32LE(random.pick([0, 1, 0x7fffffff, 0xffffffff]), at)
        break
      case 2:
        bytes.fill(0, at, Math.min(bytes.length, at + random.below(5000)))
        break
      default:
        bytes[at] = bytes[at]! ^ (1 << random.below(8))
    }
  }
  const least = Math.floor(bytes.length / 2)
  return random.below(3) === 0 ? bytes : bytes.subarray(0, least + random.below(least))
}

/** What a reader of the recovered file has to complain about, but for what describes events. */
const complaints = async (path: string): Promise<string[]> => {
  const trace = await openTrace(path)
  for (const _ of readRecords(trace));
  const found = trace.diagnostics.list().filter(({ severity }) => severity !== 'info')
  trace.close()
  return found
    .filter(({ code }) => !/LOST_EVENTS|ERR_EVENT_UNKNOWN|ERR_FORMAT|ERR_TRACE_OPTION/.test(code))
    .map(({ sample }) => sample)
    .filter((sample) => !sample.startsWith('no header page') && !sample.startsWith('no section'))
}

for (const [index, name] of NAMES.entries()) {
  t.test(name, async (t) => {
    const folder = t.testdir()
    const input = `${folder}/in.dat`
    const output = `${folder}/out.dat`
    const whole = readFileSync(fixture(`traces/${name}.dat`))
    const random = new Random(index + 1)
    const outcomes = new Map<string, number>()
    for (let round = 0; round < 40 * SCALE; round++) {
      writeFileSync(input, damage(whole, random))
      let outcome = 'recovered'
      try {
        await recoverFile(input, output)
        const found = await complaints(output)
        if (found.length > 0) t.fail(`round ${round}: ${found.join(', ')}`)
      } catch (error) {
        if (!(error instanceof TraceError)) t.fail(`round ${round}: ${(error as Error).stack}`)
        outcome = (error as TraceError).code
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    t.comment([...outcomes].map(([what, count]) => `${what} ${count}`).join(', '))
    t.ok((outcomes.get('recovered') ?? 0) > 3 * SCALE, 'some of them')
    t.same(readdirSync(folder).sort(), ['in.dat', 'out.dat'], 'nothing else is left')
  })
}
