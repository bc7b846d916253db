/**
 * Text of a latency tracer in a version 7 file (section BUFFER_TEXT). When the section is flagged
 * as compressed its body is in chunks, like page data.
 * Authority: trace-cmd.dat.v7(5), trace-cmd 3.4.
 *
 *   u32 chunks, per chunk { u32 compressed size, u32 size, bytes }
 */
import { createDecompressor } from './codec.ts'
import type { ContainerContext } from './context.ts'
import { Cursor } from './cursor.ts'
import type { Section } from './sections.ts'

/** Reads the whole text; throws `ERR_TRACE_LIMIT` above `limits.maxSectionBytes`. */
export function unpackLatencyText(context: ContainerContext, section: Section): Uint8Array {
  const { source, head, limits } = context
  const { littleEndian } = head
  const end = section.body + section.size
  const cursor = new Cursor(source, { littleEndian, limits, start: section.body, end })
  if (!section.compressed) return cursor.bytes(cursor.left, 'latency text')
  const decompress = createDecompressor(head.compression.name)
  const count = cursor.u32('chunks')
  const parts: Uint8Array[] = []
  let total = 0
  for (let i = 0; i < count; i++) {
    const packed = cursor.u32('compressed size of a chunk')
    const size = cursor.u32('size of a chunk')
    total += size
    if (total > limits.maxSectionBytes || size > limits.maxChunkBytes) {
      throw cursor.error('ERR_TRACE_LIMIT', `latency text of ${total} bytes or more`)
    }
    const part = new Uint8Array(size)
    decompress(cursor.bytes(packed, 'chunk of latency text'), part)
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts, total))
}
