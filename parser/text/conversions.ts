/**
 * One conversion of a print format as a step that writes it. Authority: kernel `lib/vsprintf.c`;
 * where the C library that the usual reports are made with differs in looks only (`%p`, `%#x` of
 * 0), its look is kept.
 */

import { asInteger, type Code, convert, type IntegerCode, truncate } from './code.ts'
import { createPointerWriter } from './pointers.ts'
import type { PrintContext } from './print-context.ts'
import type { PrintfPiece } from './printf.ts'
import type { RecordCursor } from './record-cursor.ts'
import { Step, StepKind, type Writer } from './steps.ts'
import { createTextOf } from './strings.ts'
import type { TextSink } from './text-sink.ts'

/** Widths and precisions beyond this are cut, as those in the format are. */
const MAX_WIDTH = 4096
const BLANK = 0x20
const ZERO = 0x30

/**
 * The step for a conversion of `value`, after the plain text before it. Width and precision are
 * codes where the format has `*`.
 */
export function conversionStep(
  before: Uint8Array,
  piece: PrintfPiece,
  value: Code,
  width: IntegerCode | undefined,
  precision: IntegerCode | undefined,
  context: PrintContext,
): Step {
  const write = conversionWriter(piece, value, width, precision, context)
  if (width || precision || !isPlain(piece)) return new Step(before, write)
  if (value.kind === 'bytes' && value.place && piece.conversion === 's' && piece.width === 0) {
    const { isDynamic, offset, size } = value.place
    return new Step(before, write, isDynamic ? StepKind.dynamicText : StepKind.text, offset, size)
  }
  if (value.kind !== 'integer') return new Step(before, write)
  const kind = fieldKind(piece, value)
  if (kind === StepKind.call) return new Step(before, write)
  return new Step(before, write, kind, value.offset, Number(piece.width))
}

/** Wider numbers are left to writers. */
const MOST_PADDED = 16

/** The kind of step that does a conversion without a call. */
function fieldKind(piece: PrintfPiece, value: IntegerCode): number {
  if (value.offset === undefined) return StepKind.call
  const { conversion, bytes, width, zeroPad, upperCase } = piece
  if (conversion === 'x' && value.bits === 64 && bytes === 8 && !upperCase)
    return width === 0 || (zeroPad && Number(width) <= MOST_PADDED) ? StepKind.hex64 : StepKind.call
  if (conversion === 'd' && value.bits === 32 && bytes === 4 && zeroPad && width !== 0)
    return Number(width) <= MOST_PADDED ? StepKind.padded32 : StepKind.call
  if (width !== 0) return StepKind.call
  if (conversion === 'p')
    return value.bits === 64 && piece.suffix === '' ? StepKind.pointer64 : StepKind.call
  if (value.bits / 8 !== bytes) return StepKind.call
  if (conversion === 'd') return bytes === 8 ? StepKind.signed64 : StepKind.signed32
  if (conversion === 'u') return bytes === 8 ? StepKind.unsigned64 : StepKind.unsigned32
  return StepKind.call
}

/** Nothing but perhaps a fixed width. */
function isPlain({ width, precision, plus, space, alternate }: PrintfPiece): boolean {
  return width !== '*' && Number(precision) < 0 && !plus && !space && !alternate
}

function conversionWriter(
  piece: PrintfPiece,
  value: Code,
  width: IntegerCode | undefined,
  precision: IntegerCode | undefined,
  context: PrintContext,
): Writer {
  if (piece.conversion === 'p') {
    // The width of `%*ph` and `%*pb` is a length.
    const takesLength = /^[hb]/.test(piece.suffix)
    const length = takesLength ? (width?.narrow ?? (() => Number(piece.width))) : undefined
    const write = createPointerWriter(piece.suffix, value, length, context)
    return takesLength ? write : padded(write, piece, width?.narrow, undefined)
  }
  if (piece.conversion === 's')
    return padded(createTextOf(value, context), piece, width?.narrow, precision?.narrow)
  const number = asInteger(value)
  if (piece.conversion !== 'c') return numberWriter(piece, number, width?.narrow, precision?.narrow)
  const { narrow } = number
  const write: Writer = (r) => {
    const byte = narrow(r) & 0xff
    if (byte !== 0) r.sink.byte(byte)
  }
  return padded(write, { ...piece, precision: -1 }, width?.narrow, undefined)
}

type Count = ((r: RecordCursor) => number) | undefined

