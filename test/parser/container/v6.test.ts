import t from 'tap'
import { ByteWriter } from '../../helpers/byte-writer.ts'
import { headerPageText } from '../../helpers/format-text.ts'
import { makeTrace, OPTION, textOption } from '../../helpers/make-trace.ts'
import { codesOf, dataSizes, openBytes } from '../../helpers/open-bytes.ts'
import { LAYOUT, PageBuilder } from '../../helpers/page-builder.ts'

const page = (time: bigint): Uint8Array => new PageBuilder(time).data(0, [1, 0, 0, 0]).finish()

/** A version 6 file up to the number of CPUs: no formats, no texts. */
const start = (cpus: number, headerPage = headerPageText(LAYOUT)): ByteWriter => {
  const text = new TextEncoder().encode(headerPage)
  return new ByteWriter(true)
    .bytes([0x17, 0x08, 0x44])
    .text('tracing')
    .z('6')
    .u8(0) // little endian
    .u8(8) // long
    .u32(4096) // page
    .z('header_page')
    .u64(text.length)
    .bytes(text)
    .z('header_event')
    .u64(0)
    .u32(0) // ftrace formats
    .u32(0) // systems
    .u32(0) // kallsyms
    .u32(0) // printk formats
    .u64(0) // cmdlines
    .u32(cpus)
}

t.test('the smallest file: no options, no clock, one page', async (t) => {
  const w = start(2).z('flyrecord')
  w.u64(4096).u64(4096).u64(8192).u64(0) // CPU 0 has a page, CPU 1 nothing
  w.align(4096).bytes(page(5n))
  const opened = openBytes(w.take())
  const { file } = opened
  t.match(file, {
    version: 6,
    littleEndian: true,
    userLongSize: 8,
    pageSize: 4096,
    cpuCount: 2,
    compression: { name: 'none', version: '' },
    uname: '',
    recorder: '',
    traceId: undefined,
    latencyText: undefined,
  })
  t.same(file.headerPage, { longSize: 8, commitOffset: 8, dataOffset: 16, dataSize: 4080 })
  t.same(file.buffers, [
    {
      name: '',
      clock: 'local',
      subBufferSize: 4096,
      compression: 'none',
      cpus: [{ cpu: 0, offset: 4096, size: 4096, end: 8192 }],
      emptyAt: new Map([[1, 8192]]),
    },
  ])
  t.same(
    [file.kallsyms(), file.printkFormats(), file.savedCmdlines(), file.readLatencyText()],
    [0, 0, 0, 0].map(() => new Uint8Array(0)),
  )
  t.same(dataSizes(opened), ['/0=4096'])
  t.same(codesOf(opened), [])
})

t.test('a header_page of no bytes', async (t) => {
  const opened = openBytes(start(1, '').z('flyrecord').u64(0).u64(0).take())
  t.same(opened.file.headerPage, { longSize: 8, commitOffset: 8, dataOffset: 16, dataSize: 4080 })
})

for (const littleEndian of [true, false]) {
  for (const longSize of [4, 8] as const) {
    t.test(`${littleEndian ? 'little' : 'big'} endian, long of ${longSize}`, async (t) => {
      const layout = { ...LAYOUT, littleEndian, longSize, dataOffset: 8 + longSize }
      const data = new PageBuilder(9n, layout).data(0, [1, 2, 3, 4]).finish()
      const opened = openBytes(
        makeTrace({
          version: 6,
          layout,
          userLongSize: 8,
          formats: [
            { system: 'ftrace', text: 'name: print\nID: 5\n' },
            { system: 'sched', text: 'name: sched_switch\nID: 300\n' },
            { system: 'sched', text: 'name: sched_wakeup\nID: 301\n' },
          ],
          options: [textOption(OPTION.traceclock, '[global]')],
          kallsyms: 'ffff T sym\n',
          printk: '0x1 : "x"\n',
          cmdlines: '7 sh\n',
          cpuCount: 4,
          buffers: [
            { name: '', clock: 'global', cpus: [{ cpu: 2, pages: [data, data] }] },
            { name: 'one', clock: 'mono', cpus: [{ cpu: 0, pages: [data] }] },
            { name: 'two words', clock: 'boot', cpus: [] },
          ],
        }),
      )
      const { file } = opened
      t.equal(file.headerPage.longSize, longSize, 'the kernel has the say')
      t.equal(file.userLongSize, 8)
      t.same(
        file.formats.map(({ system, text }) => [system, text.split('\n')[0]]),
        [
          ['ftrace', 'name: print'],
          ['sched', 'name: sched_switch'],
          ['sched', 'name: sched_wakeup'],
        ],
      )
      t.same(
        file.buffers.map(({ name, clock, cpus }) => [name, clock, cpus.length]),
        [
          ['', 'global', 1],
          ['one', 'mono', 1],
          ['two words', 'boot', 0],
        ],
      )
      t.same(dataSizes(opened), ['/2=8192', 'one/0=4096'])
      t.equal(Buffer.from(file.kallsyms()).toString(), 'ffff T sym\n')
      t.equal(Buffer.from(file.printkFormats()).toString(), '0x1 : "x"\n')
      t.equal(Buffer.from(file.savedCmdlines()).toString(), '7 sh\n')
      t.equal(file.kallsyms(), file.kallsyms(), 'read once')
      t.same(codesOf(opened), [])
    })
  }
}

