/**
 * Compiles a `ReadSpec` into a function that decodes one column for a run of rows. Column by column
 * needs no code generation, and a handful of loops stay monomorphic however many event types a
 * trace has. Multi-byte values are read in file byte order: as words of the arena where records and
 * field lie on words (8-byte values too lie on 4 bytes only), else through a DataView.
 */
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
  offset: number,
  size: number,
  signed: boolean,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { view, bytes, words, littleEndian: le } = context
  const onWords = context.aligned && offset % 4 === 0
  const word = offset >>> 2
  if (size === 4 && out.width === 4 && onWords)
    return ({ at }, from, to) => {
      const target = out.u32
      for (let i = from; i < to; i++) target[i] = words[(at[i]! >>> 2) + word]!
    }
  if (size === 8 && out.width === 8 && onWords)
    return ({ at }, from, to) => {
      const target = out.u32
      for (let i = from; i < to; i++) {
        const place = (at[i]! >>> 2) + word
        target[2 * i] = words[place]!
        target[2 * i + 1] = words[place + 1]!
      }
    }
  if (size === 1 && out.width === 1)
    return ({ at }, from, to) => {
      const target = out.u8
      for (let i = from; i < to; i++) target[i] = bytes[at[i]! + offset]!
    }
  return ({ at }, from, to) => {
    for (let i = from; i < to; i++) storeInt(view, at[i]! + offset, size, signed, le, out, i)
  }
}

function createBoolReader(
  offset: number,
  size: number,
  out: ColumnBuilder,
  { bytes }: DecodeContext,
): ReadColumn {
  return ({ at }, from, to) => {
    const target = out.u8
    for (let i = from; i < to; i++) {
      let any = 0
      for (let k = 0; k < size; k++) any |= bytes[at[i]! + offset + k]!
      target[i] = any === 0 ? 0 : 1
    }
  }
}

function createCallersReader(
  read: Extract<ReadSpec, { op: 'callers' }>,
  out: ColumnBuilder,
  { view, littleEndian }: DecodeContext,
): ReadColumn {
  return (rows, from, to) => {
    for (let i = from; i < to; i++) {
      const at = rows.at[i]!
      const room = Math.floor((rows.size[i]! - read.offset) / read.elementSize)
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
  offset: number,
  size: number,
  out: ColumnBuilder,
  context: DecodeContext,
): ReadColumn {
  const { view, littleEndian, pool, texts } = context
  return ({ at }, from, to) => {
    for (let i = from; i < to; i++) {
      const address = readAddress(view, at[i]! + offset, size, littleEndian)
      const text = texts.printk(address) ?? `0x${address.toString(16)}`
      out.u32[i] = pool.internString(text)
    }
  }
}

function createBprintReader(out: ColumnBuilder, { view, pool, texts }: DecodeContext): ReadColumn {
  return ({ at, size }, from, to) => {
    for (let i = from; i < to; i++)
      out.u32[i] = pool.internString(texts.bprint(view, at[i]!, size[i]!))
  }
}
