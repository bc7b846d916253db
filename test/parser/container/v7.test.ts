import t from 'tap'
import {
  makeTrace,
  OPTION,
  SECTION_ORDER,
  type TraceSpec,
  textOption,
} from '../../helpers/make-trace.ts'
import { codesOf, dataSizes, openBytes } from '../../helpers/open-bytes.ts'
import { LAYOUT, PageBuilder } from '../../helpers/page-builder.ts'

const page = (time: bigint, layout = LAYOUT): Uint8Array =>
  new PageBuilder(time, layout).data(0, [1, 2, 3, 4]).finish()

const spec = (more: Partial<TraceSpec> = {}): TraceSpec => ({
  formats: [
    { system: 'ftrace', text: 'name: print\nID: 5\n' },
    { system: 'sched', text: 'name: sched_switch\nID: 300\n' },
  ],
  kallsyms: 'ffff T sym\n',
  printk: '0x1 : "x"\n',
  cmdlines: '7 sh\n',
  buffers: [{ name: '', cpus: [{ cpu: 1, pages: [page(1n), page(2n)] }] }],
  ...more,
})

for (const littleEndian of [true, false]) {
  for (const compression of ['none', 'zlib', 'zstd'] as const) {
    t.test(`${compression}, ${littleEndian ? 'little' : 'big'} endian`, async (t) => {
      const layout = { ...LAYOUT, littleEndian }
      const wide = { ...layout, pageSize: 16384 }
      const opened = openBytes(
        makeTrace(
          spec({
            layout,
            compression,
            options: [textOption(OPTION.traceclock, '[local] global')],
            buffers: [
              { name: '', cpus: [{ cpu: 1, pages: [page(1n, layout)] }] },
              {
                name: 'wide',
                clock: 'mono',
                pageSize: 16384,
                cpus: [{ cpu: 0, pages: [page(3n, wide)] }],
              },
              { name: 'empty', clock: 'tsc2nsec', cpus: [] },
            ],
          }),
        ),
      )
      const { file } = opened
      t.match(file, { version: 7, littleEndian, cpuCount: 2, compression: { name: compression } })
      t.same(
        file.buffers.map((b) => [b.name, b.clock, b.subBufferSize, b.compression]),
        [
          ['', 'local', 4096, compression],
          ['wide', 'mono', 16384, compression],
          ['empty', 'tsc2nsec', 4096, compression],
        ],
      )
      t.same(dataSizes(opened), ['/1=4096', 'wide/0=16384'])
      t.same(
        file.formats.map(({ system }) => system),
        ['ftrace', 'sched'],
      )
      t.equal(Buffer.from(file.kallsyms()).toString(), 'ffff T sym\n')
      t.equal(Buffer.from(file.printkFormats()).toString(), '0x1 : "x"\n')
      t.equal(Buffer.from(file.savedCmdlines()).toString(), '7 sh\n')
      t.same(codesOf(opened), [])
    })
  }
}

t.test('options may be compressed, in one section, and before everything', async (t) => {
  const sections = [
    'options1',
    ...SECTION_ORDER.filter((name) => !name.startsWith('options')),
  ] as const
  for (const more of [{ compressOptions: true, compression: 'zlib' }, { sections }] as const) {
    const opened = openBytes(makeTrace(spec(more)))
    t.same(dataSizes(opened), ['/1=8192'])
    t.same(codesOf(opened), [])
  }
})

t.test('large texts and strings may be missing', async (t) => {
  const opened = openBytes(
    makeTrace(
      spec({ sections: ['header', 'ftrace', 'events', 'options1', 'buffers', 'options2'] }),
    ),
  )
  t.equal(opened.file.kallsyms().length, 0)
  t.equal(opened.file.savedCmdlines().length, 0)
  t.same(codesOf(opened), [])
})

t.test('formats may be missing, which is worth saying', async (t) => {
  const sections = SECTION_ORDER.filter((name) => !['header', 'ftrace', 'events'].includes(name))
  const opened = openBytes(makeTrace(spec({ sections })))
  t.same(opened.file.formats, [])
  t.same(opened.file.headerPage, { longSize: 8, commitOffset: 8, dataOffset: 16, dataSize: 4080 })
  t.match(opened.diagnostics.list(), [{ code: 'ERR_TRACE_SECTION', severity: 'error', count: 3 }])
})

t.test('a latency file is text, in chunks where compressed', async (t) => {
  const text = '# tracer: wakeup\n'.repeat(100)
  for (const compression of ['none', 'zlib'] as const) {
    const bytes = makeTrace(spec({ latencyText: text, buffers: [], compression }))
    const opened = openBytes(bytes)
    t.same(opened.file.buffers, [])
    t.ok(opened.file.latencyText)
    t.equal(Buffer.from(opened.file.readLatencyText()).toString(), text)
    t.same(codesOf(opened), [])
    const small = openBytes(bytes, { maxSectionBytes: 1000 })
    t.equal(small.file.readLatencyText().length, 0)
    t.same(codesOf(small), ['ERR_TRACE_LIMIT'])
  }
})

