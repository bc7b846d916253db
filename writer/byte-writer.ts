/** A growing byte buffer in the byte order of the file that is written. */
export class ByteWriter {
  readonly #littleEndian: boolean
  #bytes: Buffer = Buffer.allocUnsafe(4096)
  #length = 0

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  #room(size: number): number {
    const at = this.#length
    this.#length += size
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#bytes.length))
      this.#bytes.copy(grown, 0, 0, at)
      this.#bytes = grown
    }
    return at
  }

  u8(value: number): this {
    const at = this.#room(1)
    this.#bytes.writeUInt8(value, at)
    return this
  }

  u16(value: number): this {
    const at = this.#room(2)
    if (this.#littleEndian) this.#bytes.writeUInt16LE(value, at)
    else this.#bytes.writeUInt16BE(value, at)
    return this
  }

  u32(value: number): this {
    const at = this.#room(4)
    if (this.#littleEndian) this.#bytes.writeUInt32LE(value, at)
    else this.#bytes.writeUInt32BE(value, at)
    return this
  }

  u64(value: number | bigint): this {
    const at = this.#room(8)
    this.patchU64(at, value)
    return this
  }

  /** Writes over what is there already. */
  patchU64(at: number, value: number | bigint): void {
    if (this.#littleEndian) this.#bytes.writeBigUInt64LE(BigInt(value), at)
    else this.#bytes.writeBigUInt64BE(BigInt(value), at)
  }

  bytes(value: Uint8Array): this {
    const at = this.#room(value.length)
    this.#bytes.set(value, at)
    return this
  }

  /** Text without a NUL. */
  text(value: string): this {
    return this.bytes(Buffer.from(value))
  }

  /** Text with a NUL. */
  z(value: string): this {
    return this.text(value).u8(0)
  }

  /** What was written; the buffer stays the writer's. */
  take(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }
}
