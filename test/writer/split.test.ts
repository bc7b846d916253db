import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { memorySource, openTraceSource, TraceError } from '../../parser/index.ts'
import { readGoldenRecords } from '../golden/golden-files.ts'
import { noTraceCmd } from '../helpers/live.ts'
import { makeTrace } from '../helpers/make-trace.ts'
import {
  goldenRecords,
  type KnownRecord,
  listsOf,
  recordsIn,
  split,
} from '../helpers/new-traces.ts'
import { PageBuilder } from '../helpers/page-builder.ts'
import { fixture } from '../helpers/paths.ts'
import { Random } from '../helpers/random.ts'
import { everyRecording } from '../helpers/recordings.ts'
import { readReference } from '../helpers/reference-reader.ts'

t.setTimeout(everyRecording ? 900_000 : 120_000)

/** Versions, codecs, byte orders, sizes of longs and sub-buffers, instances, losses, stacks, clocks. */
const NAMES = everyRecording
  ? readdirSync(fixture('traces'))
      .filter((file) => file.endsWith('.dat'))
      .map((file) => file.slice(0, -4))
  : [
      'amd64-6.1-clk-tsc2nsec-v6',
      'amd64-6.12-date-v6',
      'amd64-6.12-lost-v7',
      'amd64-7.2-buffers-zlib',
      'arm64-7.2-synth',
      'armhf-6.12-idle-gap',
      'i386-6.1-clk-counter',
      's390x-7.2-buffers-v6',
      's390x-7.2-userstack',
    ]
/** Asked once: it starts a process. */
const withoutTraceCmd = noTraceCmd()
const SEED = 20261126

interface Original {
  readonly bytes: Uint8Array
  readonly records: KnownRecord[]
}

const original = (name: string): Original => {
  const path = fixture(`traces/${name}`)
  const bytes = readFileSync(`${path}.dat`)
  return { bytes, records: goldenRecords(readGoldenRecords(path), readReference(bytes).dateOffset) }
}

/** A loss, or an event without a format, is one of the part too. */
const OF_THE_ORIGINAL = ['LOST_EVENTS', 'ERR_EVENT_UNKNOWN']

/** Neither we nor trace-cmd have anything to say against the file. */
const isAccepted = (t: Test, bytes: Uint8Array, path: string): void => {
  const trace = openTraceSource(memorySource(bytes, 'part.dat'))
  trace.index()
  const complaints = trace.diagnostics
    .list()
    .filter(({ code, severity }) => severity !== 'info' && !OF_THE_ORIGINAL.includes(code))
  t.same(complaints, [], 'we do not complain')
  if (withoutTraceCmd) t.pass('trace-cmd is to accept it', { skip: withoutTraceCmd })
  if (withoutTraceCmd || trace.file.compression.name === 'zlib') return
  for (const args of [
    ['report', '-R'],
    ['dump', '--summary'],
  ]) {
    const { status, stderr } = spawnSync('trace-cmd', [...args, path], { maxBuffer: 2 ** 28 })
    t.same([status, String(stderr)], [0, ''], `nor does trace-cmd ${args[0]}`)
  }
}

const STACKS = ['kernel_stack', 'user_stack']

/**
 * The records that are to be taken of one CPU: those that `wants`, and stacks of the event before
 * them, of each kind one; losses before records that are not taken are said at the next one that is.
 */
const expected = (
  records: readonly KnownRecord[],
  nameOf: (id: number) => string | undefined,
  wants: (record: KnownRecord) => boolean,
): KnownRecord[] => {
  const taken: KnownRecord[] = []
  const state = new Map<string, { owner: boolean; lost: number }>()
  for (const record of records) {
    const own = state.get(record.key) ?? { owner: false, lost: 0 }
    state.set(record.key, own)
    own.lost = own.lost < 0 || record.missed < 0 ? -1 : own.lost + record.missed
    const isStack = STACKS.includes(nameOf(record.id) ?? '')
    if (!isStack) own.owner = wants(record)
    if (!own.owner) continue
    taken.push({ ...record, missed: own.lost })
    own.lost = 0
  }
  return taken
}