t.test('damage in a large text costs that text only', async (t) => {
  const bytes = makeTrace(spec({ compression: 'zlib', kallsyms: 'ffff T sym\n'.repeat(50) }))
  const sound = openBytes(bytes).file
  const option = sound.options.find(({ name }) => name === 'KALLSYMS')!
  const section = Number(new DataView(option.payload.buffer).getBigUint64(0, true))
  bytes[section + 30]! ^= 0xff
  const opened = openBytes(bytes)
  t.same(codesOf(opened), [], 'nobody asked yet')
  t.equal(opened.file.kallsyms().length, 0)
  opened.file.kallsyms()
  t.match(opened.diagnostics.list(), [
    { code: 'ERR_TRACE_CODEC', severity: 'error', count: 1, firstOffset: section },
  ])
  t.same(dataSizes(opened), ['/1=8192'])
})

t.test('damage in formats or the header costs what is behind it only', async (t) => {
  const formats = ['one', 'two', 'three'].map((name, i) => ({
    system: 'sched',
    text: `name: ${name}\nID: ${300 + i}\n`,
  }))
  const sectionOf = (bytes: Uint8Array, name: string): number => {
    const option = openBytes(bytes).file.options.find((one) => one.name === name)!
    return Number(new DataView(option.payload.buffer).getBigUint64(0, true))
  }
  const plain = makeTrace(spec({ formats }))
  const events = sectionOf(plain, 'EVENT_FORMATS')
  const second = Buffer.from(plain.buffer, plain.byteOffset).indexOf('name: two', events) - 8
  new DataView(plain.buffer, plain.byteOffset).setBigUint64(second, 1n << 40n, true)
  const opened = openBytes(plain)
  t.match(opened.file.formats, [{ text: 'name: one\nID: 300\n' }])
  t.equal(opened.file.formats.length, 1)
  t.match(opened.diagnostics.list(), [
    { severity: 'data_loss', count: 1, firstOffset: events, sample: /formats before that place/ },
  ])
  t.same(dataSizes(opened), ['/1=8192'])

  const packed = makeTrace(spec({ formats, compression: 'zlib' }))
  for (const name of ['HEADER_INFO', 'FTRACE_EVENTS', 'EVENT_FORMATS'])
    packed[sectionOf(packed, name) + 30]! ^= 0xff
  const rest = openBytes(packed)
  t.same(rest.file.formats, [])
  t.equal(rest.file.headerPage.dataOffset, 16)
  t.match(rest.diagnostics.list(), [{ code: 'ERR_TRACE_CODEC', severity: 'data_loss', count: 3 }])
  t.same(dataSizes(rest), ['/1=8192'])
})

/** Changes the payload of the one BUFFER option in place. */
const withBuffer = (change: (payload: DataView) => void) => {
  const bytes = makeTrace(spec())
  const option = openBytes(bytes).file.options.find(({ id }) => id === OPTION.buffer)!
  change(new DataView(bytes.buffer, bytes.byteOffset + option.offset + 6, option.payload.length))
  return openBytes(bytes)
}
// u64 section | z '' | z 'local' | u32 size | u32 n | u32 cpu, u64 offset, u64 size
const AT = { section: 0, pageSize: 15, count: 19, cpu: 23, offset: 27 } as const

t.test('a BUFFER option that lies', async (t) => {
  const size = withBuffer((view) => view.setUint32(AT.pageSize, 0xffffffff, true))
  t.equal(size.file.buffers[0]!.subBufferSize, 4096, 'the header page knows')
  t.same(codesOf(size), ['ERR_TRACE_OPTION'])

  const far = withBuffer((view) => view.setBigUint64(AT.offset, 1n << 40n, true))
  t.same(dataSizes(far), [])
  t.same(codesOf(far), ['ERR_TRACE_TRUNCATED'])

  const cpu = withBuffer((view) => view.setUint32(AT.cpu, 0xffffffff, true))
  t.ok(codesOf(cpu).includes('ERR_TRACE_LIMIT'))
  t.same(dataSizes(cpu), ['/0=8192'], 'found again in the data')

  const many = withBuffer((view) => view.setUint32(AT.count, 5, true))
  t.ok(codesOf(many).includes('ERR_TRACE_TRUNCATED'))

  const section = withBuffer((view) => view.setBigUint64(AT.section, 32n, true))
  t.ok(codesOf(section).includes('ERR_TRACE_SECTION'))
  t.same(dataSizes(section), ['/0=8192'])
})

t.test('codecs that nobody knows', async (t) => {
  const bytes = makeTrace(spec({ compression: 'zlib' }))
  bytes.set(new TextEncoder().encode('lzma'), 18)
  t.throws(() => openBytes(bytes), { code: 'ERR_TRACE_CODEC', message: /lzma/, hint: /convert/ })
})

t.test('limits', async (t) => {
  const bytes = makeTrace(spec({ compression: 'zlib', kallsyms: 'x'.repeat(5000) }))
  const opened = openBytes(bytes, { maxSectionBytes: 4000 })
  t.equal(opened.file.kallsyms().length, 0)
  t.same(codesOf(opened), ['ERR_TRACE_LIMIT'])
  const tight = openBytes(bytes, { maxSectionBytes: 30 })
  t.same(tight.file.formats, [])
  t.ok(codesOf(tight).includes('ERR_TRACE_LIMIT'))
  t.throws(() => openBytes(bytes, { maxSubBufferBytes: 2048 }), { code: 'ERR_TRACE_LIMIT' })
})

t.test('an options section that is no options section', async (t) => {
  const bytes = makeTrace(spec())
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  view.setBigUint64(24, 32n, true) // the head's link, to the header info section
  const opened = openBytes(bytes)
  t.same(codesOf(opened), ['ERR_TRACE_OPTION'])
  t.same(dataSizes(opened), ['/1=8192'], 'found by walking the sections')
})
