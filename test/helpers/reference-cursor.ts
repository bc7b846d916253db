/** Reads numbers and strings forward; shared by the parts of the reference reader. */

/** Bytes as text, one character a byte. */
export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Reads numbers and strings forward from a position. */
export class Cursor {
  readonly view: DataView
  readonly bytes: Uint8Array
  readonly le: boolean
  at: number
  constructor(bytes: Uint8Array, le: boolean, at = 0) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.le = le
    this.at = at
  }
  u16(): number {
    this.at += 2
    return this.view.getUint16(this.at - 2, this.le)
  }
  u32(): number {
    this.at += 4
    return this.view.getUint32(this.at - 4, this.le)
  }
  u64(): bigint {
    this.at += 8
    return this.view.getBigUint64(this.at - 8, this.le)
  }
  i64(): bigint {
    return BigInt.asIntN(64, this.u64())
  }
  size(): number {
    const n = Number(this.u64())
    if (!Number.isSafeInteger(n)) throw new Error(`size ${n} at ${this.at - 8}`)
    return n
  }
  take(n: number): Uint8Array {
    if (this.at + n > this.bytes.length) throw new Error(`${n} bytes at ${this.at} pass the end`)
    this.at += n
    return this.bytes.subarray(this.at - n, this.at)
  }
  z(): string {
    const end = this.bytes.indexOf(0, this.at)
    if (end < 0) throw new Error(`unterminated string at ${this.at}`)
    const text = latin1(this.bytes.subarray(this.at, end))
    this.at = end + 1
    return text
  }
}
