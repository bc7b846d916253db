/**
 * The body of a version 7 trace.dat: sections found through a chain of options.
 * Authority: trace-cmd.dat.v7(5), trace-cmd 3.4.
 *
 *   option BUFFER       u64 section, z name, z clock, u32 sub-buffer size, u32 n,
 *                       n times { u32 cpu, u64 data offset, u64 data size }
 *   option BUFFER_TEXT  u64 section, z name, z clock
 *   options 16 to 21    u64 section
 */
import { TraceError } from '../error.ts'
import { CpuTable, chooseSubBufferSize, DataMap } from './buffers.ts'
import { createDecompressor } from './codec.ts'
import { type ContainerBody, type LazyBytes, noBytes } from './container-body.ts'
import { type ContainerContext, openPayload } from './context.ts'
import type { Cursor } from './cursor.ts'
import { readEventFormats, readFtraceFormats, readHeaderInfo } from './formats.ts'
import { parseHeaderPage } from './header-page.ts'
import { unpackLatencyText } from './latency.ts'
import { readOptionChain } from './option-chain.ts'
import { decodeOptions } from './option-decode.ts'
import { OPTION, optionName, parseClock } from './options.ts'
import { salvageBuffers } from './salvage.ts'
import { openSection, readSection, type Section, scanSections } from './sections.ts'
import type { BufferInstance, HeaderPage, StoredFormat, TraceOption } from './types.ts'

/** Reads everything but page data. Throws `ERR_TRACE_TRUNCATED` and others when nothing is left. */
export function readBodyV7(context: ContainerContext): ContainerBody {
  // A codec that is not known is no damage of a section: nothing could be read.
  const { name: codec } = context.head.compression
  if (codec !== 'none') createDecompressor(codec)
  const chain = readOptionChain(context)
  const { options } = chain
  const facts = decodeOptions(options, context)
  const find = (id: number) => findSection(context, options, id)
  const headerPage = readHeaderPage(context, find(OPTION.headerInfo))
  const formats = readFormats(context, find)
  const texts = options.filter((option) => option.id === OPTION.bufferText)
  const map = new DataMap(context)
  const buffers: BufferInstance[] = []
  const referenced = new Set<number>()
  for (const option of options) {
    if (option.id !== OPTION.buffer) continue
    const buffer = guard(context, option, () => readBuffer(context, option, headerPage, map))
    if (!buffer) continue
    referenced.add(buffer.section)
    buffers.push(buffer.instance)
  }
  const known = { headerPage, facts, referenced, known: buffers.length }
  buffers.push(...salvageBuffers(context, known))
  if (buffers.length === 0 && texts.length === 0) throw chain.problem ?? noData(context)
  const latency = texts[0] && guard(context, texts[0], () => openLatency(context, texts[0]!))
  return {
    headerPage,
    formats,
    options,
    facts,
    buffers: map.finish(buffers),
    cpuCount: facts.cpuCount || highestCpu(buffers) + 1,
    latencyText: latency?.place,
    readLatencyText: latency?.read ?? noBytes,
    kallsyms: lazyText(context, find(OPTION.kallsyms), 'u32'),
    printkFormats: lazyText(context, find(OPTION.printkFormats), 'u32'),
    savedCmdlines: lazyText(context, find(OPTION.savedCmdlines), 'u64'),
    btf: options.some(({ id }) => id === OPTION.btf)
      ? lazySection(context, find(OPTION.btf))
      : noBytes,
  }
}

function noData(context: ContainerContext): TraceError {
  const { source } = context
  return new TraceError('ERR_TRACE_TRUNCATED', `${source.name} holds no trace data`, {
    where: { file: source.name, offset: source.size },
    hint: 'the recording never finished; traceduck recover may find its per-CPU parts',
  })
}

function highestCpu(buffers: readonly BufferInstance[]): number {
  return buffers.reduce(
    (top, buffer) => buffer.cpus.reduce((n, { cpu }) => Math.max(n, cpu), top),
    -1,
  )
}

/** Runs a decoding step; what it throws is reported, and the part left out. */
function guard<T>(context: ContainerContext, option: TraceOption, step: () => T): T | undefined {
  try {
    return step()
  } catch (cause) {
    if (!(cause instanceof TraceError)) throw cause
    const text = `option ${option.name}: ${cause.message}`
    context.diagnostics.report(cause.code, 'data_loss', text, { offset: option.offset })
    return undefined
  }
}

