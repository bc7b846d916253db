/** Fields of a record as compiled values: `REC->field` and the dynamic arrays behind locations. */
import type { FieldFormat } from '../event/types.ts'
import { type BytesCode, type IntegerCode, narrowCode, wideCode } from './code.ts'
import { ExpressionError } from './expression.ts'
import type { PrintContext } from './print-context.ts'
import type { RecordCursor } from './record-cursor.ts'
import { type IntegerType, namedType } from './type-names.ts'

/** The integer of `size` bytes at `offset` of the record; the caller has checked that it is there. */
export function integerAt(
  offset: number,
  size: number,
  signed: boolean,
  littleEndian: boolean,
): IntegerCode {
  switch (size) {
    case 1:
      return signed
        ? narrowCode(true, (r) => r.view.getInt8(r.at + offset))
        : narrowCode(true, (r) => r.view.getUint8(r.at + offset))
    case 2:
      return signed
        ? narrowCode(true, (r) => r.view.getInt16(r.at + offset, littleEndian))
        : narrowCode(true, (r) => r.view.getUint16(r.at + offset, littleEndian))
    case 4:
      return narrowCode(signed, (r) => r.view.getInt32(r.at + offset, littleEndian))
    case 8:
      return wideCode(
        signed,
        littleEndian
          ? (r) => {
              r.low = r.view.getInt32(r.at + offset, true)
              r.high = r.view.getInt32(r.at + offset + 4, true)
            }
          : (r) => {
              r.high = r.view.getInt32(r.at + offset, false)
              r.low = r.view.getInt32(r.at + offset + 4, false)
            },
      )
    default:
      throw new ExpressionError(`number of ${size} bytes`)
  }
}

/** A scalar field's value; pointers know what they point at. */
export function scalarField(field: FieldFormat, context: PrintContext): IntegerCode {
  const { size, signed, kind } = field
  const code = integerAt(field.offset, size, signed, context.littleEndian)
  const pointer = kind === 'pointer' ? namedType(field.type, context.longSize)?.pointer : undefined
  const offset = size === code.bits / 8 ? field.offset : undefined
  return { ...code, pointer, offset }
}

/** An array field's bytes: in place, or where its location word says. */
export function arrayField(field: FieldFormat, context: PrintContext): BytesCode {
  const element = elementOf(field)
  if (field.kind === 'dataLoc' || field.kind === 'relLoc') {
    const locate = dynamicRange(field, context)
    if (field.size < 4) return { kind: 'bytes', locate, element }
    const place = { isDynamic: true, offset: field.offset, size: locationBase(field) }
    return { kind: 'bytes', locate, element, place }
  }
  const { outOfBounds } = context
  const { offset } = field
  if (field.kind === 'rest')
    return {
      kind: 'bytes',
      element,
      locate: (r) => {
        r.from = r.at + Math.min(offset, r.size)
        r.to = r.at + r.size
      },
    }
  const end = offset + field.size
  return {
    kind: 'bytes',
    element,
    place: { isDynamic: false, offset, size: field.size },
    locate: (r) => {
      if (end <= r.size) {
        r.from = r.at + offset
        r.to = r.at + end
      } else {
        outOfBounds()
        r.from = r.at + Math.min(offset, r.size)
        r.to = r.at + r.size
      }
    },
  }
}

function elementOf(field: FieldFormat): IntegerType | undefined {
  const bits = field.elementSize * 8
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) return undefined
  if (field.kind === 'struct') return undefined
  return { bits, signed: field.signed }
}

/**
 * Where locations count from. Synthetic events give them 8 bytes, of which the first 4 are used.
 */
function locationBase({ kind, offset, size }: FieldFormat): number {
  return kind === 'relLoc' ? offset + Math.min(size, 4) : 0
}

/** Location words are `length << 16 | offset`; of 2 bytes on old kernels, and then only the offset. */
function dynamicRange(
  field: FieldFormat,
  { littleEndian, outOfBounds }: PrintContext,
): (r: RecordCursor) => void {
  const { offset, size } = field
  const base = locationBase(field)
  const isShort = size < 4
  return (r) => {
    const word = isShort
      ? r.view.getUint16(r.at + offset, littleEndian)
      : r.view.getInt32(r.at + offset, littleEndian)
    const start = (word & 0xffff) + base
    const end = isShort ? r.size : start + (word >>> 16)
    if (end <= r.size && start <= end) {
      r.from = r.at + start
      r.to = r.at + end
    } else {
      outOfBounds()
      r.from = r.at + Math.min(start, r.size)
      r.to = r.at + r.size
    }
  }
}
