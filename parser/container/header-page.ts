/**
 * Layout of a sub-buffer's head, from the text of tracefs `events/header_page`.
 * Authority: ring_buffer_print_page_header() in kernel/trace/ring_buffer.c (Linux 6.18).
 */
import { TraceError } from '../error.ts'
import type { ContainerLimits, HeaderPage } from './types.ts'

const FIELD = /field:\s*[^;]*?\b(\w+)\s*;\s*offset:\s*(\d+)\s*;\s*size:\s*(\d+)\s*;/g
const MAX_HEAD = 4096

/**
 * Parses the text; an empty text (kernels too old to have the file) gives the classic layout with
 * the recorder's `long` in a page of the recorder's size.
 * Throws `ERR_RING_HEADER` when the text has no usable `commit` and `data` fields.
 */
export function parseHeaderPage(
  text: string,
  head: { readonly userLongSize: 4 | 8; readonly pageSize: number },
  limits: ContainerLimits,
): HeaderPage {
  const { userLongSize, pageSize } = head
  if (text.length === 0) {
    const dataOffset = 8 + userLongSize
    return { longSize: userLongSize, commitOffset: 8, dataOffset, dataSize: pageSize - dataOffset }
  }
  const fields = new Map<string, { offset: number; size: number }>()
  for (const [, name, offset, size] of text.matchAll(FIELD)) {
    fields.set(name!, { offset: Number(offset), size: Number(size) })
  }
  const commit = fields.get('commit')
  const data = fields.get('data')
  if (!commit || !data) throw bad('has no commit and data fields')
  if (commit.size !== 4 && commit.size !== 8) throw bad(`has a commit word of ${commit.size} bytes`)
  const stamp = fields.get('timestamp')
  if (stamp && (stamp.offset !== 0 || stamp.size !== 8)) throw bad('has no u64 time stamp at 0')
  if (commit.offset < 8 || data.offset < commit.offset + commit.size || data.offset > MAX_HEAD) {
    throw bad(`has commit at ${commit.offset} and data at ${data.offset}`)
  }
  if (data.size < 4 || data.offset + data.size > limits.maxSubBufferBytes)
    throw bad(`has room for ${data.size} bytes of data`)
  return {
    longSize: commit.size,
    commitOffset: commit.offset,
    dataOffset: data.offset,
    dataSize: data.size,
  }
}

function bad(what: string): TraceError {
  return new TraceError('ERR_RING_HEADER', `events/header_page of this file ${what}`)
}

/** Bytes of a whole sub-buffer as the header page describes it. */
export function subBufferBytes(page: HeaderPage): number {
  return page.dataOffset + page.dataSize
}