t.test('what is before a time and what is after it are the whole', async (t) => {
  const random = new Random(SEED)
  for (const [order, name] of NAMES.entries()) {
    const { bytes, records } = original(name)
    if (records.length === 0) continue
    const path = `${t.testdir()}/part.dat`
    for (let round = 0; round < 2; round++) {
      const { ts } = random.pick(records)
      const before = await split(bytes, { to: ts }, path)
      if (round === order % 4) isAccepted(t, before.bytes, path)
      const after = await split(bytes, { from: ts + 1n }, path)
      const parts = [before, after].map((part) => recordsIn(part.bytes))
      t.same(listsOf(parts.flat()), listsOf(records), `${name} at ${ts}`)
      t.ok(parts[0]!.length > 0, 'the first part is not empty')
      t.same([...before.found, ...after.found], [], 'nothing is wrong with the original')
      const counts = [before, after].map(({ result }) =>
        result.cpus.reduce((sum, { events }) => sum + events, 0),
      )
      t.same(
        counts,
        parts.map((part) => part.length),
        'what is told of it',
      )
    }
  }
})

t.test('single kinds of events, with their stacks', async (t) => {
  const random = new Random(SEED)
  for (const [order, name] of NAMES.entries()) {
    const { bytes, records } = original(name)
    const { formats } = readReference(bytes)
    const path = `${t.testdir()}/part.dat`
    const kinds = [...new Set(records.map(({ id }) => id))].filter(
      (id) => formats.has(id) && !STACKS.includes(formats.get(id)!.name),
    )
    const wanted = kinds.filter((_, i) => i === 0 || random.below(2) === 0)
    const events = wanted.map((id) => `${formats.get(id)!.system}:${formats.get(id)!.name}`)
    const part = await split(bytes, { events }, path)
    const nameOf = (id: number): string | undefined => formats.get(id)?.name
    const want = expected(records, nameOf, ({ id }) => wanted.includes(id))
    t.same(listsOf(recordsIn(part.bytes)), listsOf(want), `${name}: ${events}`)
    if (order % 3 === 0) isAccepted(t, part.bytes, path)
  }
})

t.test('single CPUs and buffers, as they are', async (t) => {
  for (const name of NAMES) {
    const { bytes, records } = original(name)
    const path = `${t.testdir()}/part.dat`
    for (const key of new Set(records.slice(-1).map((record) => record.key))) {
      const [buffer, cpu] = key.split('/') as [string, string]
      const selection = { cpus: new Set([Number(cpu)]), buffers: [buffer] }
      const part = await split(bytes, selection, path)
      const want = records.filter((record) => record.key === key)
      t.same(listsOf(recordsIn(part.bytes)), listsOf(want), `${name} ${key}`)
      if (key.startsWith('inst')) isAccepted(t, part.bytes, path)
    }
  }
})

t.test('a part of the other version has the same records', async (t) => {
  const random = new Random(SEED)
  for (const name of ['s390x-7.2-buffers-v6', 'armhf-7.2-buffers-v7', 's390x-7.2-subbuf-mixed']) {
    const { bytes, records } = original(name)
    const path = `${t.testdir()}/part.dat`
    const { version } = readReference(bytes)
    const { ts } = random.pick(records)
    const target = { version: version === 6 ? 7 : 6, codec: 'zstd' } as const
    const part = await split(bytes, { from: ts }, path, target)
    t.equal(readReference(part.bytes).version, target.version)
    const want = records.filter((record) => record.ts >= ts)
    t.same(listsOf(recordsIn(part.bytes)), listsOf(want), name)
    isAccepted(t, part.bytes, path)
  }
})

