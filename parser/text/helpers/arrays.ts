/**
 * Helpers that print arrays of the record. Authority: kernel `kernel/trace/trace_output.c`
 * (trace_print_hex_seq, trace_print_array_seq, trace_print_hex_dump_seq) and `lib/hexdump.c`.
 */

import { writeCpuList, writeMask } from '../bitmask.ts'
import type { BytesCode, IntegerCode, TextCode } from '../code.ts'
import type { Compiler, Helper } from '../compiler.ts'
import { ExpressionError } from '../expression.ts'
import type { RecordCursor } from '../record-cursor.ts'

/** Elements of one array that are shown at most; a record has at most 1 MiB. */
const MAX_ELEMENTS = 65_536

/** `__print_hex(bytes, length)`: `aa bb`, or without blanks. */
export function hexHelper(separator: number): Helper {
  return (args, compiler) => {
    const { locate } = compiler.bytes(args[0])
    const length = compiler.integer(args[1]).narrow
    const { outOfBounds } = compiler.context
    return text((r) => {
      const wanted = length(r)
      locate(r)
      const count = clamp(wanted, r.to - r.from, outOfBounds)
      const { sink, bytes, from } = r
      for (let i = 0; i < count; i++) {
        if (i > 0 && separator !== 0) sink.byte(separator)
        sink.hexPadded(bytes[from + i]!, 2)
      }
    })
  }
}

/** `__print_array(array, count, element size)`: `{0x1,0x2}`. */
export const arrayHelper: Helper = (args, compiler) => {
  const size = elementSize(compiler, args[2])
  return arrayText(compiler.bytes(args[0]), compiler.integer(args[1]), size, compiler)
}

/** `__print_dynamic_array(name, element size)`: all of it. */
export const dynamicArrayHelper: Helper = (args, compiler) =>
  arrayText(compiler.namedArray(args[0]), undefined, elementSize(compiler, args[1]), compiler)

function elementSize(compiler: Compiler, expression: Parameters<Compiler['constant']>[0]): number {
  const size = Number(compiler.constant(expression))
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8)
    throw new ExpressionError(`elements of ${size} bytes`)
  return size
}

function arrayText(
  { locate }: BytesCode,
  count: IntegerCode | undefined,
  size: number,
  { context }: Compiler,
): TextCode {
  const { littleEndian, outOfBounds } = context
  const wanted = count?.narrow
  return text((r) => {
    const asked = wanted ? wanted(r) : Number.MAX_SAFE_INTEGER
    locate(r)
    const available = Math.floor((r.to - r.from) / size)
    const shown = wanted ? clamp(asked, available, outOfBounds) : available
    const { sink, view, from } = r
    sink.byte(0x7b)
    for (let i = 0; i < shown; i++) {
      if (i > 0) sink.byte(0x2c)
      sink.latin1('0x')
      const at = from + i * size
      if (size === 1) sink.hex(view.getUint8(at))
      else if (size === 2) sink.hex(view.getUint16(at, littleEndian))
      else if (size === 4) sink.hex(view.getInt32(at, littleEndian))
      else {
        const first = view.getInt32(at, littleEndian)
        const second = view.getInt32(at + 4, littleEndian)
        sink.hex64(littleEndian ? second : first, littleEndian ? first : second)
      }
    }
    sink.byte(0x7d)
  })
}

/** `__print_hex_dump(prefix, kind, row size, group size, bytes, length, with text)`. */
export const hexDumpHelper: Helper = (args, compiler) => {
  const prefix = args[0]?.kind === 'string' ? Buffer.from(args[0].text) : undefined
  if (!prefix) throw new ExpressionError('prefix is no literal')
  const kind = Number(compiler.constant(args[1]))
  const rowSize = Number(compiler.constant(args[2])) === 32 ? 32 : 16
  const groupSize = Number(compiler.constant(args[3]))
  const { locate } = compiler.bytes(args[4])
  const length = compiler.integer(args[5]).narrow
  const withText = compiler.constant(args[6]) !== 0n
  const { littleEndian, outOfBounds } = compiler.context
  return text((r) => {
    const wanted = length(r)
    locate(r)
    const { sink, from } = r
    const count = clamp(wanted, r.to - from, outOfBounds)
    sink.byte(0x0a)
    for (let row = 0; row < count; row += rowSize) {
      sink.all(prefix)
      // The address a dump starts at is not in the recording: both kinds count from 0.
      if (kind === 1 || kind === 2) {
        sink.hexPadded(row, 8)
        sink.latin1(': ')
      }
      const bytes = Math.min(rowSize, count - row)
      writeRow(r, from + row, bytes, rowSize, groupSize, withText, littleEndian)
      sink.byte(0x0a)
    }
  })
}

function writeRow(
  r: RecordCursor,
  at: number,
  count: number,
  rowSize: number,
  wantedGroup: number,
  withText: boolean,
  littleEndian: boolean,
): void {
  const { sink, bytes } = r
  const start = sink.length
  const fits = wantedGroup === 2 || wantedGroup === 4 || wantedGroup === 8
  const group = fits && count % wantedGroup === 0 ? wantedGroup : 1
  for (let i = 0; i < count; i += group) {
    if (i > 0) sink.byte(0x20)
    for (let b = 0; b < group; b++)
      sink.hexPadded(bytes[at + i + (littleEndian ? group - 1 - b : b)]!, 2)
  }
  if (!withText) return
  sink.padTo(start, rowSize * 2 + rowSize / group + 1)
  for (let i = 0; i < count; i++) {
    const byte = bytes[at + i]!
    sink.byte(byte >= 0x20 && byte < 0x7f ? byte : 0x2e)
  }
}

/** `__get_bitmask(name)`: all words, in hexadecimal. */
export const bitmaskHelper: Helper = (args, compiler) => maskText(compiler, args[0], writeMask)

/** `__get_cpumask(name)`: the numbers of the CPUs. */
export const cpumaskHelper: Helper = (args, compiler) => maskText(compiler, args[0], writeCpuList)

function maskText(
  compiler: Compiler,
  name: Parameters<Compiler['namedArray']>[0],
  write: typeof writeMask,
): TextCode {
  const { locate } = compiler.namedArray(name)
  const { longSize, littleEndian } = compiler.context
  return text((r) => {
    locate(r)
    write(r, (r.to - r.from) * 8, longSize, littleEndian)
  })
}

/** `__get_stacktrace(name)`: a line each address. The first word counts those that follow. */
export const stackHelper: Helper = (args, compiler) => {
  const { locate } = compiler.namedArray(args[0])
  const { longSize, littleEndian, names } = compiler.context
  return text((r) => {
    locate(r)
    const { sink, view, from } = r
    const words = Math.min(Math.floor((r.to - from) / longSize), MAX_ELEMENTS)
    for (let i = 1; i < words; i++) {
      const at = from + i * longSize
      const first = view.getInt32(at, littleEndian)
      const second = longSize === 8 ? view.getInt32(at + 4, littleEndian) : 0
      const high = longSize === 4 ? 0 : littleEndian ? second : first
      const low = longSize === 4 || littleEndian ? first : second
      sink.latin1('\n=> ')
      names.writeNameOffset(high, low, sink)
    }
  })
}

function text(write: (r: RecordCursor) => void): TextCode {
  return { kind: 'text', write }
}

/** A count as far as there are elements; counts what is missing as outside. */
function clamp(wanted: number, available: number, outOfBounds: () => void): number {
  const count = Math.max(wanted, 0)
  if (count <= available) return count
  outOfBounds()
  return Math.max(available, 0)
}
