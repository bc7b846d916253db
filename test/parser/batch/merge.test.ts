import t from 'tap'
import { MergedRecords } from '../../../parser/batch/merge.ts'
import { Arena } from '../../../parser/ring/arena.ts'
import { commonBytes } from '../../helpers/format-text.ts'
import { LAYOUT, PageBuilder, type PageLayout } from '../../helpers/page-builder.ts'
import { Random } from '../../helpers/random.ts'
import { streamOf } from '../../helpers/streams.ts'
import { showRecord, walkLayout } from '../../helpers/walk-pages.ts'

const SMALL: PageLayout = { ...LAYOUT, pageSize: 128 }

/** A record of a test: when, where, and its number within its stream. */
interface Mark {
  readonly ts: bigint
  readonly cpu: number
  readonly source: number
  readonly seq: number
}

/** Pages that hold records at the given times; a record says its number. */
const pagesOf = (times: readonly bigint[]): Uint8Array[] => {
  const pages: Uint8Array[] = []
  for (let i = 0; i < times.length; i += 4) {
    const page = new PageBuilder(times[i]!, SMALL)
    for (const [k, ts] of times.slice(i, i + 4).entries())
      page.data(
        k === 0 ? 0 : Number(ts - times[i + k - 1]!),
        commonBytes(9, 1)
          .u32(i + k)
          .take(),
      )
    pages.push(page.finish())
  }
  return pages
}

/** Merges streams given as times, and lists what comes out. */
const merge = (
  streams: readonly { cpu: number; source: number; times: readonly bigint[]; perChunk?: number }[],
): Mark[] => {
  const arena = new Arena(4 * SMALL.pageSize, streams.length * 4 + 2)
  const open = streams.map(({ cpu, source, times, perChunk }) =>
    streamOf(pagesOf(times), perChunk ?? 2, walkLayout(SMALL, { cpu, source }), arena),
  )
  const merged = new MergedRecords(open, arena, () => {}, false)
  const marks: Mark[] = []
  while (merged.next()) {
    const { cpu, source } = open[merged.stream]!.layout
    for (let i = merged.from; i < merged.to; i++) {
      const { ts, payload } = showRecord(merged.block, i, arena.bytes)
      marks.push({ ts, cpu, source, seq: Buffer.from(payload).readUInt32LE(8) })
    }
  }
  return marks
}

t.test('the smallest time first, ties by CPU, then by buffer, then file order', async (t) => {
  const marks = merge([
    { cpu: 2, source: 0, times: [5n, 10n, 10n, 30n] },
    { cpu: 0, source: 0, times: [10n, 10n, 40n] },
    { cpu: 1, source: 1, times: [1n, 10n] },
    { cpu: 1, source: 0, times: [] },
    { cpu: 0, source: 1, times: [10n, 50n] },
  ])
  t.same(
    marks.map((m) => [Number(m.ts), m.cpu, m.source, m.seq]),
    [
      [1, 1, 1, 0],
      [5, 2, 0, 0],
      [10, 0, 0, 0],
      [10, 0, 0, 1],
      [10, 0, 1, 0],
      [10, 1, 1, 1],
      [10, 2, 0, 1],
      [10, 2, 0, 2],
      [30, 2, 0, 3],
      [40, 0, 0, 2],
      [50, 0, 1, 1],
    ],
  )
})

t.test('times beyond 32 bits', async (t) => {
  const big = 1n << 32n
  const marks = merge([
    { cpu: 0, source: 0, times: [5n] },
    { cpu: 1, source: 0, times: [big - 1n, big, big + 7n] },
    { cpu: 2, source: 0, times: [(1n << 63n) + 2n] },
    { cpu: 3, source: 0, times: [big + 3n] },
  ])
  t.same(
    marks.map((m) => m.cpu),
    [0, 1, 1, 3, 1, 2],
  )
})

t.test('nothing to merge', async (t) => {
  t.same(merge([]), [])
  t.same(merge([{ cpu: 0, source: 0, times: [] }]), [])
})

t.test('as a stable sort would have it, for random streams', async (t) => {
  const random = new Random(99)
  for (let round = 0; round < 60; round++) {
    const streams = Array.from({ length: 1 + random.below(9) }, (_, i) => {
      let ts = BigInt(random.below(50))
      const times = Array.from({ length: random.below(80) }, () => {
        ts += BigInt(random.below(random.pick([1, 3, 40])))
        return ts
      })
      return { cpu: i >> 1, source: i & 1, times, perChunk: 1 + random.below(4) }
    })
    const want = streams
      .flatMap(({ cpu, source, times }) => times.map((ts, seq) => ({ ts, cpu, source, seq })))
      .sort((a, b) => Number(a.ts - b.ts) || a.cpu - b.cpu || a.source - b.source || a.seq - b.seq)
    t.strictSame(merge(streams), want, `round ${round}, ${want.length} records`)
  }
})
