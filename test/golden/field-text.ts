/**
 * Holds one typed column value against the text that `trace-cmd report -R` printed for the field.
 * The text says the same thing in several notations; each is parsed back to a number or to bytes
 * and compared with the value, never the other way round by looks.
 */
import type { ColumnType } from '../../parser/batch/types.ts'
import type { ReferenceField } from '../helpers/reference-format.ts'
import { DIFFERENT, EXACT, exempt, partial, type Verdict } from './tally.ts'

/** What is known about the field besides its text. */
export interface FieldContext {
  readonly field: ReferenceField
  readonly type: ColumnType
  /** Conversion letter of the print format, if it prints the field as it is. */
  readonly conversion: string | undefined
  readonly littleEndian: boolean
  readonly longSize: 4 | 8
  readonly event: string
  /** Strings of printk_formats by address. */
  readonly printk: ReadonlyMap<bigint, string>
}

const BITS: Record<string, number> = {
  TINYINT: 8,
  UTINYINT: 8,
  SMALLINT: 16,
  USMALLINT: 16,
  INTEGER: 32,
  UINTEGER: 32,
  BIGINT: 64,
  UBIGINT: 64,
  BOOLEAN: 1,
}

const LIST_BYTES: Record<string, number> = {
  'TINYINT[]': 1,
  'UTINYINT[]': 1,
  'SMALLINT[]': 2,
  'USMALLINT[]': 2,
  'INTEGER[]': 4,
  'UINTEGER[]': 4,
  'BIGINT[]': 8,
  'UBIGINT[]': 8,
}

/** Lists of kernel longs are UBIGINT whatever the size of a long is. */
const ADDRESS = /\bunsigned long\b|\*/

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

/** `ARRAY[0a, ff]` as bytes; undefined for any other text. */
const arrayBytes = (text: string): Uint8Array | undefined => {
  const inner = /^ARRAY\[((?:[0-9a-f]{2}(?:, )?)*)\]$/.exec(text)?.[1]
  if (inner === undefined) return undefined
  return Uint8Array.from(
    inner.split(', ').filter((b) => b !== ''),
    (b) => Number.parseInt(b, 16),
  )
}

/** Length of the well-formed UTF-8 sequence at `at`, or 0; by the decoder of the platform. */
const sequenceAt = (bytes: Uint8Array, at: number): number => {
  const lead = bytes[at]!
  if (lead < 0x80) return 1
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
  if (at + length > bytes.length) return 0
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(at, at + length),
    )
    return length
  } catch {
    return 0
  }
}

/** Bytes as a VARCHAR column shows them: up to the first NUL, what is not UTF-8 as `\xNN`. */
export const columnText = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0)
  const text = end < 0 ? bytes : bytes.subarray(0, end)
  let out = ''
  for (let at = 0; at < text.length; ) {
    const length = sequenceAt(text, at)
    if (length === 0) out += `\\x${text[at]!.toString(16).padStart(2, '0')}`
    else out += Buffer.from(text.subarray(at, at + length)).toString('utf8')
    at += Math.max(length, 1)
  }
  return out
}

/** The number a text stands for, or undefined where it is none in that notation. */
const parseNumber = (text: string, { conversion, field }: FieldContext): bigint | undefined => {
  const address = / \((0x[0-9a-f]+)\)$/.exec(text)?.[1] ?? text
  if (address === '(nil)') return 0n
  if (/^0x[0-9a-f]+$/.test(address)) return BigInt(address)
  if (conversion === 'c') return text.length === 1 ? BigInt(text.charCodeAt(0)) : undefined
  if (/^[xXp]$/.test(conversion ?? '') && !field.signed)
    return /^[0-9a-fA-F]+$/.test(text) ? BigInt(`0x${text}`) : undefined
  if (conversion === 'o') return /^[0-7]+$/.test(text) ? BigInt(`0o${text}`) : undefined
  const decimal = /^ *(-?)0*(\d+)$/.exec(text)
  return decimal ? BigInt(`${decimal[1]}${decimal[2]}`) : undefined
}

