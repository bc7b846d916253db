import t from 'tap'
import { MergedRecords } from '../../../parser/batch/merge.ts'
import { Arena } from '../../../parser/ring/arena.ts'
import type { StreamOptions } from '../../../parser/ring/cpu-stream.ts'
import { commonBytes } from '../../helpers/format-text.ts'
import { LAYOUT, PageBuilder, type PageLayout } from '../../helpers/page-builder.ts'
import { streamOf } from '../../helpers/streams.ts'
import { showRecord, type WalkedRecord, walkLayout } from '../../helpers/walk-pages.ts'

const SMALL: PageLayout = { ...LAYOUT, pageSize: 64 }
const KERNEL_STACK = 4
const event = (id: number, pid = 7): Uint8Array => commonBytes(id, pid).take()
/** A page with one event of `id`, 12 bytes, at `ts`. */
const page = (ts: number, ...ids: number[]): Uint8Array => {
  const builder = new PageBuilder(BigInt(ts), SMALL)
  for (const [i, id] of ids.entries()) builder.data(i === 0 ? 0 : 1, event(id))
  return builder.finish()
}
const at = (ts: number): { lo: number; hi: number } => ({ lo: ts, hi: 0 })

/** All records of one stream; stacks are waited for. */
const readStream = (
  pages: readonly Uint8Array[],
  perChunk: number,
  options: Partial<StreamOptions> = {},
  slotPages = 4,
): WalkedRecord[] => {
  const arena = new Arena(slotPages * SMALL.pageSize, 6)
  const layout = walkLayout(SMALL, { kernelStackId: KERNEL_STACK })
  const merged = new MergedRecords(
    [streamOf(pages, perChunk, layout, arena, options)],
    arena,
    () => {},
    true,
  )
  const records: WalkedRecord[] = []
  while (merged.next())
    for (let i = merged.from; i < merged.to; i++)
      records.push(showRecord(merged.block, i, arena.bytes))
  return records
}

const PAGES = Array.from({ length: 9 }, (_, i) => page(100 * (i + 1), 50 + i, 60))

t.test('the same records whatever the chunks', async (t) => {
  const times = [...PAGES.keys()].flatMap((i) => [BigInt(100 * (i + 1)), BigInt(100 * (i + 1) + 1)])
  for (const [perChunk, slotPages] of [
    [1, 1],
    [1, 4],
    [3, 4],
    [4, 4],
    [9, 4],
    [9, 1],
  ] as const) {
    const records = readStream(PAGES, perChunk, {}, slotPages)
    t.same(
      records.map((r) => r.ts),
      times,
      `${perChunk} pages a chunk, ${slotPages} a slot`,
    )
  }
  t.same(readStream([], 1), [], 'no chunk, no records')
})

t.test('events wanted', async (t) => {
  const wanted = new Uint8Array(0x10000)
  wanted[53] = 1
  t.same(
    readStream(PAGES, 2, { wanted }).map((r) => [r.ts, r.id]),
    [[400n, 53]],
  )
  t.same(
    readStream(PAGES, 1, { skipChunk: (index) => index !== 2 }).map((r) => r.ts),
    [300n, 301n],
    'chunks known to hold nothing wanted are not read',
  )
})

t.test('a window of time, both ends included', async (t) => {
  const window = (from: number | undefined, to: number | undefined): bigint[] =>
    readStream(PAGES, 2, {
      from: from === undefined ? undefined : at(from),
      to: to === undefined ? undefined : at(to),
    }).map((r) => r.ts)
  t.same(window(301, 500), [301n, 400n, 401n, 500n])
  t.same(window(undefined, 100), [100n])
  t.same(window(901, undefined), [901n])
  t.same(window(902, undefined), [])
  t.same(window(undefined, 99), [])
  t.same(window(302, 399), [])
})

t.test('times are corrected before the window applies, and once', async (t) => {
  const correctTimes: StreamOptions['correctTimes'] = (block, from) => {
    for (let i = from; i < block.count; i++) block.words[i * 8 + 2] = block.words[i * 8 + 2]! + 1000
  }
  t.same(
    readStream(PAGES, 1, { correctTimes, to: at(1101) }).map((r) => r.ts),
    [1100n, 1101n],
  )
  t.equal(readStream(PAGES, 1, { correctTimes }).at(-1)?.ts, 1901n)
})

t.test('a stack in the next chunk finds its event', async (t) => {
  const pages = [page(1, 50, 51), page(10, KERNEL_STACK, 52), page(20, 53), page(30, KERNEL_STACK)]
  for (const perChunk of [1, 2, 4]) {
    const records = readStream(pages, perChunk)
    t.same(
      records.map((r) => [r.id, r.stack !== undefined]),
      [
        [50, false],
        [51, true],
        [4, false],
        [52, false],
        [53, true],
        [4, false],
      ],
      `${perChunk} pages a chunk`,
    )
  }
})

t.test('more stack records than fit anywhere do not pile up behind one event', async (t) => {
  const stacks = Array.from({ length: 500 }, (_, i) => page(100 + i * 10, 4, 4, 4))
  const records = readStream([page(1, 50), ...stacks], 1, {}, 1)
  t.equal(records.length, 1501)
  t.same(
    records.filter((r) => r.stack !== undefined).map((r) => r.id),
    [50],
  )
})