/** The section that option `id` names, else the first of that id found by walking the file. */
function findSection(
  context: ContainerContext,
  options: readonly TraceOption[],
  id: number,
): Section | undefined {
  const option = options.find((candidate) => candidate.id === id)
  const named =
    option &&
    guard(context, option, () => {
      const section = readSection(context, openPayload(context, option).size('offset'))
      if (section.id === id) return section
      throw new TraceError('ERR_TRACE_SECTION', `points at a section of kind ${section.id}`)
    })
  return named ?? scanSections(context, context.head.end).find((section) => section.id === id)
}

function readHeaderPage(context: ContainerContext, section: Section | undefined): HeaderPage {
  const { head, diagnostics } = context
  if (section === undefined) {
    const text = 'no header page in the file; taking the usual layout'
    diagnostics.report('ERR_TRACE_SECTION', 'error', text)
  }
  const text = section && readable(context, section, readHeaderInfo, 'taking the usual layout')
  return parseHeaderPage(text ?? '', head, context.limits)
}

/** Reads a section; where it is damaged that is reported, with what is done then. */
function readable<T>(
  context: ContainerContext,
  section: Section,
  read: (cursor: Cursor) => T,
  otherwise: string,
): T | undefined {
  try {
    return read(openSection(context, section))
  } catch (cause) {
    if (!(cause instanceof TraceError)) throw cause
    const text = `section ${optionName(section.id)}: ${cause.message}; ${otherwise}`
    context.diagnostics.report(cause.code, 'data_loss', text, { offset: section.offset })
    return undefined
  }
}

function readFormats(
  context: ContainerContext,
  find: (id: number) => Section | undefined,
): StoredFormat[] {
  const formats: StoredFormat[] = []
  const parts = [
    [OPTION.ftraceFormats, readFtraceFormats],
    [OPTION.eventFormats, readEventFormats],
  ] as const
  for (const [id, read] of parts) {
    const section = find(id)
    if (section) {
      const into = (cursor: Cursor): void => read(cursor, formats)
      readable(context, section, into, 'the formats before that place are used')
    } else {
      const text = `no section ${optionName(id)} in the file`
      context.diagnostics.report('ERR_TRACE_SECTION', 'error', text)
    }
  }
  return formats
}

function readBuffer(
  context: ContainerContext,
  option: TraceOption,
  page: HeaderPage,
  map: DataMap,
): { instance: BufferInstance; section: number } {
  const cursor = openPayload(context, option)
  const section = readSection(context, cursor.size('section'))
  if (section.id !== OPTION.buffer) {
    throw cursor.error('ERR_TRACE_SECTION', `points at a section of kind ${section.id}`)
  }
  const name = cursor.string('name of a buffer')
  const clock = parseClock(cursor.string('clock of a buffer'))
  const claimed = cursor.u32('sub-buffer size')
  const subBufferSize = chooseSubBufferSize(context, page, claimed, option.offset)
  const count = cursor.count('CPUs')
  map.reserve(count)
  const table = new CpuTable(context, name, !section.compressed, map)
  for (let i = 0; i < count; i++) {
    const cpu = cursor.count('as CPU number')
    const offset = cursor.size('data offset')
    table.add(cpu, offset, cursor.size('data size'))
  }
  const compression = section.compressed ? context.head.compression.name : 'none'
  const instance = { name, clock, subBufferSize, cpus: table.cpus, compression }
  return { instance, section: section.offset }
}

function openLatency(
  context: ContainerContext,
  option: TraceOption,
): { place: { offset: number; size: number }; read: LazyBytes } {
  const section = readSection(context, openPayload(context, option).size('section'))
  const size = Math.min(section.size, Math.max(0, context.source.size - section.body))
  const place = { offset: section.body, size }
  return { place, read: () => unpackLatencyText(context, section) }
}

/** A text with its own length in front; damage is reported and gives an empty text. */
function lazyText(
  context: ContainerContext,
  section: Section | undefined,
  width: 'u32' | 'u64',
): LazyBytes {
  if (!section) return noBytes
  return () => {
    const cursor = openSection(context, section)
    const what = `section ${optionName(section.id)}`
    const length = width === 'u32' ? cursor.u32(what) : cursor.size(what)
    return cursor.bytes(length, what)
  }
}

/** A whole section; damage is reported and gives no bytes. */
function lazySection(context: ContainerContext, section: Section | undefined): LazyBytes {
  if (!section) return noBytes
  return () => {
    const cursor = openSection(context, section)
    return cursor.bytes(cursor.left, `section ${optionName(section.id)}`)
  }
}
