/**
 * Fields of a record as JSON: numbers, 64-bit ones that a double does not hold exactly as strings;
 * text as strings, bytes that are not UTF-8 as `\xNN`; arrays as arrays; anything else as a string of
 * hexadecimal digits. A field that lies outside its record is null.
 */
import { decodeText, findNul } from '../event/text.ts'
import type { EventFormat, FieldFormat } from '../event/types.ts'

/** Elements of an array that are written at most; longer ones end early. */
const MAX_ELEMENTS = 4096

/** JSON of an integer that a double may not hold. */
export function jsonInteger(value: bigint): string {
  const isExact = value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
  return isExact ? value.toString() : `"${value}"`
}

/** JSON object of a record's own fields. */
export function fieldsJson(
  format: EventFormat,
  bytes: Uint8Array,
  view: DataView,
  at: number,
  size: number,
  littleEndian: boolean,
): string {
  const members = format.fields.map((field) => {
    const value = fieldJson(field, bytes, view, at, size, littleEndian)
    return `${JSON.stringify(field.name)}:${value}`
  })
  return `{${members.join(',')}}`
}

function fieldJson(
  field: FieldFormat,
  bytes: Uint8Array,
  view: DataView,
  at: number,
  size: number,
  littleEndian: boolean,
): string {
  const { kind, offset } = field
  if (kind === 'scalar' || kind === 'pointer' || kind === 'bool') {
    if (offset + field.size > size) return 'null'
    const value = numberJson(view, at + offset, field.size, field.signed, littleEndian)
    return kind === 'bool' ? String(value !== '0') : value
  }
  let start = offset
  let end = kind === 'rest' ? size : offset + field.size
  if (kind === 'dataLoc' || kind === 'relLoc') {
    if (field.size !== 4 || offset + 4 > size) return 'null'
    const word = view.getUint32(at + offset, littleEndian)
    start = (word & 0xffff) + (kind === 'relLoc' ? offset + 4 : 0)
    end = start + (word >>> 16)
  }
  if (end > size || start > end) return 'null'
  const { elementSize } = field
  if (field.isText)
    return JSON.stringify(decodeText(bytes, at + start, findNul(bytes, at + start, at + end)))
  if (kind === 'struct' || ![1, 2, 4, 8].includes(elementSize))
    return `"${Buffer.from(bytes.subarray(at + start, at + end)).toString('hex')}"`
  const elements: string[] = []
  for (let i = start; i + elementSize <= end && elements.length < MAX_ELEMENTS; i += elementSize)
    elements.push(numberJson(view, at + i, elementSize, field.signed, littleEndian))
  return `[${elements.join(',')}]`
}

function numberJson(
  view: DataView,
  at: number,
  size: number,
  signed: boolean,
  littleEndian: boolean,
): string {
  switch (size) {
    case 1:
      return String(signed ? view.getInt8(at) : view.getUint8(at))
    case 2:
      return String(signed ? view.getInt16(at, littleEndian) : view.getUint16(at, littleEndian))
    case 4:
      return String(signed ? view.getInt32(at, littleEndian) : view.getUint32(at, littleEndian))
    default:
      return jsonInteger(
        signed ? view.getBigInt64(at, littleEndian) : view.getBigUint64(at, littleEndian),
      )
  }
}
