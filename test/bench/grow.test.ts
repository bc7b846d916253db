import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { growTrace } from '../../bench/grow.ts'
import { fixture } from '../helpers/paths.ts'
import {
  type ReferenceRecord,
  type ReferenceTrace,
  readReference,
  referenceRecords,
} from '../helpers/reference-reader.ts'

const TIMES = 3

/** Both versions, both byte orders, every codec, several buffers, absolute time stamps. */
const RECORDINGS = [
  'amd64-7.2-buffers-zlib',
  'armhf-7.2-buffers-v7',
  's390x-6.1-abs-ts-v6',
  's390x-7.2-buffers-v6',
]

/** Time and content of every record, by buffer and CPU. */
function readStreams(path: string): Map<string, { ts: bigint; content: string }[]> {
  const streams = new Map<string, { ts: bigint; content: string }[]>()
  for (const record of referenceRecords(readReference(readFileSync(path)))) {
    const key = `${record.buffer} ${record.cpu}`
    const content = createHash('sha1').update(record.payload).digest('hex')
    streams.set(key, [...(streams.get(key) ?? []), { ts: record.ts, content }])
  }
  return streams
}

for (const name of RECORDINGS) {
  t.test(name, async (t) => {
    const original = fixture('traces', `${name}.dat`)
    const grown = join(t.testdir({}), 'grown.dat')
    await growTrace(original, grown, { times: TIMES })
    const before = readStreams(original)
    const after = readStreams(grown)
    t.same([...after.keys()], [...before.keys()])
    const times = [...before.values()].flat().map(({ ts }) => ts)
    times.sort((a, b) => (a < b ? -1 : 1))
    const step = times.at(-1)! - times[0]! + 1_000_000n
    for (const [key, records] of before) {
      const expected = Array.from({ length: TIMES }, (_, i) =>
        records.map(({ ts, content }) => ({ ts: ts + step * BigInt(i), content })),
      ).flat()
      const found = after.get(key) ?? []
      t.equal(found.length, expected.length, `${key}: ${expected.length} records`)
      t.equal(
        found.findIndex(
          (record, i) => record.ts !== expected[i]?.ts || record.content !== expected[i].content,
        ),
        -1,
        `${key}: the same records, later each time`,
      )
    }
  })
}

/** What a copy must not change of each record of one CPU. */
function kept({ trace, records }: Read, buffer: string, cpu: number): string[] {
  return records
    .filter((record) => record.buffer === buffer && record.cpu === cpu)
    .map(({ id, pid, payload }) => {
      const { name } = trace.formats.get(id)!
      const task = pid === 0 ? 'idle' : trace.cmdlines.get(pid)
      return `${name.replace(/_copy\d+$/, '')} ${task} ${payload.length}`
    })
}

interface Read {
  readonly trace: ReferenceTrace
  readonly records: readonly ReferenceRecord[]
}

function read(path: string): Read {
  const trace = readReference(readFileSync(path))
  return { trace, records: [...referenceRecords(trace)] }
}

for (const name of ['armhf-7.2-buffers-v7', 's390x-7.2-buffers-v6']) {
  t.test(`${name} on more CPUs, with more event types`, async (t) => {
    const [own, cpus, types] = [2, 16, 90]
    const original = fixture('traces', `${name}.dat`)
    const grown = join(t.testdir({}), 'grown.dat')
    const { events } = await growTrace(original, grown, { times: TIMES, cpus, types })
    const [before, after] = [read(original), read(grown)]
    t.equal(after.records.length, before.records.length * TIMES * (cpus / own))
    t.equal(events, after.records.length)
    t.equal(new Set(after.records.map(({ id }) => id)).size, types)
    for (const buffer of before.trace.buffers) {
      for (let cpu = 0; cpu < cpus; cpu++) {
        const once = kept(before, buffer.name, cpu % own)
        const expected = Array.from({ length: TIMES }, () => once).flat()
        t.same(kept(after, buffer.name, cpu), expected, `${buffer.name} ${cpu}`)
      }
    }
    const groupOf = new Map<number, number>()
    const shared = after.records.filter(({ pid, cpu }) => {
      const group = Math.floor(cpu / own)
      const first = groupOf.get(pid) ?? group
      groupOf.set(pid, first)
      return pid !== 0 && first !== group
    })
    t.equal(shared.length, 0, 'no task runs on two groups of CPUs')
    const again = join(t.testdirName, 'again.dat')
    await growTrace(original, again, { times: TIMES, cpus, types })
    t.ok(readFileSync(again).equals(readFileSync(grown)), 'the same bytes each time')
  })
}
