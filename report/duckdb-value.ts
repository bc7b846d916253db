/**
 * DuckDB values as text and as JSON, exactly. Text is what `cast(value as varchar)` gives in
 * DuckDB 1.5; a test compares the two. Zoned time stamps are written in UTC.
 */
import type {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBType,
  DuckDBUnionValue,
} from '@duckdb/node-api'
import { TraceError } from '../parser/error.ts'
import { TimestampValue, TypeId } from './duckdb-api.ts'
import { doubleJson, doubleText, floatJson, floatText } from './number.ts'
import { integerJson } from './rows.ts'

/** How values of one type are written; values given are never null. */
export interface ValueWriter {
  readonly align: 'left' | 'right'
  /** True for lists, structs and maps, whose text is never quoted inside another one. */
  readonly nested: boolean
  text(value: unknown): string
  json(value: unknown): string
}

/** The writer for a DuckDB type, nested ones included. */
export function valueWriter(type: DuckDBType): ValueWriter {
  if (type.alias === 'JSON') return JSON_TEXT
  switch (type.typeId) {
    case TypeId.TINYINT:
    case TypeId.SMALLINT:
    case TypeId.INTEGER:
    case TypeId.UTINYINT:
    case TypeId.USMALLINT:
    case TypeId.UINTEGER:
      return SMALL_INTEGER
    case TypeId.BIGINT:
    case TypeId.UBIGINT:
    case TypeId.HUGEINT:
    case TypeId.UHUGEINT:
    case TypeId.BIGNUM:
      return LARGE_INTEGER
    case TypeId.BOOLEAN:
      return scalar('left', String, String)
    case TypeId.FLOAT:
      return scalar('right', floatText as Write, floatJson as Write)
    case TypeId.DOUBLE:
      return scalar('right', doubleText as Write, doubleJson as Write)
    case TypeId.DECIMAL:
      return scalar('right', decimalText, decimalJson)
    case TypeId.BLOB:
      return scalar('left', blobText)
    case TypeId.DATE:
      return scalar('left', dateText)
    case TypeId.TIMESTAMP_TZ:
      return scalar('left', zonedText)
    case TypeId.LIST:
    case TypeId.ARRAY:
      return listWriter(valueWriter(type.valueType))
    case TypeId.STRUCT:
      return structWriter(type.entryNames, type.entryTypes.map(valueWriter))
    case TypeId.MAP:
      return mapWriter(valueWriter(type.keyType), valueWriter(type.valueType))
    case TypeId.UNION:
      return unionWriter(
        new Map(type.memberTags.map((tag, i) => [tag, valueWriter(type.memberTypes[i]!)])),
      )
    default:
      return PLAIN
  }
}

type Write = (value: unknown) => string

function scalar(align: 'left' | 'right', text: Write, json?: Write): ValueWriter {
  return { align, nested: false, text, json: json ?? ((value) => JSON.stringify(text(value))) }
}

const PLAIN = scalar('left', String)
const SMALL_INTEGER = scalar('right', String, String)
const LARGE_INTEGER = scalar('right', String, (value) => integerJson(value as bigint))
/** JSON values go out as they are; line ends between tokens would break one-object-per-line. */
const JSON_TEXT: ValueWriter = {
  ...scalar('left', String, (value) => String(value).replace(/[\r\n]+/g, ' ')),
  nested: true,
}

/** The engine writes no zero before the point when the type has no digit there. */
function decimalText(value: unknown): string {
  const decimal = value as DuckDBDecimalValue
  const text = decimal.toString()
  return decimal.width === decimal.scale ? text.replace(/^(-?)0\./, '$1.') : text
}

