/**
 * Sections of a version 7 file.
 * Authority: trace-cmd.dat.v7(5) and lib/trace-cmd of trace-cmd 3.4.
 *
 *     0  2  section id (same numbers as options)
 *     2  2  flags; bit 0: the body is compressed
 *     4  4  offset of a description in the string table
 *     8  8  bytes of the section after this header
 *
 *   compressed body:  u32 compressed size, u32 uncompressed size, bytes
 */
import { TraceError } from '../error.ts'
import { createDecompressor } from './codec.ts'
import type { ContainerContext } from './context.ts'
import { Cursor } from './cursor.ts'
import { memorySource } from './source.ts'

/** Bytes of a section header. */
export const SECTION_HEADER = 16

/** A section header as found at `offset`. */
export interface Section {
  readonly id: number
  readonly offset: number
  /** First byte of the body. */
  readonly body: number
  /** Bytes of the body that the header announces; may go beyond the file. */
  readonly size: number
  readonly compressed: boolean
}

/** Reads the section header at `offset`; throws `ERR_TRACE_TRUNCATED` beyond the end. */
export function readSection(context: ContainerContext, offset: number): Section {
  const { source, head } = context
  const bytes = new DataView(new ArrayBuffer(SECTION_HEADER))
  const got = source.readAt(new Uint8Array(bytes.buffer), 0, SECTION_HEADER, offset)
  const where = { file: source.name, offset }
  if (got < SECTION_HEADER) {
    const text = `a section header should be at ${offset}, but the file ends at ${source.size}`
    throw new TraceError('ERR_TRACE_TRUNCATED', text, { where })
  }
  const size = bytes.getBigUint64(8, head.littleEndian)
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) {
    const text = `a section says it has ${size} bytes, more than any file can hold`
    throw new TraceError('ERR_TRACE_LIMIT', text, { where })
  }
  return {
    id: bytes.getUint16(0, head.littleEndian),
    offset,
    body: offset + SECTION_HEADER,
    size: Number(size),
    compressed: (bytes.getUint16(2, head.littleEndian) & 1) !== 0,
  }
}

/**
 * Opens the body of a section, unpacking it where it is compressed. Throws `ERR_TRACE_TRUNCATED`
 * for a body that is cut, `ERR_TRACE_LIMIT` above `limits.maxSectionBytes`, `ERR_TRACE_CODEC`.
 */
export function openSection(context: ContainerContext, section: Section): Cursor {
  const { source, head, limits } = context
  const { littleEndian } = head
  const end = section.body + section.size
  const cursor = new Cursor(source, { littleEndian, limits, start: section.body, end })
  if (!section.compressed) return cursor
  const packed = cursor.u32(`compressed size of section ${section.id}`)
  const size = cursor.u32(`size of section ${section.id}`)
  if (size > limits.maxSectionBytes) {
    throw cursor.error(
      'ERR_TRACE_LIMIT',
      `section ${section.id} unpacks to ${size} bytes, more than the limit of ${limits.maxSectionBytes}`,
    )
  }
  const input = cursor.bytes(packed, `section ${section.id}`)
  const output = unpack(input, size, context, section)
  const body = memorySource(output, source.name)
  return new Cursor(body, { littleEndian, limits, origin: section.offset })
}

function unpack(
  input: Uint8Array,
  size: number,
  context: ContainerContext,
  section: Section,
): Uint8Array {
  try {
    const output = new Uint8Array(size)
    createDecompressor(context.head.compression.name)(input, output)
    return output
  } catch (cause) {
    if (!(cause instanceof TraceError)) throw cause
    const where = { file: context.source.name, offset: section.offset }
    const message = `section ${section.id} at ${section.offset}: ${cause.message}`
    throw new TraceError(cause.code, message, {
      where,
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    })
  }
}

/**
 * Walks the sections that stand back to back from `start`, as far as their headers make sense.
 * The last one may be cut by the end of the file or carry no size yet.
 */
export function scanSections(context: ContainerContext, start: number): Section[] {
  const found: Section[] = []
  let offset = start
  while (offset + SECTION_HEADER <= context.source.size) {
    if (found.length >= context.limits.maxEntries) break
    let section: Section
    try {
      section = readSection(context, offset)
    } catch (cause) {
      if (cause instanceof TraceError) break
      throw cause
    }
    if (section.id > 31) break
    found.push(section)
    offset = section.body + section.size
  }
  return found
}
