/** What `%s` makes of its argument: text of helpers, strings in the record, addresses of strings. */

import { writeHexAddress } from './address-names.ts'
import type { BytesCode, Code, IntegerCode } from './code.ts'
import type { PrintContext } from './print-context.ts'
import type { RecordCursor } from './record-cursor.ts'

const NULL = Buffer.from('(null)', 'latin1')

/** Writes an argument as a string. */
export function createTextOf(code: Code, context: PrintContext): (r: RecordCursor) => void {
  if (code.kind === 'text') return code.write
  return code.kind === 'bytes' ? createCString(code) : createStringAt(code, context)
}

/** The record's bytes up to the first NUL. */
export function createCString({ locate }: BytesCode): (r: RecordCursor) => void {
  return (r) => {
    locate(r)
    r.sink.text(r.bytes, r.from, r.to)
  }
}

/** The constant string of the kernel at an address, or the address where it is not known. */
function createStringAt(
  { wide, constant }: IntegerCode,
  context: PrintContext,
): (r: RecordCursor) => void {
  if (constant === 0n) return (r) => r.sink.all(NULL)
  const { printk } = context
  return (r) => {
    wide(r)
    const { high, low } = r
    const text = printk(high, low)
    if (text !== undefined) r.sink.all(text)
    else writeHexAddress(high, low, r.sink)
  }
}
