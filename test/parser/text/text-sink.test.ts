import t from 'tap'
import { digitsOf, FixedText, hexDigitsOf } from '../../../parser/text/digits.ts'
import { TextCache } from '../../../parser/text/text-cache.ts'
import { TextSink } from '../../../parser/text/text-sink.ts'
import { Random } from '../../helpers/random.ts'

const written = (write: (sink: TextSink) => void): string => {
  // As small as can be, so that every method has to make room.
  const sink = new TextSink(0)
  write(sink)
  return Buffer.from(sink.copy()).toString('latin1')
}

const EDGES = [0n, 1n, 9n, 10n, 99n, 100n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 1n << 32n]
const values: bigint[] = []
for (let i = 0n; i < 64n; i++) values.push((1n << i) - 1n, 1n << i, (1n << i) + 1n)
for (let i = 0n; i < 20n; i++) values.push(10n ** i - 1n, 10n ** i, -(10n ** i))
const random = new Random(7)
for (let i = 0; i < 500; i++) values.push((BigInt(random.next()) << 32n) | BigInt(random.next()))

t.test('64-bit numbers', async (t) => {
  const wrong: unknown[] = []
  for (const value of [...EDGES, ...values]) {
    const unsigned = BigInt.asUintN(64, value)
    const high = Number(BigInt.asIntN(32, value >> 32n))
    const low = Number(BigInt.asIntN(32, value))
    const texts = [
      written((sink) => sink.unsigned64(high, low)),
      written((sink) => sink.unsigned64(high >>> 0, low >>> 0)),
      written((sink) => sink.signed64(high, low)),
      written((sink) => sink.hex64(high, low)),
      written((sink) => sink.upperHex64(high, low)),
      written((sink) => sink.octal64(high, low)),
      written((sink) => sink.hexPadded64(high, low, 12)),
      written((sink) => sink.hexPadded64(high, low, 4)),
    ]
    const hex = unsigned.toString(16)
    const expected = [
      `${unsigned}`,
      `${unsigned}`,
      `${BigInt.asIntN(64, value)}`,
      hex,
      hex.toUpperCase(),
      unsigned.toString(8),
      hex.padStart(12, '0'),
      hex.padStart(4, '0'),
    ]
    if (`${texts}` !== `${expected}` || hexDigitsOf(high, low) !== hex.length)
      wrong.push({ value, texts, expected })
  }
  t.same(wrong, [])
})

t.test('32-bit numbers', async (t) => {
  const wrong: unknown[] = []
  for (const value of [...EDGES, ...values]) {
    const number = Number(BigInt.asIntN(32, value))
    const unsigned = number >>> 0
    const hex = unsigned.toString(16)
    const texts = [
      written((sink) => sink.unsigned(number)),
      written((sink) => sink.signed(number)),
      written((sink) => sink.hex(number)),
      written((sink) => sink.hexPadded(number, 8)),
      written((sink) => sink.hexPadded(number, 3)),
      written((sink) => sink.unsignedPadded(number, 7, 0x20)),
    ]
    const expected = [
      `${unsigned}`,
      `${number}`,
      hex,
      hex.padStart(8, '0'),
      hex.padStart(8, '0').slice(5),
      `${unsigned}`.padStart(7),
    ]
    if (`${texts}` !== `${expected}` || digitsOf(unsigned) !== `${unsigned}`.length)
      wrong.push({ number, texts, expected })
  }
  t.same(wrong, [])
})

t.test('bytes and filling', async (t) => {
  const long = 'abcdefghij'.repeat(20)
  const bytes = Buffer.from(long)
  for (const length of [0, 1, 3, 4, 5, 31, 32, 33, 190]) {
    t.equal(
      written((sink) => sink.raw(bytes, 2, 2 + length)),
      long.slice(2, 2 + length),
    )
    t.equal(
      written((sink) => sink.all(bytes.subarray(0, length))),
      long.slice(0, length),
    )
    t.equal(
      written((sink) => {
        sink.fixed(new FixedText(bytes.subarray(0, length)))
        sink.byte(0x21)
      }),
      `${long.slice(0, length)}!`,
    )
  }
  t.equal(
    written((sink) => sink.raw(bytes, 5, 3)),
    '',
    'nothing backwards',
  )
  t.equal(
    written((sink) => {
      sink.latin1('ab')
      const start = sink.length
      sink.latin1('xyz')
      sink.padTo(start, 2)
      sink.padTo(start, 5)
      sink.padBefore(start, 4, 0x30)
      sink.padBefore(start, 7, 0x30)
    }),
    'ab00xyz  ',
  )
  t.equal(
    written((sink) => sink.repeat(0x2d, 3)),
    '---',
  )
})

t.test('a cache gives back what was kept for a value, whatever it replaced', async (t) => {
  const cache = new TextCache(16)
  const sink = new TextSink()
  const texts: string[] = []
  const expected: string[] = []
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 200; i++) {
      sink.clear()
      sink.latin1('#')
      if (!cache.write(i >> 1, -i, sink)) {
        sink.latin1(`value ${i}`)
        cache.keep(i >> 1, -i, sink, 1)
      }
      texts.push(Buffer.from(sink.copy()).toString())
      expected.push(`#value ${i}`)
    }
  }
  t.same(texts, expected)
  sink.clear()
  sink.latin1('x'.repeat(5000))
  cache.keep(1, 1, sink, 0)
  t.notOk(cache.write(1, 1, sink), 'long texts are not kept')
})
