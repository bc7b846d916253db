import t from 'tap'
import {
  decodeText,
  escapeText,
  findNul,
  isUtf8Text,
  MAX_ESCAPE,
} from '../../../parser/event/text.ts'

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

const TEXTS: [hex: string, text: string, valid: boolean][] = [
  ['', '', true],
  ['61 62', 'ab', true],
  ['00 61', '\0a', true],
  ['5c 78 66 66', '\\xff', true], // a backslash stays one
  ['63 61 66 c3 a9', 'café', true],
  ['e2 82 ac', '€', true],
  ['f0 9f 98 80', '😀', true],
  ['f4 8f bf bf', '\u{10ffff}', true],
  ['62 61 64 ff fe', 'bad\\xff\\xfe', false],
  ['80', '\\x80', false],
  ['c0 80', '\\xc0\\x80', false], // overlong
  ['c1 bf', '\\xc1\\xbf', false],
  ['e0 9f bf', '\\xe0\\x9f\\xbf', false],
  ['f0 8f bf bf', '\\xf0\\x8f\\xbf\\xbf', false],
  ['ed a0 80', '\\xed\\xa0\\x80', false], // surrogate
  ['ed 9f bf', '\ud7ff', true],
  ['f4 90 80 80', '\\xf4\\x90\\x80\\x80', false], // above U+10FFFF
  ['f5 80 80 80', '\\xf5\\x80\\x80\\x80', false],
  ['e2 82', '\\xe2\\x82', false], // cut
  ['c3', '\\xc3', false],
  ['e2 82 41', '\\xe2\\x82A', false],
  ['ff c3 a9 80', '\\xffé\\x80', false],
]

t.test('bytes become text, nothing is dropped', async (t) => {
  for (const [hex, text, valid] of TEXTS) {
    const input = bytes(`2e ${hex} 2e`)
    const end = input.length - 1
    t.equal(decodeText(input, 1, end), text, hex)
    t.equal(isUtf8Text(input, 1, end), valid, hex)
    const target = new Uint8Array(3 + (end - 1) * MAX_ESCAPE)
    const stop = escapeText(input, 1, end, target, 3)
    t.equal(Buffer.from(target.subarray(3, stop)).toString('utf8'), text, `${hex}, bytes`)
  }
})

t.test('agrees with the platform on what is UTF-8', async (t) => {
  const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const lead = [
    0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xee, 0xf0, 0xf1, 0xf4, 0xf5, 0xff,
  ]
  const input = new Uint8Array(4)
  let wrong = 0
  for (const a of lead) {
    for (const b of lead) {
      for (const c of lead) {
        for (const d of lead) {
          input.set([a, b, c, d])
          let valid = true
          try {
            fatal.decode(input)
          } catch {
            valid = false
          }
          if (isUtf8Text(input, 0, 4) !== valid) wrong++
        }
      }
    }
  }
  t.equal(wrong, 0)
})

t.test('a view into a larger buffer', async (t) => {
  const whole = bytes('61 62 c3 a9 63 64')
  t.equal(decodeText(whole.subarray(1), 0, 4), 'béc')
})

t.test('first NUL', async (t) => {
  t.equal(findNul(bytes('61 00 62 00'), 0, 4), 1)
  t.equal(findNul(bytes('61 00 62 00'), 2, 3), 3)
})
