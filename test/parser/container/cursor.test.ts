import t from 'tap'
import { Cursor } from '../../../parser/container/cursor.ts'
import { DEFAULT_LIMITS } from '../../../parser/container/limits.ts'
import { memorySource } from '../../../parser/container/source.ts'
import type { ByteSource } from '../../../parser/container/types.ts'

const open = (bytes: readonly number[], littleEndian = true, limits = DEFAULT_LIMITS): Cursor =>
  new Cursor(memorySource(Uint8Array.from(bytes), 'x.dat'), { littleEndian, limits })

const NUMBERS = [
  0x01, // u8
  0x02,
  0x03, // u16
  0x04,
  0x05,
  0x06,
  0x07, // u32
  0x08,
  0x00,
  0x00,
  0x00,
  0x00,
  0x00,
  0x00,
  0x80, // u64
]

t.test('numbers in both byte orders', async (t) => {
  const little = open(NUMBERS)
  t.same(
    [little.u8('a'), little.u16('b'), little.u32('c'), little.u64('d')],
    [1, 0x0302, 0x07060504, 0x8000000000000008n],
  )
  t.equal(little.left, 0)
  const big = open(NUMBERS, false)
  t.same(
    [big.u8('a'), big.u16('b'), big.u32('c'), big.i64('d')],
    [1, 0x0203, 0x04050607, 0x0800000000000080n],
  )
})

t.test('reading past the end names what and where', async (t) => {
  const cursor = open([1, 2, 3])
  cursor.u16('first')
  t.throws(() => cursor.u32('second'), {
    code: 'ERR_TRACE_TRUNCATED',
    message: /second needs 4 bytes but only 1 are left/,
    where: { file: 'x.dat', offset: 2 },
  })
  t.throws(() => cursor.bytes(2, 'third'), { code: 'ERR_TRACE_TRUNCATED' })
  t.throws(() => cursor.skip(2, 'fourth'), { code: 'ERR_TRACE_TRUNCATED' })
  t.equal(cursor.u8('last'), 3, 'a failed read moves nothing')
})

t.test('strings end at a NUL and have a longest length', async (t) => {
  const cursor = open([0x68, 0xc3, 0xa9, 0, 0x78])
  t.equal(cursor.string('name'), 'hé')
  t.throws(() => cursor.string('rest'), { code: 'ERR_TRACE_TRUNCATED' })
  t.throws(() => open([1, 1, 1, 1, 0]).string('name', 3), { code: 'ERR_TRACE_SECTION' })
  t.equal(open([0x61, 0x62, 0x63, 0]).string('name', 3), 'abc')
})

t.test('sizes that no file has, and counts above the limit', async (t) => {
  const most = new Array<number>(8).fill(0xff)
  t.throws(() => open(most).size('n'), { code: 'ERR_TRACE_LIMIT', message: /18446744073709551615/ })
  const limits = { ...DEFAULT_LIMITS, maxEntries: 3, maxSectionBytes: 4 }
  t.equal(open([3, 0, 0, 0], true, limits).count('things'), 3)
  t.throws(() => open([4, 0, 0, 0], true, limits).count('things'), { code: 'ERR_TRACE_LIMIT' })
  t.throws(() => open([1, 2, 3, 4, 5], true, limits).bytes(5, 'body'), { code: 'ERR_TRACE_LIMIT' })
})

t.test('a range ends before the source does, and an origin stands for positions', async (t) => {
  const source = memorySource(Uint8Array.from([1, 2, 3, 4]), 'x.dat')
  const cursor = new Cursor(source, {
    littleEndian: true,
    limits: DEFAULT_LIMITS,
    start: 1,
    end: 3,
    origin: 777,
  })
  t.equal(cursor.u8('a'), 2)
  t.equal(cursor.left, 1)
  t.throws(() => cursor.u16('b'), { code: 'ERR_TRACE_TRUNCATED', where: { offset: 777 } })
})

t.test('long metadata is read through a window, at any place in it', async (t) => {
  const bytes = Uint8Array.from({ length: 40_000 }, (_, i) => i & 0xff)
  let reads = 0
  const memory = memorySource(bytes, 'x.dat')
  const source: ByteSource = {
    ...memory,
    readAt(...args) {
      reads++
      return memory.readAt(...args)
    },
  }
  const cursor = new Cursor(source, { littleEndian: true, limits: DEFAULT_LIMITS })
  let sum = 0
  while (cursor.left >= 3) sum += cursor.u8('a') + (cursor.u16('b') >> 8)
  t.equal(
    sum,
    bytes.subarray(0, 39_999).reduce((n, byte, i) => (i % 3 === 1 ? n : n + byte), 0),
  )
  t.ok(reads < 5, `${reads} reads`)
})
