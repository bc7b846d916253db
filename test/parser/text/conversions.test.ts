import t from 'tap'
import { printed } from '../../helpers/print-text.ts'

const INT = ['int v;\toffset:8;\tsize:4;\tsigned:1;']
const LONG = ['s64 v;\toffset:8;\tsize:8;\tsigned:1;']

/** What printf of the C library prints. */
const INTS: readonly (readonly [format: string, value: number, text: string])[] = [
  ['%d', 0, '0'],
  ['%d', 7, '7'],
  ['%d', -5, '-5'],
  ['%d', 300, '300'],
  ['%d', -70000, '-70000'],
  ['%5d', 0, '    0'],
  ['%5d', 7, '    7'],
  ['%5d', -5, '   -5'],
  ['%5d', 300, '  300'],
  ['%5d', -70000, '-70000'],
  ['%-5d|', 0, '0    |'],
  ['%-5d|', 7, '7    |'],
  ['%-5d|', -5, '-5   |'],
  ['%-5d|', 300, '300  |'],
  ['%-5d|', -70000, '-70000|'],
  ['%05d', 0, '00000'],
  ['%05d', 7, '00007'],
  ['%05d', -5, '-0005'],
  ['%05d', 300, '00300'],
  ['%05d', -70000, '-70000'],
  ['%+d', 0, '+0'],
  ['%+d', 7, '+7'],
  ['%+d', -5, '-5'],
  ['%+d', 300, '+300'],
  ['%+d', -70000, '-70000'],
  ['% d', 0, ' 0'],
  ['% d', 7, ' 7'],
  ['% d', -5, '-5'],
  ['% d', 300, ' 300'],
  ['% d', -70000, '-70000'],
  ['%5.3d', 0, '  000'],
  ['%5.3d', 7, '  007'],
  ['%5.3d', -5, ' -005'],
  ['%5.3d', 300, '  300'],
  ['%5.3d', -70000, '-70000'],
  ['%-6.2d|', 0, '00    |'],
  ['%-6.2d|', 7, '07    |'],
  ['%-6.2d|', -5, '-05   |'],
  ['%-6.2d|', 300, '300   |'],
  ['%-6.2d|', -70000, '-70000|'],
  ['%.0d', 7, '7'],
  ['%.0d', -5, '-5'],
  ['%.0d', 300, '300'],
  ['%.0d', -70000, '-70000'],
  ['%+05d', 0, '+0000'],
  ['%+05d', 7, '+0007'],
  ['%+05d', -5, '-0005'],
  ['%+05d', 300, '+0300'],
  ['%+05d', -70000, '-70000'],
  ['%u', 0, '0'],
  ['%u', 7, '7'],
  ['%u', -5, '4294967291'],
  ['%u', 300, '300'],
  ['%u', -70000, '4294897296'],
  ['%x', 0, '0'],
  ['%x', 7, '7'],
  ['%x', -5, 'fffffffb'],
  ['%x', 300, '12c'],
  ['%x', -70000, 'fffeee90'],
  ['%X', 0, '0'],
  ['%X', 7, '7'],
  ['%X', -5, 'FFFFFFFB'],
  ['%X', 300, '12C'],
  ['%X', -70000, 'FFFEEE90'],
  ['%#x', 0, '0'],
  ['%#x', 7, '0x7'],
  ['%#x', -5, '0xfffffffb'],
  ['%#x', 300, '0x12c'],
  ['%#x', -70000, '0xfffeee90'],
  ['%#X', 0, '0'],
  ['%#X', 7, '0X7'],
  ['%#X', -5, '0XFFFFFFFB'],
  ['%#X', 300, '0X12C'],
  ['%#X', -70000, '0XFFFEEE90'],
  ['%o', 0, '0'],
  ['%o', 7, '7'],
  ['%o', -5, '37777777773'],
  ['%o', 300, '454'],
  ['%o', -70000, '37777567220'],
  ['%#o', 0, '0'],
  ['%#o', 7, '07'],
  ['%#o', -5, '037777777773'],
  ['%#o', 300, '0454'],
  ['%#o', -70000, '037777567220'],
  ['%08x', 0, '00000000'],
  ['%08x', 7, '00000007'],
  ['%08x', -5, 'fffffffb'],
  ['%08x', 300, '0000012c'],
  ['%08x', -70000, 'fffeee90'],
  ['%#010x', 0, '0000000000'],
  ['%#010x', 7, '0x00000007'],
  ['%#010x', -5, '0xfffffffb'],
  ['%#010x', 300, '0x0000012c'],
  ['%#010x', -70000, '0xfffeee90'],
  ['%-8x|', 0, '0       |'],
  ['%-8x|', 7, '7       |'],
  ['%-8x|', -5, 'fffffffb|'],
  ['%-8x|', 300, '12c     |'],
  ['%-8x|', -70000, 'fffeee90|'],
  ['%8.4x', 0, '    0000'],
  ['%8.4x', 7, '    0007'],
  ['%8.4x', -5, 'fffffffb'],
  ['%8.4x', 300, '    012c'],
  ['%8.4x', -70000, 'fffeee90'],
  ['%hd', 0, '0'],
  ['%hd', 7, '7'],
  ['%hd', -5, '-5'],
  ['%hd', 300, '300'],
  ['%hd', -70000, '-4464'],
  ['%hu', 0, '0'],
  ['%hu', 7, '7'],
  ['%hu', -5, '65531'],
  ['%hu', 300, '300'],
  ['%hu', -70000, '61072'],
  ['%hhd', 0, '0'],
  ['%hhd', 7, '7'],
  ['%hhd', -5, '-5'],
  ['%hhd', 300, '44'],
  ['%hhd', -70000, '-112'],
  ['%hhu', 0, '0'],
  ['%hhu', 7, '7'],
  ['%hhu', -5, '251'],
  ['%hhu', 300, '44'],
  ['%hhu', -70000, '144'],
  ['%hx', 0, '0'],
  ['%hx', 7, '7'],
  ['%hx', -5, 'fffb'],
  ['%hx', 300, '12c'],
  ['%hx', -70000, 'ee90'],
  ['%hhx', 0, '0'],
  ['%hhx', 7, '7'],
  ['%hhx', -5, 'fb'],
  ['%hhx', 300, '2c'],
  ['%hhx', -70000, '90'],
]