/** Options by id, as text. */
const optionTexts = (bytes: Uint8Array, id: number): string[] =>
  readReference(bytes)
    .options.filter((option) => option.id === id)
    .map(({ payload }) => Buffer.from(payload).toString('latin1'))

t.test('options say what is true of the part', async (t) => {
  const { bytes, records } = original('armhf-7.2-buffers-v7')
  const path = `${t.testdir()}/part.dat`
  const uncut = await split(bytes, { cpus: new Set([1]), buffers: ['', 'inst1'] }, path)
  t.match(
    optionTexts(uncut.bytes, 2).map((text) => text.trim().split('\n')[0]),
    ['CPU: 1', 'Buffer: inst1', 'CPU: 1'],
  )
  const cut = await split(bytes, { to: records[5]!.ts }, path)
  t.same(optionTexts(cut.bytes, 2), [], 'statistics of whole CPUs are not those of a part')
  for (const id of [4, 5, 8, 9, 11])
    t.same(optionTexts(cut.bytes, id), optionTexts(bytes, id), `option ${id} stays`)
  const [before, after] = [bytes, cut.bytes].map(readReference)
  t.same(after!.kallsyms, before!.kallsyms)
  t.same(after!.printk, before!.printk)
  t.same(after!.cmdlines, before!.cmdlines)
  t.same(after!.formats, before!.formats)
})

t.test('what descriptors were open at the beginning is not known of a later part', async (t) => {
  const path = `${t.testdir()}/part.dat`
  const text = 'wall 5\ntask 12 10\nfd 10 3 0 /etc/passwd\n'
  const option = { id: 0x7464, payload: Buffer.from(`${text}\0`) }
  const page = new PageBuilder(1000n).data(0, new Uint8Array(8)).finish()
  const bytes = makeTrace({
    options: [option],
    buffers: [{ name: '', cpus: [{ cpu: 0, pages: [page] }] }],
  })
  const early = await split(bytes, { to: 2000n }, path)
  t.same(optionTexts(early.bytes, option.id), [`${text}\0`])
  const late = await split(bytes, { from: 500n }, path)
  t.same(optionTexts(late.bytes, option.id), ['wall 5\ntask 12 10\n\0'])
})

t.test('what is not there cannot be taken', async (t) => {
  const { bytes } = original('armhf-7.2-buffers-v7')
  const path = `${t.testdir()}/part.dat`
  const code = (selection: Parameters<typeof split>[1]): Promise<string> =>
    split(bytes, selection, path).then(
      () => 'none',
      (error: unknown) => (error instanceof TraceError ? error.code : String(error)),
    )
  t.equal(await code({ events: ['sched', 'no_such_event'] }), 'ERR_NOT_RECORDED')
  t.equal(await code({ buffers: ['no_such_buffer'] }), 'ERR_NOT_RECORDED')
  const none = await split(bytes, { from: 1n << 60n }, path)
  t.same(recordsIn(none.bytes), [])
  isAccepted(t, none.bytes, path)
})

t.test('a damaged sub-buffer gives what is sound of it, once counted', async (t) => {
  const { bytes, records } = original('s390x-7.2-lost-nooverwrite-v6')
  const damaged = Buffer.from(bytes)
  const { buffers, dataOffset } = readReference(bytes)
  const { offset } = buffers[0]!.cpus[0]!
  const first = offset + dataOffset
  const second = first + 4 + 4 * (damaged.readUInt32BE(first) >>> 27)
  damaged.writeUInt32BE(0, second)
  damaged.writeUInt32BE(0xffffffff, second + 4)
  const path = `${t.testdir()}/part.dat`
  const part = await split(damaged, { from: 1n }, path)
  t.same(part.found, ['ERR_RING_LENGTH'])
  t.equal(part.result.cpus[0]!.shortened, 1)
  const got = recordsIn(part.bytes)
  t.ok(got.length < records.length && got.length > records.length - 200)
  t.equal(listsOf(got).get('/0')![0], listsOf(records).get('/0')![0])
  isAccepted(t, part.bytes, path)
})
