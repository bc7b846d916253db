import t from 'tap'
import { parseEventFormat } from '../../../parser/event/format.ts'
import { createBprintReader, MAX_BPRINT_TEXT } from '../../../parser/text/bprint.ts'
import { formatOf } from '../../helpers/formats.ts'
import { contextOf, type PrintOptions } from '../../helpers/print-text.ts'

const KALLSYMS =
  'ffffffff81000000 T _text\nffffffff81000100 t do_one\nffffffff81000200 T _end\nc0008000 T stext\n'

const bprintFormat = (longSize: 4 | 8) =>
  parseEventFormat(
    formatOf('bprint', [
      `unsigned long ip;\toffset:8;\tsize:${longSize};\tsigned:0;`,
      `const char * fmt;\toffset:${8 + longSize};\tsize:${longSize};\tsigned:0;`,
      `u32 buf[];\toffset:${8 + 2 * longSize};\tsize:0;\tsigned:0;`,
    ]),
    'ftrace',
    { longSize },
  )!

const asLine = (text: string): string => text.replaceAll('\n', '\\n')

/** The text of a record whose format lies at 0x1000 and whose arguments are `hex`. */
const format = (fmt: string, hex: string, more: PrintOptions = {}): string => {
  const longSize = more.longSize ?? 8
  const args = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const record = Buffer.alloc(8 + 2 * longSize)
  const last = record.length - (more.littleEndian === false ? 2 : longSize)
  record[more.littleEndian === false ? last : last + 1] = 0x10
  const bytes = Buffer.concat([record, args])
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const printkFormats = `0x1000 : "${asLine(fmt)}"\n`
  const context = contextOf({ kallsyms: KALLSYMS, printkFormats, ...more })
  return createBprintReader(bprintFormat(longSize), context)(view, 0, bytes.length)
}

t.test('integers', async (t) => {
  const cases: [fmt: string, hex: string, text: string][] = [
    ['%d', 'ffffffff', '-1'],
    ['%i|%u', 'feffffff feffffff', '-2|4294967294'],
    [
      '%x %X %#x %#X %o %#o',
      '1f000000 1f000000 1f000000 1f000000 1f000000 1f000000',
      '1f 1F 0x1f 0X1F 37 037',
    ],
    ['%#x %#o', '00000000 00000000', '0 0'],
    [
      '%5d|%-5d|%05d|%+d|% d',
      '2a000000 2a000000 2a000000 2a000000 2a000000',
      '   42|42   |00042|+42| 42',
    ],
    ['%05d|%5.3d|%.0d', 'd6ffffff 05000000 07000000', '-0042|  005|7'],
    ['%#06x', '0a000000', '0x000a'],
    ['%-05d|', '03000000', '3    |'],
    ['%*d|%-*d|%*d|', '04000000 01000000 04000000 02000000 fcffffff 03000000', '   1|2   |3   |'],
    ['%.*d', '03000000 07000000', '007'],
    ['%lld %llu', 'ffffffffffffffff ffffffffffffffff', '-1 18446744073709551615'],
    ['%ld %lx %zu', 'feffffffffffffff 00000000ffffffff 0100000000000000', '-2 ffffffff00000000 1'],
    ['%d %lld', '01000000 0200000000000000', '1 2'],
    ['%Lx', 'efcdab8967452301', '123456789abcdef'],
    ['100%% %d', '05000000', '100% 5'],
    ['%hhd %hhu', 'ff fe', '-1 254'],
    ['%hd %hu %d', 'ffff ffff 01000000', '-1 65535 1'],
    ['%hhd %hd %d', 'ff00 feff 01000000', '-1 -2 1'],
    ['%c%c %d', '41 42 0000 01000000', 'AB 1'],
    ['%3c|%-3c|', '41 42', '  A|B  |'],
    ['%c%c', 'ff 00', '\\xff'],
  ]
  for (const [fmt, hex, text] of cases) t.equal(format(fmt, hex), text, fmt)
})

t.test('kernels from 6.14 on pack short integers in four bytes', async (t) => {
  const uname = 'Linux box 6.14.0 x86_64'
  t.equal(format('%hhd %hu %d', 'ff010000 ffff0100 05000000', { uname }), '-1 65535 5')
  t.equal(format('%hhd %d', 'ff010000 05000000', { uname: '' }), '-1 5', 'and so do unknown ones')
})

t.test('big-endian and 32-bit kernels', async (t) => {
  t.equal(format('%d %lld', 'fffffffe 0000000000000005', { littleEndian: false }), '-2 5')
  t.equal(format('%ld %lu %zd', 'feffffff feffffff 01000000', { longSize: 4 }), '-2 4294967294 1')
  t.equal(format('%pS', '04800 0c0'.replace(' ', ''), { longSize: 4 }), 'stext+0x4')
})