const LONGS: readonly (readonly [format: string, value: string, text: string])[] = [
  ['%lld', '0', '0'],
  ['%lld', '-1', '-1'],
  ['%lld', '123456789012345', '123456789012345'],
  ['%lld', '-9223372036854775808', '-9223372036854775808'],
  ['%llu', '0', '0'],
  ['%llu', '-1', '18446744073709551615'],
  ['%llu', '123456789012345', '123456789012345'],
  ['%llu', '-9223372036854775808', '9223372036854775808'],
  ['%llx', '0', '0'],
  ['%llx', '-1', 'ffffffffffffffff'],
  ['%llx', '123456789012345', '7048860ddf79'],
  ['%llx', '-9223372036854775808', '8000000000000000'],
  ['%20lld', '0', '                   0'],
  ['%20lld', '-1', '                  -1'],
  ['%20lld', '123456789012345', '     123456789012345'],
  ['%20lld', '-9223372036854775808', '-9223372036854775808'],
  ['%-20lld|', '0', '0                   |'],
  ['%-20lld|', '-1', '-1                  |'],
  ['%-20lld|', '123456789012345', '123456789012345     |'],
  ['%-20lld|', '-9223372036854775808', '-9223372036854775808|'],
  ['%020lld', '0', '00000000000000000000'],
  ['%020lld', '-1', '-0000000000000000001'],
  ['%020lld', '123456789012345', '00000123456789012345'],
  ['%020lld', '-9223372036854775808', '-9223372036854775808'],
  ['%+lld', '0', '+0'],
  ['%+lld', '-1', '-1'],
  ['%+lld', '123456789012345', '+123456789012345'],
  ['%+lld', '-9223372036854775808', '-9223372036854775808'],
  ['%#llx', '0', '0'],
  ['%#llx', '-1', '0xffffffffffffffff'],
  ['%#llx', '123456789012345', '0x7048860ddf79'],
  ['%#llx', '-9223372036854775808', '0x8000000000000000'],
  ['%llX', '0', '0'],
  ['%llX', '-1', 'FFFFFFFFFFFFFFFF'],
  ['%llX', '123456789012345', '7048860DDF79'],
  ['%llX', '-9223372036854775808', '8000000000000000'],
  ['%llo', '0', '0'],
  ['%llo', '-1', '1777777777777777777777'],
  ['%llo', '123456789012345', '3404420603357571'],
  ['%llo', '-9223372036854775808', '1000000000000000000000'],
]

