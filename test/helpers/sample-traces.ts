/** Small made-up traces that hold every kind of field and record, for fuzzing and round trips. */
import { ByteWriter } from './byte-writer.ts'
import { COMMON, type EventSpec, field, formatText, record } from './format-text.ts'
import {
  type BufferSpec,
  makeTrace,
  OPTION,
  type TraceSpec,
  textOption,
  timeShiftOption,
  tscOption,
} from './make-trace.ts'
import { LAYOUT, PageBuilder, type PageLayout } from './page-builder.ts'

const event = (
  system: string,
  id: number,
  name: string,
  fields: EventSpec['fields'],
  printFmt = '""',
): EventSpec => ({
  system,
  name,
  id,
  fields,
  printFmt,
  common: COMMON,
})

/** An event with a field of every form. */
export const EVERY_FIELD: EventSpec = event(
  'made',
  100,
  'every_field',
  [
    field('u8 a', 1),
    field('s16 b', 2, true),
    field('int c', 4, true),
    field('u64 d', 8),
    field('bool e', 1),
    field('char name[8]', 8),
    field('int list[3]', 12, true),
    field('u8 mac[6]', 6),
    field('const void * p', 8),
    field('__data_loc char[] text', 4),
    field('__data_loc u32[] numbers', 4),
    field('__data_loc cpumask_t mask', 4),
    field('__rel_loc char[] tail', 4),
    field('struct thing t', 12),
  ],
  '"a=%u %s", REC->a, __get_str(text)',
)
const SWITCH: EventSpec = event('sched', 101, 'sched_switch', [
  field('char prev_comm[16]', 16),
  field('pid_t prev_pid', 4, true),
  field('char next_comm[16]', 16),
  field('pid_t next_pid', 4, true),
])
const PRINT: EventSpec = event('ftrace', 5, 'print', [
  field('unsigned long ip', 8),
  field('char buf[]', 0),
])
const BPRINT: EventSpec = event('ftrace', 6, 'bprint', [
  field('unsigned long ip', 8),
  field('const char * fmt', 8),
  field('u32 buf[]', 0),
])
const STACK: EventSpec = event('ftrace', 4, 'kernel_stack', [
  field('int size', 4, true),
  field('unsigned long caller[8]', 64),
])
const SYSCALL: EventSpec = event('syscalls', 102, 'sys_enter_openat', [
  field('int __syscall_nr', 4, true),
  { ...field('int dfd', 8), offset: 16 },
  field('const char * filename', 8),
])

/** Formats of all events above. */
export const SAMPLE_FORMATS: { system: string; text: string }[] = [
  EVERY_FIELD,
  SWITCH,
  PRINT,
  BPRINT,
  STACK,
  SYSCALL,
].map((spec) => ({ system: spec.system, text: formatText(spec) }))

const latin = (text: string, length = 0): Uint8Array => {
  const bytes = Buffer.from(text, 'latin1')
  return new Uint8Array(Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length))]))
}

/** Payloads of one round of events by thread `pid`. */
export const samplePayloads = (pid: number, littleEndian: boolean): Uint8Array[] => {
  const words = (...values: number[]): Uint8Array =>
    values.reduce((w, v) => w.u32(v), new ByteWriter(littleEndian)).take()
  const make = (spec: EventSpec, values: Parameters<typeof record>[2]): Uint8Array =>
    record(spec, pid, values, { flags: 1, preempt: 2, littleEndian })
  return [
    make(EVERY_FIELD, {
      a: 200,
      b: -300,
      c: -70000,
      d: 0x8000_0000_0000_0001n,
      e: 1,
      name: latin('caf\xe9', 8),
      list: words(1, 0xffffffff, 3),
      mac: Uint8Array.of(1, 2, 3, 4, 5, 6),
      p: 0xffff_8000_1234_5678n,
      text: { dynamic: latin('hello\xff\0') },
      numbers: { dynamic: words(7, 8, 9) },
      mask: { dynamic: words(5, 0) },
      tail: { dynamic: latin('end\0') },
      t: latin('opaque', 12),
    }),
    make(SWITCH, {
      prev_comm: latin('one', 16),
      prev_pid: pid,
      next_comm: latin('two', 16),
      next_pid: pid + 1,
    }),
    make(STACK, { size: 3, caller: new Uint8Array(64).fill(0x11) }).subarray(0, 40),
    make(PRINT, { ip: 0x1234n, buf: latin('a line\n\0') }),
    make(BPRINT, { ip: 0x1234n, fmt: 0xc0ffee00n, buf: words(42, 7) }),
    make(SYSCALL, { __syscall_nr: 257, dfd: 0xffffff9cn, filename: 0x7fff_0000_1111n }),
  ]
}

/** `count` sub-buffers of sample events, starting at `time`. */
export const samplePages = (count: number, time: bigint, layout: PageLayout): Uint8Array[] => {
  const room = layout.pageSize - layout.dataOffset - 16
  let ts = time
  let round = 0
  return Array.from({ length: count }, (_, i) => {
    const page = new PageBuilder(ts, layout)
    if (i === 1) page.missed(5)
    if (i === 2) page.extend(1000n)
    for (;;) {
      const payload = samplePayloads(40 + (round % 3), layout.littleEndian)[round % 6]!
      if (page.committed + payload.length + 8 > room) break
      if (round % 7 === 3) page.discarded(1, 4)
      page.data(10, payload)
      round++
    }
    ts += 10_000n
    return page.finish()
  })
}

/** A trace with everything in it; sub-buffers of 512 bytes unless `layout` says otherwise. */
export const sampleTrace = (more: Partial<TraceSpec> = {}): Uint8Array => {
  const layout = more.layout ?? { ...LAYOUT, pageSize: 512 }
  const { littleEndian } = layout
  const buffers: BufferSpec[] = [
    {
      name: '',
      cpus: [
        { cpu: 0, pages: samplePages(3, 1_000_000n, layout) },
        { cpu: 2, pages: samplePages(2, 1_000_005n, layout) },
      ],
    },
    { name: 'side', clock: 'mono', cpus: [{ cpu: 1, pages: samplePages(1, 1_000_003n, layout) }] },
  ]
  return makeTrace({
    layout,
    formats: SAMPLE_FORMATS,
    kallsyms: 'ffffffff81000000 T _text\nffffffff81001000 t inner\t[mod]\n',
    printk: '0xc0ffee00 : "n=%d m=%d\\n"\n',
    cmdlines: '40 saved\n41 other name\n',
    options: [
      textOption(OPTION.traceclock, '[local] global\n'),
      textOption(OPTION.uname, 'Linux host 6.1 x86_64'),
      textOption(OPTION.date, '0x1234'),
      textOption(OPTION.cpustat, 'CPU: 0\nentries: 9\noverrun: 5\n'),
      textOption(OPTION.procmaps, '28 1 /bin/x\n400000 500000 /bin/x\n'),
      textOption(OPTION.offset, '-5'),
      tscOption(1 << 20, 20, 0n, littleEndian),
      timeShiftOption(
        7n,
        true,
        [[{ time: 0n, offset: 3n, scaling: 1n, fraction: 0n }]],
        littleEndian,
      ),
      { id: 99, payload: Uint8Array.of(1, 2, 3) },
    ],
    buffers,
    ...more,
  })
}
