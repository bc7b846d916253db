/**
 * One conversion of a print format as a step that writes it. Authority: kernel `lib/vsprintf.c`;
 * where the C library that the usual reports are made with differs in looks only (`%p`, `%#x` of
 * 0), its look is kept.
 */
import type { BprintPiece } from '../event/bprint-format.ts'
import { asInteger, type Code, convert, type IntegerCode, truncate } from './code.ts'
import { createPointerWriter } from './pointers.ts'
import type { PrintContext } from './print-context.ts'
import type { RecordCursor } from './record-cursor.ts'
import { createTextOf } from './strings.ts'
import type { Literal, TextSink } from './text-sink.ts'

/** Writes a part of an event's text. */
export type Step = (r: RecordCursor) => void

/** Widths and precisions beyond this are cut; the kernel's own limit is 32767. */
const MAX_WIDTH = 32_767
const BLANK = 0x20
const ZERO = 0x30

/** Plain text. */
export function literalStep(text: Literal): Step {
  return (r) => r.sink.literal(text)
}

/**
 * The step for a conversion of `value`, after the plain text before it. Width and precision are
 * codes where the format has `*`.
 */
export function conversionStep(
  before: Literal,
  piece: BprintPiece,
  value: Code,
  width: IntegerCode | undefined,
  precision: IntegerCode | undefined,
  context: PrintContext,
): Step {
  if (piece.conversion === 'p') {
    // The width of `%*ph` and `%*pb` is a length.
    const takesLength = /^[hb]/.test(piece.suffix)
    const length = takesLength ? (width?.narrow ?? (() => Number(piece.width))) : undefined
    const write = createPointerWriter(piece.suffix, value, length, context)
    return padded(before, write, piece, takesLength ? () => 0 : width?.narrow, undefined)
  }
  if (piece.conversion === 's')
    return padded(before, createTextOf(value, context), piece, width?.narrow, precision?.narrow)
  const number = asInteger(value)
  if (piece.conversion === 'c') {
    const { narrow } = number
    const write = (r: RecordCursor): void => {
      const byte = narrow(r) & 0xff
      if (byte !== 0) r.sink.byte(byte)
    }
    return padded(before, write, { ...piece, precision: -1 }, width?.narrow, undefined)
  }
  return numberStep(before, piece, number, width?.narrow, precision?.narrow)
}

/** Text cut to a precision and filled with blanks to a width. */
function padded(
  before: Literal,
  write: Step,
  piece: BprintPiece,
  widthOf: ((r: RecordCursor) => number) | undefined,
  precisionOf: ((r: RecordCursor) => number) | undefined,
): Step {
  const { leftAlign } = piece
  const fixedWidth = Number(piece.width) || 0
  const fixedPrecision = piece.precision === '*' ? -1 : piece.precision
  if (!widthOf && !precisionOf && fixedWidth === 0 && fixedPrecision < 0)
    return (r) => {
      r.sink.literal(before)
      write(r)
    }
  return (r) => {
    const { sink } = r
    sink.literal(before)
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

function numberStep(
  before: Literal,
  piece: BprintPiece,
  value: IntegerCode,
  widthOf: ((r: RecordCursor) => number) | undefined,
  precisionOf: ((r: RecordCursor) => number) | undefined,
): Step {
  const typed = asArgument(value, piece)
  const { signed, plus, space, alternate, precision } = piece
  const width = Number(piece.width) || 0
  const isPlain = !widthOf && !precisionOf && Number(precision) < 0 && !plus && !space && !alternate
  if (isPlain && width === 0) return plainStep(before, typed, piece)
  if (isPlain && piece.zeroPad && piece.conversion === 'x' && !piece.upperCase) {
    const { wide } = typed
    return (r) => {
      r.sink.literal(before)
      wide(r)
      r.sink.hexPadded64(r.high, r.low, width)
    }
  }
  const { wide } = typed
  return (r) => {
    const givenWidth = widthOf ? widthOf(r) : width
    const digits = precisionOf ? precisionOf(r) : Number(precision)
    wide(r)
    r.sink.literal(before)
    writeNumber(r.sink, r.high, r.low, piece, signed, givenWidth, digits)
  }
}

/** The argument as the conversion's C type, as wide as it says. */
function asArgument(value: IntegerCode, { bytes, signed }: BprintPiece): IntegerCode {
  if (bytes === 1 || bytes === 2) return truncate(value, bytes === 1 ? 8 : 16, signed)
  if (bytes === 8) return value.bits === 64 ? value : convert(value, 64, value.signed)
  return convert(value, 32, signed)
}

/** Without flags, width and precision. */
function plainStep(before: Literal, value: IntegerCode, piece: BprintPiece): Step {
  const { narrow, wide, bits } = value
  const { conversion, signed, upperCase } = piece
  if (bits === 32 && conversion === 'd')
    return (r) => {
      r.sink.literal(before)
      r.sink.signed(narrow(r))
    }
  if (bits === 32 && conversion === 'u')
    return (r) => {
      r.sink.literal(before)
      r.sink.unsigned(narrow(r))
    }
  if (conversion === 'd' || conversion === 'u')
    return signed
      ? (r) => {
          r.sink.literal(before)
          wide(r)
          r.sink.signed64(r.high, r.low)
        }
      : (r) => {
          r.sink.literal(before)
          wide(r)
          r.sink.unsigned64(r.high, r.low)
        }
  if (conversion === 'x' && !upperCase)
    return (r) => {
      r.sink.literal(before)
      wide(r)
      r.sink.hex64(r.high, r.low)
    }
  return (r) => {
    r.sink.literal(before)
    wide(r)
    writeDigits(r.sink, r.high, r.low, piece)
  }
}

/** Digits of an unsigned number in the conversion's base. */
function writeDigits(
  sink: TextSink,
  high: number,
  low: number,
  { conversion, upperCase }: BprintPiece,
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
  piece: BprintPiece,
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
