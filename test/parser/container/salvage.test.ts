import t from 'tap'
import { makeTrace, OPTION, type TraceSpec, textOption } from '../../helpers/make-trace.ts'
import { codesOf, dataSizes, openBytes } from '../../helpers/open-bytes.ts'
import { PageBuilder } from '../../helpers/page-builder.ts'

const pages = (count: number, first: bigint): Uint8Array[] =>
  Array.from({ length: count }, (_, i) =>
    new PageBuilder(first + BigInt(i)).data(0, [1, 2, 3, 4]).finish(),
  )

const stat = (cpu: number, events: number) =>
  textOption(OPTION.cpustat, `CPU: ${cpu}\nentries: 0\nread events: ${events}\n`)

/** CPUs 1, 3 and 5 of the top buffer have data, and CPU 0 of an instance. */
const spec = (
  compression: TraceSpec['compression'] & string,
  more: Partial<TraceSpec> = {},
): TraceSpec => ({
  compression,
  chunkPages: 2,
  cpuCount: 6,
  options: [
    textOption(OPTION.traceclock, 'local [mono]'),
    ...[0, 5, 0, 4, 0, 3].map((events, cpu) => stat(cpu, events)),
    textOption(OPTION.cpustat, '\nBuffer: side\n\n'),
    stat(0, 9),
  ],
  buffers: [
    {
      name: '',
      clock: 'mono',
      cpus: [
        { cpu: 1, pages: pages(5, 100n) },
        { cpu: 3, pages: pages(4, 90n) },
        { cpu: 5, pages: pages(3, 80n) },
      ],
    },
    { name: 'side', clock: 'mono', cpus: [{ cpu: 0, pages: pages(1, 7n) }] },
  ],
  ...more,
})

const WHOLE = ['/1=20480', '/3=16384', '/5=12288', 'side/0=4096']

/** Start of the options section that holds the BUFFER options: the file is cut there. */
const endOfData = (bytes: Uint8Array): number =>
  Math.min(
    ...openBytes(bytes)
      .file.options.filter(({ id }) => id === OPTION.buffer)
      .map(({ offset }) => offset),
  ) - 16

for (const compression of ['none', 'zlib', 'zstd'] as const) {
  t.test(`${compression}: cut before the tables of CPUs`, async (t) => {
    const bytes = makeTrace(spec(compression))
    t.same(dataSizes(openBytes(bytes)), WHOLE)
    const opened = openBytes(bytes.subarray(0, endOfData(bytes)))
    t.same(dataSizes(opened), WHOLE, 'numbers by the statistics, names too')
    t.same(
      opened.file.buffers.map(({ clock }) => clock),
      ['mono', 'mono'],
    )
    t.same(codesOf(opened), ['ERR_TRACE_TRUNCATED', 'ERR_TRACE_SECTION'])
    t.match(opened.diagnostics.list()[1], { sample: /from its statistics/ })
    t.ok(opened.diagnostics.list().every(({ severity }) => severity === 'data_loss'))
  })

  t.test(`${compression}: cut within the data`, async (t) => {
    const bytes = makeTrace(spec(compression))
    const { file } = openBytes(bytes)
    const [, second] = file.buffers[0]!.cpus
    const cut = second!.offset + 12
    const opened = openBytes(bytes.subarray(0, cut))
    t.equal(dataSizes(opened)[0], '/1=20480', 'what is before is whole')
    t.same(codesOf(opened), ['ERR_TRACE_TRUNCATED', 'ERR_TRACE_SECTION'])
  })

  t.test(`${compression}: never finished, the section has no size yet`, async (t) => {
    const bytes = makeTrace(spec(compression, { buffers: spec(compression).buffers.slice(0, 1) }))
    const { file } = openBytes(bytes)
    const option = file.options.find(({ id }) => id === OPTION.buffer)!
    const cut = bytes.slice(0, option.offset - 16)
    const view = new DataView(cut.buffer)
    const section = new DataView(option.payload.buffer).getBigUint64(0, true)
    view.setBigUint64(Number(section) + 8, 0n, true)
    t.same(dataSizes(openBytes(cut)), WHOLE.slice(0, 3))
  })
}

t.test('without statistics the CPUs are counted', async (t) => {
  const bytes = makeTrace(spec('zlib', { options: [] }))
  const opened = openBytes(bytes.subarray(0, endOfData(bytes)))
  t.same(dataSizes(opened), ['/0=20480', '/1=16384', '/2=12288', 'buffer-1/0=4096'])
  t.match(opened.diagnostics.list()[1], { sample: /their numbers assumed/, count: 2 })
})

t.test('the head names no options: the recording never finished', async (t) => {
  const bytes = makeTrace(spec('none'))
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(24, 0n, true)
  const opened = openBytes(bytes)
  t.same(dataSizes(opened), WHOLE, 'all options sections are found')
  t.same(codesOf(opened), ['ERR_TRACE_OPTION'])
})

t.test('the chain of options loops or leads beyond the end', async (t) => {
  for (const link of [undefined, 1_000_000n, (1n << 63n) - 1n]) {
    const bytes = makeTrace(spec('zlib'))
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const first = view.getBigUint64(18 + 5 + 7, true) // 'zlib\0' '1.2.13\0'
    const end = Number(first) + 16 + Number(view.getBigUint64(Number(first) + 8, true))
    view.setBigUint64(end - 8, link ?? first, true)
    const opened = openBytes(bytes)
    t.same(dataSizes(opened), WHOLE)
    t.equal(opened.diagnostics.list().length, 1, 'said once')
  }
})

t.test('cut before any data there is nothing to read', async (t) => {
  const bytes = makeTrace(spec('zstd'))
  const first = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(18 + 5 + 6, true))
  t.throws(() => openBytes(bytes.subarray(0, first - 10)), {
    code: 'ERR_TRACE_TRUNCATED',
    message: new RegExp(`${first}, but the file ends at ${first - 10}`),
  })
  t.throws(() => openBytes(bytes.subarray(0, first + 40)), { code: 'ERR_TRACE_TRUNCATED' })
})