const int = (value: number): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes.toString('hex')
}

const long = (value: string): string => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value))
  return bytes.toString('hex')
}

t.test('numbers as the C library prints them', async (t) => {
  for (const [format, value, text] of INTS) {
    t.equal(printed(INT, `"${format}", REC->v`, int(value)), text, `${format} of ${value}`)
    const computed = printed(INT, `"${format}", (REC->v + 0)`, int(value))
    t.equal(computed, text, `${format} of ${value}, computed`)
  }
  for (const [format, value, text] of LONGS) {
    t.equal(printed(LONG, `"${format}", REC->v`, long(value)), text, `${format} of ${value}`)
    const computed = printed(LONG, `"${format}", (REC->v | 0)`, long(value))
    t.equal(computed, text, `${format} of ${value}, computed`)
  }
})

t.test('width and precision from arguments', async (t) => {
  const cases: [printFmt: string, text: string][] = [
    ['"%*d|", 5, REC->v', '   42|'],
    ['"%*d|", -5, REC->v', '42   |'],
    ['"%-*d|", 5, REC->v', '42   |'],
    ['"%0*x|", 6, REC->v', '00002a|'],
    ['"%.*d|", 4, REC->v', '0042|'],
    ['"%*.*d|", 6, 3, REC->v', '   042|'],
    ['"%.*d|", -1, REC->v', '42|'],
    ['"%*s|%-*s|", 3, "a", 3, "b"', '  a|b  |'],
    ['"%.*s|", 2, "abc"', 'ab|'],
    ['"%5c|%-5c|", \'a\', 98', '    a|b    |'],
  ]
  for (const [printFmt, text] of cases) t.equal(printed(INT, printFmt, int(42)), text, printFmt)
})

t.test('plain text', async (t) => {
  const cases: [printFmt: string, text: string][] = [
    ['"plain"', 'plain'],
    ['""', ''],
    ['"100%% of" " it\\n"', '100% of it\n'],
    ['"a %d b" "c", REC->v', 'a 42 bc'],
    ['"caf\u00e9 %d", REC->v', 'caf\u00c3\u00a9 42'],
    ['"say "%d", or not", REC->v', 'say "42", or not'],
    ['"a "b" %s, c", "x, \\"y\\""', 'a "b" x, "y", c'],
    ['"%d %y", REC->v', '42 %y'],
  ]
  for (const [printFmt, text] of cases) t.equal(printed(INT, printFmt, int(42)), text, printFmt)
})

const TEXTS = [
  'char name[4];\toffset:8;\tsize:4;\tsigned:0;',
  '__data_loc char[] s;\toffset:12;\tsize:4;\tsigned:0;',
  '__rel_loc char[] r;\toffset:16;\tsize:4;\tsigned:0;',
  'const char * p;\toffset:24;\tsize:8;\tsigned:0;',
  'u32 n;\toffset:32;\tsize:4;\tsigned:0;',
]
// name = "abcd" without a NUL; s = "x\xff" at 36, r = "yz" at 20 + 20 = 40; p = 0x1000.
const TEXT_RECORD = '61626364 24000400 14000300 00000000 0010000000000000 02000000 78ff0000 797a00'

