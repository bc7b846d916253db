/**
 * Arrow types and buffers for DuckDB types. Types that Arrow has no exact counterpart for (INTERVAL,
 * UUID, BIT, …) are written as text.
 */
import type {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBType,
} from '@duckdb/node-api'
import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  Map_,
  makeData,
  Null,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow'
import { TypeId } from './duckdb-api.ts'
import { valueWriter } from './duckdb-value.ts'

/** How a column of DuckDB values becomes Arrow data. */
export interface ArrowColumn {
  readonly type: DataType
  /** Arrow data of the values; null and undefined are nulls. */
  data(values: readonly unknown[]): Data
}

type TypedArrayOf = (length: number) => { [index: number]: number } & ArrayBufferView
type BigArrayOf = (length: number) => { [index: number]: bigint } & ArrayBufferView

/** The Arrow counterpart of a DuckDB type. */
export function arrowColumn(type: DuckDBType): ArrowColumn {
  switch (type.typeId) {
    case TypeId.SQLNULL:
      return {
        type: new Null(),
        data: (values) => makeData({ type: new Null(), length: values.length }),
      }
    case TypeId.BOOLEAN:
      return { type: new Bool(), data: booleanData }
    case TypeId.TINYINT:
      return numbers(new Int8(), (n) => new Int8Array(n))
    case TypeId.SMALLINT:
      return numbers(new Int16(), (n) => new Int16Array(n))
    case TypeId.INTEGER:
      return numbers(new Int32(), (n) => new Int32Array(n))
    case TypeId.UTINYINT:
      return numbers(new Uint8(), (n) => new Uint8Array(n))
    case TypeId.USMALLINT:
      return numbers(new Uint16(), (n) => new Uint16Array(n))
    case TypeId.UINTEGER:
      return numbers(new Uint32(), (n) => new Uint32Array(n))
    case TypeId.FLOAT:
      return numbers(new Float32(), (n) => new Float32Array(n))
    case TypeId.DOUBLE:
      return numbers(new Float64(), (n) => new Float64Array(n))
    case TypeId.DATE:
      return numbers(
        new DateDay(),
        (n) => new Int32Array(n),
        (value) => (value as DuckDBDateValue).days,
      )
    case TypeId.BIGINT:
      return bigints(
        new Int64(),
        (n) => new BigInt64Array(n),
        (value) => value as bigint,
      )
    case TypeId.UBIGINT:
      return bigints(
        new Uint64(),
        (n) => new BigUint64Array(n),
        (value) => value as bigint,
      )
    case TypeId.TIME:
      return bigints(new TimeMicrosecond(), signed64, part('micros'))
    case TypeId.TIMESTAMP:
      return bigints(new TimestampMicrosecond(), signed64, part('micros'))
    case TypeId.TIMESTAMP_TZ:
      return bigints(new TimestampMicrosecond('UTC'), signed64, part('micros'))
    case TypeId.TIMESTAMP_S:
      return bigints(new TimestampSecond(), signed64, part('seconds'))
    case TypeId.TIMESTAMP_MS:
      return bigints(new TimestampMillisecond(), signed64, part('millis'))
    case TypeId.TIMESTAMP_NS:
      return bigints(new TimestampNanosecond(), signed64, part('nanos'))
    case TypeId.DECIMAL:
      return decimals(type.scale, type.width, (value) => (value as DuckDBDecimalValue).value)
    case TypeId.HUGEINT:
      return decimals(0, 38, (value) => value as bigint)
    case TypeId.BLOB:
      return bytes(new Binary(), (value) => (value as DuckDBBlobValue).bytes)
    case TypeId.LIST:
    case TypeId.ARRAY:
      return listColumn(arrowColumn(type.valueType))
    case TypeId.STRUCT:
      return structColumn(type.entryNames, type.entryTypes.map(arrowColumn))
    case TypeId.MAP:
      return mapColumn(arrowColumn(type.keyType), arrowColumn(type.valueType))
    default:
      return textColumn(type)
  }
}

const signed64: BigArrayOf = (n) => new BigInt64Array(n)

function part(name: string): (value: unknown) => bigint {
  return (value) => (value as Record<string, bigint>)[name]!
}

function isNull(value: unknown): value is null | undefined {
  return value === null || value === undefined
}

/** The validity bitmap, or nothing when no value is null. */
function validity(values: readonly unknown[]): { nullCount: number; nullBitmap?: Uint8Array } {
  let nullCount = 0
  for (const value of values) if (isNull(value)) nullCount++
  if (nullCount === 0) return { nullCount }
  return { nullCount, nullBitmap: bitmap(values.length, (i) => !isNull(values[i])) }
}

/** Bits in the order Arrow has them, padded to 8 bytes. */
function bitmap(length: number, isSet: (index: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(length / 64) * 8)
  for (let i = 0; i < length; i++) if (isSet(i)) bits[i >> 3]! |= 1 << (i & 7)
  return bits
}

