import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { TraceError } from '../../parser/error.ts'
import { openTrace, readEvents } from '../../parser/index.ts'
import { recoverFile } from '../../recorder/recover-file.ts'
import { dataRange, recordLists, wholeBefore } from '../helpers/cut-trace.ts'
import { noTraceCmd } from '../helpers/live.ts'
import { fixture } from '../helpers/paths.ts'
import { Random } from '../helpers/random.ts'
import { readReference } from '../helpers/reference-reader.ts'
import { repack } from '../helpers/repack.ts'

t.setTimeout(280_000)

const real = (name: string): Buffer => readFileSync(fixture(`traces/${name}.dat`))

/** Versions, codecs, byte orders, sizes of longs and of sub-buffers, instances. */
const ORIGINALS: readonly (readonly [string, Uint8Array])[] = [
  ...[
    'amd64-6.1-offline-v6',
    's390x-7.2-buffers-v6',
    's390x-7.2-subbuf16-marker-v6',
    'i386-6.1-uprobes-v6',
    'i386-6.1-clk-counter',
    'amd64-6.12-lost-v7',
    'arm64-6.12-16k-buffers-v7',
    'armhf-7.2-buffers-v7',
    'amd64-7.2-buffers-zlib',
    's390x-7.2-subbuf-mixed',
  ].map((name) => [name, real(name)] as const),
  ['several CPUs, uncompressed', repack(real('amd64-7.2-hotplug'), { compression: 'none' })],
  [
    'several buffers, big-endian, uncompressed',
    repack(real('s390x-7.2-subbuf-mixed'), { compression: 'none' }),
  ],
]

const SEED = 20261122
const CUTS = 8

/** All of it but the end, all data, all but a byte of the data, and somewhere in the data. */
const placesToCut = (bytes: Uint8Array, random: Random): number[] => {
  const { start, end } = dataRange(bytes)
  const within = Array.from({ length: CUTS }, () => start + 1 + random.below(end - start))
  return [bytes.length - 20, end, end - 1, ...within]
}

const recordsAt = (path: string): ReturnType<typeof recordLists> => recordLists(readFileSync(path))

/** Every record of the result is the original's, in order, and no whole sub-buffer is missing. */
const compare = (t: Test, original: Uint8Array, cut: number, path: string): void => {
  const before = recordLists(original)
  const after = recordsAt(path)
  for (const [key, list] of after) {
    t.same(list, before.get(key)?.slice(0, list.length), `records of ${key} of the first ${cut}`)
  }
  for (const [key, count] of wholeBefore(original, cut)) {
    const there = after.get(key)?.length ?? 0
    t.ok(there >= count, `${there} of at least ${count} records of ${key}`)
  }
}

/** Neither we nor trace-cmd have anything to say against the file. */
const isAccepted = async (t: Test, path: string): Promise<void> => {
  const trace = await openTrace(path)
  for await (const _ of readEvents(trace));
  const complaints = trace.diagnostics
    .list()
    .filter(({ code, severity }) => severity !== 'info' && code !== 'LOST_EVENTS')
  t.same(complaints, [], 'we do not complain')
  trace.close()
  if (noTraceCmd() || trace.file.compression.name === 'zlib') return
  const report = spawnSync('trace-cmd', ['report', path], {
    encoding: 'latin1',
    maxBuffer: 2 ** 28,
  })
  t.equal(report.status, 0)
  t.equal(report.stderr, '', 'nor does trace-cmd')
}

for (const [name, original] of ORIGINALS) {
  t.test(`cut: ${name}`, async (t) => {
    const input = `${t.testdir()}/cut.dat`
    const output = input.replace('cut.dat', 'recovered.dat')
    const cuts = placesToCut(original, new Random(SEED))
    let recovered = 0
    for (const cut of cuts) {
      writeFileSync(input, original.subarray(0, cut))
      try {
        await recoverFile(input, output)
        recovered++
      } catch (error) {
        t.ok(error instanceof TraceError, `${cut}: ${error}`)
        const whole = /is whole/.test((error as Error).message)
        const most = [...wholeBefore(original, cut).values()]
        t.ok(whole || most.every((count) => count === 0), `${cut} of ${original.length}: ${error}`)
        continue
      }
      compare(t, original, cut, output)
      if (recovered % 3 === 1) await isAccepted(t, output)
    }
    t.ok(recovered > cuts.length / 3, `${recovered} of ${cuts.length} gave something`)
    t.same(readFileSync(input), Buffer.from(original.subarray(0, cuts.at(-1))), 'left as it was')
  })
}

