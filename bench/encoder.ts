/** Compresses chunks as trace-cmd does: zlib by Node, zstd by the system's libzstd. */
import { deflateSync } from 'node:zlib'
import koffi from 'koffi'

/** Makes one frame of `input`; it is valid until the next call. */
export type Encoder = (input: Uint8Array) => Uint8Array

/** trace-cmd takes libzstd's default level. */
const ZSTD_LEVEL = 3

/** The encoder of a codec as a trace.dat names it; undefined for `none`. */
export function createEncoder(codec: string): Encoder | undefined {
  if (codec === 'none') return undefined
  if (codec === 'zlib') return (input) => deflateSync(input)
  if (codec === 'zstd') return createZstd()
  throw new Error(`no encoder for ${codec}`)
}

function createZstd(): Encoder {
  const library = koffi.load('libzstd.so.1')
  const bound = library.func('size_t ZSTD_compressBound(size_t size)')
  const compress = library.func(
    'size_t ZSTD_compress(void *dst, size_t room, void *src, size_t size, int level)',
  )
  const isError = library.func('unsigned int ZSTD_isError(size_t code)')
  let output = new Uint8Array(0)
  return (input) => {
    const room = Number(bound(input.length))
    if (output.length < room) output = new Uint8Array(room)
    const size = Number(compress(output, output.length, input, input.length, ZSTD_LEVEL))
    if (isError(size)) throw new Error(`libzstd cannot compress ${input.length} bytes`)
    return output.subarray(0, size)
  }
}