function booleanData(values: readonly unknown[]): Data {
  const data = bitmap(values.length, (i) => values[i] === true)
  return makeData({ type: new Bool(), length: values.length, data, ...validity(values) })
}

function numbers(
  type: DataType,
  make: TypedArrayOf,
  read = (value: unknown) => value as number,
): ArrowColumn {
  return {
    type,
    data(values) {
      const data = make(values.length)
      for (const [i, value] of values.entries()) if (!isNull(value)) data[i] = read(value)
      return makeData({ type, length: values.length, data, ...validity(values) } as Parameters<
        typeof makeData
      >[0])
    },
  }
}

function bigints(type: DataType, make: BigArrayOf, read: (value: unknown) => bigint): ArrowColumn {
  return {
    type,
    data(values) {
      const data = make(values.length)
      for (const [i, value] of values.entries()) if (!isNull(value)) data[i] = read(value)
      return makeData({ type, length: values.length, data, ...validity(values) } as Parameters<
        typeof makeData
      >[0])
    },
  }
}

function decimals(scale: number, precision: number, read: (value: unknown) => bigint): ArrowColumn {
  const type = new Decimal(scale, precision, 128)
  return {
    type,
    data(values) {
      const words = new BigUint64Array(values.length * 2)
      for (const [i, value] of values.entries()) {
        if (isNull(value)) continue
        const unscaled = read(value)
        words[2 * i] = BigInt.asUintN(64, unscaled)
        words[2 * i + 1] = BigInt.asUintN(64, unscaled >> 64n)
      }
      return makeData({
        type,
        length: values.length,
        data: new Uint32Array(words.buffer),
        ...validity(values),
      })
    },
  }
}

function bytes(type: Utf8 | Binary, read: (value: unknown) => Uint8Array): ArrowColumn {
  return {
    type,
    data(values) {
      const parts: Uint8Array[] = []
      const valueOffsets = new Int32Array(values.length + 1)
      let length = 0
      for (const [i, value] of values.entries()) {
        if (!isNull(value)) {
          const item = read(value)
          parts.push(item)
          length += item.length
        }
        valueOffsets[i + 1] = length
      }
      const common = {
        length: values.length,
        valueOffsets,
        data: Buffer.concat(parts, length),
        ...validity(values),
      }
      return type instanceof Utf8 ? makeData({ type, ...common }) : makeData({ type, ...common })
    },
  }
}

function textColumn(type: DuckDBType): ArrowColumn {
  const { text } = valueWriter(type)
  return bytes(new Utf8(), (value) => Buffer.from(text(value)))
}

/** Offsets of variable-length items, and all items one after another. */
function flatten<T>(
  values: readonly unknown[],
  read: (value: unknown) => readonly T[],
): [Int32Array, T[]] {
  const offsets = new Int32Array(values.length + 1)
  const items: T[] = []
  for (const [i, value] of values.entries()) {
    if (!isNull(value)) for (const item of read(value)) items.push(item)
    offsets[i + 1] = items.length
  }
  return [offsets, items]
}

function listColumn(item: ArrowColumn): ArrowColumn {
  const type = new List(new Field('item', item.type, true))
  return {
    type,
    data(values) {
      const [valueOffsets, items] = flatten(
        values,
        (value) => (value as DuckDBListValue).items as unknown[],
      )
      return makeData({
        type,
        length: values.length,
        valueOffsets,
        child: item.data(items),
        ...validity(values),
      })
    },
  }
}

function structColumn(names: readonly string[], entries: readonly ArrowColumn[]): ArrowColumn {
  const type = new Struct(names.map((name, i) => new Field(name, entries[i]!.type, true)))
  return {
    type,
    data(values) {
      const children = entries.map((entry, i) =>
        entry.data(
          values.map((value) =>
            isNull(value) ? null : (value as DuckDBStructValue).entries[names[i]!],
          ),
        ),
      )
      return makeData({ type, length: values.length, children, ...validity(values) })
    },
  }
}

function mapColumn(key: ArrowColumn, item: ArrowColumn): ArrowColumn {
  const entryType = new Struct([
    new Field('key', key.type, false),
    new Field('value', item.type, true),
  ])
  const type = new Map_(new Field('entries', entryType, false))
  return {
    type: type as unknown as DataType,
    data(values) {
      const [valueOffsets, pairs] = flatten(values, (value) => (value as DuckDBMapValue).entries)
      const children = [
        key.data(pairs.map((pair) => pair.key)),
        item.data(pairs.map((pair) => pair.value)),
      ]
      const child = makeData({ type: entryType, length: pairs.length, nullCount: 0, children })
      return makeData({
        type: type as unknown as Map_,
        length: values.length,
        valueOffsets,
        child,
        ...validity(values),
      }) as unknown as Data
    },
  }
}
