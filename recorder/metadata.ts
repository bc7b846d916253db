/**
 * Everything a trace.dat says besides its events, and the bodies that versions 6 and 7 share.
 * Authority: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5).
 */
import { endianness } from 'node:os'
import type { ByteWriter } from './byte-writer.ts'

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

/** The head of the file up to and including the page size. */
export function writeHead(writer: ByteWriter, version: 6 | 7, pageSize: number): void {
  writer.bytes(MAGIC).text('tracing').z(String(version))
  writer
    .u8(endianness() === 'LE' ? 0 : 1)
    .u8(LONG_SIZE)
    .u32(pageSize)
}

const MAGIC = Uint8Array.of(0x17, 0x08, 0x44)
/** Node has no 32-bit Linux builds any more. */
const LONG_SIZE = 8

/** Bodies in the order of version 6, with the section ids that version 7 gives them. */
export const BODIES: readonly { readonly id: number; readonly write: BodyWriter }[] = [
  { id: 16, write: writeHeaderInfo },
  { id: 17, write: writeFtraceFormats },
  { id: 18, write: writeEventFormats },
  { id: 19, write: (writer, metadata) => text32(writer, metadata.kallsyms) },
  { id: 20, write: (writer, metadata) => text32(writer, metadata.printkFormats) },
  { id: 21, write: (writer, metadata) => text64(writer, metadata.savedCmdlines) },
]

/** Appends one body. */
export type BodyWriter = (writer: ByteWriter, metadata: Metadata) => void

function writeHeaderInfo(writer: ByteWriter, metadata: Metadata): void {
  text64(writer.z('header_page'), metadata.headerPage)
  text64(writer.z('header_event'), metadata.headerEvent)
}

function writeFtraceFormats(writer: ByteWriter, metadata: Metadata): void {
  writer.u32(metadata.ftraceFormats.length)
  for (const text of metadata.ftraceFormats) text64(writer, text)
}

function writeEventFormats(writer: ByteWriter, metadata: Metadata): void {
  writer.u32(metadata.systems.length)
  for (const { system, formats } of metadata.systems) {
    writer.z(system).u32(formats.length)
    for (const text of formats) text64(writer, text)
  }
}

function text32(writer: ByteWriter, bytes: Uint8Array): void {
  writer.u32(bytes.length).bytes(bytes)
}

function text64(writer: ByteWriter, bytes: Uint8Array): void {
  writer.u64(bytes.length).bytes(bytes)
}
