/**
 * How versions 6 and 7 of a trace.dat put the parts of a recording together: a front that describes
 * everything, a header before each buffer's sub-buffers, and (version 7) a tail.
 * Authority: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5).
 *
 *   v6  head · bodies · CPU count · options · { table of the CPUs · clock · pages }*
 *   v7  head · sections 16–21 · options · { section 3: pages }* · options with BUFFER
 */
import { ByteWriter } from './byte-writer.ts'
import { BODIES, type Metadata, OPTION, writeHead } from './metadata.ts'
import type { Compressor } from './syscalls.ts'

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
  /** Written at 0 once everything is placed. */
  readonly front: Buffer
  /** Bytes of the header before a buffer's pages. */
  headerBytes(clock: string): number
  header(buffer: PlacedBuffer): Buffer
  /** Patches the front, and returns what follows the last buffer, which ends at `at`. */
  close(buffers: readonly PlacedBuffer[], at: number): Buffer
}

/** The parts of a file of `version` for these buffers; the first one is the main buffer. */
export function makeLayout(
  version: 6 | 7,
  metadata: Metadata,
  codec: Codec,
  names: readonly string[],
): Layout {
  return version === 6 ? makeV6(metadata, names.slice(1)) : makeV7(metadata, codec)
}

const FLYRECORD = 'flyrecord\0'
const OPTIONS_TAG = 'options  \0'

function makeV6(metadata: Metadata, instances: readonly string[]): Layout {
  const writer = new ByteWriter()
  writeHead(writer, 6, metadata.pageSize)
  for (const body of BODIES) body.write(writer, metadata)
  writer.u32(metadata.cpuCount).text(OPTIONS_TAG)
  for (const { id, payload } of metadata.options) {
    writer.u16(id).u32(payload.length).bytes(payload)
  }
  const offsets = instances.map((name) => {
    writer.u16(OPTION.buffer).u32(8 + Buffer.byteLength(name) + 1)
    const at = writer.length
    writer.u64(0).z(name)
    return at
  })
  writer.u16(OPTION.done)
  const front = writer.take()
  return {
    front,
    headerBytes: (clock) => FLYRECORD.length + 16 * metadata.cpuCount + 8 + clock.length + 2,
    header: (buffer) => headerV6(buffer, metadata.cpuCount),
    close(buffers) {
      for (const [index, at] of offsets.entries()) {
        front.writeBigUInt64LE(BigInt(buffers[index + 1]!.headerAt), at)
      }
      return Buffer.alloc(0)
    },
  }
}

function headerV6(buffer: PlacedBuffer, cpuCount: number): Buffer {
  const writer = new ByteWriter().text(FLYRECORD)
  let at = buffer.cpus[0]?.offset ?? buffer.end
  for (let cpu = 0; cpu < cpuCount; cpu++) {
    const found = buffer.cpus.find((entry) => entry.cpu === cpu)
    if (found) at = found.offset + found.size
    writer.u64(found?.offset ?? at).u64(found?.size ?? 0)
  }
  return writer
    .u64(buffer.clock.length + 2)
    .text(`[${buffer.clock}]`)
    .take()
}

const SECTION_BUFFER = 3
const SECTION_OPTIONS = 0
const NO_DESCRIPTION = 0xffffffff
const COMPRESSED = 1

function makeV7(metadata: Metadata, codec: Codec): Layout {
  const writer = new ByteWriter()
  writeHead(writer, 7, metadata.pageSize)
  writer.z(codec.name).z(codec.version)
  const optionsAt = writer.length
  writer.u64(0)
  const sections = BODIES.map((body) => {
    const offset = writer.length
    const plain = new ByteWriter()
    body.write(plain, metadata)
    writeSection(writer, body.id, plain.take(), codec)
    return { id: body.id, offset }
  })
  const options = new ByteWriter()
  for (const { id, payload } of metadata.options) {
    options.u16(id).u32(payload.length).bytes(payload)
  }
  for (const { id, offset } of sections) options.u16(id).u32(8).u64(offset)
  options.u16(OPTION.done).u32(8).u64(0)
  const firstOptions = writer.length
  writeSectionHeader(writer, SECTION_OPTIONS, 0, options.length)
  const front = writer.bytes(options.take()).take()
  front.writeBigUInt64LE(BigInt(firstOptions), optionsAt)
  return {
    front,
    headerBytes: () => 16,
    header(buffer) {
      const header = new ByteWriter()
      const flags = codec.compress ? COMPRESSED : 0
      writeSectionHeader(header, SECTION_BUFFER, flags, buffer.end - buffer.headerAt - 16)
      return header.take()
    },
    close(buffers, at) {
      front.writeBigUInt64LE(BigInt(at), front.length - 8)
      return bufferOptions(buffers)
    },
  }
}

function writeSectionHeader(writer: ByteWriter, id: number, flags: number, size: number): void {
  writer.u16(id).u16(flags).u32(NO_DESCRIPTION).u64(size)
}

function writeSection(writer: ByteWriter, id: number, body: Buffer, codec: Codec): void {
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

function bufferOptions(buffers: readonly PlacedBuffer[]): Buffer {
  const options = new ByteWriter()
  for (const buffer of buffers) {
    const body = new ByteWriter().u64(buffer.headerAt).z(buffer.name).z(buffer.clock)
    const cpus = buffer.cpus.filter(({ size }) => size > 0)
    body.u32(buffer.subBufferBytes).u32(cpus.length)
    for (const { cpu, offset, size } of cpus) body.u32(cpu).u64(offset).u64(size)
    options.u16(OPTION.buffer).u32(body.length).bytes(body.take())
  }
  options.u16(OPTION.done).u32(8).u64(0)
  const section = new ByteWriter()
  writeSectionHeader(section, SECTION_OPTIONS, 0, options.length)
  return section.bytes(options.take()).take()
}
