import t from 'tap'
import { openChunkReader } from '../../../parser/container/chunk-reader.ts'
import type { CpuData } from '../../../parser/container/types.ts'
import { Diagnostics } from '../../../parser/diagnostics.ts'
import { makeTrace, type TraceSpec } from '../../helpers/make-trace.ts'
import { openBytes, readCpu } from '../../helpers/open-bytes.ts'
import { PageBuilder } from '../../helpers/page-builder.ts'

const pages = (count: number, first = 1n): Uint8Array[] =>
  Array.from({ length: count }, (_, i) =>
    new PageBuilder(first + BigInt(i)).data(0, [i & 0xff, i >> 8, 3, 4]).finish(),
  )

const spec = (more: Partial<TraceSpec>, count = 75): TraceSpec => ({
  buffers: [
    {
      name: '',
      cpus: [
        { cpu: 0, pages: pages(count) },
        { cpu: 3, pages: pages(2, 500n) },
      ],
    },
  ],
  ...more,
})

for (const [what, more, sizes] of [
  ['version 6', { version: 6 }, [32, 32, 11]],
  ['version 7, raw', { compression: 'none' }, [32, 32, 11]],
  ['version 7, zlib', { compression: 'zlib', chunkPages: 10 }, [10, 10, 10, 10, 10, 10, 10, 5]],
  ['version 7, zstd', { compression: 'zstd', chunkPages: 40 }, [40, 35]],
  [
    'version 7, zstd, a page a chunk',
    { compression: 'zstd', chunkPages: 1 },
    new Array(75).fill(1),
  ],
] as const) {
  t.test(what, async (t) => {
    const opened = openBytes(makeTrace(spec(more)))
    const buffer = opened.file.buffers[0]!
    const reader = openChunkReader(opened.file, buffer, buffer.cpus[0]!, opened.diagnostics)
    const seen: number[] = []
    const target = new Uint8Array(200_000)
    const all: Buffer[] = []
    for (let size = reader.next(); size > 0; size = reader.next()) {
      t.equal(reader.index, seen.length)
      seen.push(size / 4096)
      t.equal(reader.read(target, 16), size)
      t.equal(reader.read(target, 16), size, 'a chunk can be read again')
      all.push(Buffer.from(target.subarray(16, 16 + size)))
    }
    t.equal(reader.next(), 0, 'the end stays the end')
    t.same(seen, sizes)
    t.ok(Buffer.concat(all).equals(Buffer.concat(pages(75))))
    t.ok(readCpu(opened, buffer, 3).equals(Buffer.concat(pages(2, 500n))))
    t.same(opened.diagnostics.list(), [])
  })
}

t.test('chunks may be skipped', async (t) => {
  const { file, diagnostics } = openBytes(makeTrace(spec({ compression: 'zstd' })))
  const buffer = file.buffers[0]!
  const reader = openChunkReader(file, buffer, buffer.cpus[0]!, diagnostics)
  for (let i = 0; i < 4; i++) reader.next()
  const target = new Uint8Array(40_960)
  reader.read(target, 0)
  t.ok(Buffer.from(target).equals(Buffer.concat(pages(75).slice(30, 40))))
})

t.test('many CPUs share little memory, and large chunks still fit', async (t) => {
  const cpus = Array.from({ length: 600 }, (_, cpu) => ({ cpu, pages: pages(12, BigInt(cpu)) }))
  const bytes = makeTrace({ compression: 'zstd', chunkPages: 12, buffers: [{ name: '', cpus }] })
  const opened = openBytes(bytes)
  const buffer = opened.file.buffers[0]!
  t.equal(buffer.cpus.length, 600)
  for (const cpu of [0, 299, 599]) {
    t.ok(readCpu(opened, buffer, cpu).equals(Buffer.concat(pages(12, BigInt(cpu)))))
  }
})

