/**
 * How versions 6 and 7 of a trace.dat put the parts of a recording together: a front that describes
 * everything, a header before each buffer's sub-buffers, and (version 7) a tail.
 * Authority: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5).
 *
 *   v6  head · bodies · CPU count · options · { table of the CPUs · clock · pages }*
 *   v7  head · sections 16–21 · options · { section 3: pages }* · options with BUFFER
 */
import { ByteWriter } from './byte-writer.ts'
import { OPTION, type OptionRecord, type Preamble } from './metadata.ts'
import type { Compressor } from './zstd.ts'

/** A codec of version 7. */
export interface Codec {
  readonly name: 'none' | 'zstd' | 'zlib'
  readonly version: string
  /** Undefined for `none`. */
  readonly compress: Compressor | undefined
}

/** A buffer's pages as they stand in the finished file. */
export interface PlacedBuffer {
  readonly name: string
  readonly clock: string
  readonly subBufferBytes: number
  /** Where its header is. */
  readonly headerAt: number
  /** One past its last byte. */
  readonly end: number
  readonly cpus: readonly { readonly cpu: number; readonly offset: number; readonly size: number }[]
}

/** The parts of one version's file; all positions are in the finished file. */
export interface Layout {
  readonly littleEndian: boolean
  /** Written at 0 once everything is placed. */
  readonly front: Buffer
  /** Bytes of the header before a buffer's pages. */
  headerBytes(clock: string): number
  header(buffer: PlacedBuffer): Buffer
  /** Patches the front, and returns what follows the last buffer, which ends at `at`. */
  close(buffers: readonly PlacedBuffer[], at: number): Buffer
  /** Patches the front of a file without buffers, and returns what follows it: a tracer's text. */
  closeText(text: Uint8Array, clock: string): Buffer
}

/** The parts of a file of `version` for these buffers; the first one is the main buffer. */
export function makeLayout(
  version: 6 | 7,
  preamble: Preamble,
  codec: Codec,
  names: readonly string[],
): Layout {
  return version === 6 ? makeV6(preamble, names.slice(1)) : makeV7(preamble, codec)
}

const MAGIC = Uint8Array.of(0x17, 0x08, 0x44)

function writeHead(writer: ByteWriter, version: 6 | 7, preamble: Preamble): void {
  const { littleEndian, longSize, pageSize } = preamble
  writer.bytes(MAGIC).text('tracing').z(String(version))
  writer
    .u8(littleEndian ? 0 : 1)
    .u8(longSize)
    .u32(pageSize)
}

const FLYRECORD = 'flyrecord\0'
const OPTIONS_TAG = 'options  \0'
const LATENCY_TAG = 'latency  \0'

function makeV6(preamble: Preamble, instances: readonly string[]): Layout {
  const { littleEndian, cpuCount } = preamble
  const writer = new ByteWriter(littleEndian)
  writeHead(writer, 6, preamble)
  for (const { bytes } of preamble.bodies) writer.bytes(bytes)
  writer.u32(cpuCount).text(OPTIONS_TAG)
  for (const { id, payload } of preamble.options) {
    writer.u16(id).u32(payload.length).bytes(payload)
  }
  const offsets = instances.map((name) => {
    writer.u16(OPTION.buffer).u32(8 + Buffer.byteLength(name) + 1)
    const at = writer.length
    writer.u64(0).z(name)
    return at
  })
  writer.u16(OPTION.done)
  return {
    littleEndian,
    front: writer.take(),
    headerBytes: (clock) => FLYRECORD.length + 16 * cpuCount + clockV6(clock, preamble).length,
    header: (buffer) => headerV6(buffer, preamble),
    close(buffers) {
      for (const [index, at] of offsets.entries()) {
        writer.patchU64(at, buffers[index + 1]!.headerAt)
      }
      return Buffer.alloc(0)
    },
    closeText: (text) => new ByteWriter(littleEndian).text(LATENCY_TAG).bytes(text).take(),
  }
}

function headerV6(buffer: PlacedBuffer, preamble: Preamble): Buffer {
  const { littleEndian, cpuCount } = preamble
  const writer = new ByteWriter(littleEndian).text(FLYRECORD)
  const entries = new Map(buffer.cpus.map((entry) => [entry.cpu, entry]))
  let at = buffer.cpus[0]?.offset ?? buffer.end
  for (let cpu = 0; cpu < cpuCount; cpu++) {
    const found = entries.get(cpu)
    if (found) at = found.offset + found.size
    writer.u64(found?.offset ?? at).u64(found?.size ?? 0)
  }
  return writer.bytes(clockV6(buffer.clock, preamble)).take()
}

