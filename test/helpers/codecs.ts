/** Compressors for `makeTrace` that need no package and no program. */
import zlib from 'node:zlib'
import { ByteWriter } from './byte-writer.ts'

/**
 * A zstd frame with raw blocks: what any decoder must accept, made without an encoder. Like
 * trace-cmd's frames it has no content size and no checksum.
 */
export const storeZstd = (bytes: Uint8Array): Uint8Array => {
  const w = new ByteWriter(true).u32(0xfd2fb528).u8(0).u8(0x38)
  const limit = 128 * 1024
  for (let at = 0; at === 0 || at < bytes.length; at += limit) {
    const block = bytes.subarray(at, at + limit)
    const head = (block.length << 3) | (at + limit >= bytes.length ? 1 : 0)
    w.u16(head & 0xffff)
      .u8(head >> 16)
      .bytes(block)
  }
  return w.take()
}

const compressZstd: (bytes: Uint8Array) => Uint8Array =
  (zlib as { zstdCompressSync?: (bytes: Uint8Array) => Uint8Array }).zstdCompressSync ?? storeZstd

/** Packs bytes, or undefined where nothing is packed. */
export type Codec = ((bytes: Uint8Array) => Uint8Array) | undefined
/** Codecs by their name in the file head. */
export const CODECS: { readonly [name in 'none' | 'zlib' | 'zstd']: Codec } = {
  none: undefined,
  zlib: (bytes: Uint8Array): Uint8Array => zlib.deflateSync(bytes, { level: 9 }),
  zstd: compressZstd,
}
