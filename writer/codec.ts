/** The codecs that version 7 files may be written with. */
import { constants, deflateSync } from 'node:zlib'
import type { TraceFile } from '../parser/container/types.ts'
import { TraceError } from '../parser/error.ts'
import type { Codec } from './layout.ts'
import { loadZstdCompressor } from './zstd.ts'

/** Measured on a recording of 240 MB: level 3 saves 4 % of the file for half as much CPU again. */
const ZSTD_LEVEL = 1

/** The codec of that name. Throws `ERR_RECORD_UNSUPPORTED` where libzstd is missing. */
export function makeCodec(name: Codec['name']): Codec {
  if (name === 'none') return { name, version: '', compress: undefined }
  if (name === 'zlib') return { name, version: process.versions.zlib, compress: deflate }
  const zstd = loadZstdCompressor(ZSTD_LEVEL)
  if (zstd) return { name, ...zstd }
  throw new TraceError('ERR_RECORD_UNSUPPORTED', 'libzstd.so.1 cannot be loaded', {
    hint: 'install libzstd, or use --compression none or zlib',
  })
}

/** The codec of a file, to write another one with. Throws `ERR_TRACE_CODEC`. */
export function codecOf({ compression }: TraceFile): Codec['name'] {
  const { name } = compression
  if (name === 'zstd' || name === 'zlib' || name === 'none') return name
  throw new TraceError('ERR_TRACE_CODEC', `codec '${name}' is not known`)
}

/** The codec of that name, or none and a notice where it cannot be loaded. */
export function codecOrNone(name: Codec['name'], notices: string[]): Codec {
  try {
    return makeCodec(name)
  } catch (error) {
    if (!(error instanceof TraceError)) throw error
    notices.push(`stored uncompressed: ${error.message}`)
    return makeCodec('none')
  }
}

function deflate(input: Uint8Array, target: Uint8Array): number | undefined {
  const packed = deflateSync(input, { level: constants.Z_BEST_SPEED })
  if (packed.length > target.length) return undefined
  target.set(packed)
  return packed.length
}