/** Readers look for the clock's name only in files with option TRACECLOCK. */
function clockV6(clock: string, { littleEndian, options }: Preamble): Buffer {
  const writer = new ByteWriter(littleEndian)
  if (!options.some(({ id }) => id === OPTION.traceclock)) return writer.take()
  const text = `[${clock}]`
  return writer.u64(Buffer.byteLength(text)).text(text).take()
}

const SECTION_BUFFER = 3
const SECTION_OPTIONS = 0
const SECTION_TEXT = 22
const NO_DESCRIPTION = 0xffffffff
const COMPRESSED = 1

function makeV7(preamble: Preamble, codec: Codec): Layout {
  const { littleEndian } = preamble
  const writer = new ByteWriter(littleEndian)
  writeHead(writer, 7, preamble)
  writer.z(codec.name).z(codec.version)
  const optionsAt = writer.length
  writer.u64(0)
  const sections = preamble.bodies.map(({ id, bytes }) => {
    const offset = writer.length
    writeSection(writer, id, bytes, codec)
    return { id, offset }
  })
  const options = new ByteWriter(littleEndian)
  for (const { id, payload } of preamble.options) {
    options.u16(id).u32(payload.length).bytes(payload)
  }
  for (const { id, offset } of sections) options.u16(id).u32(8).u64(offset)
  options.u16(OPTION.done).u32(8).u64(0)
  const firstOptions = writer.length
  writeSectionHeader(writer, SECTION_OPTIONS, 0, options.length)
  writer.bytes(options.take()).patchU64(optionsAt, firstOptions)
  return {
    littleEndian,
    front: writer.take(),
    headerBytes: () => 16,
    header(buffer) {
      const header = new ByteWriter(littleEndian)
      const flags = codec.compress ? COMPRESSED : 0
      writeSectionHeader(header, SECTION_BUFFER, flags, buffer.end - buffer.headerAt - 16)
      return header.take()
    },
    close(buffers, at) {
      writer.patchU64(writer.length - 8, at)
      return lastOptions(
        buffers.map((buffer) => bufferOption(buffer, littleEndian)),
        littleEndian,
      )
    },
    closeText(text, clock) {
      const at = writer.length
      const tail = textSection(text, codec, littleEndian)
      writer.patchU64(at - 8, at + tail.length)
      const payload = new ByteWriter(littleEndian).u64(at).z('').z(clock).take()
      const option = { id: SECTION_TEXT, payload }
      return Buffer.concat([tail, lastOptions([option], littleEndian)])
    },
  }
}

function writeSectionHeader(writer: ByteWriter, id: number, flags: number, size: number): void {
  writer.u16(id).u16(flags).u32(NO_DESCRIPTION).u64(size)
}

function writeSection(writer: ByteWriter, id: number, body: Uint8Array, codec: Codec): void {
  const packed = Buffer.allocUnsafe(body.length)
  const size = codec.compress?.(body, packed)
  if (size === undefined) {
    writeSectionHeader(writer, id, 0, body.length)
    writer.bytes(body)
    return
  }
  writeSectionHeader(writer, id, COMPRESSED, size + 8)
  writer.u32(size).u32(body.length).bytes(packed.subarray(0, size))
}

/** A text is in chunks like sub-buffers are; one will do. */
function textSection(text: Uint8Array, codec: Codec, littleEndian: boolean): Buffer {
  const packed = Buffer.allocUnsafe(text.length + 1024)
  const size = text.length === 0 ? undefined : codec.compress?.(text, packed)
  const body = new ByteWriter(littleEndian)
  if (size !== undefined) body.u32(1).u32(size).u32(text.length)
  body.bytes(size === undefined ? text : packed.subarray(0, size))
  const section = new ByteWriter(littleEndian)
  writeSectionHeader(section, SECTION_TEXT, size === undefined ? 0 : COMPRESSED, body.length)
  return section.bytes(body.take()).take()
}

function bufferOption(buffer: PlacedBuffer, littleEndian: boolean): OptionRecord {
  const body = new ByteWriter(littleEndian)
  body.u64(buffer.headerAt).z(buffer.name).z(buffer.clock)
  const cpus = buffer.cpus.filter(({ size }) => size > 0)
  body.u32(buffer.subBufferBytes).u32(cpus.length)
  for (const { cpu, offset, size } of cpus) body.u32(cpu).u64(offset).u64(size)
  return { id: OPTION.buffer, payload: body.take() }
}

function lastOptions(list: readonly OptionRecord[], littleEndian: boolean): Buffer {
  const options = new ByteWriter(littleEndian)
  for (const { id, payload } of list) options.u16(id).u32(payload.length).bytes(payload)
  options.u16(OPTION.done).u32(8).u64(0)
  const section = new ByteWriter(littleEndian)
  writeSectionHeader(section, SECTION_OPTIONS, 0, options.length)
  return section.bytes(options.take()).take()
}
