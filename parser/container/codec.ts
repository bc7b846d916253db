/** Decompression of sections and trace data: none, zlib, and zstd by the fastest decoder at hand. */
import * as zlib from 'node:zlib'
import { TraceError } from '../error.ts'
import { type Decompressor, damagedData, wrongLength } from './decompressor.ts'
import { loadJsZstd } from './zstd-js.ts'
import { loadNativeZstd } from './zstd-native.ts'

/** Names one zstd decoder; `TRACEDUCK_ZSTD` holds one to force it. */
export type ZstdDecoder = 'native' | 'node' | 'js'

type ZstdDecompressSync = (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array

const cache = new Map<string, Decompressor>()

/**
 * Returns the decompressor for the codec named in a file's head; instances are shared and hold
 * memory of their own, so they are not for several threads. Libraries load at the first call.
 * Throws `ERR_TRACE_CODEC` for names other than `none`, `zlib` and `zstd`.
 */
export function createDecompressor(name: string): Decompressor {
  const key = name === 'zstd' ? `zstd ${process.env.TRACEDUCK_ZSTD ?? ''}` : name
  let decompressor = cache.get(key)
  if (!decompressor) {
    decompressor = choose(name)
    cache.set(key, decompressor)
  }
  return decompressor
}

function choose(name: string): Decompressor {
  if (name === 'none') return copyAll
  if (name === 'zlib') return inflate
  if (name === 'zstd') return chooseZstd(process.env.TRACEDUCK_ZSTD)
  throw new TraceError('ERR_TRACE_CODEC', `compression '${name}' is not known`, {
    hint: 'convert the file with trace-cmd convert --compression none',
  })
}

function chooseZstd(forced: string | undefined): Decompressor {
  if (forced === undefined || forced === '') {
    return loadNativeZstd() ?? nodeZstd() ?? loadJsZstd()
  }
  const loaders: Record<string, () => Decompressor | undefined> = {
    native: loadNativeZstd,
    node: nodeZstd,
    js: loadJsZstd,
  }
  const chosen = loaders[forced]?.()
  if (chosen) return chosen
  throw new TraceError('ERR_TRACE_CODEC', `TRACEDUCK_ZSTD=${forced} is not possible here`, {
    hint: 'leave TRACEDUCK_ZSTD unset, or use native, node or js',
  })
}

function copyAll(input: Uint8Array, output: Uint8Array): number {
  if (input.length !== output.length) throw wrongLength(input.length, output.length)
  output.set(input)
  return input.length
}

function inflate(input: Uint8Array, output: Uint8Array): number {
  return copyResult('zlib', output, () =>
    zlib.inflateSync(input, { maxOutputLength: Math.max(1, output.length) }),
  )
}

function nodeZstd(): Decompressor | undefined {
  const unpack = (zlib as unknown as { zstdDecompressSync?: ZstdDecompressSync }).zstdDecompressSync
  if (!unpack) return undefined
  return (input, output) =>
    copyResult('zstd', output, () => unpack(input, { maxOutputLength: Math.max(1, output.length) }))
}

function copyResult(codec: string, output: Uint8Array, unpack: () => Uint8Array): number {
  let result: Uint8Array
  try {
    result = unpack()
  } catch (cause) {
    throw damagedData(codec, cause)
  }
  if (result.length !== output.length) throw wrongLength(result.length, output.length)
  output.set(result)
  return result.length
}
