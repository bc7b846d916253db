/** Looks at heads of sub-buffers without decoding them, to tell page data from anything else. */
import type { ContainerContext } from './context.ts'
import type { HeaderPage } from './types.ts'

const head = Buffer.alloc(4096)

/** `offset` rounded up to a multiple of `size`. */
export function align(offset: number, size: number): number {
  return Math.ceil(offset / size) * size
}

/** Whether the bytes at `offset` can be the head of a sub-buffer: time and commit are plausible. */
export function looksLikePage(
  context: ContainerContext,
  offset: number,
  page: HeaderPage,
): boolean {
  const got = context.source.readAt(head, 0, page.dataOffset, offset)
  if (got < page.dataOffset || readU64(context, 0) === 0n) return false
  const { commitOffset, longSize } = page
  const word = longSize === 8 ? readU64(context, commitOffset) : readU32(context, commitOffset)
  const flags = (1n << 31n) | (1n << 30n)
  return (word & ~flags) <= BigInt(page.dataSize)
}

/** The base time stamp of the sub-buffer at `offset`. */
export function readBaseTime(context: ContainerContext, offset: number): bigint {
  context.source.readAt(head, 0, 8, offset)
  return readU64(context, 0)
}

function readU64(context: ContainerContext, at: number): bigint {
  return context.head.littleEndian ? head.readBigUInt64LE(at) : head.readBigUInt64BE(at)
}

function readU32(context: ContainerContext, at: number): bigint {
  return BigInt(context.head.littleEndian ? head.readUInt32LE(at) : head.readUInt32BE(at))
}