/** The u32 of a `__data_loc` or `__rel_loc` field. */
const locationWord = (payload: Uint8Array, c: FieldContext): number | undefined => {
  if (!/__(data|rel)_loc\b/.test(c.field.declaration)) return undefined
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  return view.getUint32(c.field.offset, c.littleEndian)
}

/** The bytes that an array field stands for, straight from the record. */
const fieldBytes = (payload: Uint8Array, c: FieldContext): Uint8Array => {
  const { offset, size, declaration } = c.field
  const word = locationWord(payload, c)
  if (word === undefined)
    return payload.subarray(offset, size === 0 ? payload.length : offset + size)
  const start = (word & 0xffff) + (declaration.includes('__rel_loc') ? offset + 4 : 0)
  return payload.subarray(start, start + (word >>> 16))
}

const compareNumber = (value: bigint, text: string, c: FieldContext): Verdict => {
  const bits = BITS[c.type]!
  const slot = c.field.size * 8
  if (c.printk.get(value) === text) return EXACT
  const number = parseNumber(text, c)
  if (number === undefined) return DIFFERENT
  const width = Math.min(bits, slot)
  const same = BigInt.asUintN(width, number) === BigInt.asUintN(width, value)
  if (c.type === 'BOOLEAN') return (number !== 0n) === (value !== 0n) ? EXACT : DIFFERENT
  if (!same) return DIFFERENT
  if (bits >= slot) return EXACT
  if (!c.event.startsWith('syscalls:')) return DIFFERENT
  // A syscall argument has a slot wider than its type: the rest of it is sign, zeros, or noise.
  const extended = number === BigInt.asUintN(bits, value) || number === BigInt.asUintN(slot, value)
  return extended || number === value ? EXACT : partial('noise-above-a-narrow-argument')
}

const reverseBytes = (address: bigint): bigint =>
  BigInt(`0x${address.toString(16).padStart(16, '0').match(/../g)!.reverse().join('')}`)

const compareString = (
  value: string,
  text: string,
  c: FieldContext,
  payload: Uint8Array,
): Verdict => {
  const bytes = arrayBytes(text)
  if (bytes && value === columnText(bytes)) return EXACT
  const plain = columnText(latin1(text))
  if (value === plain) return EXACT
  if (c.event === 'ftrace:bputs' && /^[0-9a-f]{16}$/.test(text))
    return c.printk.get(reverseBytes(BigInt(`0x${text}`)))?.replace(/\n$/, '') === value
      ? partial('address-printed-byte-swapped')
      : DIFFERENT
  if (c.field.size === 8 && !c.littleEndian && locationWord(payload, c) !== undefined)
    return value === columnText(fieldBytes(payload, c))
      ? partial('location-in-8-bytes-misread-by-reference')
      : DIFFERENT
  const whole = fieldBytes(payload, c)
  if (!whole.includes(0) && value === columnText(whole) && plain.startsWith(value))
    return partial('text-runs-past-the-field')
  return DIFFERENT
}

const bytesEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const startsWith = (whole: Uint8Array, part: Uint8Array): boolean =>
  whole.length > part.length && bytesEqual(whole.subarray(0, part.length), part)

const compareBytes = (
  value: Uint8Array,
  text: string,
  c: FieldContext,
  payload: Uint8Array,
): Verdict => {
  const bytes = arrayBytes(text)
  if (bytes && bytesEqual(bytes, value)) return EXACT
  const shown = latin1(text)
  if (bytesEqual(shown, value)) return EXACT
  // The reference prints byte arrays as C strings; what it leaves out must equal the record.
  if (!bytesEqual(value, fieldBytes(payload, c))) return DIFFERENT
  const cut = value.indexOf(0)
  if (cut >= 0 && bytesEqual(shown, value.subarray(0, cut)))
    return partial('bytes-shown-to-the-first-nul')
  if (cut < 0 && startsWith(shown, value)) return partial('text-runs-past-the-field')
  return DIFFERENT
}