t.test('what is recovered of a file whose data is complete is all of it', async (t) => {
  const original = real('s390x-6.1-ev-v6')
  const v7 = repack(original, { version: 7, compression: 'zstd' })
  for (const bytes of [v7, repack(original, { version: 7, compression: 'none' })]) {
    const input = `${t.testdir()}/cut.dat`
    const output = `${input}.out`
    writeFileSync(input, bytes.subarray(0, dataRange(bytes).end))
    const { lines } = await recoverFile(input, output)
    t.same(recordsAt(output), recordLists(original))
    const count = [...recordLists(original).values()].reduce((sum, list) => sum + list.length, 0)
    t.match(lines[0], `${count.toLocaleString('en-US')} events`)
    t.notOk(
      lines.some((line) => /lost/.test(line)),
      lines.join(),
    )
  }
})

/** As a recorder that was killed while it wrote the data of CPU 2: it fills in numbers afterwards. */
const unfinished = (whole: Uint8Array, version: 6 | 7, compressed: boolean): Uint8Array => {
  const { cpus } = readReference(whole).buffers[0]!
  const { offset, size } = cpus.find(({ cpu }) => cpu === 2)!
  const bytes = Buffer.from(whole.subarray(0, offset + Math.floor(size * 0.7)))
  if (version === 6) {
    const table = bytes.lastIndexOf('flyrecord\0', cpus[0]!.offset) + 10
    bytes.fill(0, table + 2 * 16, table + 4 * 16)
  } else {
    const start = bytes.lastIndexOf(Buffer.from([0, 3, 0, compressed ? 1 : 0, 255, 255, 255, 255]))
    bytes.fill(0, start + 8, start + 16)
    if (compressed) bytes.fill(0, offset, offset + 4)
  }
  return bytes
}

for (const [version, compression] of [
  [6, 'none'],
  [7, 'none'],
  [7, 'zstd'],
] as const) {
  t.test(`killed while it was written: version ${version}, ${compression}`, async (t) => {
    const original = real('s390x-6.1-ev-v6')
    const whole =
      version === 6 ? original : repack(original, { version, compression, chunkPages: 2 })
    const input = `${t.testdir()}/killed.dat`
    const bytes = unfinished(whole, version, compression !== 'none')
    writeFileSync(input, bytes)
    const { lines } = await recoverFile(input, `${input}.out`)
    compare(t, whole, bytes.length, `${input}.out`)
    await isAccepted(t, `${input}.out`)
    t.match(lines.join(), /CPU 2: .*events lost.*CPU 3: 0 events/)
  })
}

t.test('the last sub-buffer is there in part', async (t) => {
  const original = real('amd64-6.1-offline-v6')
  const input = `${t.testdir()}/cut.dat`
  writeFileSync(input, original.subarray(0, dataRange(original).end - 3500))
  const { lines } = await recoverFile(input, `${input}.out`)
  const last = lines.at(-1)!
  t.match(last, /^CPU 3: \d+ events, 1 sub-buffer; \d+ of 43 events lost; 1 .* in part/)
  const [, there, lost] = /(\d+) events.*; (\d+) of/.exec(last) ?? []
  t.equal(Number(there) + Number(lost), 43)
  t.equal(recordsAt(`${input}.out`).get('/3')?.length, Number(there))
})

t.test('nothing to recover', async (t) => {
  const original = real('amd64-6.1-offline-v6')
  const input = `${t.testdir()}/in.dat`
  const output = `${input}.out`
  writeFileSync(input, original)
  await t.rejects(recoverFile(input, output), {
    code: 'ERR_RECOVER_NOTHING',
    message: /is whole/,
  })
  writeFileSync(input, original.subarray(0, 9000))
  await t.rejects(recoverFile(input, output), {
    code: 'ERR_TRACE_TRUNCATED',
    hint: /before any trace data/,
  })
})
