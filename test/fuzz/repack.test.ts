/** How sub-buffers are packed into a file must not show in what is read. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { columnValue } from '../../parser/batch/column-value.ts'
import { memorySource, openTraceSource, readBatches, readRecords } from '../../parser/index.ts'
import { SECTION_ORDER, type SectionName, type TraceSpec } from '../helpers/make-trace.ts'
import { fixture } from '../helpers/paths.ts'
import { repack } from '../helpers/repack.ts'
import { sampleTrace } from '../helpers/sample-traces.ts'

t.setTimeout(180_000)

const show = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${value}n` : value

/** Digests of all records in merged order, and of all rows of each table. */
const digest = async (
  bytes: Uint8Array,
): Promise<{ records: string; rows: string; count: number }> => {
  const trace = openTraceSource(memorySource(bytes, 'packed.dat'))
  const records = createHash('sha1')
  let count = 0
  for (const r of readRecords(trace)) {
    records.update(`${r.buffer} ${r.cpu} ${r.ts} ${r.id} ${r.missed} `).update(r.payload)
    count++
  }
  const tables = new Map<string, ReturnType<typeof createHash>>()
  for await (const batch of readBatches(trace)) {
    const { schema, name, columns } = batch.table
    const key = `${schema}.${name}`
    const hash = tables.get(key) ?? createHash('sha1')
    tables.set(key, hash)
    for (let row = 0; row < batch.rows; row++)
      hash.update(
        JSON.stringify(
          columns.map((_, i) => columnValue(batch, i, row)),
          show,
        ),
      )
  }
  const rows = [...tables]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, h]) => `${k} ${h.digest('hex')}`)
  trace.close()
  return { records: records.digest('hex'), rows: rows.join('\n'), count }
}

const REVERSED: SectionName[] = [...SECTION_ORDER].reverse()
const PACKINGS: readonly (readonly [string, Partial<TraceSpec>])[] = [
  ['v7, not compressed', { version: 7 }],
  ['v7, zlib, a sub-buffer a chunk', { compression: 'zlib', chunkPages: 1 }],
  ['v7, zstd, 3 sub-buffers a chunk', { compression: 'zstd', chunkPages: 3 }],
  ['v7, zstd, one chunk a CPU', { compression: 'zstd', chunkPages: 1e6 }],
  ['v7, sections backwards', { sections: REVERSED }],
  [
    'v7, zstd, all options in one compressed section',
    {
      compression: 'zstd',
      compressOptions: true,
      sections: [
        'strings',
        'buffers',
        'options1',
        'cmdlines',
        'printk',
        'kallsyms',
        'events',
        'ftrace',
        'header',
      ],
    },
  ],
]

const RECORDINGS: readonly (readonly [string, Uint8Array])[] = [
  ['made-up', sampleTrace()],
  ...[
    'amd64-6.12-lost-v7',
    's390x-7.2-userstack',
    'armhf-7.2-buffers-v7',
    'amd64-6.1-clk-tsc2nsec',
  ].map((name) => [name, readFileSync(fixture('traces', `${name}.dat`))] as const),
]

for (const [name, bytes] of RECORDINGS) {
  t.test(name, async (t) => {
    const original = await digest(bytes)
    t.ok(original.count > 40, `${original.count} records`)
    for (const [packing, more] of PACKINGS)
      t.strictSame(await digest(repack(bytes, more)), original, packing)
    // In a v6 file every buffer has the CPUs of the machine.
    t.strictSame(await digest(repack(bytes, { version: 6 })), original, 'v6')
  })
}

t.test('more chunks than fit in memory at a time, stacks behind their events', async (t) => {
  const bytes = readFileSync(fixture('traces', 's390x-7.2-userstack.dat'))
  const whole = repack(bytes, { version: 7 })
  for (const chunkPages of [1, 2, 5, 64])
    t.strictSame(
      await digest(repack(bytes, { compression: 'zlib', chunkPages })),
      await digest(whole),
    )
})
