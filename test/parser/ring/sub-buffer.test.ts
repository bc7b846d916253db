import t from 'tap'
import { commonBytes } from '../../helpers/format-text.ts'
import { LAYOUT, PageBuilder, type PageLayout } from '../../helpers/page-builder.ts'
import { Random } from '../../helpers/random.ts'
import { walkPage } from '../../helpers/reference-page.ts'
import { walkLayout, walkPages } from '../../helpers/walk-pages.ts'

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'))
const whole = (page: Uint8Array, size = 4096): Uint8Array => {
  const out = new Uint8Array(size)
  out.set(page)
  return out
}
const BIG: PageLayout = { ...LAYOUT, littleEndian: false }
const LAYOUTS: readonly [string, PageLayout][] = [
  ['64 bit little endian', LAYOUT],
  ['64 bit big endian', BIG],
  ['32 bit little endian', { ...LAYOUT, longSize: 4, dataOffset: 12 }],
  ['32 bit big endian', { ...BIG, longSize: 4, dataOffset: 12 }],
  ['32 bit, 8-byte aligned data', { ...LAYOUT, longSize: 4, dataOffset: 16 }],
  ['data that do not begin on a word', { ...LAYOUT, dataOffset: 18 }],
  ['64 KiB sub-buffers', { ...LAYOUT, pageSize: 65536 }],
]
/** A 12-byte payload of event `id` by thread `pid`. */
const payload = (id: number, littleEndian = true, pid = 42): Uint8Array =>
  commonBytes(id, pid, { littleEndian }).u32(7).take()
const timesOf = (page: PageBuilder): bigint[] =>
  walkPages(page.finish(), walkLayout(page.layout)).records.map((record) => record.ts)

// The bytes that a kernel writes for three events of id 1000, by thread 42.
const LITTLE = whole(
  hex(`
    00 ca 9a 3b 00 00 00 00   4c 00 00 00 00 00 00 00
    05 00 00 00   e8 03 00 00 2a 00 00 00 01 00 00 00 10 00 04 00 6f 6e 65 00
    85 bb 00 00   e8 03 00 00 2a 00 00 00 02 00 00 00 10 00 04 00 74 77 6f 00
    86 38 01 00   e8 03 00 00 2a 00 00 00 03 00 00 00 10 00 06 00 74 68 72 65 65 00 00 00
  `),
)
const BIG_ENDIAN = whole(
  hex(`
    00 00 00 00 3b 9a ca 00   00 00 00 00 00 00 00 4c
    28 00 00 00   03 e8 00 00 00 00 00 2a 00 00 00 01 00 04 00 10 6f 6e 65 00
    28 00 05 dc   03 e8 00 00 00 00 00 2a 00 00 00 02 00 04 00 10 74 77 6f 00
    30 00 09 c4   03 e8 00 00 00 00 00 2a 00 00 00 03 00 06 00 10 74 68 72 65 65 00 00 00
  `),
)

t.test('a page of three events, both byte orders', async (t) => {
  for (const [page, layout] of [
    [LITTLE, LAYOUT],
    [BIG_ENDIAN, BIG],
  ] as const) {
    const { records, walker, codes } = walkPages(page, walkLayout(layout))
    t.same(
      records.map((r) => r.ts),
      [1_000_000_000n, 1_000_001_500n, 1_000_004_000n],
    )
    t.same(
      records.map((r) => r.id),
      [1000, 1000, 1000],
    )
    t.same(
      records.map((r) => r.payload.length),
      [20, 20, 24],
    )
    const texts = records.map((r) => Buffer.from(r.payload.subarray(16)).toString())
    t.same(texts, ['one\0', 'two\0', 'three\0\0\0'])
    t.same(
      records.map((r) => r.missed),
      [0, 0, 0],
    )
    t.equal(walker.dataBytes, 0x4c)
    t.equal(walker.records, 3)
    t.same(codes, [])
  }
})

