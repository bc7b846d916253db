/**
 * The kernel's own type information (BTF), as far as it says what the arguments of a function are
 * called and how to show them. Authority: kernel `Documentation/bpf/btf.rst`, `include/uapi/linux/btf.h`.
 *
 *   header: u16 magic, u8 version, u8 flags, u32 header length, u32 type offset, u32 type length,
 *           u32 string offset, u32 string length; offsets count from the end of the header
 *   type:   u32 name, u32 info (kind in bits 24-28, vlen in bits 0-15), u32 size or type, then
 *           what the kind has
 */

/** How an argument's value is shown. */
export interface BtfArgument {
  /** '' when the type information has none. */
  readonly name: string
  /** `decimal`: signed types and enums; `hex`: the rest; `unknown`: no type; else the kind of a value that takes several words. */
  readonly kind: 'hex' | 'decimal' | 'unknown' | 'composite'
  /** Bits of an integer, 64 for pointers. */
  readonly bits: number
  /** Words of a composite. */
  readonly bytes: number
  /** Kind in capitals, for composites. */
  readonly typeName: string
}

const MAGIC = 0xeb9f
const LEAST_HEADER = 24
const TYPE_BYTES = 12
/** More types than the largest kernel has by far. */
const MAX_TYPES = 1 << 22
/** Longest chain of typedefs and qualifiers that is followed. */
const MAX_CHAIN = 64

const INT = 1
const PTR = 2
const ENUM = 6
const FUNC = 12
const FUNC_PROTO = 13
/** Typedef, volatile, const, restrict, type tag: the type they are of is what counts. */
const MODIFIERS = new Set([8, 9, 10, 11, 18])

/** Bytes after the common part of a type: fixed, and for each of its `vlen` elements. */
const EXTRA: readonly (readonly [number, number] | undefined)[] = [
  undefined,
  [4, 0],
  [0, 0],
  [12, 0],
  [0, 12],
  [0, 12],
  [0, 8],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 8],
  [4, 0],
  [0, 12],
  [0, 0],
  [4, 0],
  [0, 0],
  [0, 12],
]

const NAMES =
  'UNKNOWN INT PTR ARRAY STRUCT UNION ENUM FWD TYPEDEF VOLATILE CONST RESTRICT FUNC FUNC_PROTO VAR DATASEC FLOAT DECL_TAG TYPE_TAG ENUM64'.split(
    ' ',
  )

/** Functions of a kernel by name. Tolerant of anything: what cannot be read is not there. */
export class Btf {
  readonly #view: DataView
  readonly #bytes: Uint8Array
  readonly #littleEndian: boolean
  #strings = 0
  #stringsEnd = 0
  /** Place of each type; type ids count from 1. */
  #types: Uint32Array = new Uint32Array(0)
  readonly #functions = new Map<string, number>()

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#littleEndian = littleEndian
    if (bytes.length >= LEAST_HEADER && this.#view.getUint16(0, littleEndian) === MAGIC)
      this.#readTypes()
  }

  /** Arguments of a function, also of one whose name has a suffix such as `.isra.0`. */
  argumentsOf(name: string): readonly BtfArgument[] | undefined {
    const dot = name.indexOf('.')
    const at =
      this.#functions.get(name) ?? (dot > 0 ? this.#functions.get(name.slice(0, dot)) : undefined)
    const proto = at === undefined ? undefined : this.#typeAt(this.#u32(at + 8))
    if (proto === undefined || this.#kind(proto) !== FUNC_PROTO) return undefined
    const count = this.#u32(proto + 4) & 0xffff
    const args: BtfArgument[] = []
    for (let i = 0; i < count; i++) {
      const param = proto + TYPE_BYTES + i * 8
      args.push(this.#argument(this.#string(this.#u32(param)), this.#u32(param + 4)))
    }
    return args
  }

  #argument(name: string, id: number): BtfArgument {
    let at = this.#typeAt(id)
    for (let i = 0; at !== undefined && MODIFIERS.has(this.#kind(at)); i++)
      at = i < MAX_CHAIN ? this.#typeAt(this.#u32(at + 8)) : undefined
    const plain = { name, bits: 64, bytes: 0, typeName: '' }
    if (at === undefined) return { ...plain, kind: 'unknown' }
    const kind = this.#kind(at)
    if (kind === PTR) return { ...plain, kind: 'hex' }
    if (kind === ENUM) return { ...plain, kind: 'decimal' }
    if (kind === INT) {
      const encoding = this.#u32(at + TYPE_BYTES)
      const isSigned = ((encoding >>> 24) & 1) !== 0
      return { ...plain, kind: isSigned ? 'decimal' : 'hex', bits: encoding & 0xff }
    }
    const typeName = NAMES[kind] ?? NAMES[0]!
    return { ...plain, kind: 'composite', bytes: this.#u32(at + 8), typeName }
  }

  #readTypes(): void {
    const size = this.#bytes.length
    const header = this.#u32(4)
    const start = header + this.#u32(8)
    const end = start + this.#u32(12)
    this.#strings = header + this.#u32(16)
    this.#stringsEnd = Math.min(this.#strings + this.#u32(20), size)
    if (header < LEAST_HEADER || end > size) return
    const places = new Uint32Array(Math.min(MAX_TYPES, Math.floor((end - start) / TYPE_BYTES)))
    let count = 0
    for (let at = start; at + TYPE_BYTES <= end && count < places.length; ) {
      const extra = EXTRA[this.#kind(at)]
      if (!extra) break
      const next = at + TYPE_BYTES + extra[0] + extra[1] * (this.#u32(at + 4) & 0xffff)
      if (next > end) break
      places[count++] = at
      if (this.#kind(at) === FUNC) {
        const name = this.#string(this.#u32(at))
        if (!this.#functions.has(name)) this.#functions.set(name, at)
      }
      at = next
    }
    this.#types = places.subarray(0, count)
  }

  #typeAt(id: number): number | undefined {
    return id > 0 && id <= this.#types.length ? this.#types[id - 1] : undefined
  }

  #kind(at: number): number {
    return (this.#u32(at + 4) >>> 24) & 31
  }

  #u32(at: number): number {
    return at + 4 <= this.#bytes.length ? this.#view.getUint32(at, this.#littleEndian) : 0
  }

  #string(offset: number): string {
    const start = this.#strings + offset
    if (start >= this.#stringsEnd) return ''
    const nul = this.#bytes.indexOf(0, start)
    const end = nul < 0 ? this.#stringsEnd : Math.min(nul, this.#stringsEnd, start + 512)
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + start, end - start).toString(
      'latin1',
    )
  }
}
