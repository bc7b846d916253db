import t from 'tap'
import { PrintkFormats, unescapeC } from '../../../parser/event/printk-formats.ts'

const TABLE = [
  '0xffffffff9c749b30 : "CPU_ON"',
  '0xffffffff9c749b31 : "two\\nlines\\n"',
  '0xffff8b6a1db034c0 : "quote \\" tab\\t %s|\\n"',
  '0xc0001000 : "a : \\"b\\""',
  '0xffffffff9c749b30 : "again"',
  '0x10 : unquoted',
  'nonsense',
  '0xzz : "bad"',
  '0x12345678123456789 : "17 digits"',
  '',
].join('\n')

t.test('texts by address', async (t) => {
  const formats = new PrintkFormats(Buffer.from(TABLE))
  t.equal(formats.size, 4)
  t.equal(formats.lookup(0xffffffff9c749b31n), 'two\nlines', 'one final newline goes')
  t.equal(formats.lookup(0xffff8b6a1db034c0n), 'quote " tab\t %s|')
  t.equal(formats.lookup(0xffffffff9c749b30n), 'again')
  t.equal(formats.textAt(0, 0xc0001000), 'a : "b"')
  t.equal(formats.textAt(0xffffffff, 0xc0001000), undefined)
  t.equal(formats.lookup(0x10n), undefined)
})

t.test('bytes that are not UTF-8', async (t) => {
  const formats = new PrintkFormats(Buffer.from('0x1 : "b\xff"\n', 'latin1'))
  t.equal(
    formats.lookup(1n),
    'b\\xff'.replace('\\xff', 'ÿ'),
    'read as an escape: kernel texts are ASCII',
  )
})

t.test('C escapes', async (t) => {
  const escapes: Record<string, string> = {
    'a\\nb': 'a\nb',
    '\\t\\r\\a\\b\\f\\v\\e': '\t\r\x07\b\f\v\x1b',
    '\\"\\\'\\\\': '"\'\\',
    '\\\\n': '\\n',
    '\\0\\12\\101\\1011': '\0\nAA1',
    '\\x41\\x4g': 'A\x04g',
    '100\\%': '100\\%',
    'end\\': 'end\\',
  }
  for (const [text, expected] of Object.entries(escapes)) t.equal(unescapeC(text), expected, text)
})