/** Printable ASCII as it is, except what would make the text ambiguous. */
function blobText(value: unknown): string {
  let text = ''
  for (const byte of (value as DuckDBBlobValue).bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x27 && byte !== 0x5c
    text += plain
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

/** Digits that every decimal number can have and still survive a double. */
const DOUBLE_DIGITS = 15

function decimalJson(value: unknown): string {
  const decimal = value as DuckDBDecimalValue
  const digits = decimal.value.toString().replace('-', '')
  return digits.length <= DOUBLE_DIGITS ? decimal.toString() : `"${decimal}"`
}

function dateText(value: unknown): string {
  const date = value as DuckDBDateValue
  if (date.isFinite) return date.toString()
  return date.days > 0 ? 'infinity' : '-infinity'
}

function zonedText(value: unknown): string {
  const zoned = value as DuckDBTimestampTZValue
  const text = new TimestampValue(zoned.micros).toString()
  if (!zoned.isFinite) return text
  return text.endsWith(' (BC)') ? `${text.slice(0, -5)}+00 (BC)` : `${text}+00`
}

/** Text that DuckDB puts in quotes when it stands inside a list, struct or map. */
const QUOTED_INSIDE = /^$|^\s|\s$|^null$|[[\]{}(),'"=:]/i

function inside(writer: ValueWriter, value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  const text = writer.text(value)
  if (writer.nested || !QUOTED_INSIDE.test(text)) return text
  return quote(text)
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}

function jsonInside(writer: ValueWriter, value: unknown): string {
  return value === null || value === undefined ? 'null' : writer.json(value)
}

function nested(text: Write, json: Write): ValueWriter {
  return { align: 'left', nested: true, text, json }
}

function listWriter(item: ValueWriter): ValueWriter {
  const items = (value: unknown) => (value as DuckDBListValue | DuckDBArrayValue).items
  return nested(
    (value) =>
      `[${items(value)
        .map((v) => inside(item, v))
        .join(', ')}]`,
    (value) =>
      `[${items(value)
        .map((v) => jsonInside(item, v))
        .join(',')}]`,
  )
}

function structWriter(names: readonly string[], writers: readonly ValueWriter[]): ValueWriter {
  if (new Set(names).size < names.length) throw unnamedFields()
  const write = (
    value: unknown,
    one: (name: string, writer: ValueWriter, v: unknown) => string,
  ) => {
    const { entries } = value as DuckDBStructValue
    return names.map((name, i) => one(name, writers[i]!, entries[name]))
  }
  return nested(
    (value) => `{${write(value, (name, w, v) => `${quote(name)}: ${inside(w, v)}`).join(', ')}}`,
    (value) =>
      `{${write(value, (name, w, v) => `${JSON.stringify(name)}:${jsonInside(w, v)}`).join(',')}}`,
  )
}

/** Values come as objects, where fields of the same name would hide each other. */
function unnamedFields(): TraceError {
  return new TraceError('ERR_SQL', 'a column holds a struct whose fields have no names', {
    hint: "name them, for example {'a': 1, 'b': 2}, or cast the column to varchar",
  })
}

function mapWriter(key: ValueWriter, item: ValueWriter): ValueWriter {
  const entries = (value: unknown) => (value as DuckDBMapValue).entries
  return nested(
    (value) =>
      `{${entries(value)
        .map((e) => `${inside(key, e.key)}=${inside(item, e.value)}`)
        .join(', ')}}`,
    (value) => {
      const pairs = entries(value).map(
        (e) => `${JSON.stringify(key.text(e.key))}:${jsonInside(item, e.value)}`,
      )
      return `{${pairs.join(',')}}`
    },
  )
}

function unionWriter(writers: ReadonlyMap<string, ValueWriter>): ValueWriter {
  const member = (value: unknown): [ValueWriter, unknown] => {
    const { tag, value: inner } = value as DuckDBUnionValue
    return [writers.get(tag) ?? PLAIN, inner]
  }
  return {
    align: 'left',
    nested: true,
    text: (value) => {
      const [writer, inner] = member(value)
      return inner === null || inner === undefined ? 'NULL' : writer.text(inner)
    },
    json: (value) => jsonInside(...member(value)),
  }
}