/** Text cut to a precision and filled with blanks to a width. */
function padded(write: Writer, piece: PrintfPiece, widthOf: Count, precisionOf: Count): Writer {
  const { leftAlign } = piece
  const fixedWidth = Number(piece.width) || 0
  const fixedPrecision = piece.precision === '*' ? -1 : piece.precision
  if (!widthOf && !precisionOf && fixedWidth === 0 && fixedPrecision < 0) return write
  return (r) => {
    const { sink } = r
    const given = widthOf ? widthOf(r) : fixedWidth
    const precision = precisionOf ? precisionOf(r) : fixedPrecision
    const start = sink.length
    write(r)
    if (precision >= 0 && sink.length - start > precision) sink.length = start + precision
    const width = Math.min(Math.abs(given), MAX_WIDTH)
    if (leftAlign || given < 0) sink.padTo(start, width)
    else sink.padBefore(start, width, BLANK)
  }
}

function numberWriter(
  piece: PrintfPiece,
  value: IntegerCode,
  widthOf: Count,
  precisionOf: Count,
): Writer {
  const typed = asArgument(value, piece)
  const { narrow, wide, bits } = typed
  const { signed, conversion, upperCase } = piece
  const width = Number(piece.width) || 0
  if (isPlain(piece) && width === 0 && bits === 32 && conversion === 'd')
    return (r) => r.sink.signed(narrow(r))
  if (isPlain(piece) && width === 0 && bits === 32 && conversion === 'u')
    return (r) => r.sink.unsigned(narrow(r))
  if (isPlain(piece) && piece.zeroPad && bits === 32 && (conversion === 'd' || conversion === 'u'))
    return (r) => {
      const number = narrow(r)
      if (signed && number < 0) writeNumber(r.sink, -1, number, piece, true, width, -1)
      else r.sink.unsignedPadded(number, width, ZERO)
    }
  if (isPlain(piece) && (width === 0 || piece.zeroPad) && conversion === 'x' && !upperCase)
    return (r) => {
      wide(r)
      r.sink.hexPadded64(r.high, r.low, width)
    }
  return (r) => {
    const givenWidth = widthOf ? widthOf(r) : width
    const digits = precisionOf ? precisionOf(r) : Number(piece.precision)
    wide(r)
    writeNumber(r.sink, r.high, r.low, piece, signed, givenWidth, digits)
  }
}

/** The argument as the conversion's C type, as wide as it says. */
function asArgument(value: IntegerCode, { bytes, signed }: PrintfPiece): IntegerCode {
  if (bytes === 1 || bytes === 2) return truncate(value, bytes === 1 ? 8 : 16, signed)
  if (bytes === 8) return value.bits === 64 ? value : convert(value, 64, value.signed)
  return convert(value, 32, signed)
}

/** Digits of an unsigned number in the conversion's base. */
function writeDigits(
  sink: TextSink,
  high: number,
  low: number,
  { conversion, upperCase }: PrintfPiece,
): void {
  if (conversion === 'o') sink.octal64(high, low)
  else if (conversion !== 'x') sink.unsigned64(high, low)
  else if (upperCase) sink.upperHex64(high, low)
  else sink.hex64(high, low)
}

function writeNumber(
  sink: TextSink,
  high: number,
  low: number,
  piece: PrintfPiece,
  signed: boolean,
  givenWidth: number,
  precision: number,
): void {
  const start = sink.length
  const width = Math.min(Math.abs(givenWidth), MAX_WIDTH)
  const leftAlign = piece.leftAlign || givenWidth < 0
  const negative = signed && high < 0
  if (negative) sink.byte(0x2d)
  else if (signed && piece.plus) sink.byte(0x2b)
  else if (signed && piece.space) sink.byte(BLANK)
  if (piece.alternate && (high | low) !== 0) {
    if (piece.conversion === 'x') sink.latin1(piece.upperCase ? '0X' : '0x')
    else if (piece.conversion === 'o') sink.byte(ZERO)
  }
  const digits = sink.length
  const lowest = -low | 0
  if (negative) writeDigits(sink, lowest === 0 ? -high | 0 : ~high, lowest, piece)
  else writeDigits(sink, high, low, piece)
  if (precision >= 0) sink.padBefore(digits, Math.min(precision, MAX_WIDTH), ZERO)
  else if (piece.zeroPad && !leftAlign) sink.padBefore(digits, width - (digits - start), ZERO)
  if (leftAlign) sink.padTo(start, width)
  else sink.padBefore(start, width, BLANK)
}
