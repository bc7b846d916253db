import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { TraceError } from '../../parser/error.ts'
import type { Target } from '../../writer/target.ts'
import { readGoldenRecords } from '../golden/golden-files.ts'
import { traceduck } from '../helpers/cli.ts'
import { noTraceCmd } from '../helpers/live.ts'
import { makeTrace } from '../helpers/make-trace.ts'
import { convert, goldenRecords, listsOf, recordsIn } from '../helpers/new-traces.ts'
import { fixture } from '../helpers/paths.ts'
import { Random } from '../helpers/random.ts'
import { everyRecording } from '../helpers/recordings.ts'
import { type ReferenceTrace, readReference, referencePages } from '../helpers/reference-reader.ts'

t.setTimeout(everyRecording ? 900_000 : 120_000)

const NAMES = everyRecording
  ? readdirSync(fixture('traces'))
      .filter((file) => file.endsWith('.dat'))
      .map((file) => file.slice(0, -4))
  : [
      'amd64-6.1-offline-v6',
      'amd64-6.12-lost-v7',
      'amd64-7.2-buffers-zlib',
      'i386-6.1-clk-counter',
      's390x-7.2-buffers-v6',
      's390x-7.2-fn-args',
      's390x-7.2-subbuf-mixed',
    ]

/** Asked once: it starts a process. */
const withoutTraceCmd = noTraceCmd()

const TARGETS: readonly Target[] = [
  { version: 6, codec: 'none' },
  { version: 7, codec: 'none' },
  { version: 7, codec: 'zstd' },
  { version: 7, codec: 'zlib' },
]

const real = (name: string): Buffer => readFileSync(fixture(`traces/${name}.dat`))

/** A digest of the first bytes of all sub-buffers, as many as the smaller of two sizes has. */
const pagesOf = (bytes: Uint8Array, sizes: ReadonlyMap<string, number>): string => {
  const trace = readReference(bytes)
  const hash = createHash('sha256')
  for (const buffer of trace.buffers) {
    for (const cpu of buffer.cpus) {
      for (const page of referencePages(trace, buffer, cpu)) {
        hash.update(`${buffer.name}/${cpu.cpu} `)
        hash.update(page.subarray(0, sizes.get(buffer.name)))
      }
    }
  }
  return hash.digest('hex')
}

const descriptionOf = (trace: ReferenceTrace): string =>
  JSON.stringify([
    ...[trace.formats, trace.cmdlines].map((map) => [...map]),
    trace.kallsyms,
    trace.printk,
    String(trace.dateOffset),
  ])

/** Options that do not say where things are or how many CPUs tables have, in order. */
const optionsOf = (bytes: Uint8Array): string[] =>
  readReference(bytes)
    .options.filter(({ id }) => id !== 3 && id !== 8 && (id < 15 || id === 24 || id > 25))
    .map(({ id, payload }) => `${id} ${Buffer.from(payload).toString('latin1')}`)

t.test('all versions and codecs, there and back: the same sub-buffers and options', async (t) => {
  const path = `${t.testdir()}/new.dat`
  for (const name of NAMES) {
    const bytes = real(name)
    const before = readReference(bytes)
    const records = goldenRecords(readGoldenRecords(fixture(`traces/${name}`)), before.dateOffset)
    const sizes = new Map(before.buffers.map((buffer) => [buffer.name, buffer.pageSize]))
    const [pages, options] = [pagesOf(bytes, sizes), optionsOf(bytes)]
    const described = descriptionOf(before)
    if (withoutTraceCmd) t.pass('trace-cmd is to accept it', { skip: withoutTraceCmd })
    const text = reportOf(fixture(`traces/${name}.dat`), before.compression)
    for (const target of TARGETS) {
      const there = await convert(bytes, target, path)
      const what = `${name} as ${target.version} ${target.codec}`
      const after = readReference(there.bytes)
      t.same([after.version, after.compression], [target.version, target.codec], what)
      t.ok(pagesOf(there.bytes, sizes) === pages, `sub-buffers of ${what}`)
      t.same(optionsOf(there.bytes), options, `options of ${what}`)
      t.ok(descriptionOf(after) === described, `descriptions of ${what}`)
      t.same(
        after.buffers.map((buffer) => [buffer.name, buffer.clock]),
        before.buffers.map((buffer) => [buffer.name, buffer.clock]),
        `buffers of ${what}`,
      )
      t.same(there.found, [])
      if (target.version === 6 && text !== undefined)
        t.ok(reportOf(path, 'none') === text, `trace-cmd prints the same of ${what}`)
    }
    const six = await convert(bytes, TARGETS[0]!, path)
    const back = await convert(six.bytes, { version: 7, codec: 'zstd' }, path)
    t.same(listsOf(recordsIn(back.bytes)), listsOf(records), `${name} there and back`)
    if (text !== undefined) t.ok(reportOf(path, 'zstd') === text, 'trace-cmd prints the same')
  }
})

