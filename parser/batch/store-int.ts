/** One integer of a record into a column, of whatever sizes. */
import type { ColumnBuilder } from './column-builder.ts'

/** Reads an integer of `size` bytes and stores it as element `index`, widened or truncated. */
export function storeInt(
  view: DataView,
  at: number,
  size: number,
  signed: boolean,
  le: boolean,
  out: ColumnBuilder,
  index: number,
): void {
  let low = 0
  let high = 0
  if (size === 8) {
    low = view.getUint32(at + (le ? 0 : 4), le)
    high = view.getUint32(at + (le ? 4 : 0), le)
  } else {
    if (size === 4) low = view.getInt32(at, le)
    else if (size === 2) low = signed ? view.getInt16(at, le) : view.getUint16(at, le)
    else low = signed ? view.getInt8(at) : view.getUint8(at)
    high = signed && low < 0 ? 0xffffffff : 0
  }
  if (out.width === 8) {
    out.u32[2 * index] = low
    out.u32[2 * index + 1] = high
  } else if (out.width === 4) out.u32[index] = low
  else if (out.width === 2) out.u16[index] = low
  else out.u8[index] = low
}
