import t from 'tap'
import { ByteWriter } from '../../helpers/byte-writer.ts'
import {
  makeTrace,
  OPTION,
  type OptionSpec,
  textOption,
  timeShiftOption,
  tscOption,
} from '../../helpers/make-trace.ts'
import { codesOf, type Opened, openBytes } from '../../helpers/open-bytes.ts'
import { LAYOUT } from '../../helpers/page-builder.ts'

const openWith = (options: readonly OptionSpec[], littleEndian = true): Opened =>
  openBytes(
    makeTrace({ options, buffers: [{ name: '', cpus: [] }], layout: { ...LAYOUT, littleEndian } }),
  )

const corrections = (...options: OptionSpec[]) => openWith(options).file.corrections

t.test('DATE is in microseconds, OFFSET in clock units', async (t) => {
  t.equal(corrections(textOption(OPTION.date, '0x613104a22d42c')).wallOffset, 1709810544464940000n)
  t.equal(corrections().wallOffset, undefined)
  t.equal(corrections(textOption(OPTION.offset, '-1500')).offset, -1500n)
  t.equal(corrections(textOption(OPTION.offset, '0x10')).offset, 16n)
  t.equal(corrections(textOption(OPTION.offset, '010')).offset, 8n, 'as strtoll with base 0')
  t.equal(corrections().offset, 0n)
})

t.test('TSC2NSEC', async (t) => {
  t.same(corrections(tscOption(3_000_000, 23, 77n)).tsc2nsec, {
    mult: 3_000_000,
    shift: 23,
    offset: 77n,
  })
  const big = openWith([tscOption(5, 6, 7n, false)], false)
  t.same(big.file.corrections.tsc2nsec, { mult: 5, shift: 6, offset: 7n })
})

t.test(
  'TIME_SHIFT: samples sorted by time, doubles dropped, fractions if there are any',
  async (t) => {
    const samples = [
      { time: 30n, offset: -3n, scaling: 1n },
      { time: 10n, offset: -1n, scaling: 2n },
      { time: 30n, offset: -9n, scaling: 9n },
      { time: -5n, offset: 0n, scaling: 3n },
    ]
    const shift = corrections(timeShiftOption(0xfedcba9876543210n, true, [samples, []])).timeShift!
    t.equal(shift.peerTraceId, 0xfedcba9876543210n)
    t.equal(shift.interpolate, true)
    t.same(
      shift.cpus.map(({ times }) => [...times]),
      [[-5n, 10n, 30n], []],
    )
    t.same([...shift.cpus[0]!.offsets], [0n, -1n, -3n])
    t.same([...shift.cpus[0]!.scalings], [3n, 2n, 1n])
    t.same([...shift.cpus[0]!.fractions], [0n, 0n, 0n])
    const withFraction = [{ time: 1n, offset: 2n, scaling: 3n, fraction: 4n }]
    const newer = corrections(timeShiftOption(1n, false, [withFraction])).timeShift!
    t.equal(newer.interpolate, false)
    t.same([...newer.cpus[0]!.fractions], [4n])
  },
)

t.test('texts and numbers', async (t) => {
  const { file } = openWith([
    textOption(OPTION.uname, 'Linux box 6.18.0 x86_64'),
    textOption(OPTION.version, '3.4.0'),
    { id: OPTION.traceid, payload: new ByteWriter(true).u64(0xfffffffffffffffen).take() },
    { id: OPTION.cpucount, payload: new ByteWriter(true).u32(6).take() },
  ])
  t.equal(file.uname, 'Linux box 6.18.0 x86_64')
  t.equal(file.recorder, '3.4.0')
  t.equal(file.traceId, 0xfffffffffffffffen)
  t.equal(file.cpuCount, 6, 'the last CPUCOUNT counts')
})

t.test('CPUSTAT, of the top buffer and of an instance', async (t) => {
  const stat = (cpu: number, overrun: number) =>
    textOption(
      OPTION.cpustat,
      `CPU: ${cpu}\nentries: 0\ncommit overrun: ${overrun}\nnow ts:   1.5\n`,
    )
  const { file } = openWith([
    stat(0, 3),
    stat(2, 4),
    textOption(OPTION.cpustat, '\nBuffer: my buf\n\n'),
    stat(0, 5),
  ])
  t.same(
    file.cpuStats.map(({ buffer, cpu, values }) => [buffer, cpu, values.get('commit overrun')]),
    [
      ['', 0, '3'],
      ['', 2, '4'],
      ['my buf', 0, '5'],
    ],
  )
  t.same([...file.cpuStats[0]!.values.keys()], ['entries', 'commit overrun', 'now ts'])
})

t.test('PROCMAPS is hexadecimal throughout', async (t) => {
  const text =
    '1c3 2 /usr/bin/my prog\n5646d16d1000 5646d1702000 /usr/bin/my prog\n' +
    'ffffffffff600000 ffffffffff601000 [vsyscall]\n'
  const [maps] = openWith([textOption(OPTION.procmaps, text)]).file.processMaps
  t.same(maps, {
    pid: 0x1c3,
    name: '/usr/bin/my prog',
    maps: [
      { start: 0x5646d16d1000n, end: 0x5646d1702000n, path: '/usr/bin/my prog' },
      { start: 0xffffffffff600000n, end: 0xffffffffff601000n, path: '[vsyscall]' },
    ],
  })
})

const raw = (id: number, ...bytes: number[]): OptionSpec => ({
  id,
  payload: Uint8Array.from(bytes),
})
const shiftOf = (k: number): OptionSpec => ({
  id: OPTION.timeShift,
  payload: new ByteWriter(true).u64(1).u32(0).u32(1).u32(k).u64(1).take(),
})
for (const [what, option] of [
  ['DATE without a number', textOption(OPTION.date, 'yesterday')],
  ['OFFSET beyond 64 bits', textOption(OPTION.offset, '0x10000000000000000')],
  ['CPUCOUNT of 2 bytes', raw(OPTION.cpucount, 1, 0)],
  ['CPUCOUNT of billions', raw(OPTION.cpucount, 0xff, 0xff, 0xff, 0xff)],
  ['TRACEID of 4 bytes', raw(OPTION.traceid, 1, 2, 3, 4)],
  ['TSC2NSEC with a shift of 64', tscOption(1, 64)],
  ['TIME_SHIFT with fewer samples than it says', shiftOf(1000)],
  ['TIME_SHIFT with more samples than the limit', shiftOf(0xffffffff)],
  ['CPUSTAT without a CPU', textOption(OPTION.cpustat, 'entries: 5\n')],
  ['PROCMAPS without a head', textOption(OPTION.procmaps, 'no maps here')],
] as const) {
  t.test(`${what} is reported and left out`, async (t) => {
    const opened = openWith([option, textOption(OPTION.version, 'after')])
    t.same(codesOf(opened), ['ERR_TRACE_OPTION'])
    t.equal(opened.file.recorder, 'after', 'the rest is read')
    t.same(opened.file.corrections, {
      tsc2nsec: undefined,
      offset: 0n,
      wallOffset: undefined,
      timeShift: undefined,
    })
  })
}
