/**
 * Compiles a `ReadSpec` into a function that decodes one column for a run of rows. Column by column
 * needs no code generation, and a handful of loops stay monomorphic however many event types a
 * trace has. Multi-byte values are read in file byte order; records are only 4-byte aligned.
 */
import { SIZE, STRIDE } from '../ring/record-block.ts'
import type { ColumnBuilder } from './column-builder.ts'
import type { DecodeContext, ReadColumn } from './decode-context.ts'
import {
  createBitsReader,
  createBlobReader,
  createListReader,
  createTextReader,
} from './extent-reader.ts'
import { storeInt } from './store-int.ts'
import type { ReadSpec } from './types.ts'

/** Bytes a record must have for the spec's fixed part to be readable. */
export function bytesNeeded(read: ReadSpec): number {
  switch (read.op) {
    case 'int':
    case 'bool':
    case 'printkString':
      return read.offset + read.size
    case 'bprint':
      return 0
    case 'callers':
      return read.offset
    default: {
      const { extent } = read
      return extent.offset + (extent.at === 'rest' ? 0 : extent.size)
    }
  }
}

/** The reader of one column; the rows' fixed parts are known to lie inside their records. */
export function createColumnReader(
  read: ReadSpec,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  switch (read.op) {
    case 'int':
      return createIntReader(read.offset, read.size, read.signed, out, context)
    case 'bool':
      return createBoolReader(read.offset, read.size, out, context)
    case 'text':
      return createTextReader(read.extent, read.trimNewline, out, context)
    case 'blob':
      return createBlobReader(read.extent, out, context)
    case 'list':
      return createListReader(read.extent, read.elementSize, read.signed, out, context)
    case 'bits':
      return createBitsReader(read.extent, read.wordSize, out, context)
    case 'callers':
      return createCallersReader(read, out, context)
    case 'bprint':
      return createBprintReader(out, context)
    case 'printkString':
      return createPrintkReader(read.offset, read.size, out, context)
  }
}

function createIntReader(
  at: number,
  size: number,
  signed: boolean,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { view, bytes, littleEndian: le } = context
  if (size === 4 && out.width === 4)
    return (words, from, to) => {
      const target = out.u32
      for (let i = from; i < to; i++) target[i] = view.getUint32(words[i * STRIDE]! + at, le)
    }
  if (size === 8 && out.width === 8)
    return (words, from, to) => {
      const target = out.u32
      const low = at + (le ? 0 : 4)
      const high = at + (le ? 4 : 0)
      for (let i = from; i < to; i++) {
        target[2 * i] = view.getUint32(words[i * STRIDE]! + low, le)
        target[2 * i + 1] = view.getUint32(words[i * STRIDE]! + high, le)
      }
    }
  if (size === 2 && out.width === 2)
    return (words, from, to) => {
      const target = out.u16
      for (let i = from; i < to; i++) target[i] = view.getUint16(words[i * STRIDE]! + at, le)
    }
  if (size === 1 && out.width === 1)
    return (words, from, to) => {
      const target = out.u8
      for (let i = from; i < to; i++) target[i] = bytes[words[i * STRIDE]! + at]!
    }
  return (words, from, to) => {
    for (let i = from; i < to; i++)
      storeInt(view, words[i * STRIDE]! + at, size, signed, le, out, i)
  }
}

function createBoolReader(
  at: number,
  size: number,
  out: ColumnBuilder,
  { bytes }: DecodeContext,
): ReadColumn {
  return (words, from, to) => {
    for (let i = from; i < to; i++) {
      let any = 0
      for (let k = 0; k < size; k++) any |= bytes[words[i * STRIDE]! + at + k]!
      out.u8[i] = any === 0 ? 0 : 1
    }
  }
}

function createCallersReader(
  read: Extract<ReadSpec, { op: 'callers' }>,
  out: ColumnBuilder,
  { view, littleEndian }: DecodeContext,
): ReadColumn {
  return (words, from, to) => {
    for (let i = from; i < to; i++) {
      const at = words[i * STRIDE]!
      const room = Math.floor((words[i * STRIDE + SIZE]! - read.offset) / read.elementSize)
      const count = Math.max(0, Math.min(view.getInt32(at + read.countOffset, littleEndian), room))
      out.growElements(count)
      for (let k = 0; k < count; k++)
        storeInt(
          view,
          at + read.offset + k * read.elementSize,
          read.elementSize,
          false,
          littleEndian,
          out,
          out.elements + k,
        )
      out.elements += count
      out.offsets![i + 1] = out.elements
    }
  }
}

function readAddress(view: DataView, at: number, size: number, littleEndian: boolean): bigint {
  return size === 8 ? view.getBigUint64(at, littleEndian) : BigInt(view.getUint32(at, littleEndian))
}

function createPrintkReader(
  at: number,
  size: number,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { view, littleEndian, pool, texts } = context
  return (words, from, to) => {
    for (let i = from; i < to; i++) {
      const address = readAddress(view, words[i * STRIDE]! + at, size, littleEndian)
      const text = texts.printk(address) ?? `0x${address.toString(16)}`
      out.u32[i] = pool.internString(text)
    }
  }
}

function createBprintReader(out: ColumnBuilder, { view, pool, texts }: DecodeContext): ReadColumn {
  return (words, from, to) => {
    for (let i = from; i < to; i++)
      out.u32[i] = pool.internString(
        texts.bprint(view, words[i * STRIDE]!, words[i * STRIDE + SIZE]!),
      )
  }
}
