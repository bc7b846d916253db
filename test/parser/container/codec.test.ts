import zlib from 'node:zlib'
import t from 'tap'
import { createDecompressor } from '../../../parser/container/codec.ts'
import type { Decompressor } from '../../../parser/container/decompressor.ts'
import { storeZstd } from '../../helpers/codecs.ts'

/** Runs with `TRACEDUCK_ZSTD` set. */
const forced = (decoder: string | undefined): Decompressor => {
  const before = process.env.TRACEDUCK_ZSTD
  if (decoder === undefined) delete process.env.TRACEDUCK_ZSTD
  else process.env.TRACEDUCK_ZSTD = decoder
  try {
    return createDecompressor('zstd')
  } finally {
    if (before === undefined) delete process.env.TRACEDUCK_ZSTD
    else process.env.TRACEDUCK_ZSTD = before
  }
}

const possible = (decoder: string): boolean => {
  try {
    forced(decoder)
    return true
  } catch {
    return false
  }
}

const PLAIN = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 7)
/** A frame in which one block repeats one byte 100 000 times (RLE): 14 bytes in all. */
const repeated = (times: number, last = true): Uint8Array => {
  const head = (times << 3) | 2 | (last ? 1 : 0)
  return Uint8Array.of(
    0x28,
    0xb5,
    0x2f,
    0xfd, // magic
    0x00,
    0x38, // no content size, window of 128 KiB
    head & 0xff,
    (head >> 8) & 0xff,
    head >> 16,
    0x5a,
  )
}

for (const decoder of [undefined, 'native', 'node', 'js'] as const) {
  const skip = decoder !== undefined && !possible(decoder) && `no ${decoder} zstd here`
  t.test(`zstd, ${decoder ?? 'whatever is best'}`, { skip }, async (t) => {
    const unpack = forced(decoder)
    const output = new Uint8Array(PLAIN.length)
    t.equal(unpack(storeZstd(PLAIN), output), PLAIN.length)
    t.same(Buffer.compare(output, PLAIN), 0)

    const whole = new Uint8Array(100_010)
    const inside = whole.subarray(5, 100_005)
    t.equal(unpack(repeated(100_000), inside), 100_000, 'into part of a larger memory')
    t.ok(inside.every((byte) => byte === 0x5a))
    t.same([...whole.subarray(0, 5), ...whole.subarray(100_005)], new Array(10).fill(0))

    const refuse = (input: Uint8Array, size: number, what: string): void => {
      t.throws(() => unpack(input, new Uint8Array(size)), { code: 'ERR_TRACE_CODEC' }, what)
    }
    refuse(storeZstd(PLAIN), PLAIN.length - 1, 'unpacks to more')
    refuse(storeZstd(PLAIN), PLAIN.length + 1, 'unpacks to less')
    refuse(storeZstd(PLAIN).subarray(0, 1000), PLAIN.length, 'is cut')
    refuse(new Uint8Array(40).fill(7), 10, 'is no zstd')
    refuse(new Uint8Array(0), 10, 'is empty')
    refuse(repeated(100_000, false), 100_000, 'has no last block')
    t.equal(unpack(repeated(16), new Uint8Array(16)), 16, 'damage leaves the decoder usable')
  })
}

t.test('the JavaScript decoder is not led to allocate', async (t) => {
  const unpack = forced('js')
  const output = new Uint8Array(16)
  const hugeWindow = repeated(16)
  hugeWindow[5] = 31 << 3 // window of 2^41 bytes
  t.throws(() => unpack(hugeWindow, output), { code: 'ERR_TRACE_CODEC', message: /window/ })
  const single = Uint8Array.of(
    0x28,
    0xb5,
    0x2f,
    0xfd,
    0xa0,
    0xff,
    0xff,
    0xff,
    0x7f, // content size 0x7fffffff
    0x83,
    0x00,
    0x00,
    0x5a,
  )
  t.throws(() => unpack(single, output), { code: 'ERR_TRACE_CODEC', message: /2147483647/ })
  const two = Buffer.concat([repeated(16), hugeWindow])
  t.throws(() => unpack(two, output), { code: 'ERR_TRACE_CODEC', message: /frame of/ })
})

t.test('zlib', async (t) => {
  const unpack = createDecompressor('zlib')
  const packed = zlib.deflateSync(PLAIN)
  const output = new Uint8Array(PLAIN.length)
  t.equal(unpack(packed, output), PLAIN.length)
  t.same(Buffer.compare(output, PLAIN), 0)
  const bomb = zlib.deflateSync(new Uint8Array(50_000_000))
  for (const [input, size] of [
    [packed, PLAIN.length - 1],
    [packed, PLAIN.length + 1],
    [packed.subarray(0, 100), PLAIN.length],
    [bomb, 4096],
    [Uint8Array.of(1, 2, 3), 3],
  ] as const) {
    t.throws(() => unpack(input, new Uint8Array(size)), { code: 'ERR_TRACE_CODEC' })
  }
})

t.test('none, and names that mean nothing', async (t) => {
  const output = new Uint8Array(3)
  t.equal(createDecompressor('none')(Uint8Array.of(1, 2, 3), output), 3)
  t.same(output, Uint8Array.of(1, 2, 3))
  t.throws(() => createDecompressor('none')(Uint8Array.of(1), output), { code: 'ERR_TRACE_CODEC' })
  t.throws(() => createDecompressor('lz4'), { code: 'ERR_TRACE_CODEC', message: /lz4/ })
  t.throws(() => forced('magic'), { code: 'ERR_TRACE_CODEC', message: /magic/ })
})