for (const [name, layout] of LAYOUTS) {
  const le = layout.littleEndian
  t.test(`times: ${name}`, async (t) => {
    const page = (ts: bigint): PageBuilder => new PageBuilder(ts, layout)
    const event = payload(1, le)
    t.same(
      timesOf(page(5n).data(0, event).data(1, event).data(0x7ffffff, event)),
      [5n, 6n, 6n + 0x7ffffffn],
      'deltas up to 27 bits',
    )
    t.same(
      timesOf(page(1000n).extend(0x123456789abcdefn).data(3, event).data(1, event)),
      [1000n + 0x123456789abcdefn + 3n, 1000n + 0x123456789abcdefn + 4n],
      'a time extend adds up to 59 bits',
    )
    t.same(
      timesOf(
        page(7n)
          .extend(1n << 27n)
          .extend((1n << 27n) - 1n)
          .data(0, event),
      ),
      [7n + (1n << 28n) - 1n],
      'extends add up',
    )
    t.same(
      timesOf(page(0xffffffffn).data(1, event)),
      [0x100000000n],
      'the low half carries into the high half',
    )
    t.same(
      timesOf(page(0xffff_ffff_ffff_ffffn).data(1, event).data(1, event)),
      [0n, 1n],
      'and the high half wraps',
    )
    t.same(
      timesOf(page(0xfffffff0n).extend(0x20n).data(0, event)),
      [0x100000010n],
      'extends carry too',
    )
    t.same(
      timesOf(page(9n).stamp(123_456_789_012n).data(2, event).data(1, event)),
      [123_456_789_014n, 123_456_789_015n],
      'a stamp replaces the time',
    )
    t.same(
      timesOf(page(9_000n).stamp(1_000n).data(0, event)),
      [1_000n],
      'without top bits it may even go back',
    )
    const top = 0xf800_0000_0000_0000n
    t.same(
      timesOf(
        page(top | 50n)
          .stamp(60n)
          .data(0, event),
      ),
      [top | 60n],
      'a stamp has 59 bits: the top five come from the time before',
    )
    const almost = 0x1000_0000_0000_0000n - 1n
    t.same(
      timesOf(page(almost).stamp(5n).data(0, event)),
      [0x1000_0000_0000_0000n + 5n],
      'and have moved on when the stamp seems to lie in the past',
    )
    t.same(
      timesOf(
        page(100n).data(1, event).discarded(4, 16).data(2, event).discarded(1, 0).data(0, event),
      ),
      [101n, 107n, 108n],
      'discarded records count their delta',
    )
  })

  t.test(`records: ${name}`, async (t) => {
    const walk = (page: PageBuilder): ReturnType<typeof walkPages> =>
      walkPages(page.finish(), walkLayout(layout))
    const bytes = (length: number): Uint8Array =>
      commonBytes(9, 1, { littleEndian: le }).padTo(length).take()
    const sizes = [8, 12, 108, 112, 113, 116, 1000, 2001]
    const builder = new PageBuilder(1n, layout)
    for (const size of sizes) builder.data(1, bytes(size))
    for (const size of sizes.slice(0, 3)) builder.data(1, bytes(size), { long: true })
    const { records, codes } = walk(builder)
    t.same(
      records.map((r) => r.payload.length),
      [...sizes, 8, 12, 108].map((size) => (size + 3) & ~3),
      'short and long form; a size is padded to words',
    )
    t.same(codes, [])

    const aligned = new PageBuilder(1n, layout)
    for (const size of [8, 12, 16, 20]) aligned.data(1, bytes(size), { align8: true })
    aligned.data(1, bytes(8))
    t.same(
      walk(aligned).records.map((r) => r.payload.length),
      [8, 16, 16, 24, 8],
      'forced 8-byte alignment is just longer records',
    )

    const ended = walk(new PageBuilder(1n, layout).data(1, bytes(8)).endPadding(64))
    t.equal(ended.records.length, 1, 'padding without delta ends the page')
    t.same(ended.codes, [])
    t.equal(walk(new PageBuilder(1n, layout)).records.length, 0, 'an empty page is legal')
    t.equal(walk(new PageBuilder(1n, layout).discarded(1, 40)).walker.discarded, 1)
  })

  t.test(`lost events: ${name}`, async (t) => {
    const event = payload(1, le)
    const pages = [
      new PageBuilder(10n, layout).missed(1234).data(0, event).data(1, event),
      new PageBuilder(20n, layout).missed('unknown').extend(5n).data(0, event),
      new PageBuilder(30n, layout).missed(7),
      new PageBuilder(40n, layout).data(0, event),
      new PageBuilder(50n, layout).data(0, event),
    ].map((page) => page.finish())
    const { records, walker } = walkPages(Buffer.concat(pages), walkLayout(layout))
    t.same(
      records.map((r) => r.missed),
      [1234, 0, -1, 7, 0],
      'on the first record only; a mark of an empty page is passed on',
    )
    t.equal(walker.lostEvents, 1241)
    t.equal(walker.lostUnknown, 1)
    t.same(
      Array.from(walker.lost, ({ tsLo, gapStart, count }) => [tsLo, gapStart?.lo, count]),
      [
        [10, undefined, 1234],
        [25, 11, -1],
        [40, 25, 7],
      ],
      'gaps reach from the record before to the record after',
    )
    const full = new PageBuilder(1n, layout).missed('unknown').data(1, event).finish()
    t.equal(walkPages(full, walkLayout(layout)).records[0]?.missed, -1)
  })
}

