/**
 * Writes one CPU's sub-buffers: as they are, or (version 7) compressed:
 *
 *   u32 number of chunks, per chunk { u32 compressed size, u32 size, bytes }
 *
 * Authority: trace-cmd.dat.v7(5).
 */
import { TraceError } from '../parser/error.ts'
import { readFully, writeAll } from './file-io.ts'
import type { Codec } from './layout.ts'

/** Uncompressed bytes of a chunk, as far as whole sub-buffers allow. */
const CHUNK = 65536
/** Most bytes to hand to `add` at once, unless one chunk is larger. */
export const SLICE: number = 4 * 2 ** 20

/** Appends sub-buffers to a place in a file; what is written of one CPU stands in one piece. */
export class CpuPacker {
  /** Bytes of a full chunk. */
  readonly chunkBytes: number
  readonly #fd: number
  readonly #codec: Codec
  readonly #littleEndian: boolean
  readonly #start: number
  readonly #packed: DataView
  #at: number
  #chunks = 0

  constructor(
    fd: number,
    start: number,
    codec: Codec,
    subBufferBytes: number,
    littleEndian: boolean,
  ) {
    this.#fd = fd
    this.#codec = codec
    this.#littleEndian = littleEndian
    this.#start = start
    this.#at = start + (codec.compress ? 4 : 0)
    this.chunkBytes = subBufferBytes * Math.max(1, Math.floor(CHUNK / subBufferBytes))
    const most = Math.ceil(SLICE / this.chunkBytes) * (this.chunkBytes + 1024) + 1024
    const room = codec.compress ? Math.max(most, 2 * this.chunkBytes) : 0
    this.#packed = new DataView(new ArrayBuffer(room))
  }

  /** Bytes to hand to `add` at once. */
  get sliceBytes(): number {
    return Math.max(this.chunkBytes, SLICE - (SLICE % this.chunkBytes))
  }

  /** Passes by what an earlier attempt has packed of so many bytes of sub-buffers. */
  skip(pageBytes: number): void {
    if (!this.#codec.compress) {
      this.#at += pageBytes
      return
    }
    const head = new DataView(new ArrayBuffer(8))
    for (let left = pageBytes; left > 0; ) {
      readFully(this.#fd, new Uint8Array(head.buffer), this.#at)
      const plain = head.getUint32(4, this.#littleEndian)
      if (plain === 0 || plain > left) {
        throw new TraceError('ERR_TRACE_TRUNCATED', `chunk ${this.#chunks} is not in the file`, {
          hint: 'its pages are lost; nothing can bring them back',
          where: { offset: this.#at },
        })
      }
      this.#at += 8 + head.getUint32(0, this.#littleEndian)
      this.#chunks++
      left -= plain
    }
  }

  /** Appends whole sub-buffers, at most `sliceBytes` of them, full chunks but for the last call. */
  add(pages: Uint8Array): void {
    const { compress } = this.#codec
    if (!compress) {
      this.#write(pages)
      return
    }
    const packed = new Uint8Array(this.#packed.buffer)
    let filled = 0
    for (let at = 0; at < pages.length; at += this.chunkBytes) {
      const plain = pages.subarray(at, at + this.chunkBytes)
      const size = compress(plain, packed.subarray(filled + 8))
      if (size === undefined) throw new Error('a chunk grew by compression beyond all bounds')
      this.#packed.setUint32(filled, size, this.#littleEndian)
      this.#packed.setUint32(filled + 4, plain.length, this.#littleEndian)
      filled += 8 + size
      this.#chunks++
    }
    this.#write(packed.subarray(0, filled))
  }

  #write(bytes: Uint8Array): void {
    writeAll(this.#fd, bytes, this.#at)
    this.#at += bytes.length
  }

  /** Bytes in the file; 0 for a CPU without sub-buffers. */
  close(): number {
    if (!this.#codec.compress) return this.#at - this.#start
    if (this.#chunks === 0) return 0
    const count = new DataView(new ArrayBuffer(4))
    count.setUint32(0, this.#chunks, this.#littleEndian)
    writeAll(this.#fd, new Uint8Array(count.buffer), this.#start)
    return this.#at - this.#start
  }
}
