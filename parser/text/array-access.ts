/** Elements of arrays in the record, and arrays that start later. */
import { type BytesCode, type IntegerCode, narrowCode, wideCode } from './code.ts'
import { ExpressionError } from './expression.ts'
import type { PrintContext } from './print-context.ts'
import type { RecordCursor } from './record-cursor.ts'

/** Element `index` of an array, the first when there is no index; 0 outside the array. */
export function elementOf(
  array: BytesCode,
  index: IntegerCode | undefined,
  { littleEndian, outOfBounds }: PrintContext,
): IntegerCode {
  const { locate, element } = array
  if (!element) throw new ExpressionError('element of no known type')
  const size = element.bits / 8
  const indexOf = index?.narrow ?? ((): number => 0)
  // Leaves the element's place in `from`.
  const find = (r: RecordCursor): boolean => {
    const i = indexOf(r)
    locate(r)
    r.from += i * size
    if (i >= 0 && r.from + size <= r.to) return true
    outOfBounds()
    return false
  }
  const { signed } = element
  switch (element.bits) {
    case 8:
      return narrowCode(true, (r) => {
        if (!find(r)) return 0
        return signed ? r.view.getInt8(r.from) : r.view.getUint8(r.from)
      })
    case 16:
      return narrowCode(true, (r) => {
        if (!find(r)) return 0
        return signed
          ? r.view.getInt16(r.from, littleEndian)
          : r.view.getUint16(r.from, littleEndian)
      })
    case 32:
      return narrowCode(signed, (r) => (find(r) ? r.view.getInt32(r.from, littleEndian) : 0))
    case 64:
      return wideCode(signed, (r) => {
        r.high = 0
        r.low = 0
        if (!find(r)) return
        r.low = r.view.getInt32(littleEndian ? r.from : r.from + 4, littleEndian)
        r.high = r.view.getInt32(littleEndian ? r.from + 4 : r.from, littleEndian)
      })
  }
}

/** An array that starts `count` elements later; empty where that is outside it. */
export function offsetBy(
  array: BytesCode,
  count: IntegerCode,
  sign: 1 | -1,
  { outOfBounds }: PrintContext,
): BytesCode {
  const { locate, element } = array
  const step = (element ? element.bits / 8 : 1) * sign
  const { narrow } = count
  return {
    kind: 'bytes',
    element,
    locate: (r) => {
      const n = narrow(r)
      locate(r)
      const from = r.from + n * step
      if (from < r.from || from > r.to) {
        outOfBounds()
        r.from = r.to
      } else r.from = from
    },
  }
}
