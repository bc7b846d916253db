/** Appends numbers and strings in a chosen byte order; the base of the trace and page builders. */

/** A growing run of bytes. */
export class ByteWriter {
  readonly littleEndian: boolean
  #bytes: Uint8Array = new Uint8Array(1024)
  #view: DataView = new DataView(this.#bytes.buffer)
  #length = 0

  constructor(littleEndian = true) {
    this.littleEndian = littleEndian
  }

  get length(): number {
    return this.#length
  }

  #room(n: number): number {
    const at = this.#length
    if (at + n > this.#bytes.length) {
      const bigger = new Uint8Array(Math.max(this.#bytes.length * 2, at + n))
      bigger.set(this.#bytes)
      this.#bytes = bigger
      this.#view = new DataView(bigger.buffer)
    }
    this.#length += n
    return at
  }

  u8(value: number): this {
    const at = this.#room(1)
    this.#view.setUint8(at, value)
    return this
  }

  u16(value: number): this {
    const at = this.#room(2)
    this.#view.setUint16(at, value, this.littleEndian)
    return this
  }

  u32(value: number): this {
    const at = this.#room(4)
    this.#view.setUint32(at, value, this.littleEndian)
    return this
  }

  u64(value: bigint | number): this {
    const at = this.#room(8)
    this.#view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), this.littleEndian)
    return this
  }

  /** An integer of 1, 2, 4 or 8 bytes; negative values in two's complement. */
  int(size: number, value: bigint | number): this {
    if (size === 8) return this.u64(value)
    const low = Number(BigInt.asUintN(size * 8, BigInt(value)))
    return size === 4 ? this.u32(low) : size === 2 ? this.u16(low) : this.u8(low)
  }

  bytes(value: ArrayLike<number>): this {
    const at = this.#room(value.length)
    this.#bytes.set(value, at)
    return this
  }

  /** Text as UTF-8, without a NUL. */
  text(value: string): this {
    return this.bytes(new TextEncoder().encode(value))
  }

  /** Text as UTF-8 with a NUL. */
  z(value: string): this {
    return this.text(value).u8(0)
  }

  /** Zero bytes up to a multiple of `unit`. */
  align(unit: number): this {
    this.#room((unit - (this.#length % unit)) % unit)
    return this
  }

  /** Zero bytes up to `length`. */
  padTo(length: number): this {
    if (length < this.#length) throw new RangeError(`${this.#length} bytes do not fit ${length}`)
    this.#room(length - this.#length)
    return this
  }

  /** A copy of everything written. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }
}
