/** The comparer must notice: single characters of golden files are changed, and it must object. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { memorySource, openTraceSource } from '../../parser/index.ts'
import type { Trace } from '../../parser/trace.ts'
import { fixture } from '../helpers/paths.ts'
import { Random } from '../helpers/random.ts'
import { compareFields } from './compare-fields.ts'
import { compareFacts, compareRecords } from './compare-records.ts'
import { type GoldenRecord, readFacts, readGoldenRecords, readRawText } from './golden-files.ts'

t.setTimeout(120_000)

const path = fixture('traces', 'i386-6.1-kprobes')
const bytes = readFileSync(`${path}.dat`)
const open = (): Trace => openTraceSource(memorySource(bytes, 'golden.dat'))
const golden = readGoldenRecords(path)
const raw = readRawText(path)

const fieldDifferences = async (text: string): Promise<number> => {
  const trace = open()
  const { payloads } = compareRecords(trace, golden)
  const { fields, heads, names } = await compareFields(trace, payloads, text)
  return fields.different + heads.different + names.different
}

t.test('every column of records.csv counts', async (t) => {
  t.equal(compareRecords(open(), golden).tally.different, 0)
  const changes: readonly Partial<GoldenRecord>[] = [
    { buffer: 'x' },
    { cpu: 63 },
    { ts: 5n },
    { id: 1 },
    { system: 'x' },
    { event: 'x' },
    { pid: -5 },
    { size: 1 },
    { missed: 3 },
    { crc32: 0 },
  ]
  for (const change of changes) {
    const changed = golden.map((record, i) => (i === 7 ? { ...record, ...change } : record))
    t.ok(compareRecords(open(), changed).tally.different > 0, String(Object.keys(change)))
  }
  t.ok(compareRecords(open(), golden.slice(1)).tally.different > 0, 'a record too few')
  t.ok(compareRecords(open(), [...golden, golden[0]!]).tally.different > 0, 'a record too many')
})

t.test('facts count', async (t) => {
  const facts = readFacts(path)
  t.equal(compareFacts(open(), facts).different, 0)
  for (const change of [
    { file_version: 6 },
    { big_endian: true },
    { long_size: 8 },
    { page_size: 1 },
    { events: 1 },
    { compression: 'zlib' },
    { by_event: { 'kprobes:str2': 1 } },
  ]) {
    t.ok(compareFacts(open(), { ...facts, ...change }).different > 0, String(Object.keys(change)))
  }
})

t.test('any changed letter or digit of the raw text is noticed', async (t) => {
  t.equal(await fieldDifferences(raw), 0)
  const random = new Random(5)
  const missed: string[] = []
  let tried = 0
  while (tried < 40) {
    const at = random.below(raw.length)
    const old = raw[at]!
    if (!/[0-9a-f]/.test(old)) continue
    const now = String.fromCharCode(old.charCodeAt(0) + (old === '9' || old === 'f' ? -1 : 1))
    const line = raw.slice(raw.lastIndexOf('\n', at) + 1, raw.indexOf('\n', at))
    tried++
    if ((await fieldDifferences(raw.slice(0, at) + now + raw.slice(at + 1))) > 0) continue
    missed.push(
      `${raw.slice(at - 12, at)}[${now}]${raw.slice(at + 1, at + 12)} in ${line.slice(0, 90)}`,
    )
  }
  t.same(missed, [])
})
