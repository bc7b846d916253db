/**
 * Finds page data in version 7 files that no BUFFER option leads to, because the file was cut or
 * the recording never finished. BUFFER sections are found by walking the section headers, CPUs by
 * the layout inside: each CPU's data starts on a sub-buffer boundary.
 *
 * Compressed data carries its own chunk counts, so its CPUs are certain. Raw pages of several CPUs
 * stand back to back without a mark; see `findPageRuns`.
 */

import type { ContainerContext } from './context.ts'
import { Cursor } from './cursor.ts'
import { subBufferBytes } from './header-page.ts'
import type { OptionFacts } from './option-decode.ts'
import { OPTION, parseClock } from './options.ts'
import { align } from './page-probe.ts'
import { type Extent, findPageRuns, guessLayout, guessPackedLayout } from './salvage-pages.ts'
import { type Section, scanSections } from './sections.ts'
import type { BufferInstance, HeaderPage } from './types.ts'

/** What is known about the file before its buffers are searched. */
export interface SalvageFacts {
  readonly headerPage: HeaderPage
  readonly facts: OptionFacts
  /** Offsets of sections that a BUFFER option already led to. */
  readonly referenced: ReadonlySet<number>
  /** How many buffers are already known. */
  readonly known: number
}

/** Returns the buffers found; each is reported, as names and CPU numbers are inferred. */
export function salvageBuffers(context: ContainerContext, known: SalvageFacts): BufferInstance[] {
  const names = bufferNames(known.facts)
  const found: BufferInstance[] = []
  for (const section of scanSections(context, context.head.end)) {
    if (section.id !== OPTION.buffer || known.referenced.has(section.offset)) continue
    const index = known.known + found.length
    const buffer = salvageBuffer(context, section, known, names[index] ?? `buffer-${index}`)
    const numbers = statsWithData(known.facts, buffer.name)
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
  const { body, compressed } = section
  const end = section.size === 0 ? source.size : Math.min(source.size, body + section.size)
  const guess = compressed ? guessPackedLayout : guessLayout
  const page = guess(context, body, end, known.headerPage)
  const stats = statsWithData(known.facts, name)
  const extents = compressed
    ? findChunkLists(context, body, end, page)
    : findPageRuns(context, body, end, page, stats.map(eventsOf))
  return {
    name,
    clock: parseClock(known.facts.traceClock ?? ''),
    subBufferSize: subBufferBytes(page),
    cpus: extents.map((extent, i) => ({ cpu: stats[i]?.cpu ?? i, ...extent, end: source.size })),
    compression: compressed ? head.compression.name : 'none',
  }
}

type CpuStat = OptionFacts['cpuStats'][number]

/** What the recorder counted on CPUs that had events, in order; empty when unknown. */
export function statsWithData(facts: OptionFacts, buffer: string): CpuStat[] {
  return facts.cpuStats.filter((stat) => stat.buffer === buffer && eventsOf(stat) !== 0)
}

/** Events in a CPU's data by the kernel's count, NaN where it is not stored. */
export function eventsOf({ values }: CpuStat): number {
  return Number(values.get('entries') ?? 'NaN') + Number(values.get('read events') ?? 'NaN')
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
  // The count is filled in when a CPU's data is complete.
  const count = cursor.u32('chunks') || Number.POSITIVE_INFINITY
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