t.test('damage is reported and the rest of the page given up', async (t) => {
  const event = payload(1)
  const good = (): PageBuilder => new PageBuilder(1n).data(1, event)
  const cases: readonly [string, Uint8Array, string, number][] = [
    ['long form beyond the end', good().rawLength(1, 5000, event).finish(), 'ERR_RING_LENGTH', 1],
    [
      'length that does not hold itself',
      good().rawLength(1, 3, event).finish(),
      'ERR_RING_LENGTH',
      1,
    ],
    ['huge length', good().rawLength(1, 0xffffffff, event).finish(), 'ERR_RING_LENGTH', 1],
    ['short form beyond the end', good().word(28).finish(), 'ERR_RING_LENGTH', 1],
    ['extend cut off', good().word(30).finish(), 'ERR_RING_LENGTH', 1],
    [
      'record too small for an id',
      good().rawLength(1, 4, []).data(1, event).finish(),
      'ERR_RING_LENGTH',
      2,
    ],
    ['commit beyond the page', good().finish(5000n), 'ERR_RING_COMMIT', 0],
    [
      'commit beyond what is there',
      good().data(1, event).finish().subarray(0, 40),
      'ERR_TRACE_TRUNCATED ERR_RING_LENGTH',
      1,
    ],
    ['header cut off', good().finish().subarray(0, 10), 'ERR_RING_HEADER', 0],
  ]
  for (const [name, page, code, records] of cases) {
    const walked = walkPages(page.slice(), walkLayout(LAYOUT))
    t.same(walked.codes, code.split(' '), name)
    t.equal(walked.records.length, records, name)
  }
})

t.test('stacks belong to the event before them', async (t) => {
  const layout = walkLayout(LAYOUT, { kernelStackId: 4, userStackId: 12 })
  const page = new PageBuilder(1n)
    .data(1, payload(100))
    .data(1, payload(4))
    .data(1, payload(12))
    .data(1, payload(101))
    .data(1, payload(4, true, 43))
    .data(1, payload(102))
    .data(1, payload(103))
    .data(1, payload(12))
    .finish()
  const { records } = walkPages(page, layout)
  const shown = records.map((r) => [r.id, r.stack !== undefined, r.userStack !== undefined])
  t.same(shown, [
    [100, true, true],
    [4, false, false],
    [12, false, false],
    [101, false, false],
    [4, false, false],
    [102, false, false],
    [103, false, true],
    [12, false, false],
  ])
  t.same(records[0]?.stack, payload(4))
  t.same(records[0]?.userStack, payload(12))

  const wanted = new Uint8Array(0x10000)
  wanted[103] = 1
  wanted[101] = 1
  const some = walkPages(page, layout, wanted).records
  t.same(
    some.map((r) => [r.id, r.userStack !== undefined]),
    [
      [101, false],
      [103, true],
    ],
    'filtered',
  )
  t.equal(walkPages(page, layout, wanted).walker.records, 8, 'but all are counted')
})

/** A page of random records of every kind. */
const randomPage = (random: Random, layout: PageLayout): Uint8Array => {
  const time = (BigInt(random.next()) << 32n) | BigInt(random.next())
  const page = new PageBuilder(time, layout)
  while (page.committed < layout.pageSize - layout.dataOffset - 700) {
    const delta = random.below(1 << random.below(28))
    const big = (BigInt(random.next()) << 27n) | BigInt(random.next() & 0x7ffffff)
    const kind = random.below(8)
    if (kind === 0) page.extend(big)
    else if (kind === 1) page.stamp(big)
    else if (kind === 2) page.discarded(delta || 1, random.below(40) * 4)
    else {
      const bytes = Uint8Array.from({ length: 2 + random.below(200) }, () => random.below(256))
      page.data(delta, bytes, { long: kind === 3, align8: kind === 4 })
    }
  }
  const mark = random.below(4)
  if (mark === 0) page.missed(1 + random.below(1e6))
  else if (mark === 1) page.missed('unknown')
  return page.finish()
}

t.test('the same as the slow reference walk, on random pages', async (t) => {
  const random = new Random(20261)
  for (const [name, layout] of LAYOUTS) {
    let records = 0
    for (let round = 0; round < 60; round++) {
      const page = randomPage(random, layout)
      const ours = walkPages(page, walkLayout(layout)).records
      const theirs = [...walkPage(page, layout)]
      const same =
        ours.length === theirs.length &&
        theirs.every((want, i) => {
          const got = ours[i]!
          return (
            got.ts === BigInt.asUintN(64, want.ts) &&
            got.missed === want.missed &&
            Buffer.compare(got.payload, want.payload) === 0
          )
        })
      if (!same) t.fail(`${name}, round ${round}`)
      records += ours.length
    }
    t.ok(records > 500, `${name}: ${records} records`)
  }
})
