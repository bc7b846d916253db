/**
 * Fields of a record as `-R` shows them: ` name=value`, numbers the way the event's print format
 * shows them where it shows the bare field, else decimal, pointers and longs hexadecimal.
 */
import { splitPrintFmt } from '../event/print-fmt.ts'
import type { EventFormat, FieldFormat } from '../event/types.ts'
import { numberField } from './plugins/plugin.ts'
import type { PrintContext } from './print-context.ts'
import { compilePrintFormat } from './print-format.ts'
import { createFieldsWriter, type FieldsWriter } from './raw-fields.ts'

const CONVERSION =
  /%([-+ #0]*(?:\*|\d{0,9})(?:\.\*|\.\d{0,9})?)(hh|h|ll|l|L|z|Z|t|j|q)?(p[A-Za-z]*|[A-Za-z%])/g

/** A conversion of the print format and the field it shows; '' where it shows anything else. */
interface Piece {
  readonly field: string
  readonly argument: string
  readonly text: string
  readonly letters: string
  /** Text before it ends in `0x`. */
  readonly after0x: boolean
  /** Nothing of the print format follows it. */
  readonly isLast: boolean
}

/** Makes the writer of a format's records. */
export function createRawWriter(format: EventFormat, context: PrintContext): FieldsWriter {
  const pieces = format.parseOk ? readPieces(format) : []
  // The reference tool goes on where it found the field before, and not at all after the end.
  let next = 0
  const writers = format.fields.map((field): FieldsWriter => {
    const plain = createFieldsWriter({ ...format, fields: [field] }, context)
    const at = isNumber(field) && next >= 0 ? findFrom(pieces, next, field.name) : -1
    if (at < 0) return plain
    next = pieces[at]!.isLast ? -1 : (at + 1) % pieces.length
    return pieceWriter(format, field, pieces[at]!, context) ?? plain
  })
  return (bytes, view, at, size, sink) => {
    for (const write of writers) write(bytes, view, at, size, sink)
  }
}

function isNumber(field: FieldFormat): boolean {
  return field.kind === 'scalar' || field.kind === 'pointer' || field.kind === 'bool'
}

/** Searches in a circle: what the print format shows twice belongs to fields in its order. */
function findFrom(pieces: readonly Piece[], start: number, name: string): number {
  for (let i = 0; i < pieces.length; i++) {
    const at = (start + i) % pieces.length
    if (pieces[at]!.field === name) return at
  }
  return -1
}

function readPieces(format: EventFormat): Piece[] {
  const pieces: Piece[] = []
  if (format.system === 'ftrace' && format.name === 'bprint') return pieces
  const { format: text, args } = splitPrintFmt(format.printFmt)
  let next = 0
  let from = 0
  for (const match of text.matchAll(CONVERSION)) {
    const [whole, , , letters = ''] = match
    const literal = text.slice(from, match.index)
    if (letters === '%') continue
    from = match.index + whole.length
    const stars = whole.split('*').length - 1
    next += stars
    const argument = args[next++] ?? ''
    const field = stars > 0 ? '' : bareField(argument)
    const after0x = literal.length > 1 && literal.endsWith('0x')
    const isLast = from === text.length
    pieces.push({ field, argument, text: whole, letters, after0x, isLast })
  }
  return pieces
}

/** Name of the field that an argument is, perhaps cast; '' for other expressions. */
function bareField(argument: string): string {
  let text = argument.trim()
  for (let changed = true; changed; ) {
    const stripped = text
      .replace(/^\((?:[A-Za-z_]\w*[\s*]*)+\)\s*(?=[(R])/, '')
      .replace(/^\((.*)\)$/, '$1')
      .trim()
    changed = stripped !== text
    text = stripped
  }
  return /^REC->(\w+)$/.exec(text)?.[1] ?? ''
}

function pieceWriter(
  format: EventFormat,
  field: FieldFormat,
  { argument, text, letters, after0x }: Piece,
  context: PrintContext,
): FieldsWriter | undefined {
  const label = Buffer.from(` ${field.name}=${after0x ? '0x' : ''}`, 'latin1')
  if (/^p[sSfF]/.test(letters)) return symbolWriter(format, field, label, letters, context)
  const print = compilePrintFormat({ ...format, printFmt: `"${text}", ${argument}` }, context, 0)
  if (!print.parseOk) return undefined
  return (bytes, view, at, size, sink) => {
    sink.all(label)
    print.write(bytes, view, at, size, sink)
  }
}

/** A symbol and, in brackets, its address. */
function symbolWriter(
  format: EventFormat,
  { name }: FieldFormat,
  label: Uint8Array,
  letters: string,
  { names, littleEndian, outOfBounds }: PrintContext,
): FieldsWriter | undefined {
  const field = numberField(format, name, littleEndian)
  if (!field) return undefined
  const withOffset = letters[1] === 'S' || letters[1] === 'F'
  return (_bytes, view, at, size, sink) => {
    sink.all(label)
    if (size < field.end) {
      outOfBounds()
      return
    }
    const high = field.high(view, at)
    const low = field.low(view, at)
    if (names.symbolOf(high, low) >= 0) {
      if (withOffset) names.writeNameOffset(high, low, sink)
      else names.writeName(high, low, sink)
    }
    sink.latin1(' (0x')
    sink.hex64(high, low)
    sink.byte(0x29)
  }
}
