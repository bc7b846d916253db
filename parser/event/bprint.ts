/**
 * The text of `ftrace:bprint` records: `trace_printk` with a constant format stores the format's
 * address and the arguments in binary; the text is made here as the kernel would have made it.
 *
 *   ip (long) · fmt (long, → printk_formats) · u32 buf[]: the packed arguments
 *
 * Packing, from the kernel's `lib/vsprintf.c` (vbin_printf): integers of 4 bytes and `*` aligned
 * to 4; 8-byte integers also only to 4; `%c` one byte; `%hh` and `%h` one and two bytes until 6.13,
 * four since; `%s` the whole string with its NUL, not aligned; a `%p` that dereferences is text
 * with a NUL since 4.15 and the bare pointer before. Alignment counts from the start of `buf`.
 */
import { type BprintPiece, compileBprintFormat } from './bprint-format.ts'
import type { PrintkFormats } from './printk-formats.ts'
import type { SymbolTable } from './symbols.ts'
import { decodeText, findNul } from './text.ts'
import type { EventFormat } from './types.ts'

/** What is needed to make text of binary arguments. */
export interface BprintContext {
  readonly littleEndian: boolean
  /** Bytes of the kernel's `long`. */
  readonly longSize: 4 | 8
  readonly symbols: Pick<SymbolTable, 'lookup'>
  /** Option UNAME (`sysname nodename release machine`), '' when unknown: a new kernel is assumed. */
  readonly uname: string
}

/** Longest text that is made; the kernel's own buffer holds 1024 bytes. */
export const MAX_BPRINT_TEXT = 16_384

/** Text of the record of `size` bytes at `offset` of `view`; never throws. */
export type BprintReader = (view: DataView, offset: number, size: number) => string

/**
 * Makes the reader of a file's bprint records. Formats are taken apart once an address. A format
 * that printk_formats does not know gives `(NO FORMAT FOUND at <address>)`.
 */
export function createBprintReader(
  format: EventFormat,
  printk: Pick<PrintkFormats, 'textAt'>,
  context: BprintContext,
): BprintReader {
  const { littleEndian, longSize } = context
  const pointer = format.fields.find((field) => field.name === 'fmt')?.offset ?? 8 + longSize
  const buffer = format.fields.find((field) => field.name === 'buf')?.offset ?? 8 + 2 * longSize
  const args = new Arguments(context)
  const compiled = new Map<string, readonly BprintPiece[]>()
  return (view, offset, size) => {
    if (Math.min(size, view.byteLength - offset) < pointer + longSize) return ''
    const at = offset + pointer
    const low = view.getUint32(longSize === 8 && !littleEndian ? at + 4 : at, littleEndian)
    const high = longSize === 4 ? 0 : view.getUint32(littleEndian ? at + 4 : at, littleEndian)
    const text = printk.textAt(high, low)
    if (text === undefined) {
      const address = (BigInt(high) << 32n) | BigInt(low)
      return `(NO FORMAT FOUND at ${address.toString(16)})`
    }
    let pieces = compiled.get(text)
    if (pieces === undefined) {
      pieces = compileBprintFormat(text, longSize)
      compiled.set(text, pieces)
    }
    args.reset(view, offset + buffer, offset + size)
    return formatPieces(pieces, args)
  }
}

/**
 * Formats the packed arguments `view[start … end]` by `fmt`. Arguments that the record does not
 * hold leave their conversion as it was written.
 */
export function formatBprint(
  fmt: string,
  view: DataView,
  start: number,
  end: number,
  context: BprintContext,
): string {
  const args = new Arguments(context)
  args.reset(view, start, end)
  return formatPieces(compileBprintFormat(fmt, context.longSize), args)
}

/** `major * 1000 + minor` of the kernel in a UNAME text, Infinity when there is none. */
function kernelVersion(uname: string): number {
  const words = uname.split(' ')
  const match =
    /^(\d{1,3})\.(\d{1,3})/.exec(words[2] ?? '') ?? /\b(\d{1,3})\.(\d{1,3})\./.exec(uname)
  return match ? Number(match[1]) * 1000 + Number(match[2]) : Number.POSITIVE_INFINITY
}

function formatPieces(pieces: readonly BprintPiece[], args: Arguments): string {
  let text = ''
  for (const piece of pieces) {
    text += piece.conversion === undefined ? piece.text : formatPiece(piece, args)
    if (text.length > MAX_BPRINT_TEXT) return text.slice(0, MAX_BPRINT_TEXT)
  }
  return text
}

function formatPiece(piece: BprintPiece, args: Arguments): string {
  let { width, leftAlign } = piece
  if (width === '*') {
    const given = args.takeInt()
    if (given < 0) leftAlign = true
    width = Math.min(Math.abs(given), MAX_BPRINT_TEXT)
  }
  const precision = piece.precision === '*' ? args.takeInt() : piece.precision
  // The kernel did the padding of a `%p` that it rendered; the width of `%*ph` is a length.
  const rendered = piece.conversion === 'p' && args.isRendered(piece.suffix)
  const text = rendered
    ? args.takeString(-1)
    : convert(piece, precision, leftAlign ? 0 : width, args)
  if (args.exhausted) return piece.text
  if (rendered) return text
  return leftAlign ? text.padEnd(width) : text.padStart(width)
}

