/**
 * The preamble of a trace.dat as its bytes stand in the file, whoever wrote it and however much of
 * what follows is missing. Authority: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5).
 */
import type { ContainerContext } from '../parser/container/context.ts'
import { Cursor } from '../parser/container/cursor.ts'
import { readEventFormats, readFtraceFormats, readHeaderInfo } from '../parser/container/formats.ts'
import { readHead } from '../parser/container/head.ts'
import { OPTION, optionName } from '../parser/container/options.ts'
import { openSection, scanSections } from '../parser/container/sections.ts'
import { memorySource } from '../parser/container/source.ts'
import type { StoredFormat, TraceFile } from '../parser/container/types.ts'
import { openAt } from '../parser/container/v6-buffers.ts'
import { Diagnostics } from '../parser/diagnostics.ts'
import { TraceError } from '../parser/error.ts'
import { ByteWriter } from './byte-writer.ts'
import {
  type Body,
  type OptionRecord,
  type Preamble,
  writeEventFormats,
  writeFtraceFormats,
} from './metadata.ts'

/** Options that say where something is in the file, or how many CPUs its tables have. */
const PLACES: ReadonlySet<number> = new Set([
  OPTION.done,
  OPTION.buffer,
  OPTION.cpuCount,
  OPTION.headerInfo,
  OPTION.ftraceFormats,
  OPTION.eventFormats,
  OPTION.kallsyms,
  OPTION.printkFormats,
  OPTION.savedCmdlines,
  OPTION.bufferText,
  OPTION.btf,
  OPTION.modules,
])

/** Sections of version 7 that describe events. */
const BODIES: readonly number[] = [
  OPTION.headerInfo,
  OPTION.ftraceFormats,
  OPTION.eventFormats,
  OPTION.kallsyms,
  OPTION.printkFormats,
  OPTION.savedCmdlines,
  OPTION.btf,
  OPTION.modules,
]

/** What a file of another kind needs. */
export interface PreambleWish {
  /** Version of the file to be; that of the one read by default. */
  readonly version?: 6 | 7
  /** Least number of CPUs. */
  readonly cpus?: number
}

/**
 * Reads the preamble of an opened file. What does not unpack and is not needed to read events, such
 * as symbols, is left out with a notice. Throws `ERR_TRACE_TRUNCATED` where a part is cut.
 */
export function readPreamble(
  file: TraceFile,
  notices: string[],
  { version = file.version, cpus = 0 }: PreambleWish = {},
): Preamble {
  const { source, limits, littleEndian, pageSize } = file
  const head = readHead(source, limits)
  const context = { source, head, limits, diagnostics: new Diagnostics() }
  const kept = file.options.filter(({ id }) => !PLACES.has(id))
  const cpuCount = Math.max(cpus, file.cpuCount, highestCpu(file) + 1)
  return {
    littleEndian,
    longSize: head.userLongSize,
    pageSize,
    bodies: file.version === 6 ? bodiesV6(context) : bodiesV7(context, notices),
    options: [...(version === 7 ? [cpuCountOption(cpuCount, littleEndian)] : []), ...kept],
    cpuCount,
  }
}

function highestCpu({ buffers }: TraceFile): number {
  let highest = -1
  for (const { cpus } of buffers) for (const { cpu } of cpus) highest = Math.max(highest, cpu)
  return highest
}

function cpuCountOption(count: number, littleEndian: boolean): OptionRecord {
  const payload = new DataView(new ArrayBuffer(4))
  payload.setUint32(0, count, littleEndian)
  return { id: OPTION.cpuCount, payload: new Uint8Array(payload.buffer) }
}

function bodiesV7(context: ContainerContext, notices: string[]): Body[] {
  const sections = scanSections(context, context.head.end)
  return BODIES.flatMap((id) => {
    const section = sections.find((candidate) => candidate.id === id)
    if (section === undefined) return []
    try {
      const cursor = openSection(context, section)
      const bytes = cursor.bytes(cursor.left, `section ${id}`)
      return [{ id, bytes: soundBody(id, bytes, context, notices) }]
    } catch (error) {
      if (!(error instanceof TraceError)) throw error
      notices.push(`left out ${optionName(id)}: ${error.message}`)
      return []
    }
  })
}

/**
 * A section's bytes; of damaged formats those before the damage. Throws what `readHeaderInfo` throws
 * of a damaged header.
 */
function soundBody(
  id: number,
  bytes: Uint8Array,
  { source, head, limits }: ContainerContext,
  notices: string[],
): Uint8Array {
  const { littleEndian } = head
  const cursor = new Cursor(memorySource(bytes, source.name), { littleEndian, limits })
  if (id === OPTION.headerInfo) readHeaderInfo(cursor)
  if (id !== OPTION.ftraceFormats && id !== OPTION.eventFormats) return bytes
  const formats: StoredFormat[] = []
  try {
    if (id === OPTION.ftraceFormats) readFtraceFormats(cursor, formats)
    else readEventFormats(cursor, formats)
    return bytes
  } catch (error) {
    if (!(error instanceof TraceError)) throw error
    notices.push(`kept ${formats.length} of ${optionName(id)}: ${error.message}`)
  }
  return formatsBody(id, formats, new ByteWriter(littleEndian))
}

/** The body of formats, all of one section. */
function formatsBody(id: number, formats: readonly StoredFormat[], writer: ByteWriter): Uint8Array {
  if (id === OPTION.ftraceFormats) {
    writeFtraceFormats(writer, { ftraceFormats: formats.map(({ text }) => Buffer.from(text)) })
    return writer.take()
  }
  const bySystem = new Map<string, Uint8Array[]>()
  for (const { system, text } of formats) {
    const texts = bySystem.get(system) ?? []
    texts.push(Buffer.from(text))
    bySystem.set(system, texts)
  }
  const systems = [...bySystem].map(([system, texts]) => ({ system, formats: texts }))
  writeEventFormats(writer, { systems })
  return writer.take()
}

const SKIP_V6: readonly ((cursor: Cursor) => void)[] = [
  (cursor) => void readHeaderInfo(cursor),
  (cursor) => readFtraceFormats(cursor, []),
  (cursor) => readEventFormats(cursor, []),
  (cursor) => cursor.skip(cursor.u32('size of kallsyms'), 'kallsyms'),
  (cursor) => cursor.skip(cursor.u32('size of printk formats'), 'printk formats'),
  (cursor) => cursor.skip(cursor.size('size of cmdlines'), 'cmdlines'),
]

function bodiesV6(context: ContainerContext): Body[] {
  const cursor = openAt(context, context.head.end)
  return SKIP_V6.map((skip, index) => {
    const start = cursor.position
    skip(cursor)
    const size = cursor.position - start
    return { id: BODIES[index]!, bytes: openAt(context, start).bytes(size, 'description') }
  })
}