/** Opens a trace of 3 chunks after `damage` has had its way with the bytes. */
const damaged = (damage: (view: DataView, data: CpuData) => void) => {
  const plain = makeTrace(spec({ compression: 'zlib', chunkPages: 10 }, 25))
  const data = openBytes(plain).file.buffers[0]!.cpus[0]!
  damage(new DataView(plain.buffer, plain.byteOffset), data)
  const opened = openBytes(plain)
  return { opened, buffer: opened.file.buffers[0]!, plain, data }
}

t.test('the size in the table of CPUs is no bound', async (t) => {
  const { opened, buffer } = damaged(() => {})
  const short = { ...buffer.cpus[0]!, size: 1 }
  const reader = openChunkReader(opened.file, buffer, short, opened.diagnostics)
  const sizes = [reader.next(), reader.next(), reader.next(), reader.next()]
  t.same(sizes, [40_960, 40_960, 20_480, 0])
})

t.test('a chunk that does not unpack is lost, those after it are not', async (t) => {
  const { opened, buffer } = damaged((view, data) => view.setUint32(data.offset + 12, 0xffffffff))
  t.equal(readCpu(opened, buffer, 0).length, 15 * 4096)
  t.match(opened.diagnostics.list(), [
    {
      code: 'ERR_TRACE_CODEC',
      severity: 'data_loss',
      cpu: 0,
      count: 1,
      firstOffset: buffer.cpus[0]!.offset + 4,
    },
  ])
})

for (const [what, at, value, code] of [
  ['a chunk of 4 GiB in the file', 4, 0xffffffff, 'ERR_TRACE_CODEC'],
  ['a chunk that runs into other data', 4, 30_000, 'ERR_TRACE_TRUNCATED'],
  ['a chunk of 4 GiB in memory', 8, 0xffffffff, 'ERR_TRACE_LIMIT'],
  ['an empty chunk', 8, 0, 'ERR_TRACE_CODEC'],
  ['a chunk of no bytes', 4, 0, 'ERR_TRACE_CODEC'],
] as const) {
  t.test(`${what} ends the data`, async (t) => {
    const { opened, buffer } = damaged((view, data) =>
      view.setUint32(data.offset + at, value, true),
    )
    t.equal(readCpu(opened, buffer, 0).length, 0)
    t.match(opened.diagnostics.list(), [{ code, count: 1, cpu: 0 }])
    t.equal(readCpu(opened, buffer, 3).length, 8192, 'of this CPU only')
  })
}

t.test('more chunks announced than there are', async (t) => {
  const { opened, buffer } = damaged((view, data) => view.setUint32(data.offset, 1000, true))
  t.equal(readCpu(opened, buffer, 0).length, 25 * 4096)
  t.equal(opened.diagnostics.list().length, 1)
})

t.test('a chunk count that was never filled in', async (t) => {
  const { opened, buffer } = damaged((view, data) => view.setUint32(data.offset, 0, true))
  t.equal(readCpu(opened, buffer, 0).length, 25 * 4096)
  t.same(opened.diagnostics.list(), [])
})

t.test('only whole sub-buffers are returned', async (t) => {
  const bytes = makeTrace(spec({ compression: 'zlib', chunkPages: 10 }, 5))
  const { file } = openBytes(bytes)
  const diagnostics = new Diagnostics()
  const buffer = { ...file.buffers[0]!, subBufferSize: 8192 }
  const reader = openChunkReader(file, buffer, buffer.cpus[0]!, diagnostics, file.limits, 7)
  const target = new Uint8Array(reader.next())
  t.equal(reader.read(target, 0), 16_384)
  t.match(diagnostics.list(), [{ code: 'ERR_TRACE_CODEC', source: 7 }])
})

t.test('strict diagnostics throw', async (t) => {
  const { opened, buffer } = damaged((view, data) => view.setUint32(data.offset + 12, 0xffffffff))
  const reader = openChunkReader(opened.file, buffer, buffer.cpus[0]!, new Diagnostics(true))
  const target = new Uint8Array(reader.next())
  t.throws(() => reader.read(target, 0), { code: 'ERR_TRACE_CODEC' })
})