t.test('strings', async (t) => {
  const cases: [printFmt: string, text: string][] = [
    ['"%s|", REC->name', 'abcd|'],
    ['"%s|%s|", __get_str(s), __get_rel_str(r)', 'x\xff|yz|'],
    ['"%s|", REC->s', 'x\xff|'],
    ['"%5s|%-5s|%.1s|", __get_str(s), __get_str(s), __get_str(s)', '   x\xff|x\xff   |x|'],
    ['"%.*s|", REC->n, (char *)__get_dynamic_array(s)', 'x\xff|'],
    ['"%s", REC->p', 'a constant'],
    ['"%s", (char *)(REC->p + 1)', '0x1001'],
    ['"%s", (void *)0', '(null)'],
    ['"%s", REC->n ? "yes" : "no"', 'yes'],
    ['"%s", REC->n > 2 ? "more" : REC->n == 2 ? __get_str(s) : REC->name', 'x\xff'],
    ['"%s", __get_str(s) + 1', '\xff'],
    ['"%c%c", REC->name[1], ((u8 *)REC->name)[2]', 'bc'],
    ['"%c", "0123"[REC->n]', '2'],
    ['"%d", __get_dynamic_array_len(s)', '4'],
    ['"%d", REC->__data_loc_s & 0xffff', '36'],
    ['"%d", (int)sizeof(REC->name)', '4'],
  ]
  const printkFormats = '0x1000 : "a constant\\n"\n'
  for (const [printFmt, text] of cases)
    t.equal(printed(TEXTS, printFmt, TEXT_RECORD, { printkFormats }), text, printFmt)
})

const kallsyms = 'ffffffff81000000 T first\nffffffff81000100 t second\nffffffff82000000 T last\n'

// `Documentation/core-api/printk-formats.rst`, and a C library's look of plain pointers.
t.test('pointers', async (t) => {
  const fields = ['void * p;\toffset:8;\tsize:8;\tsigned:0;']
  const cases: [format: string, value: string, text: string][] = [
    ['%p', '0x1234', '0x1234'],
    ['%p', '0', '(nil)'],
    ['%10p|', '0x1234', '    0x1234|'],
    ['%px', '0x1234', '0000000000001234'],
    ['%pK', '0xffffffff81000000', '0xffffffff81000000'],
    ['%ps', '0xffffffff81000104', 'second'],
    ['%pf', '0xffffffff81000100', 'second'],
    ['%pS', '0xffffffff81000104', 'second+0x4'],
    ['%pS', '0xffffffff81000100', 'second+0x0'],
    ['%pB', '0xffffffff81000104', 'second+0x4'],
    ['%pSR', '0xffffffff81000104', 'second+0x4'],
    ['%ps', '0x10', '0x10'],
    ['%pS', '0', '0x0'],
    ['%ps', '0xffffffff82000000', 'last'],
    ['%ps', '0xffffffff82000001', '0xffffffff82000001'],
    ['%pe', '0xfffffffffffffffe', '-2'],
    ['%pe', '0x1000', '0x1000'],
  ]
  for (const [format, value, text] of cases) {
    const hex = long(BigInt.asIntN(64, BigInt(value)).toString())
    t.equal(printed(fields, `"${format}", REC->p`, hex, { kallsyms }), text, `${format} ${value}`)
    const computed = printed(fields, `"${format}", (void *)(REC->p + 0)`, hex, { kallsyms })
    t.equal(computed, text, `${format} ${value}, computed`)
  }
})

t.test('pointers of 32-bit kernels', async (t) => {
  const fields = ['void * p;\toffset:8;\tsize:4;\tsigned:0;']
  const options = {
    longSize: 4,
    littleEndian: false,
    kallsyms: 'c0008000 T stext\nd0000000 T x\n',
  } as const
  t.equal(
    printed(
      fields,
      '"%p %ps %pS %lx", REC->p, REC->p, REC->p, (unsigned long)REC->p',
      'c0008004',
      options,
    ),
    '0xc0008004 stext stext+0x4 c0008004',
  )
  t.equal(printed(fields, '"%p", REC->p', '00000000', options), '(nil)')
})

