import t from 'tap'
import { describe } from '../../../parser/container/describe.ts'
import { optionText } from '../../../parser/container/option-text.ts'
import { memorySource } from '../../../parser/container/source.ts'
import { openContainer } from '../../../parser/container/trace-file.ts'
import type { ByteSource } from '../../../parser/container/types.ts'
import { Diagnostics } from '../../../parser/diagnostics.ts'
import { ByteWriter } from '../../helpers/byte-writer.ts'
import {
  makeTrace,
  OPTION,
  type OptionSpec,
  textOption,
  timeShiftOption,
  tscOption,
} from '../../helpers/make-trace.ts'
import { openBytes } from '../../helpers/open-bytes.ts'
import { PageBuilder } from '../../helpers/page-builder.ts'

const page = new PageBuilder(1n).data(0, [1, 2, 3, 4]).finish()
const describeWith = (options: readonly OptionSpec[], version: 6 | 7 = 7) =>
  describe(
    openBytes(
      makeTrace({
        version,
        options,
        cpuCount: 3,
        formats: [
          { system: 'ftrace', text: 'name: print\nID: 5\n' },
          { system: 'sched', text: 'name: sched_switch\nID: 300\n' },
          { system: 'sched', text: 'name: sched_wakeup\nID: 301\n' },
        ],
        buffers: [
          { name: '', cpus: [{ cpu: 1, pages: [page] }] },
          { name: 'side', clock: 'mono', cpus: [] },
        ],
      }),
    ).file,
  )

t.test('everything at once', async (t) => {
  const all = describeWith([
    textOption(OPTION.uname, 'Linux box 6.18.0-1 x86_64'),
    textOption(OPTION.version, '3.4.0'),
    textOption(OPTION.date, '0x613104a22d42c'),
    textOption(OPTION.offset, '-77'),
    textOption(OPTION.procmaps, '1c3 1 sh\n0 1 /bin/sh\n'),
    textOption(OPTION.cpustat, 'CPU: 0\ncommit overrun: 4\n'),
    textOption(OPTION.cpustat, 'CPU: 1\ncommit overrun: 5\n'),
    textOption(
      OPTION.own,
      'set user - nobody\nset pid /mine 7\non / sched sched_switch,sched_wakeup prev_pid\n',
    ),
    tscOption(3, 4, 18446744073709551615n),
    timeShiftOption(255n, true, [[{ time: 1n, offset: 2n, scaling: 3n }], []]),
    { id: OPTION.traceid, payload: new ByteWriter(true).u64(0xfffffffffffffffen).take() },
  ])
  t.match(all, {
    file: 'test.dat',
    file_version: 7,
    compression: 'none',
    endian: 'little',
    long_size: 8,
    host: 'box',
    kernel: '6.18.0-1',
    machine: 'x86_64',
    recorder: '3.4.0',
    trace_id: '18446744073709551614',
    cpus: 3,
    formats: 3,
    ts_offset: '-77',
    wall_offset_ns: '1709810544464940000',
    wall_zero: '2024-03-07T11:22:24.464940000Z',
    tsc2nsec: { mult: 3, shift: 4, offset: '18446744073709551615' },
    time_shift: { peer_trace_id: '255', interpolate: true, samples: [1, 0] },
    process_maps: [{ pid: 0x1c3, name: 'sh', maps: 1 }],
    settings: [
      { buffer: null, setting: 'user', value: 'nobody' },
      { buffer: 'mine', setting: 'pid', value: '7' },
    ],
    recorded_events: [
      { buffer: '', system: 'sched', events: ['sched_switch', 'sched_wakeup'], filter: 'prev_pid' },
    ],
    latency_text: null,
    events: { ftrace: ['print'], sched: ['sched_switch', 'sched_wakeup'] },
  })
  t.same(
    all.buffers.map(({ name, clock, bytes, cpus }) => [name, clock, bytes, cpus.length]),
    [
      ['', 'local', 4096, 2],
      ['side', 'mono', 0, 0],
    ],
  )
  t.same(
    all.buffers[0]!.cpus.map(({ cpu, bytes, stats }) => [cpu, bytes, stats.commit_overrun]),
    [
      [0, 0, '4'],
      [1, 4096, '5'],
    ],
  )
  t.same(JSON.parse(JSON.stringify(all)), all, 'safe for JSON')
})

t.test('a file that says little', async (t) => {
  t.match(describeWith([]), {
    host: '',
    kernel: '',
    recorder: '',
    trace_id: null,
    wall_offset_ns: null,
    wall_zero: null,
    tsc2nsec: null,
    time_shift: null,
    ts_offset: '0',
    process_maps: [],
    settings: [],
    recorded_events: [],
  })
})

const raw = (id: number, w: ByteWriter): OptionSpec => ({ id, payload: w.take() })
const le = () => new ByteWriter(true)
for (const [option, value] of [
  [textOption(OPTION.version, '3.4.0'), '3.4.0'],
  [textOption(OPTION.hook, 'a,b/c,d'), 'a,b/c,d'],
  [
    raw(OPTION.guest, le().z('vm').u64(171).u32(2).u32(0).u32(77).u32(1).u32(78)),
    "'vm', trace id 0xab, thread of each CPU: 0=77 1=78",
  ],
  [tscOption(3, 4, 5n), 'mult 3, shift 4, offset 5'],
  [timeShiftOption(255n, false, [[], []]), 'peer 0xff, stepwise, samples per CPU: 0 0'],
  [raw(OPTION.traceid, le().u64(255)), '0xff'],
  [raw(OPTION.cpucount, le().u32(9)), '9'],
  [raw(23, le().u64(4711)), 'section at 4711'],
  [raw(OPTION.cpucount, le().u16(9)), '0900'],
  [raw(OPTION.guest, le().z('vm').u64(171).u32(0xffffffff)), '766d00ab00000000000000ffffffff'],
  [raw(99, le().text('plain')), 'plain'],
  [raw(99, le().bytes([0, 1, 2, 0xff])), '000102ff'],
  [raw(99, le().bytes([0x61, 0, 0x62])), '610062'],
] as const) {
  t.test(`option ${option.id}: ${value}`, async (t) => {
    const file = openBytes(makeTrace({ buffers: [{ name: '', cpus: [] }] })).file
    t.equal(optionText(file, { ...option, name: 'X', offset: 0 }), value)
  })
}

t.test('BUFFER in both versions', async (t) => {
  const buffers = (version: 6 | 7): string[] =>
    describeWith([], version)
      .options.filter(({ name }) => name === 'BUFFER')
      .map(({ value }) => value)
  t.match(buffers(6), [/^'side', table at \d+$/])
  t.match(buffers(7), [
    /^'', clock local, sub-buffers of 4096, 1 CPUs, section at \d+$/,
    /^'side', clock mono, sub-buffers of 4096, 0 CPUs, section at \d+$/,
  ])
})

t.test('no page data and none of the large texts is read', async (t) => {
  for (const version of [6, 7] as const) {
    const bytes = makeTrace({
      version,
      kallsyms: 'ffff T sym\n'.repeat(100_000),
      buffers: [{ name: '', cpus: [{ cpu: 0, pages: new Array<Uint8Array>(100).fill(page) }] }],
    })
    let total = 0
    const memory = memorySource(bytes, 'test.dat')
    const source: ByteSource = {
      ...memory,
      readAt(...args) {
        const got = memory.readAt(...args)
        total += got
        return got
      },
    }
    describe(openContainer(source, new Diagnostics()))
    t.ok(total < 100_000, `${total} bytes read of ${bytes.length}`)
  }
})