t.test('strings', async (t) => {
  const cases: [fmt: string, hex: string, text: string][] = [
    ['%s|%s', '6100 626300', 'a|bc'],
    ['%s %d', '6100 0000 07000000', 'a 7'],
    ['%5s|%-5s|%.2s|%5.1s|', '6100 6200 63646500 6667 00', '    a|b    |cd|    f|'],
    ['%s', '', '%s'],
    ['%s', '00', ''],
    ['%s', '6162', 'ab'],
    ['%s', 'ff41 00', '\\xffA'],
  ]
  for (const [fmt, hex, text] of cases) t.equal(format(fmt, hex), text, `${fmt} ${hex}`)
})

t.test('pointers', async (t) => {
  const doOne = '0401008 1ffffffff'.replace(' ', '')
  const cases: [fmt: string, hex: string, text: string, uname?: string][] = [
    ['%p', '1000000000000000', '0x10'],
    ['%p', '0000000000000000', '(nil)'],
    ['%20p|', '1000000000000000', `${'0x10'.padStart(20)}|`],
    ['%p.', '1000000000000000', '0x10.'],
    ['%px', '1000000000000000', '0000000000000010'],
    ['%pK', '1000000000000000', '0x10'],
    ['%ps %pS', doOne + doOne, 'do_one do_one+0x4'],
    ['%pS', '1000000000000000', '0x10'],
    ['%pe %pe', 'f4ffffffffffffff 1000000000000000', '-12 0x10'],
    [
      '%pI4 %pM %*pbl %u%%',
      '312e322e332e3400 61613a626200 0000 10000000 302d3300 07000000',
      '1.2.3.4 aa:bb 0-3 7%',
    ],
    ['%pB', '645f6f6e652b3000', 'd_one+0'],
    ['%pd %d', '0000 0000 05000000', ' 5'],
    ['%pf', doOne, 'do_one', 'Linux box 5.4.0 x86_64'],
    ['%pF', doOne, 'do_one+0x4', 'Linux box 5.4.0 x86_64'],
    ['%pB', doOne, 'do_one+0x4', 'Linux box 4.9.0 x86_64'],
    ['%pI4', doOne, '0xffffffff81000104', 'Linux box 4.9.0 x86_64'],
    ['%pI4', doOne, '0xffffffff81000104', ''],
    ['%pI4', '312e322e332e3400', '1.2.3.4', ''],
  ]
  for (const [fmt, hex, text, uname] of cases) {
    t.equal(format(fmt, hex, uname === undefined ? {} : { uname }), text, `${fmt} ${hex} ${uname}`)
  }
})

t.test('arguments that are not there leave the conversion', async (t) => {
  t.equal(format('a %d b %5s c %llx', '01000000'), 'a 1 b %5s c %llx')
  t.equal(format('%*d', '01000000'), '%*d')
  t.equal(format('%q %y %', ''), '%q %y %')
})

t.test('text has a limit', async (t) => {
  t.equal(format('%2000000000d', '01000000'), '%2000000000d', 'no kernel width')
  t.equal(format('%*d', 'ffffff7f 01000000').length, 4096)
  t.equal(format('%4000d'.repeat(50), '01000000'.repeat(50)).length, MAX_BPRINT_TEXT)
  t.equal(format('x'.repeat(16_000), '').length, 16_000)
})

t.test('whole records', async (t) => {
  const bprint = bprintFormat(8)
  const printkFormats = '0xffff8b6a1db034c0 : "n=%d %s\\n"\n'
  // A record of amd64 6.1: common fields, ip, fmt, 5, "hi".
  const record = '06000000ba000000 ae7355c0ffffffff c034b01d6a8bffff 05000000 68690000'
  const bytes = Buffer.from(`00000000${record.replaceAll(' ', '')}`, 'hex')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const read = createBprintReader(bprint, contextOf({ printkFormats }))
  t.equal(read(view, 4, 32), 'n=5 hi')
  t.equal(read(view, 4, 28), 'n=5 %s', 'cut after the number')
  t.equal(read(view, 4, 20), '', 'cut inside the pointer')
  t.equal(read(view, 4, 4000), 'n=5 hi', 'a size beyond the view')
  const none = createBprintReader(bprint, contextOf())
  t.equal(none(view, 4, 32), '(NO FORMAT FOUND at ffff8b6a1db034c0)')
  const big = Buffer.from(
    '0006000000000ba0 00000000c0008000 ffff8b6a1db034c0 00000005 68690000'.replaceAll(' ', ''),
    'hex',
  )
  const readBig = createBprintReader(bprint, contextOf({ printkFormats, littleEndian: false }))
  t.equal(readBig(new DataView(big.buffer, big.byteOffset, big.length), 0, 32), 'n=5 hi')
})
