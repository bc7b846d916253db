/**
 * Everything a trace.dat says besides its events, and the bodies that versions 6 and 7 share.
 * Authority: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5).
 */
import { endianness } from 'node:os'
import { ByteWriter } from './byte-writer.ts'

/** Option ids of a trace.dat that the recorder writes. */
export const OPTION = {
  done: 0,
  date: 1,
  cpustat: 2,
  buffer: 3,
  traceclock: 4,
  uname: 5,
  cpucount: 8,
  version: 9,
  procmaps: 10,
  traceid: 11,
  tsc2nsec: 14,
  /** Ours, `td`: far from any number that trace-cmd gives out. */
  own: 0x7464,
} as const

/** One option to write. */
export interface OptionRecord {
  readonly id: number
  readonly payload: Uint8Array
}

/** The format files of one event system. */
export interface SystemFormats {
  readonly system: string
  readonly formats: readonly Uint8Array[]
}

/** What readers need to know to understand the pages. */
export interface Metadata {
  /** tracefs `events/header_page` and `events/header_event`. */
  readonly headerPage: Uint8Array
  readonly headerEvent: Uint8Array
  readonly ftraceFormats: readonly Uint8Array[]
  readonly systems: readonly SystemFormats[]
  readonly kallsyms: Uint8Array
  readonly printkFormats: Uint8Array
  readonly savedCmdlines: Uint8Array
  readonly options: readonly OptionRecord[]
  /** CPUs of the machine: one more than the highest number. */
  readonly cpuCount: number
  /** Sub-buffer size of the main buffer. */
  readonly pageSize: number
}

/** An option whose payload is a text with a closing NUL. */
export function textOption(id: number, text: string): OptionRecord {
  return { id, payload: Buffer.from(`${text}\0`) }
}

/** The part of a trace.dat before the sub-buffers, in the byte order of the machine it is of. */
export interface Preamble {
  readonly littleEndian: boolean
  /** Bytes of a `long` in the recorder. */
  readonly longSize: 4 | 8
  readonly pageSize: number
  /** In the order of version 6, under the section ids of version 7. */
  readonly bodies: readonly Body[]
  /** Without those that say where something is in the file. */
  readonly options: readonly OptionRecord[]
  readonly cpuCount: number
}

/** What describes the events, one kind of thing each. */
export interface Body {
  readonly id: number
  readonly bytes: Uint8Array
}

/** The preamble of a recording made on this machine. */
export function preambleOf(metadata: Metadata): Preamble {
  const littleEndian = endianness() === 'LE'
  const bodies = BODIES.map(({ id, write }) => {
    const writer = new ByteWriter(littleEndian)
    write(writer, metadata)
    return { id, bytes: writer.take() }
  })
  const { options, cpuCount, pageSize } = metadata
  return { littleEndian, longSize: LONG_SIZE, pageSize, bodies, options, cpuCount }
}

/** Node has no 32-bit Linux builds any more. */
const LONG_SIZE = 8

/** Bodies in the order of version 6, with the section ids that version 7 gives them. */
const BODIES: readonly { readonly id: number; readonly write: BodyWriter }[] = [
  { id: 16, write: writeHeaderInfo },
  { id: 17, write: writeFtraceFormats },
  { id: 18, write: writeEventFormats },
  { id: 19, write: (writer, metadata) => text32(writer, metadata.kallsyms) },
  { id: 20, write: (writer, metadata) => text32(writer, metadata.printkFormats) },
  { id: 21, write: (writer, metadata) => text64(writer, metadata.savedCmdlines) },
]

type BodyWriter = (writer: ByteWriter, metadata: Metadata) => void

function writeHeaderInfo(writer: ByteWriter, metadata: Metadata): void {
  text64(writer.z('header_page'), metadata.headerPage)
  text64(writer.z('header_event'), metadata.headerEvent)
}

/** Appends the body of section 17. */
export function writeFtraceFormats(
  writer: ByteWriter,
  { ftraceFormats }: Pick<Metadata, 'ftraceFormats'>,
): void {
  writer.u32(ftraceFormats.length)
  for (const text of ftraceFormats) text64(writer, text)
}

/** Appends the body of section 18. */
export function writeEventFormats(
  writer: ByteWriter,
  { systems }: { readonly systems: readonly SystemFormats[] },
): void {
  writer.u32(systems.length)
  for (const { system, formats } of systems) {
    writer.z(system).u32(formats.length)
    for (const text of formats) text64(writer, text)
  }
}

function text32(writer: ByteWriter, bytes: Uint8Array): void {
  writer.u32(bytes.length).bytes(bytes)
}

/** Appends a text with its length in eight bytes, as the body of section 21 is one. */
export function text64(writer: ByteWriter, bytes: Uint8Array): void {
  writer.u64(bytes.length).bytes(bytes)
}
