/**
 * Parsed tracefs `format` files: gives the lines of `format-grammar.ts` their meaning (kind, size
 * of elements, text or not). Columns never depend on `print fmt`, with one exception: an array of
 * `unsigned long` is a bitmask only where the print format says so, because the declaration of
 * `__bitmask()` is the same as that of `__dynamic_array(unsigned long, …)`.
 */
import { type CType, lookUpType } from './c-types.ts'
import {
  type Declaration,
  type FieldLine,
  parseDeclaration,
  readFormatLines,
} from './format-grammar.ts'
import { findMasks } from './print-fmt.ts'
import type { EventFormat, FieldFormat, FieldKind } from './types.ts'

/** What a format file does not say about the kernel that wrote it. */
export interface FormatContext {
  /** Bytes of the kernel's `long`, from header_page. */
  readonly longSize: 4 | 8
  /** What the formats of one file share. */
  readonly seen?: SeenFields
}

/** Fields of formats parsed before, by line and by what the line says. */
export interface SeenFields {
  readonly lines: Map<string, FieldLine>
  readonly fields: Map<FieldLine, FieldFormat>
}

/** Nothing seen yet, for the formats of one file. */
export function noFieldsSeen(): SeenFields {
  return { lines: new Map(), fields: new Map() }
}

/** Records are smaller than a sub-buffer, which the kernel limits to 1 MiB. */
const MAX_RECORD = 1 << 20

/** Names become SQL identifiers; the kernel's own stay below 64 characters. */
const MAX_NAME = 128

/** The eight bytes in front of every mainline record. */
const MAINLINE_COMMON: readonly FieldLine[] = [
  { declaration: 'unsigned short common_type', offset: 0, size: 2, signed: false },
  { declaration: 'unsigned char common_flags', offset: 2, size: 1, signed: false },
  { declaration: 'unsigned char common_preempt_count', offset: 3, size: 1, signed: false },
  { declaration: 'int common_pid', offset: 4, size: 4, signed: true },
].map((line) => ({ ...line, parts: parseDeclaration(line.declaration) }))

/**
 * Parses one `format` file of `system`. Returns null when the text has no usable `ID:`, because
 * such a format can belong to no record (callers count it as ERR_FORMAT_SYNTAX). Any other text
 * gives a format; what could not be understood leaves `parseOk` false, `problem` filled and one
 * field `raw` that spans the record after the common fields. Never throws.
 */
export function parseEventFormat(
  text: string,
  system: string,
  context: FormatContext,
): EventFormat | null {
  const lines = readFormatLines(text, context.seen?.lines)
  if (lines.id === undefined) return null
  const masks = findMasks(lines.printFmt)
  const make = (line: FieldLine): FieldFormat => makeField(line, masks, context)
  const common = (lines.common.some(isCommonType) ? lines.common : MAINLINE_COMMON).map(make)
  const fields = lines.fields.map(make)
  const problem =
    lines.problem ||
    (lines.name.length > MAX_NAME ? 'event name too long' : findBadField([...common, ...fields]))
  return {
    id: lines.id,
    system,
    name: lines.name.slice(0, MAX_NAME) || `event_${lines.id}`,
    common,
    fields: problem === '' ? fields : [rawField(common)],
    printFmt: lines.printFmt,
    parseOk: problem === '',
    problem,
  }
}

function isCommonType(line: FieldLine): boolean {
  return line.declaration.endsWith('common_type')
}

function findBadField(fields: readonly FieldFormat[]): string {
  for (const field of fields) {
    if (field.name === '') return `field without a name: '${field.declaration.slice(0, 60)}'`
    if (field.name.length > MAX_NAME) return `field name '${field.name.slice(0, 60)}…' too long`
    if (field.offset + field.size > MAX_RECORD) {
      return `field ${field.name} lies at ${field.offset} … ${field.offset + field.size}`
    }
    if ((field.kind === 'dataLoc' || field.kind === 'relLoc') && field.size < 2) {
      return `location of field ${field.name} has ${field.size} bytes`
    }
  }
  return ''
}

function rawField(common: readonly FieldFormat[]): FieldFormat {
  const sound = common.filter((field) => field.offset + field.size <= MAX_RECORD)
  const offset = sound.reduce((end, field) => Math.max(end, field.offset + field.size), 0)
  return {
    name: 'raw',
    type: 'u8',
    kind: 'rest',
    offset,
    size: 0,
    signed: false,
    elementSize: 1,
    isText: false,
    isBitmask: false,
    declaration: 'u8 raw[]',
  }
}

function makeField(
  line: FieldLine,
  masks: ReadonlySet<string>,
  { longSize, seen }: FormatContext,
): FieldFormat {
  const { parts } = line
  // Whether an array is a mask is up to the print format.
  const shared = masks.has(parts.name) ? undefined : seen?.fields
  const known = shared?.get(line)
  if (known) return known
  const type = lookUpType(parts.type, longSize)
  const kind = kindOf(line, parts, type)
  const field: FieldFormat = {
    name: parts.name,
    type: parts.type,
    kind,
    offset: line.offset,
    size: line.size,
    signed: line.signed ?? type?.signed ?? false,
    elementSize: elementSizeOf(line, kind, parts, type),
    isText: type?.kind === 'char',
    isBitmask: isBitmask(kind, parts, type, masks),
    declaration: line.declaration,
  }
  shared?.set(line, field)
  return field
}

function kindOf(line: FieldLine, parts: Declaration, type: CType | undefined): FieldKind {
  if (parts.location !== 'inPlace') return parts.location
  if (parts.dimensions.length > 0) return line.size === 0 ? 'rest' : 'array'
  if (type?.kind === 'opaque' || ![1, 2, 4, 8].includes(line.size)) return 'struct'
  if (parts.isPointer) return 'pointer'
  return type?.kind === 'bool' ? 'bool' : 'scalar'
}

/** Bytes of one element; 1 where the element type is unknown, so that the array reads as bytes. */
function elementSizeOf(
  line: FieldLine,
  kind: FieldKind,
  parts: Declaration,
  type: CType | undefined,
): number {
  if (kind === 'scalar' || kind === 'pointer' || kind === 'bool' || kind === 'struct')
    return line.size
  if (type === undefined || type.size === 0) return arrayElementSize(line, kind, parts, type)
  return kind === 'array' && line.size % type.size !== 0 ? 1 : type.size
}

/** An unknown integer type in a fixed array of known length: size / length, if that is a word. */
function arrayElementSize(
  line: FieldLine,
  kind: FieldKind,
  parts: Declaration,
  type: CType | undefined,
): number {
  const length = parts.dimensions.reduce((product, text) => product * Number(text || Number.NaN), 1)
  const size = line.size / length
  if (kind !== 'array' || type !== undefined) return 1
  return size === 2 || size === 4 || size === 8 ? size : 1
}

/** A cpumask, or longs that the print format shows as a set of bits. */
function isBitmask(
  kind: FieldKind,
  parts: Declaration,
  type: CType | undefined,
  masks: ReadonlySet<string>,
): boolean {
  if (type?.kind === 'cpumask') return true
  if (kind !== 'dataLoc' && kind !== 'relLoc' && kind !== 'array') return false
  return type?.kind === 'address' && !parts.isPointer && masks.has(parts.name)
}
