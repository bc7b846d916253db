/**
 * zstd compression by the system's libzstd through koffi.
 * Authority: zstd.h of zstd 1.5 (stable API).
 */
import { createRequire } from 'node:module'

/** Compresses one block into `target`; returns the bytes, undefined when it did not fit. */
export type Compressor = (input: Uint8Array, target: Uint8Array) => number | undefined

/** What is loaded: a compressor, and the version of the library it is of. */
export interface ZstdCompressor {
  readonly compress: Compressor
  readonly version: string
}

const ZSTD_LEVEL = 100
const ZSTD_CONTENT_SIZE = 200

/**
 * libzstd at `level` with its version, or undefined where it or koffi cannot be loaded. One context
 * is made and reused; frames carry no content size, as trace-cmd's.
 */
export function loadZstdCompressor(level: number): ZstdCompressor | undefined {
  let library: import('koffi').LibraryHandle
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    library = koffi.load('libzstd.so.1')
  } catch {
    return undefined
  }
  const context: unknown = library.func('void *ZSTD_createCCtx()')()
  if (!context) return undefined
  const setParameter = library.func('size_t ZSTD_CCtx_setParameter(void *ctx, int name, int value)')
  const compress2 = library.func(
    'size_t ZSTD_compress2(void *ctx, void *to, size_t room, void *from, size_t size)',
  )
  const isError = library.func('unsigned int ZSTD_isError(size_t code)')
  setParameter(context, ZSTD_LEVEL, level)
  setParameter(context, ZSTD_CONTENT_SIZE, 0)
  const version = String(library.func('const char *ZSTD_versionString()')())
  const compress: Compressor = (input, target) => {
    const got = compress2(context, target, target.length, input, input.length)
    return isError(got) ? undefined : Number(got)
  }
  return { compress, version }
}
