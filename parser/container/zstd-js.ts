/**
 * zstd in JavaScript, the decoder of last resort. What a frame's head asks for is checked before
 * the decoder sees it, because that one allocates whatever the head says.
 * Authority: RFC 8878 §3.1.1.
 */
import { createRequire } from 'node:module'
import { type Decompressor, damagedData, wrongLength } from './decompressor.ts'

const MAX_WINDOW_LOG = 27

/** Loads fzstd and returns a decompressor made of it. */
export function loadJsZstd(): Decompressor {
  const require = createRequire(import.meta.url)
  const { Decompress } = require('fzstd') as typeof import('fzstd')
  return (input, output) => {
    checkFrame(input, output.length)
    let done = 0
    const stream = new Decompress((piece) => {
      if (done + piece.length > output.length) throw wrongLength(done + piece.length, output.length)
      output.set(piece, done)
      done += piece.length
    })
    try {
      stream.push(input, true)
    } catch (cause) {
      throw damagedData('zstd', cause)
    }
    if (done !== output.length) throw wrongLength(done, output.length)
    return done
  }
}

/** Accepts exactly one frame whose window and content fit, and nothing after it. */
function checkFrame(input: Uint8Array, announced: number): void {
  if (input.length < 9) throw damagedData('zstd', `${input.length} bytes are no frame`)
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  if (view.getUint32(0, true) !== 0xfd2fb528) throw damagedData('zstd', 'no zstd frame')
  const descriptor = view.getUint8(4)
  const single = (descriptor & 0x20) !== 0
  if (!single && view.getUint8(5) >> 3 > MAX_WINDOW_LOG - 10)
    throw damagedData('zstd', 'window too large')
  let at = single ? 5 : 6
  at += [0, 1, 2, 4][descriptor & 3]!
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  if (at + sizeBytes > input.length) throw damagedData('zstd', 'frame ends in its head')
  const content = readContentSize(view, at, sizeBytes)
  if (content !== undefined && content !== announced) throw wrongLength(content, announced)
  const end = skipBlocks(view, at + sizeBytes) + ((descriptor & 4) !== 0 ? 4 : 0)
  if (end !== input.length)
    throw damagedData('zstd', `frame of ${end} bytes in ${input.length} bytes`)
}

function readContentSize(view: DataView, at: number, bytes: number): number | undefined {
  if (bytes === 1) return view.getUint8(at)
  if (bytes === 2) return view.getUint16(at, true) + 256
  if (bytes === 4) return view.getUint32(at, true)
  if (bytes === 8) return Number(view.getBigUint64(at, true))
  return undefined
}

function skipBlocks(view: DataView, start: number): number {
  for (let at = start; at + 3 <= view.byteLength; ) {
    const head = view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
    const repeated = ((head >> 1) & 3) === 1
    at += 3 + (repeated ? 1 : head >> 3)
    if ((head & 1) !== 0) return at
  }
  throw damagedData('zstd', 'no last block')
}