/** Two CPUs, and an instance whose table has `lines`; CPUCOUNT follows its option if asked for. */
const withInstance = (lines: number, announce: boolean): Uint8Array => {
  const build = (table: number, data: number): ByteWriter => {
    const w = start(2).z('options  ')
    w.u16(OPTION.traceclock).u32(8).z('[local]')
    w.u16(OPTION.buffer).u32(12).u64(table).z('big')
    if (announce) w.u16(OPTION.cpucount).u32(4).u32(lines)
    w.u16(0).z('flyrecord')
    w.u64(data).u64(0).u64(data).u64(0).u64(7).text('[local]') // the top buffer is empty
    return w
  }
  const table = build(0, 0).length
  const data = Math.ceil((table + 200) / 4096) * 4096
  const w = build(table, data).z('flyrecord')
  for (let cpu = 0; cpu < lines; cpu++) w.u64(data + cpu * 4096).u64(4096)
  w.u64(6).text('[mono]').align(4096)
  for (let cpu = 0; cpu < lines; cpu++) w.bytes(page(BigInt(cpu + 1)))
  return w.take()
}

t.test('an instance has as many CPUs as its table', async (t) => {
  for (const [lines, announce] of [
    [2, false],
    [2, true],
    [5, true],
  ] as const) {
    const opened = openBytes(withInstance(lines, announce))
    t.equal(opened.file.cpuCount, 2)
    t.match(opened.file.buffers[1], { name: 'big', clock: 'mono' })
    t.equal(dataSizes(opened).length, lines)
    t.same(codesOf(opened), [])
  }
})

t.test('an instance that was never written is reported', async (t) => {
  const w = start(1).z('options  ')
  w.u16(OPTION.buffer).u32(12).u64(0).z('big').u16(OPTION.buffer).u32(3).bytes([1, 2, 3])
  w.u16(0).z('flyrecord').u64(4096).u64(0)
  const opened = openBytes(w.take())
  t.same(
    opened.file.buffers.map(({ name }) => name),
    [''],
  )
  t.match(opened.diagnostics.list(), [
    { code: 'ERR_TRACE_SECTION', severity: 'data_loss' },
    { code: 'ERR_TRACE_TRUNCATED' },
  ])
})

t.test('old writers stored all of trace_clock', async (t) => {
  const text = 'local [global] counter uptime'
  const w = start(1).z('options  ').u16(OPTION.traceclock).u32(0).u16(0).z('flyrecord')
  w.u64(0).u64(0).u64(text.length).text(text)
  t.equal(openBytes(w.take()).file.buffers[0]!.clock, 'global')
})

t.test('a latency file is text', async (t) => {
  const text = '# tracer: irqsoff\n'
  const { file } = openBytes(makeTrace({ version: 6, latencyText: text, buffers: [] }))
  t.same(file.buffers, [])
  t.equal(file.latencyText?.size, text.length)
  t.equal(Buffer.from(file.readLatencyText()).toString(), text)

  const head = start(1).z('options  ').u16(OPTION.traceclock).u32(0).u16(0).z('latency  ')
  const before = head.length
  const bare = openBytes(head.text(text).take()).file
  t.equal(bare.latencyText?.offset, before, 'text right after the tag although there is a clock')
  const clocked = start(1).z('options  ').u16(OPTION.traceclock).u32(0).u16(0).z('latency  ')
  const skipped = openBytes(clocked.u64(7).text('[local]').text(text).take()).file
  t.equal(Buffer.from(skipped.readLatencyText()).toString(), text, 'a clock text is skipped')
})

t.test('tables that lie', async (t) => {
  const table = (...lines: [number | bigint, number | bigint][]) => {
    const w = start(lines.length).z('flyrecord')
    for (const [offset, size] of lines) w.u64(offset).u64(size)
    return openBytes(w.align(4096).bytes(page(1n)).bytes(page(2n)).take())
  }
  const beyond = table([4096, 4096], [1_000_000, 4096])
  t.same(dataSizes(beyond), ['/0=4096'])
  t.match(beyond.diagnostics.list(), [
    { code: 'ERR_TRACE_TRUNCATED', cpu: 1, severity: 'data_loss' },
  ])
  const shared = table([4096, 4096], [4096, 4096])
  t.same(dataSizes(shared), ['/0=4096'])
  t.match(shared.diagnostics.list(), [{ code: 'ERR_TRACE_SECTION', cpu: 1 }])
  const overlapping = table([4096, 8192], [8192, 4096])
  t.same(dataSizes(overlapping), ['/0=4096', '/1=4096'], 'no byte for two CPUs')
  t.match(overlapping.diagnostics.list(), [{ code: 'ERR_TRACE_SECTION', cpu: 0 }])
  t.throws(() => table([2n ** 63n, 1]), { code: 'ERR_TRACE_LIMIT' })
})

t.test('what cannot be read', async (t) => {
  const open =
    (w: ByteWriter, limits = {}) =>
    () =>
      openBytes(w.take(), limits)
  t.throws(open(start(1)), { code: 'ERR_TRACE_TRUNCATED' })
  t.throws(open(start(1).z('flyrecord').u64(0)), { code: 'ERR_TRACE_TRUNCATED' })
  t.throws(open(start(1).z('something')), { code: 'ERR_TRACE_SECTION' })
  t.throws(open(start(0xffffffff).z('flyrecord')), { code: 'ERR_TRACE_LIMIT' })
  t.throws(open(start(50).z('flyrecord').padTo(9000), { maxEntries: 49 }), {
    code: 'ERR_TRACE_LIMIT',
  })
  const clock = start(1).z('options  ').u16(OPTION.traceclock).u32(0).u16(0).z('flyrecord')
  t.throws(open(clock.u64(0).u64(0).u64(5000).padTo(9000)), { code: 'ERR_TRACE_LIMIT' })
})
