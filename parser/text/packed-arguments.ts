/**
 * The arguments of `trace_printk` records, which are packed in binary. From the kernel's
 * `lib/vsprintf.c` (vbin_printf): integers of 4 bytes and `*` aligned to 4; 8-byte integers also
 * only to 4; `%c` one byte; `%hh` and `%h` one and two bytes until 6.13, four since; `%s` the whole
 * string with its NUL, not aligned; a `%p` that dereferences is text with a NUL since 4.15 and the
 * bare pointer before. Alignment counts from the start of the arguments.
 */
import { findNul } from '../event/text.ts'
import { type BytesCode, type IntegerCode, narrowCode, wideCode } from './code.ts'
import type { PrintContext } from './print-context.ts'
import type { PrintfPiece } from './printf.ts'
import type { RecordCursor } from './record-cursor.ts'

/**
 * Walks the arguments of a record. Its codes take the next one each time they are evaluated; after
 * the first argument that is not there everything is 0 or empty, and `exhausted` is set.
 */
export class PackedArguments {
  exhausted = false
  readonly #littleEndian: boolean
  readonly #longSize: 4 | 8
  /** See `kernelVersion`. */
  readonly #kernel: number
  #start = 0
  #end = 0
  #at = 0

  constructor({ littleEndian, longSize, uname }: PrintContext) {
    this.#littleEndian = littleEndian
    this.#longSize = longSize
    this.#kernel = kernelVersion(uname)
  }

  /** Starts on the arguments at `start … end` of the cursor's bytes. */
  reset(start: number, end: number): void {
    this.#start = start
    this.#end = end
    this.#at = start
    this.exhausted = false
  }

  /** An `int`, as `*` takes. */
  star(): IntegerCode {
    return narrowCode(true, (r) => {
      const at = this.#take(4, 4)
      return at < 0 ? 0 : r.view.getInt32(at, this.#littleEndian)
    })
  }

  /** The integer of a conversion. */
  integer({ bytes, signed }: PrintfPiece): IntegerCode {
    if (bytes === 8) return this.#wide(signed)
    const packed = this.#kernel < 6014 ? bytes : 4
    return narrowCode(signed, (r) => {
      const at = this.#take(packed, packed)
      if (at < 0) return 0
      if (packed === 4) return r.view.getInt32(at, this.#littleEndian)
      return packed === 2 ? r.view.getInt16(at, this.#littleEndian) : r.view.getInt8(at)
    })
  }

  /** One byte. */
  char(): IntegerCode {
    return narrowCode(true, (r) => {
      const at = this.#take(1, 1)
      return at < 0 ? 0 : r.view.getUint8(at)
    })
  }

  /** A pointer. */
  pointer(): IntegerCode {
    if (this.#longSize === 8) return this.#wide(false)
    return narrowCode(false, (r) => {
      const at = this.#take(4, 4)
      return at < 0 ? 0 : r.view.getInt32(at, this.#littleEndian)
    })
  }

  /** A string in place. */
  string(): BytesCode {
    return {
      kind: 'bytes',
      element: { bits: 8, signed: false },
      locate: (r) => {
        if (this.#at >= this.#end) this.exhausted = true
        r.from = this.exhausted ? this.#end : this.#at
        r.to = findNul(r.bytes, r.from, this.#end)
        this.#at = r.to + 1
      },
    }
  }

  /** Whether the kernel left text, not a pointer, for a `%p` with this suffix. */
  isRendered(suffix: string, r: RecordCursor): boolean {
    const kind = suffix[0]
    if (kind === undefined || 'SsxKe'.includes(kind)) return false
    if (this.#kernel < 4015 || ('Ff'.includes(kind) && this.#kernel < 5005)) return false
    return Number.isFinite(this.#kernel) || this.#looksLikeText(r.bytes)
  }

  #wide(signed: boolean): IntegerCode {
    const littleEndian = this.#littleEndian
    return wideCode(signed, (r) => {
      const at = this.#take(8, 4)
      r.low = at < 0 ? 0 : r.view.getInt32(littleEndian ? at : at + 4, littleEndian)
      r.high = at < 0 ? 0 : r.view.getInt32(littleEndian ? at + 4 : at, littleEndian)
    })
  }

  /** No control characters up to a NUL: so begins no kernel address. */
  #looksLikeText(bytes: Uint8Array): boolean {
    const end = findNul(bytes, this.#at, this.#end)
    for (let i = this.#at; i < end; i++) if (bytes[i]! < 0x20 || bytes[i]! > 0x7e) return false
    return end < this.#end
  }

  /** Place of the next `size` bytes, -1 when the record has no more. */
  #take(size: number, alignment: number): number {
    const at = this.#at + (-(this.#at - this.#start) & (alignment - 1))
    if (this.exhausted || at + size > this.#end) {
      this.exhausted = true
      return -1
    }
    this.#at = at + size
    return at
  }
}

/** `major * 1000 + minor` of the kernel in a UNAME text, Infinity when there is none. */
function kernelVersion(uname: string): number {
  const words = uname.split(' ')
  const match =
    /^(\d{1,3})\.(\d{1,3})/.exec(words[2] ?? '') ?? /\b(\d{1,3})\.(\d{1,3})\./.exec(uname)
  return match ? Number(match[1]) * 1000 + Number(match[2]) : Number.POSITIVE_INFINITY
}
