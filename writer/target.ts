/**
 * What describes a recording, made fit for a file of another version or codec: what it cannot hold
 * is left out with a notice, and what it needs is put in.
 * Authority: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5), trace-cmd 3.4.
 */
import { Cursor } from '../parser/container/cursor.ts'
import { readEventFormats, readFtraceFormats, readHeaderInfo } from '../parser/container/formats.ts'
import { subBufferBytes } from '../parser/container/header-page.ts'
import { OPTION, optionName } from '../parser/container/options.ts'
import { memorySource } from '../parser/container/source.ts'
import type { TraceFile } from '../parser/container/types.ts'
import { ByteWriter } from './byte-writer.ts'
import type { Codec } from './layout.ts'
import { type Body, type OptionRecord, type Preamble, textOption } from './metadata.ts'
import { readPreamble } from './preamble.ts'

/** The kind of file to write. */
export interface Target {
  readonly version: 6 | 7
  readonly codec: Codec['name']
}

/** What a file of the kind is to begin with. */
export interface TargetPreamble {
  readonly preamble: Preamble
  /** Version 6 has one size of sub-buffers for all buffers; undefined where each has its own. */
  readonly subBufferBytes: number | undefined
}

/** Sections that only version 7 has, and that readers look for in compressed files only. */
const LATE_SECTIONS: ReadonlySet<number> = new Set([OPTION.btf, OPTION.modules])
/** LAST_BOOT_INFO: the youngest option that holds its value itself. */
const LAST_BOOT_INFO = 24
/** The last option that version 6 has. */
const LAST_V6 = OPTION.tsc2nsec

/** The preamble of `file` for a target. Throws what `readPreamble` throws. */
export function targetPreamble(
  file: TraceFile,
  { version, codec }: Target,
  notices: string[],
): TargetPreamble {
  const read = readPreamble(file, notices, { version })
  const leaveOut = (id: number): void => {
    const holder = version === 6 ? 'version 6' : 'an uncompressed file'
    notices.push(`left out ${optionName(id)}: ${holder} cannot hold it`)
  }
  const bodies = read.bodies.filter(({ id }) => {
    if (!LATE_SECTIONS.has(id) || (version === 7 && codec !== 'none')) return true
    leaveOut(id)
    return false
  })
  if (version === 7) {
    const all = bodiesV7(bodies, file.littleEndian)
    return { preamble: { ...read, bodies: all }, subBufferBytes: undefined }
  }
  const options = read.options.filter(({ id }) => {
    // trace-cmd takes the beginning of a text for the length of a clock where this option is.
    if (id === OPTION.traceClock && file.latencyText) return false
    if (id <= LAST_V6 || id > LAST_BOOT_INFO) return true
    leaveOut(id)
    return false
  })
  const bytes = file.buffers.reduce((most, buffer) => Math.max(most, buffer.subBufferSize), 0)
  const size = bytes || subBufferBytes(file.headerPage)
  const preamble = {
    ...read,
    pageSize: size,
    bodies: bodiesV6(file, bodies, size, notices),
    options: [...clockOption(file, options), ...options],
  }
  return { preamble, subBufferBytes: size }
}

/** Version 6 says which clock a buffer has only where it says which clocks there are. */
function clockOption(file: TraceFile, options: readonly OptionRecord[]): OptionRecord[] {
  const clock = file.buffers[0]?.clock ?? 'local'
  if (options.some(({ id }) => id === OPTION.traceClock)) return []
  if (file.buffers.every((buffer) => buffer.clock === 'local')) return []
  return [textOption(OPTION.traceClock, `[${clock}]\n`)]
}

interface BodyKind {
  readonly id: number
  /** Moves past the body, which has no other end. */
  readonly skip: (cursor: Cursor) => void
  /** What stands for one that is not there. */
  readonly empty: (writer: ByteWriter) => void
}

const skipText32 = (cursor: Cursor): void => cursor.skip(cursor.u32('size'), 'text')

const BODIES: readonly BodyKind[] = [
  {
    id: OPTION.headerInfo,
    skip: (cursor) => void readHeaderInfo(cursor),
    empty: (writer) => writer.z('header_page').u64(0).z('header_event').u64(0),
  },
  {
    id: OPTION.ftraceFormats,
    skip: (cursor) => readFtraceFormats(cursor, []),
    empty: (writer) => writer.u32(0),
  },
  {
    id: OPTION.eventFormats,
    skip: (cursor) => readEventFormats(cursor, []),
    empty: (writer) => writer.u32(0),
  },
  { id: OPTION.kallsyms, skip: skipText32, empty: (writer) => writer.u32(0) },
  { id: OPTION.printkFormats, skip: skipText32, empty: (writer) => writer.u32(0) },
  {
    id: OPTION.savedCmdlines,
    skip: (cursor) => cursor.skip(cursor.size('size'), 'text'),
    empty: (writer) => writer.u64(0),
  },
]

/** Readers of version 7 do without symbols, but not without what describes events. */
function bodiesV7(bodies: readonly Body[], littleEndian: boolean): Body[] {
  const missing = BODIES.slice(0, 3).filter(({ id }) => !bodies.some((body) => body.id === id))
  return [...missing.map((kind) => emptyBody(kind, littleEndian)), ...bodies]
}

function emptyBody({ id, empty }: BodyKind, littleEndian: boolean): Body {
  const writer = new ByteWriter(littleEndian)
  empty(writer)
  return { id, bytes: writer.take() }
}

/** All six in order and to the byte: nothing else says where the next one begins. */
function bodiesV6(
  file: TraceFile,
  bodies: readonly Body[],
  size: number,
  notices: string[],
): Body[] {
  const { littleEndian, limits } = file
  const sized = subBufferBytes(file.headerPage) === size
  return BODIES.map((kind) => {
    const { id, skip } = kind
    const body = bodies.find((candidate) => candidate.id === id)
    if (body === undefined) return emptyBody(kind, littleEndian)
    const cursor = new Cursor(memorySource(body.bytes, file.source.name), { littleEndian, limits })
    skip(cursor)
    const bytes = body.bytes.subarray(0, cursor.position)
    if (id !== OPTION.headerInfo || sized) return { id, bytes }
    notices.push(`sub-buffers become ${size} bytes: version 6 has one size for all`)
    return { id, bytes: resizedHeader(bytes, size, file) }
  })
}

/** The header info with another size of sub-buffers in the text of `events/header_page`. */
function resizedHeader(bytes: Uint8Array, size: number, file: TraceFile): Uint8Array {
  const { littleEndian, limits, headerPage } = file
  const cursor = new Cursor(memorySource(bytes, file.source.name), { littleEndian, limits })
  const text = readHeaderInfo(cursor)
  const writer = new ByteWriter(littleEndian)
  const dataSize = size - headerPage.dataOffset
  const resized = text.replace(
    /(field:[^;\n]*\bdata;\s*offset:\s*\d+;\s*size:\s*)\d+/,
    (_, before: string) => `${before}${dataSize}`,
  )
  const rest = bytes.subarray('header_page\0'.length + 8 + Buffer.byteLength(text))
  return writer.z('header_page').u64(Buffer.byteLength(resized)).text(resized).bytes(rest).take()
}