/** All that trace-cmd prints; undefined where it is not there or does not know the codec. */
function reportOf(path: string, codec: string): string | undefined {
  if (withoutTraceCmd || codec === 'zlib') return undefined
  const { stdout, stderr, status } = spawnSync('trace-cmd', ['report', '-t', path], {
    encoding: 'latin1',
    maxBuffer: 2 ** 28,
  })
  return `${status}\n${stderr}\n${stdout}`
}

t.test('what the target cannot hold is named', async (t) => {
  const path = `${t.testdir()}/new.dat`
  const notices = async (name: string, target: Target): Promise<readonly string[]> =>
    (await convert(real(name), target, path)).result.notices
  const btf = 's390x-7.2-fn-args'
  t.match(await notices(btf, TARGETS[0]!), [/^left out BTF_FILE: version 6/])
  t.match(await notices(btf, TARGETS[1]!), [/^left out BTF_FILE: an uncompressed file/])
  t.same(await notices(btf, TARGETS[2]!), [])
  t.match(await notices('s390x-7.2-subbuf-mixed', TARGETS[0]!), [/become 65536 bytes/])
})

t.test('a clock that nothing else names is named in version 6', async (t) => {
  const path = `${t.testdir()}/new.dat`
  const bytes = makeTrace({ buffers: [{ name: '', clock: 'mono', cpus: [] }] })
  const six = await convert(bytes, { version: 6, codec: 'none' }, path)
  t.equal(readReference(six.bytes).buffers[0]!.clock, 'mono')
})

t.test('the text of a latency tracer', async (t) => {
  const path = `${t.testdir()}/new.dat`
  const latencyText = '# tracer: wakeup\n#\n'.repeat(500)
  for (const version of [6, 7] as const) {
    const bytes = makeTrace({ version, latencyText, buffers: [], compression: 'none' })
    for (const target of TARGETS) {
      const there = await convert(bytes, target, path)
      const what = `${version} as ${target.version} ${target.codec}`
      t.equal(readReference(there.bytes).latencyText, latencyText, what)
      if (withoutTraceCmd) t.pass('trace-cmd is to accept it', { skip: withoutTraceCmd })
      if (withoutTraceCmd || target.codec === 'zlib') continue
      const { stdout } = spawnSync('trace-cmd', ['report', path], { encoding: 'latin1' })
      t.ok(stdout.includes(latencyText), `trace-cmd prints that of ${what}`)
    }
  }
  const cli = traceduck(['split', path, '--cpu', '0', '-o', `${path}.part`])
  t.match(cli.err, /holds text, not events/)
  t.equal(cli.status, 3)
})

t.test('cut and damaged files: what is left, or a code', async (t) => {
  const random = new Random(20261126)
  const path = `${t.testdir()}/new.dat`
  let written = 0
  for (const name of ['s390x-7.2-buffers-v6', 'i386-6.1-clk-counter', 'amd64-7.2-buffers-zlib']) {
    const bytes = real(name)
    const before = listsOf(recordsIn(bytes))
    for (let round = 0; round < 12; round++) {
      const damaged = Buffer.from(bytes)
      const cut = round < 6
      const input = cut ? damaged.subarray(0, random.below(bytes.length)) : damaged
      if (!cut) for (let i = 0; i < 20; i++) damaged[random.below(bytes.length)] = random.below(256)
      try {
        const there = await convert(input, random.pick(TARGETS), path)
        written++
        const events = there.result.cpus.reduce((sum, cpu) => sum + cpu.events, 0)
        const after = recordsIn(there.bytes)
        t.equal(after.length, events, 'as many records as are told of')
        if (!cut) continue
        for (const [key, list] of listsOf(after))
          t.same(list, before.get(key)?.slice(0, list.length), `${name} ${key}`)
      } catch (error) {
        t.ok(error instanceof TraceError, String(error))
      }
    }
  }
  t.ok(written > 5, `${written} gave something`)
  writeFileSync(path, '')
})
