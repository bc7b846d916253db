/**
 * An event's fields as ` name=value`, for events whose print format cannot be evaluated. The shape
 * is that of the usual text reports: pointers and longs in hexadecimal, other numbers in decimal,
 * printable text as it is and other arrays as `ARRAY[0a, ff]`.
 */
import { findNul } from '../event/text.ts'
import type { EventFormat, FieldFormat } from '../event/types.ts'
import type { PrintContext } from './print-context.ts'
import type { TextSink } from './text-sink.ts'

/** Most bytes of one field that are shown. */
const MAX_SHOWN = 1 << 16

/** Writes all fields of the record `bytes[at … at + size]`. */
export type FieldsWriter = (
  bytes: Uint8Array,
  view: DataView,
  at: number,
  size: number,
  sink: TextSink,
) => void

/** Makes the writer for a format's own fields. */
export function createFieldsWriter(format: EventFormat, context: PrintContext): FieldsWriter {
  const fields = format.fields.map((field) => ({
    label: Buffer.from(` ${field.name}=`, 'latin1'),
    write: fieldWriter(field, context),
  }))
  return (bytes, view, at, size, sink) => {
    for (const { label, write } of fields) {
      sink.all(label)
      write(bytes, view, at, size, sink)
    }
  }
}

function fieldWriter(field: FieldFormat, context: PrintContext): FieldsWriter {
  const { littleEndian, outOfBounds } = context
  const { offset, kind } = field
  if (kind === 'scalar' || kind === 'pointer' || kind === 'bool') {
    const isHex = kind === 'pointer' || (isLong(field.type) && (!field.signed || field.size === 4))
    return (_bytes, view, at, size, sink) => {
      if (offset + field.size > size) outOfBounds()
      else writeNumber(view, at + offset, field, isHex, littleEndian, sink)
    }
  }
  const { length } = field.kind === 'rest' ? { length: -1 } : { length: field.size }
  return (bytes, view, at, size, sink) => {
    let start = offset
    let end = length < 0 ? size : offset + length
    if (kind === 'dataLoc' || kind === 'relLoc') {
      if (offset + 4 > size || field.size < 4) {
        outOfBounds()
        return
      }
      const word = view.getUint32(at + offset, littleEndian)
      start = (word & 0xffff) + (kind === 'relLoc' ? offset + field.size : 0)
      end = start + (word >>> 16)
    }
    if (end > size || start > end) {
      outOfBounds()
      end = Math.min(end, size)
    }
    if (kind === 'rest' && field.isText)
      sink.raw(bytes, at + start, findNul(bytes, at + start, at + end))
    else if (start < end || kind !== 'rest')
      writeBytes(bytes, at + start, at + Math.min(end, start + MAX_SHOWN), field.isText, sink)
    else sink.latin1('ARRAY[]')
  }
}

function isLong(type: string): boolean {
  return /\blong\b/.test(type)
}

function writeNumber(
  view: DataView,
  at: number,
  { size, signed }: FieldFormat,
  isHex: boolean,
  littleEndian: boolean,
  sink: TextSink,
): void {
  let high = 0
  let low: number
  if (size === 8) {
    low = view.getInt32(littleEndian ? at : at + 4, littleEndian)
    high = view.getInt32(littleEndian ? at + 4 : at, littleEndian)
  } else if (size === 4) low = view.getInt32(at, littleEndian)
  else if (size === 2)
    low = signed ? view.getInt16(at, littleEndian) : view.getUint16(at, littleEndian)
  else low = signed ? view.getInt8(at) : view.getUint8(at)
  if (isHex) {
    sink.latin1('0x')
    sink.hex64(high, low)
  } else if (signed) {
    const start = sink.length
    if (size === 8) sink.signed64(high, low)
    else sink.signed(low)
    if (size === 2) sink.padBefore(start, 2, 0x20)
  } else sink.unsigned64(high, low)
}

/** Text up to its NUL where all of it can be printed, else every byte. */
function writeBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  isText: boolean,
  sink: TextSink,
): void {
  let nul = start
  while (nul < end && isPrintable(bytes[nul]!)) nul++
  if (isText && (nul === end || bytes[nul] === 0)) {
    sink.raw(bytes, start, nul)
    return
  }
  sink.latin1('ARRAY[')
  for (let i = start; i < end; i++) {
    if (i > start) sink.latin1(', ')
    sink.hexPadded(bytes[i]!, 2)
  }
  sink.byte(0x5d)
}

/** ASCII characters and white space. */
function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d)
}