const writeElements = (
  values: readonly (number | bigint)[],
  size: number,
  le: boolean,
): Uint8Array => {
  const out = new Uint8Array(values.length * size)
  const view = new DataView(out.buffer)
  values.forEach((value, i) => {
    const v = BigInt.asUintN(size * 8, BigInt(value))
    if (size === 8) view.setBigUint64(i * 8, v, le)
    else if (size === 4) view.setUint32(i * 4, Number(v), le)
    else if (size === 2) view.setUint16(i * 2, Number(v), le)
    else out[i] = Number(v)
  })
  return out
}

/** Numbers of the set bits of a mask of kernel longs. */
const bitsOf = (bytes: Uint8Array, c: FieldContext): number[] => {
  const bits: number[] = []
  for (let i = 0; i < bytes.length; i++) {
    const inWord = i % c.longSize
    const byte = bytes[i - inWord + (c.littleEndian ? inWord : c.longSize - 1 - inWord)] ?? 0
    for (let b = 0; b < 8; b++) if (byte & (1 << b)) bits.push(i * 8 + b)
  }
  return bits
}

const isMask = (c: FieldContext): boolean =>
  c.type === 'USMALLINT[]' &&
  !/\b(u16|unsigned short|__u16|uint16_t|__be16|__le16)\b/.test(c.field.declaration)

const compareList = (
  value: readonly (number | bigint)[],
  text: string,
  c: FieldContext,
  payload: Uint8Array,
): Verdict => {
  const word = locationWord(payload, c)
  if (isMask(c)) {
    const bytes = arrayBytes(text)
    if (bytes) return String(value) === String(bitsOf(bytes, c)) ? EXACT : DIFFERENT
    const shown = word !== undefined && text === String(word)
    const same = String(value) === String(bitsOf(fieldBytes(payload, c), c))
    return shown && same ? partial('location-printed-instead-of-data') : DIFFERENT
  }
  const size = LIST_BYTES[c.type] ?? 0
  const all = writeElements(
    value,
    size === 8 && ADDRESS.test(c.field.declaration) ? c.longSize : size,
    c.littleEndian,
  )
  if (size === 1) return compareBytes(all, text, c, payload)
  const bytes = arrayBytes(text)
  if (!bytes) return DIFFERENT
  if (bytesEqual(all, bytes)) return EXACT
  const start = c.field.offset
  const inRecord = bytesEqual(all, payload.subarray(start, start + all.length))
  if (c.event === 'ftrace:kernel_stack' && inRecord)
    return startsWith(all, bytes) || startsWith(bytes, all)
      ? partial('stack-shown-in-nominal-length')
      : DIFFERENT
  if (bytes.length > 0) return DIFFERENT
  if (word !== undefined && c.field.size === 8 && !c.littleEndian)
    return bytesEqual(all, fieldBytes(payload, c))
      ? partial('location-in-8-bytes-misread-by-reference')
      : DIFFERENT
  if (c.field.size === 0) return inRecord ? partial('rest-of-record-not-printed') : DIFFERENT
  return DIFFERENT
}

/** Compares a column's value with a field's text; `payload` is the whole record. */
export const compareField = (
  value: unknown,
  text: string,
  c: FieldContext,
  payload: Uint8Array,
): Verdict => {
  if (c.event === 'ftrace:bprint' && c.field.name === 'buf')
    return exempt('bprint-arguments-not-printed')
  const word = locationWord(payload, c)
  if (value === null && word !== undefined && word >>> 16 === 0)
    return partial('null-for-location-of-no-bytes')
  if (typeof value === 'boolean') return compareNumber(value ? 1n : 0n, text, c)
  if (typeof value === 'number' || typeof value === 'bigint')
    return compareNumber(BigInt(value), text, c)
  if (typeof value === 'string') return compareString(value, text, c, payload)
  if (value instanceof Uint8Array) return compareBytes(value, text, c, payload)
  if (Array.isArray(value)) return compareList(value as (number | bigint)[], text, c, payload)
  return DIFFERENT
}

/** The same for a line's last field: a newline that ends the value also ends the line. */
export const compareLastField = (
  value: unknown,
  text: string,
  c: FieldContext,
  payload: Uint8Array,
): Verdict => {
  const verdict = compareField(value, text, c, payload)
  return verdict.kind === 'different' ? compareField(value, `${text}\n`, c, payload) : verdict
}