function convert(piece: BprintPiece, precision: number, width: number, args: Arguments): string {
  switch (piece.conversion) {
    case 's':
      return args.takeString(precision)
    case 'c':
      return args.takeChar()
    case 'p':
      return formatPointer(piece.suffix, args)
    default:
      return formatNumber(piece, args.takeInteger(piece), precision, width)
  }
}

/** Digits as the kernel's `number()` makes them; zero padding goes up to `width`. */
function formatNumber(piece: BprintPiece, value: bigint, precision: number, width: number): string {
  const base = piece.conversion === 'o' ? 8 : piece.conversion === 'x' ? 16 : 10
  const negative = value < 0n
  const sign = negative ? '-' : piece.plus ? '+' : piece.space ? ' ' : ''
  let digits = (negative ? -value : value).toString(base)
  let prefix = ''
  if (piece.alternate && base === 16) prefix = '0x'
  else if (piece.alternate && base === 8 && value !== 0n) prefix = '0'
  digits = digits.padStart(Math.min(precision, MAX_BPRINT_TEXT), '0')
  if (piece.zeroPad) digits = digits.padStart(width - sign.length - prefix.length, '0')
  const text = sign + prefix + digits
  return piece.upperCase ? text.toUpperCase() : text
}

function formatPointer(suffix: string, args: Arguments): string {
  const value = args.takePointer()
  const kind = suffix[0] ?? ''
  if (kind === 'x') return value.toString(16).padStart(args.longSize * 2, '0')
  if ('sfSFB'.includes(kind) && kind !== '') {
    const symbol = args.lookup(value)
    if (!symbol) return `0x${value.toString(16)}`
    return kind === 's' || kind === 'f'
      ? symbol.name
      : `${symbol.name}+0x${symbol.offset.toString(16)}`
  }
  const error = BigInt.asIntN(args.longSize * 8, value)
  if (kind === 'e' && error < 0n && error >= -4095n) return error.toString()
  return value === 0n ? '(nil)' : `0x${value.toString(16)}`
}

/** Walks packed arguments; after the first one that is not there everything is 0 or ''. */
class Arguments {
  exhausted = false
  readonly #context: BprintContext
  /** See `kernelVersion`. */
  readonly #kernel: number
  #view: DataView = new DataView(new ArrayBuffer(0))
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0
  #end = 0
  #at = 0

  constructor(context: BprintContext) {
    this.#context = context
    this.#kernel = kernelVersion(context.uname)
  }

  /** Starts on the arguments `view[start … end]`. */
  reset(view: DataView, start: number, end: number): void {
    if (view !== this.#view) {
      this.#view = view
      this.#bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    }
    this.#start = start
    this.#end = Math.min(end, view.byteLength)
    this.#at = start
    this.exhausted = false
  }

  get longSize(): 4 | 8 {
    return this.#context.longSize
  }

  lookup(address: bigint): ReturnType<SymbolTable['lookup']> {
    return this.#context.symbols.lookup(address)
  }

  takeInt(): number {
    const at = this.#take(4, 4)
    return at < 0 ? 0 : this.#view.getInt32(at, this.#context.littleEndian)
  }

  takeInteger({ bytes, signed }: BprintPiece): bigint {
    const { littleEndian } = this.#context
    if (bytes === 8) {
      const at = this.#take(8, 4)
      if (at < 0) return 0n
      return signed
        ? this.#view.getBigInt64(at, littleEndian)
        : this.#view.getBigUint64(at, littleEndian)
    }
    const packed = this.#kernel < 6014 ? bytes : 4
    const at = this.#take(packed, packed)
    if (at < 0) return 0n
    const raw =
      packed === 4
        ? this.#view.getInt32(at, littleEndian)
        : packed === 2
          ? this.#view.getInt16(at, littleEndian)
          : this.#view.getInt8(at)
    return signed ? BigInt.asIntN(bytes * 8, BigInt(raw)) : BigInt.asUintN(bytes * 8, BigInt(raw))
  }

  takePointer(): bigint {
    const { littleEndian, longSize } = this.#context
    const at = this.#take(longSize, 4)
    if (at < 0) return 0n
    return longSize === 8
      ? this.#view.getBigUint64(at, littleEndian)
      : BigInt(this.#view.getUint32(at, littleEndian))
  }

  takeChar(): string {
    const at = this.#take(1, 1)
    return at < 0 || this.#bytes[at] === 0 ? '' : decodeText(this.#bytes, at, at + 1)
  }

  /** An inline string, at most `precision` bytes of it when that is not negative. */
  takeString(precision: number): string {
    const start = this.#at
    const end = findNul(this.#bytes, start, this.#end)
    if (start >= this.#end) this.exhausted = true
    if (this.exhausted) return ''
    this.#at = end + 1
    return decodeText(this.#bytes, start, precision < 0 ? end : Math.min(end, start + precision))
  }

  /** Whether the kernel left text, not a pointer, for a `%p` with this suffix. */
  isRendered(suffix: string): boolean {
    const kind = suffix[0]
    if (kind === undefined || 'SsxKe'.includes(kind)) return false
    if (this.#kernel < 4015 || ('Ff'.includes(kind) && this.#kernel < 5005)) return false
    return Number.isFinite(this.#kernel) || this.#looksLikeText()
  }

  /** No control characters up to a NUL: so begins no kernel address. */
  #looksLikeText(): boolean {
    const end = findNul(this.#bytes, this.#at, this.#end)
    for (let i = this.#at; i < end; i++) {
      const byte = this.#bytes[i]!
      if (byte < 0x20 || byte > 0x7e) return false
    }
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
