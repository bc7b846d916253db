/**
 * Protocol buffers, as far as writing needs them: varints, 64-bit fixed values, texts, and messages
 * inside messages. A message gets its length when it is closed.
 *
 *   tag      varint: field number << 3 | wire type
 *   value    0: varint, least significant 7 bits first   1: 8 bytes, little endian
 *            2: varint length, then that many bytes
 *
 * Authority: the Protocol Buffers encoding specification (protobuf.dev, "Encoding").
 */
const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2

/** Longest varint: 64 bits in groups of seven. */
const MAX_VARINT = 10
const LOW_28 = 0x1000_0000
const LOW_28_BITS = 0xfff_ffffn
/** An UTF-16 code unit has three bytes of UTF-8 at most. */
const MAX_UTF8 = 3

/** Collects the fields of one or several messages; what was collected is taken in one piece. */
export class ProtoWriter {
  #bytes: Buffer
  #at = 0
  /** Where the open messages begin, innermost last. */
  readonly #open: number[] = []

  /** `size` bytes are kept at first; the room grows as needed. */
  constructor(size: number = 1 << 16) {
    this.#bytes = Buffer.allocUnsafe(size)
  }

  /** Bytes collected. */
  get length(): number {
    return this.#at
  }

  /** What was collected, valid until the next call of any other method; the writer begins anew. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#at)
    this.#at = 0
    return taken
  }

  /** An integer of any integer type but sint; negative ones take ten bytes, as the format has it. */
  integer(field: number, value: number | bigint): void {
    this.#reserve(2 * MAX_VARINT)
    this.#varint((field << 3) | VARINT)
    if (typeof value === 'number' && value >= 0) this.#varint(value)
    else this.#varint64(BigInt(value))
  }

  /** A `fixed64`; `value` is a whole number up to 2^53. */
  fixed64(field: number, value: number): void {
    this.#reserve(MAX_VARINT + 8)
    this.#varint((field << 3) | FIXED64)
    this.#at = this.#bytes.writeBigUInt64LE(BigInt(value), this.#at)
  }

  /** A `string`. */
  text(field: number, value: string): void {
    this.#reserve(2 * MAX_VARINT + value.length * MAX_UTF8)
    this.#varint((field << 3) | LENGTH_DELIMITED)
    const start = ++this.#at
    this.#at += this.#bytes.write(value, this.#at)
    this.#close(start)
  }

  /** The fields of a message that were collected elsewhere, without a tag. */
  fields(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** Opens a message; its fields follow. */
  begin(field: number): void {
    this.#reserve(2 * MAX_VARINT)
    this.#varint((field << 3) | LENGTH_DELIMITED)
    this.#open.push(++this.#at)
  }

  /** Closes the innermost message. */
  end(): void {
    this.#reserve(MAX_VARINT)
    this.#close(this.#open.pop()!)
  }

  /** Puts the length before what follows `start`; one byte is there for it, more are made room for. */
  #close(start: number): void {
    const length = this.#at - start
    let extra = 0
    for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) extra++
    if (extra > 0) this.#bytes.copyWithin(start + extra, start, this.#at)
    this.#at = start - 1
    this.#varint(length)
    this.#at += length
  }

  #varint(value: number): void {
    let rest = value
    if (rest >= LOW_28) {
      const high = Math.floor(rest / LOW_28)
      this.#low28(rest - high * LOW_28)
      rest = high
    }
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#at++] = rest
  }

  #varint64(value: bigint): void {
    const small = Number(value)
    if (small >= 0 && small <= Number.MAX_SAFE_INTEGER) {
      this.#varint(small)
      return
    }
    const bits = BigInt.asUintN(64, value)
    this.#low28(Number(bits & LOW_28_BITS))
    this.#low28(Number((bits >> 28n) & LOW_28_BITS))
    this.#varint(Number(bits >> 56n))
  }

  /** Four groups of seven bits with more to follow. */
  #low28(bits: number): void {
    for (let shift = 0; shift < 28; shift += 7)
      this.#bytes[this.#at++] = ((bits >>> shift) & 0x7f) | 0x80
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + more))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