// Bytes 0 … 15, and addresses of each kind. The texts are those of printk-formats.rst.
t.test('addresses and bytes', async (t) => {
  const fields = [
    'u8 a[16];\toffset:8;\tsize:16;\tsigned:0;',
    'u8 n;\toffset:24;\tsize:1;\tsigned:0;',
  ]
  const bytes = '000102030405060708090a0b0c0d0e0f 03'
  const cases: [printFmt: string, text: string, hex?: string][] = [
    ['"%pM", REC->a', '00:01:02:03:04:05'],
    ['"%pm", REC->a', '000102030405'],
    ['"%pMR", REC->a', '05:04:03:02:01:00'],
    ['"%pMF", REC->a', '00-01-02-03-04-05'],
    ['"%pmR", REC->a', '050403020100'],
    ['"%pI4", REC->a', '0.1.2.3'],
    ['"%pi4", REC->a', '000.001.002.003'],
    [
      '"%pI4h %pI4n %pI4b %pI4l", REC->a, REC->a, REC->a, REC->a',
      '3.2.1.0 0.1.2.3 0.1.2.3 3.2.1.0',
    ],
    ['"%16pI4|", REC->a', '         0.1.2.3|'],
    ['"%pI6", REC->a', '0001:0203:0405:0607:0809:0a0b:0c0d:0e0f'],
    ['"%pi6", REC->a', '000102030405060708090a0b0c0d0e0f'],
    ['"%pI6c", REC->a', '1:203:405:607:809:a0b:c0d:e0f'],
    ['"%pI6c", REC->a', '1:0:0:2::3', '00010000000000020000000000000003'],
    ['"%pI6c", REC->a', '::', '00000000000000000000000000000000'],
    ['"%pI6c", REC->a', '::1', '00000000000000000000000000000001'],
    ['"%pI6c", REC->a', 'fe80::', 'fe800000000000000000000000000000'],
    ['"%pI6c", REC->a', '1:0:2:3:4:5:6:7', '00010000000200030004000500060007'],
    ['"%pI6c", REC->a', '::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
    ['"%pUb", REC->a', '00010203-0405-0607-0809-0a0b0c0d0e0f'],
    ['"%pUB", REC->a', '00010203-0405-0607-0809-0A0B0C0D0E0F'],
    ['"%pUl", REC->a', '03020100-0504-0706-0809-0a0b0c0d0e0f'],
    ['"%pUL", REC->a', '03020100-0504-0706-0809-0A0B0C0D0E0F'],
    ['"%pU", REC->a', '00010203-0405-0607-0809-0a0b0c0d0e0f'],
    ['"%*ph|%3ph", REC->n, REC->a, REC->a + 4', '00 01 02|04 05 06'],
    ['"%*phC %*phD %*phN", 2, REC->a, 2, REC->a, 2, REC->a', '00:01 00-01 0001'],
    ['"%*pbl %*pb", 64, REC->a, 64, REC->a', '8,17,24-25,34,40,42,49-50,56-58 07060504,03020100'],
    ['"%*pb %*pbl", 12, REC->a, 9, REC->a', '100 8'],
    ['"%pI4", &REC->a[4]', '4.5.6.7'],
    ['"%pGg %pGp", &REC->a[0], &REC->a[8]', '0x3020100 0xf0e0d0c0b0a0908'],
    ['"%d %pM", REC->n, REC->n', '3 ?'],
  ]
  for (const [printFmt, text, hex] of cases)
    t.equal(
      printed(fields, `"" ${printFmt}`, hex ? `${hex} 03` : bytes),
      text,
      `${printFmt} ${hex ?? ''}`,
    )
})

t.test('socket addresses', async (t) => {
  const fields = ['u8 sa[28];\toffset:8;\tsize:28;\tsigned:0;']
  const rest = '00'.repeat(20)
  const ip4 = `0200 0050 7f000001 ${rest}`
  const ip6 = '0a00 01bb 00000005 fe000000000000000000000000000002 07000000'
  const cases: [format: string, hex: string, text: string][] = [
    ['%pIS', ip4, '127.0.0.1'],
    ['%pISp', ip4, '127.0.0.1:80'],
    ['%pISpfsc', ip4, '127.0.0.1:80'],
    ['%piSp', ip4, '127.000.000.001:80'],
    ['%pIS', ip6, 'fe00:0000:0000:0000:0000:0000:0000:0002'],
    ['%pISc', ip6, 'fe00::2'],
    ['%pISpc', ip6, '[fe00::2]:443'],
    ['%pISpfsc', ip6, '[fe00::2]:443/5%7'],
    ['%pISpc', `1100 0050 ${rest} 00000000`, ''],
  ]
  for (const [format, hex, text] of cases)
    t.equal(printed(fields, `"<${format}>", REC->sa`, hex), `<${text}>`, format)
  const big = printed(fields, '"%pISpc", REC->sa', ip4.replace('0200', '0002'), {
    littleEndian: false,
  })
  t.equal(big, '127.0.0.1:80', 'the family is in the order of the machine')
})
