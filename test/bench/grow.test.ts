import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { growTrace } from '../../bench/grow.ts'
import { fixture } from '../helpers/paths.ts'
import { readReference, referenceRecords } from '../helpers/reference-reader.ts'

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
    growTrace(original, grown, TIMES)
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
