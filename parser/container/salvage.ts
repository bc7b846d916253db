/**
 * Finds page data in version 7 files whose BUFFER option is missing, because the file was cut or
 * the recording never finished. BUFFER sections are found by walking the section headers, CPUs by
 * the layout inside: each CPU's data starts on a sub-buffer boundary.
 *
 * Compressed data carries its own chunk counts, so its CPUs are certain. Raw pages of several CPUs
 * stand back to back without a mark; a new CPU is assumed where the base time goes backwards.
 */

import type { ContainerContext } from './context.ts'
import { Cursor } from './cursor.ts'
import { subBufferBytes } from './header-page.ts'
import type { OptionFacts } from './option-decode.ts'
import { OPTION, parseClock } from './options.ts'
import { align, looksLikePage, readBaseTime } from './page-probe.ts'
import { type Section, scanSections } from './sections.ts'
import type { BufferInstance, CpuData, HeaderPage } from './types.ts'

/** What is known about the file before its buffers are searched. */
export interface SalvageFacts {
  readonly headerPage: HeaderPage
  readonly facts: OptionFacts
  /** Offsets of sections that a BUFFER option already led to. */
  readonly referenced: ReadonlySet<number>
  /** How many buffers are already known. */
  readonly known: number
}

/** Where one CPU's data is. */
type Extent = Pick<CpuData, 'offset' | 'size'>

/** Returns the buffers found; each is reported, as names and CPU numbers are inferred. */
export function salvageBuffers(context: ContainerContext, known: SalvageFacts): BufferInstance[] {
  const names = bufferNames(known.facts)
  const found: BufferInstance[] = []
  for (const section of scanSections(context, context.head.end)) {
    if (section.id !== OPTION.buffer || known.referenced.has(section.offset)) continue
    const index = known.known + found.length
    const buffer = salvageBuffer(context, section, known, names[index] ?? `buffer-${index}`)
    const numbers = cpusWithData(known.facts, buffer.name)
    const origin = numbers.length >= buffer.cpus.length ? 'from its statistics' : 'assumed'
    const text =
      `the table of CPUs of buffer '${buffer.name}' is missing; ${buffer.cpus.length} CPUs found ` +
      `in the data at ${section.offset}, their numbers ${origin}`
    context.diagnostics.report('ERR_TRACE_SECTION', 'data_loss', text, { offset: section.offset })
    found.push(buffer)
  }
  return found
}

/** Buffer names in the order in which recorders write them: top first, then as in CPUSTAT. */
function bufferNames(facts: OptionFacts): string[] {
  return [...new Set(['', ...facts.cpuStats.map((stat) => stat.buffer)])]
}

function salvageBuffer(
  context: ContainerContext,
  section: Section,
  known: SalvageFacts,
  name: string,
): BufferInstance {
  const { head, source } = context
  const page = known.headerPage
  const end = section.size === 0 ? source.size : Math.min(source.size, section.body + section.size)
  const extents = section.compressed
    ? findChunkLists(context, section.body, end, page)
    : findPageRuns(context, section.body, end, page)
  const numbers = cpusWithData(known.facts, name)
  return {
    name,
    clock: parseClock(known.facts.traceClock ?? ''),
    subBufferSize: subBufferBytes(page),
    cpus: extents.map((extent, i) => ({
      cpu: numbers[i] ?? i,
      ...extent,
      end: context.source.size,
    })),
    compression: section.compressed ? head.compression.name : 'none',
  }
}

/** CPUs that the recorder's statistics say had events, in order; empty when unknown. */
function cpusWithData(facts: OptionFacts, buffer: string): number[] {
  return facts.cpuStats
    .filter((stat) => stat.buffer === buffer)
    .filter(({ values }) => values.get('entries') !== '0' || values.get('read events') !== '0')
    .map((stat) => stat.cpu)
}

function findChunkLists(
  context: ContainerContext,
  start: number,
  end: number,
  page: HeaderPage,
): Extent[] {
  const size = subBufferBytes(page)
  const extents: Extent[] = []
  let offset = align(start, size)
  while (offset + 12 <= end && extents.length < context.limits.maxEntries) {
    const after = walkChunks(context, offset, end, size)
    if (after === offset) break
    extents.push({ offset, size: after - offset })
    offset = align(after, size)
  }
  return extents
}

/** Returns the offset after the chunks of one CPU, or `start` where no chunk list begins. */
function walkChunks(context: ContainerContext, start: number, end: number, size: number): number {
  const { source, head, limits } = context
  const cursor = new Cursor(source, { littleEndian: head.littleEndian, limits, start, end })
  const count = cursor.u32('chunks')
  let after = start
  for (let i = 0; i < count; i++) {
    if (cursor.left < 8) return end
    const packed = cursor.u32('compressed size')
    const bytes = cursor.u32('size')
    if (packed === 0 || bytes === 0 || bytes % size !== 0 || bytes > limits.maxChunkBytes) break
    if (packed > cursor.left) return end
    cursor.skip(packed, 'chunk')
    after = cursor.position
  }
  return after
}

function findPageRuns(
  context: ContainerContext,
  start: number,
  end: number,
  page: HeaderPage,
): Extent[] {
  const size = subBufferBytes(page)
  const extents: Extent[] = []
  let first = align(start, size)
  let last = -1n
  let offset = first
  for (; offset + page.dataOffset <= end; offset += size) {
    if (!looksLikePage(context, offset, page)) break
    const time = readBaseTime(context, offset)
    if (time < last && extents.length < context.limits.maxEntries) {
      extents.push({ offset: first, size: offset - first })
      first = offset
    }
    last = time
  }
  if (offset > first) extents.push({ offset: first, size: Math.min(offset, end) - first })
  return extents
}
