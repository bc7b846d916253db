import t from 'tap'
import { compileText, printed, recordOf, textOf } from '../../helpers/print-text.ts'

const VALUE = ['u64 v;\toffset:8;\tsize:8;\tsigned:0;']

const hex = (value: bigint, bytes = 8): string => {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(BigInt.asUintN(64, value))
  return buffer.subarray(0, bytes).toString('hex')
}

// trace_print_flags_seq and trace_print_symbols_seq of the kernel.
t.test('flags and symbols', async (t) => {
  const flags =
    '"%s|", __print_flags(REC->v, "+", {1, "A"}, {0x6, "BC"}, {2, "B"}, {1UL << 40, "H"})'
  const withZero = '"%s|", __print_flags(REC->v, "|", {0, "NONE"}, {1, "A"})'
  const symbols =
    '"%s|", __print_symbolic(REC->v, {0, "zero"}, {-1, "all"}, {7, "seven"}, {7, "late"}, {UNKNOWN, "u"})'
  const cases: [printFmt: string, value: bigint, text: string][] = [
    [flags, 0n, '|'],
    [flags, 1n, 'A|'],
    [flags, 7n, 'A+BC|'],
    [flags, 3n, 'A+B|'],
    [flags, 0x100_0000_0010n, 'H+0x10|'],
    [flags, 0x8000_0000_0000_0000n, '0x8000000000000000|'],
    [withZero, 0n, 'NONE|'],
    [withZero, 1n, 'A|'],
    [symbols, 0n, 'zero|'],
    [symbols, -1n, 'all|'],
    [symbols, 7n, 'seven|'],
    [symbols, 0x1_0000_0007n, '0x100000007|'],
    [symbols.replace('symbolic', 'symbolic_u64'), 7n, 'seven|'],
    [flags.replace('flags', 'flags_u64'), 7n, 'A+BC|'],
    ['"%s", __print_symbolic((REC->v >> 4) & 0xf, {3, "x"})', 0x30n, 'x'],
    ['"%s", __print_symbolic(REC->v, {2, "TWO"}, {-1, ((void *)0)})', 2n, 'TWO'],
    [
      '"%6s|%-6s|", __print_symbolic(REC->v, {2, "TWO"}), __print_flags(REC->v, "", {2, "B"})',
      2n,
      '   TWO|B     |',
    ],
    ['"%s", REC->v ? __print_flags(REC->v, "|", {1, "A"}) : "none"', 0n, 'none'],
    ['"%s", __print_symbolic(REC->v, {HI_SOFTIRQ, "HI"}, {RCU_SOFTIRQ, "RCU"})', 9n, 'RCU'],
  ]
  for (const [printFmt, value, text] of cases) {
    const compiled = compileText(VALUE, printFmt)
    const record = recordOf(hex(value))
    t.equal(textOf(compiled, record), text, `${printFmt} ${value}`)
    t.equal(textOf(compiled, record), text, 'and again, from memory')
  }
})

t.test('tables hold longs: of four bytes on 32-bit kernels', async (t) => {
  const options = { longSize: 4 } as const
  const symbols = '"%s", __print_symbolic(REC->v, {-1, "all"})'
  t.equal(printed(VALUE, symbols, hex(0x1_ffff_ffffn), options), 'all')
  t.equal(
    printed(VALUE, symbols.replace('lic', 'lic_u64'), hex(-1n), options),
    '0xffffffffffffffff',
  )
})

const ARRAYS = [
  'u8 b[4];\toffset:8;\tsize:4;\tsigned:0;',
  'u16 h[2];\toffset:12;\tsize:4;\tsigned:0;',
  '__data_loc u32[] w;\toffset:16;\tsize:4;\tsigned:0;',
  '__data_loc u8[] d;\toffset:20;\tsize:4;\tsigned:0;',
  '__rel_loc unsigned long[] m;\toffset:24;\tsize:4;\tsigned:0;',
  'u32 n;\toffset:28;\tsize:4;\tsigned:0;',
]
// w: two words at 32; d: 20 bytes at 40; m: two longs at 28 + 32 = 60.
const ARRAY_RECORD =
  '01ff0a00 34120100 20000800 28001400 20001000 03000000 efbeadde 01000000' +
  '202122237f80ff0041424344454647484950515200000000'.slice(0, 40) +
  '0f00000001000000 0300000000000080'

