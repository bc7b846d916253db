/**
 * Finds out from the page data itself what a table of CPUs would say: how large sub-buffers are,
 * and where one CPU's end and the next one's begin.
 */

import { createDecompressor } from './codec.ts'
import type { ContainerContext } from './context.ts'
import { Cursor } from './cursor.ts'
import { subBufferBytes } from './header-page.ts'
import { align, looksLikePage, readBaseTime } from './page-probe.ts'
import { countRecords } from './page-records.ts'
import { memorySource } from './source.ts'
import type { CpuData, HeaderPage } from './types.ts'

/** Where one CPU's data is. */
export type Extent = Pick<CpuData, 'offset' | 'size'>

/** Sub-buffers that kernels can have. */
const SIZES = Array.from({ length: 9 }, (_, i) => 4096 << i)

/**
 * The layout of the sub-buffers in `start … end`: what the file's header page says of its top
 * buffer, unless only another size makes sense of the data.
 */
export function guessLayout(
  context: ContainerContext,
  start: number,
  end: number,
  page: HeaderPage,
): HeaderPage {
  let best = { page, covered: -1 }
  for (const size of [subBufferBytes(page), ...SIZES]) {
    const candidate = { ...page, dataSize: size - page.dataOffset }
    const first = align(start, size)
    const covered = walkWhilePages(context, first, end, candidate) - first
    if (covered > 0 && first + covered + size > end) return candidate
    if (covered > best.covered) best = { page: candidate, covered }
  }
  return best.page
}

/** The same for compressed data, by its first chunk. */
export function guessPackedLayout(
  context: ContainerContext,
  start: number,
  end: number,
  page: HeaderPage,
): HeaderPage {
  for (const size of [subBufferBytes(page), ...SIZES]) {
    const bytes = firstChunk(context, align(start, size), end, size)
    if (bytes === undefined) continue
    const chunk = { ...context, source: memorySource(bytes, context.source.name) }
    return guessLayout(chunk, 0, bytes.length, { ...page, dataSize: size - page.dataOffset })
  }
  return page
}

function firstChunk(
  context: ContainerContext,
  start: number,
  end: number,
  size: number,
): Uint8Array | undefined {
  const { head, limits, source } = context
  const cursor = new Cursor(source, { littleEndian: head.littleEndian, limits, start, end })
  if (cursor.left < 12) return undefined
  cursor.u32('chunks')
  const packed = cursor.u32('compressed size')
  const bytes = cursor.u32('size')
  if (packed === 0 || packed > cursor.left || bytes === 0 || bytes % size !== 0) return undefined
  if (bytes > limits.maxChunkBytes) return undefined
  const target = new Uint8Array(bytes)
  try {
    createDecompressor(head.compression.name)(cursor.bytes(packed, 'chunk'), target)
    return target
  } catch {
    return undefined
  }
}

function walkWhilePages(
  context: ContainerContext,
  start: number,
  end: number,
  page: HeaderPage,
): number {
  const size = subBufferBytes(page)
  let at = start
  while (at + page.dataOffset <= end && looksLikePage(context, at, page)) at += size
  return Math.min(at, Math.max(start, end))
}

/**
 * Splits sub-buffers that stand back to back into CPUs: at the next one's beginning time goes
 * backwards, and where `totals` says how many events each CPU has, its last sub-buffer completes
 * that number. The last sub-buffer may be cut by the end.
 */
export function findPageRuns(
  context: ContainerContext,
  start: number,
  end: number,
  page: HeaderPage,
  totals: readonly number[],
): Extent[] {
  const size = subBufferBytes(page)
  const counting = totals.length > 1
  const bytes = new Uint8Array(counting ? size : 0)
  const extents: Extent[] = []
  let first = align(start, size)
  let offset = first
  let last = -1n
  let events = 0
  for (; offset + page.dataOffset <= end; offset += size) {
    if (!looksLikePage(context, offset, page)) break
    const time = readBaseTime(context, offset)
    const full = counting && events === totals[extents.length] && events > 0
    if ((time < last || full) && extents.length < context.limits.maxEntries) {
      extents.push({ offset: first, size: offset - first })
      first = offset
      events = 0
    }
    last = time
    if (!counting) continue
    const got = context.source.readAt(bytes, 0, size, offset)
    events += countRecords(bytes.subarray(0, got), context.head.littleEndian, page).records
  }
  if (offset > first) extents.push({ offset: first, size: Math.min(offset, end) - first })
  return extents
}
