/**
 * The grammar of a tracefs `events/<system>/<event>/format` file, without any meaning: what the
 * lines say, not what the kernel meant. Authority: kernel `kernel/trace/trace_events.c` (f_show)
 * and, for the declarations, the `TRACE_EVENT` field macros up to Linux 7.2.
 *
 *   name: sched_switch
 *   ID: 314
 *   format:
 *   <TAB>field:int common_pid;<TAB>offset:4;<TAB>size:4;<TAB>signed:1;
 *   (blank line)
 *   <TAB>field:__data_loc char[] comm;<TAB>offset:8;<TAB>size:4;<TAB>signed:0;
 *   (blank line)
 *   print fmt: "…", REC->…
 *
 * Texts come from a file: every loop here moves forward, so the time is linear in the text.
 */

/** Longest format text that is read at all, in UTF-16 units; real ones stay below 10 000. */
export const MAX_FORMAT_TEXT: number = 1 << 20

/** Most fields one event may have; real ones stay below 50. */
export const MAX_FIELDS = 1024

/** One `field:` line as written. */
export interface FieldLine {
  readonly declaration: string
  readonly parts: Declaration
  readonly offset: number
  readonly size: number
  /** Undefined on kernels that did not print `signed:`. */
  readonly signed: boolean | undefined
}

/** The lines of a format file. */
export interface FormatLines {
  readonly name: string
  /** Undefined when there is no usable `ID:` line. */
  readonly id: number | undefined
  readonly common: readonly FieldLine[]
  readonly fields: readonly FieldLine[]
  readonly printFmt: string
  /** First thing that could not be understood, '' when all of it could. */
  readonly problem: string
}

/** A C declaration of a field, taken apart. */
export interface Declaration {
  readonly name: string
  /** C type without name, brackets, `__data_loc`/`__rel_loc` and attributes; words one blank apart. */
  readonly type: string
  readonly location: 'inPlace' | 'dataLoc' | 'relLoc'
  /** Texts between the brackets, in order; empty when the field is no array. */
  readonly dimensions: readonly string[]
  readonly isPointer: boolean
}

/**
 * Splits a format file into its lines; never throws. `seen` has the field lines of formats read
 * before, by their text: most of a kernel's are the same.
 */
export function readFormatLines(
  text: string,
  seen: Map<string, FieldLine> = new Map(),
): FormatLines {
  let name = ''
  let id: number | undefined
  let printFmt = ''
  let problem = ''
  let inCommon = true
  const common: FieldLine[] = []
  const fields: FieldLine[] = []
  const head = text.length > MAX_FORMAT_TEXT ? text.slice(0, MAX_FORMAT_TEXT) : text
  if (head !== text) problem = `format text longer than ${MAX_FORMAT_TEXT} characters`
  for (let at = 0; at < head.length; ) {
    const newline = head.indexOf('\n', at)
    const end = newline < 0 ? head.length : newline
    const line = head.slice(at, end).trim()
    if (line.startsWith('print fmt:')) {
      printFmt = head.slice(head.indexOf('print fmt:', at) + 10).trim()
      break
    }
    at = end + 1
    if (line === '') {
      if (common.length > 0) inCommon = false
    } else if (line.startsWith('field')) {
      const field = seen.get(line) ?? readFieldLine(line)
      if (typeof field !== 'string') seen.set(line, field)
      if (typeof field === 'string') problem ||= field
      else if (inCommon && common.length < MAX_FIELDS && isCommon(field)) common.push(field)
      else if (fields.push(field) > MAX_FIELDS) {
        problem ||= `more than ${MAX_FIELDS} fields`
        break
      } else inCommon = false
    } else if (line.startsWith('name:')) name ||= line.slice(5).trim()
    else if (line.startsWith('ID:')) id ??= readNumber(line.slice(3).trim())
    else if (!line.startsWith('format:')) problem ||= `unknown line '${line.slice(0, 60)}'`
  }
  if (name === '') problem ||= 'no name'
  return { name, id, common, fields, printFmt, problem }
}

function isCommon(field: FieldLine): boolean {
  return field.parts.name.startsWith('common_')
}