t.test('arrays', async (t) => {
  const cases: [printFmt: string, text: string][] = [
    ['"%s", __print_array(REC->b, 4, 1)', '{0x1,0xff,0xa,0x0}'],
    ['"%s", __print_array(REC->h, 2, 2)', '{0x1234,0x1}'],
    [
      '"%s", __print_array(__get_dynamic_array(w), __get_dynamic_array_len(w) / sizeof(u32), sizeof(u32))',
      '{0xdeadbeef,0x1}',
    ],
    ['"%s", __print_array(__get_dynamic_array(w), 1, 8)', '{0x1deadbeef}'],
    ['"%s", __print_array(REC->b, 0, 1)', '{}'],
    ['"%s", __print_dynamic_array(w, 4)', '{0xdeadbeef,0x1}'],
    ['"%s", __print_dynamic_array(w, 2)', '{0xbeef,0xdead,0x1,0x0}'],
    ['"%s", __print_hex(REC->b, 3)', '01 ff 0a'],
    ['"%s", __print_hex_str(REC->b, REC->n)', '01ff0a'],
    ['"%s", __print_hex(__get_dynamic_array(d) + 18, 2)', '51 52'],
    ['"%s", __get_rel_bitmask(m)', '80000000,00000003,00000001,0000000f'],
    ['"%s", __get_rel_cpumask(m)', '0-3,32,64-65,127'],
    ['"%d %d", __get_dynamic_array_len(w), __get_rel_dynamic_array_len(m)', '8 16'],
    ['"%x %x", ((u32 *)__get_dynamic_array(w))[1], ((u8 *)__get_dynamic_array(w))[3]', '1 de'],
    ['"%x", *(u16 *)(__get_dynamic_array(w) + 0)', 'beef'],
    ['"%*pbl", 128, __get_rel_dynamic_array(m)', '0-3,32,64-65,127'],
  ]
  for (const [printFmt, text] of cases)
    t.equal(printed(ARRAYS, printFmt, ARRAY_RECORD), text, printFmt)
})

// Rows as `lib/hexdump.c` lays them out.
t.test('hex dumps', async (t) => {
  const dump = (rest: string): string =>
    printed(ARRAYS, `"%s", __print_hex_dump("d: ", ${rest})`, ARRAY_RECORD)
  const all = '__get_dynamic_array(d), __get_dynamic_array_len(d)'
  t.equal(
    dump(`DUMP_PREFIX_OFFSET, 16, 1, ${all}, true`),
    '\nd: 00000000: 20 21 22 23 7f 80 ff 00 41 42 43 44 45 46 47 48   !"#....ABCDEFGH\n' +
      'd: 00000010: 49 50 51 52                                      IPQR\n',
  )
  t.equal(
    dump(`DUMP_PREFIX_NONE, 32, 4, ${all}, false`),
    '\nd: 23222120 00ff807f 44434241 48474645 52515049\n',
  )
  t.equal(
    dump('DUMP_PREFIX_NONE, 16, 8, REC->b, 3, false'),
    '\nd: 01 ff 0a\n',
    'odd rows are bytes',
  )
})

t.test('what lies outside its array or record is counted and left out', async (t) => {
  let outside = 0
  const options = { outOfBounds: () => outside++ }
  const cases: [printFmt: string, text: string][] = [
    ['"%s", __print_array(REC->b, 1000, 1)', '{0x1,0xff,0xa,0x0}'],
    ['"%s", __print_hex(REC->b, 1000)', '01 ff 0a 00'],
    ['"%d", REC->b[4]', '0'],
    ['"%d", REC->b[-1]', '0'],
    ['"%d", REC->h[REC->n]', '0'],
    ['"%s|", __get_str(d) + 21', '|'],
    ['"%pI6|", REC->b', '|'],
  ]
  for (const [printFmt, text] of cases) {
    outside = 0
    t.equal(printed(ARRAYS, printFmt, ARRAY_RECORD, options), text, printFmt)
    t.equal(outside, 1, printFmt)
  }
  outside = 0
  t.equal(printed(ARRAYS, '"%s", __print_array(REC->b, -1, 1)', ARRAY_RECORD, options), '{}')
  t.equal(outside, 0)
  const location = ['__data_loc char[] s;\toffset:8;\tsize:4;\tsigned:0;']
  for (const word of ['0c00ffff', 'ffff0100', 'ffffffff']) {
    outside = 0
    printed(location, '"%s", __get_str(s)', `${word} 61626300`, options)
    t.equal(outside, 1, word)
  }
  outside = 0
  t.equal(printed(VALUE, '"v=%llx", REC->v', '01000000', options), '[FAILED TO PARSE] v=')
  t.equal(outside, 1, 'a record too short for a fixed field')
})

t.test('big-endian records', async (t) => {
  const options = { littleEndian: false } as const
  const fields = [
    'u16 h[2];\toffset:8;\tsize:4;\tsigned:0;',
    '__data_loc unsigned long[] m;\toffset:12;\tsize:4;\tsigned:0;',
    's64 v;\toffset:16;\tsize:8;\tsigned:1;',
  ]
  // m: two longs at 24.
  const record = '0001ff00 00100018 fffffffffffffffe 0000000100000003 8000000000000000'
  const cases: [printFmt: string, text: string][] = [
    ['"%s", __print_array(REC->h, 2, 2)', '{0x1,0xff00}'],
    ['"%s", __get_bitmask(m)', '80000000,00000000,00000001,00000003'],
    ['"%s", __get_cpumask(m)', '0-1,32,127'],
    ['"%lld %d %llx", REC->v, (int)REC->v, (REC->v >> 1)', '-2 -2 ffffffffffffffff'],
    ['"%llx", ((u64 *)__get_dynamic_array(m))[0]', '100000003'],
    ['"%s", __print_symbolic(REC->v, {-2, "two"})', 'two'],
    ['"%s", __print_hex_dump("", 0, 16, 4, __get_dynamic_array(m), 8, 0)', '\n00000001 00000003\n'],
  ]
  for (const [printFmt, text] of cases)
    t.equal(printed(fields, printFmt, record, options), text, printFmt)
})

