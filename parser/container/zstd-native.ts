/**
 * zstd by the system's libzstd through koffi: four to eight times faster than what Node and
 * JavaScript offer. One decompression context is made once and used for every frame.
 * Authority: zstd.h of zstd 1.5 (stable API).
 */
import { createRequire } from 'node:module'
import { type Decompressor, damagedData } from './decompressor.ts'

const NAMES = [
  'libzstd.so.1',
  'libzstd.1.dylib',
  '/opt/homebrew/lib/libzstd.1.dylib',
  'libzstd.dll',
]

/** Returns a decompressor, or undefined where the library or koffi cannot be loaded. */
export function loadNativeZstd(): Decompressor | undefined {
  try {
    return load()
  } catch {
    return undefined
  }
}

function load(): Decompressor | undefined {
  const require = createRequire(import.meta.url)
  const koffi = require('koffi') as typeof import('koffi')
  const library = openLibrary(koffi)
  if (!library) return undefined
  const create = library.func('void *ZSTD_createDCtx()')
  const decompress = library.func(
    'size_t ZSTD_decompressDCtx(void *ctx, void *dst, size_t room, void *src, size_t size)',
  )
  const isError = library.func('unsigned int ZSTD_isError(size_t code)')
  const errorName = library.func('const char *ZSTD_getErrorName(size_t code)')
  const context: unknown = create()
  if (!context) return undefined
  return (input, output) => {
    const got = Number(decompress(context, output, output.length, input, input.length))
    if (got === output.length) return got
    const failed = isError(got) !== 0
    const why = failed ? String(errorName(got)) : `${got} bytes instead of ${output.length}`
    throw damagedData('zstd', why)
  }
}

function openLibrary(koffi: typeof import('koffi')): import('koffi').LibraryHandle | undefined {
  for (const name of NAMES) {
    try {
      return koffi.load(name)
    } catch {
      // The next name, or none: the caller has other decoders.
    }
  }
  return undefined
}