/** Reads one `field:` line, or says what is wrong with it. */
function readFieldLine(line: string): FieldLine | string {
  const parts = line.split(';')
  const first = parts.findIndex((part) => part.trim().startsWith('offset:'))
  const colon = line.indexOf(':')
  const head = line.slice(5, colon).trim()
  if (colon < 0 || first < 1 || (head !== '' && head !== 'special'))
    return `bad line '${clip(line)}'`
  const declaration = parts
    .slice(0, first)
    .join(';')
    .slice(colon + 1)
    .trim()
  let offset: number | undefined
  let size: number | undefined
  let signed: boolean | undefined
  for (const part of parts.slice(first)) {
    const property = part.trim()
    const value = readNumber(property.slice(property.indexOf(':') + 1).trim())
    if (property.startsWith('offset:')) offset = value
    else if (property.startsWith('size:')) size = value
    else if (property.startsWith('signed:')) signed = value === undefined ? undefined : value !== 0
  }
  if (declaration === '' || offset === undefined || size === undefined) {
    return `bad line '${clip(line)}'`
  }
  return { declaration, parts: parseDeclaration(declaration), offset, size, signed }
}

/** A decimal number below 2^31, or undefined. */
function readNumber(text: string): number | undefined {
  if (text.length === 0 || text.length > 10) return undefined
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x30 || c > 0x39) return undefined
  }
  const value = Number(text)
  return value < 2 ** 31 ? value : undefined
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

const TOKEN = /[A-Za-z0-9_$]+|\[[^\]]*\]?|[^\sA-Za-z0-9_$[]/g

/**
 * Takes a declaration apart: attributes and storage words go, bracketed parts become dimensions
 * wherever they stand (`__data_loc char[] s`, `char s[16]`), the last identifier is the name.
 * A dotted name of the old ftrace formats (`graph_ent.func`) keeps its last part.
 */
export function parseDeclaration(declaration: string): Declaration {
  const tokens = dropAttributes(declaration.match(TOKEN) ?? [])
  const dimensions: string[] = []
  const words: string[] = []
  let location: Declaration['location'] = 'inPlace'
  for (const token of tokens) {
    if (token.startsWith('['))
      dimensions.push(token.slice(1, token.endsWith(']') ? -1 : undefined).trim())
    else if (token === '__data_loc') location = 'dataLoc'
    else if (token === '__rel_loc') location = 'relLoc'
    else words.push(token)
  }
  const nameAt = findName(words)
  const isFunction = words[nameAt - 1] === '*' && words[nameAt - 2] === '('
  let typeEnd = nameAt
  while (words[typeEnd - 1] === '.') typeEnd = Math.max(0, typeEnd - 2)
  const type = isFunction
    ? words.filter((_, i) => i !== nameAt)
    : words.slice(0, Math.max(typeEnd, 0))
  return {
    name: words[nameAt] ?? '',
    type: joinType(type),
    location,
    dimensions,
    isPointer: type.includes('*'),
  }
}

/** Index of the declared name: the last identifier, or the one after `(*`. */
function findName(words: readonly string[]): number {
  for (let i = 0; i + 2 < words.length; i++) {
    if (words[i] === '(' && words[i + 1] === '*' && isWord(words[i + 2])) return i + 2
  }
  for (let i = words.length - 1; i >= 0; i--) if (isWord(words[i])) return i
  return -1
}

function isWord(token: string | undefined): boolean {
  return token !== undefined && /^[A-Za-z0-9_$]/.test(token)
}

function dropAttributes(tokens: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (token !== '__attribute__' && token !== '__attribute') {
      kept.push(token)
      continue
    }
    let depth = 0
    while (i + 1 < tokens.length) {
      const next = tokens[i + 1]!
      if (next === '(') depth++
      else if (depth === 0) break
      else if (next === ')') depth--
      i++
      if (depth === 0) break
    }
  }
  return kept
}

function joinType(words: readonly string[]): string {
  const parts: string[] = []
  let last = '('
  for (const word of words) {
    const apart = last !== '(' && (isWord(word) || word === '*' || word === '(')
    parts.push(apart ? ` ${word}` : word)
    last = word
  }
  return parts.join('')
}