t.test('times, context and stacks', async (t) => {
  const ns = hex(1_234_567_890_123n)
  t.equal(
    printed(VALUE, '"%llu.%09u", __print_ns_to_secs(REC->v), __print_ns_without_secs(REC->v)', ns),
    '1234.567890123',
  )
  const context = compileText(
    VALUE,
    '"%d%d%d", !!__event_in_hardirq(), !!__event_in_softirq(), !!__event_in_irq()',
  )
  for (const [flags, text] of [
    [0, '000'],
    [8, '101'],
    [0x10, '011'],
    [0x40, '001'],
    [0x27, '000'],
  ] as const)
    t.equal(textOf(context, recordOf(ns, flags)), text, `${flags}`)
  const stack = ['__data_loc unsigned long[] s;\toffset:8;\tsize:8;\tsigned:0;']
  const kallsyms = '1000 T one\n2000 T two\n3000 T end\n'
  t.equal(
    printed(
      stack,
      '"at=%s", __get_stacktrace(s)',
      `10001800 00000000 ${hex(2n)} ${hex(0x1004n)} ${hex(0x2000n)}`,
      { kallsyms },
    ),
    'at=\n=> one+0x4\n=> two+0x0',
  )
})

t.test('functions of subsystems', async (t) => {
  const cases: [printFmt: string, value: bigint, text: string][] = [
    ['"%s", jbd2_dev_to_name(REC->v)', (8n << 20n) | 3n, '8:3'],
    ['"%u", jiffies_to_msecs(REC->v)', 25n, '25'],
    ['"%u%s", (u32)REC->v, xen_hypercall_name(REC->v)', 1n, '1mmu_update'],
    ['"%s", REC->v ? xen_hypercall_name(REC->v) : ""', 49n, 'arch_1'],
    ['"%d", is_writable_pte(REC->v) ? 1 : 0', 2n, '1'],
    ['"%llx", pte_val(native_make_pte(REC->v))', 0x8000_0000_0000_0001n, '8000000000000001'],
    ['"%s %s", str_on_off(REC->v), str_read_write(!REC->v)', 1n, 'on write'],
    ['"%s", cper_severity_str(REC->v)', 1n, 'fatal'],
    ['"%s", cper_severity_str(REC->v)', 9n, 'unknown'],
    ['"%d", __builtin_expect(!!(REC->v), 0)', 4n, '1'],
    ['"%d", __builtin_choose_expr(1, 5, REC->missing)', 4n, '5'],
  ]
  for (const [printFmt, value, text] of cases)
    t.equal(printed(VALUE, printFmt, hex(value)), text, printFmt)
})

// Layouts of SBC-4 and SPC-5; numbers are big-endian.
t.test('SCSI commands', async (t) => {
  const fields = [
    'u8 c[32];\toffset:8;\tsize:32;\tsigned:0;',
    'u8 n;\toffset:40;\tsize:1;\tsigned:0;',
  ]
  const cases: [command: string, length: number, text: string][] = [
    ['08 1f ffff 00 00', 6, 'lba=2097151 txlen=256'],
    ['28 20 00000800 00 0010 00', 10, 'lba=2048 txlen=16 protect=1'],
    ['41 08 00000001 00 0002 00', 10, 'lba=1 txlen=2 protect=0 unmap=1'],
    ['a8 00 00000800 00000010 00 00', 12, 'lba=2048 txlen=16 protect=0'],
    ['88 00 0000000100000000 00000008 00 00', 16, 'lba=4294967296 txlen=8 protect=0'],
    ['42 00 00000000 00 0018 00', 10, 'regions=1'],
    ['9e 10 0000000000000005 00000020 00 00', 16, 'READ_CAPACITY_16 lba=5 alloc_len=32'],
    ['12 00 00 00 24 00', 6, '-'],
    ['28 00', 2, '-'],
    ['', 0, '-'],
  ]
  for (const [command, length, text] of cases) {
    const bytes = command.replaceAll(' ', '').padEnd(64, '0') + length.toString(16).padStart(2, '0')
    t.equal(printed(fields, '"%s", scsi_trace_parse_cdb(p, REC->c, REC->n)', bytes), text, command)
  }
})

t.test('arrays of strings that probes record', async (t) => {
  const fields = ['__data_loc char[][2] a0;\toffset:8;\tsize:8;\tsigned:0;']
  const text = printed(
    fields,
    '"{\\"%s\\",\\"%s\\"}", __get_str(a0[0]), __get_str(a0[1])',
    '10000200 12000200 6100 6200',
  )
  t.equal(text, '{"a","b"}')
})

t.test('the head of the record', async (t) => {
  t.equal(printed(VALUE, '"%d %d", REC->ent.pid, REC->common_pid', hex(0n)), '1 1')
})
