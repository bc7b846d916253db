/**
 * The outer shape of a `print fmt`: `"text" "more text", argument, argument …`. Authority: the
 * kernel's `TP_printk` as `kernel/trace/trace_events.c` prints it. Nothing is evaluated here.
 * Splitting walks the text once.
 */
import { unescapeC } from './printk-formats.ts'

/** A print format taken apart. */
export interface PrintFmt {
  /** The format string with its adjacent literals joined and C escapes undone. */
  readonly format: string
  /** Argument expressions as written. */
  readonly args: readonly string[]
}

/** Most ends of a format string that are tried. */
const MAX_ENDS = 64

/** Splits a `print fmt` at its top-level commas; tolerant of anything. */
export function splitPrintFmt(printFmt: string): PrintFmt {
  const parts = splitTopLevel(printFmt, 0, printFmt.length)
  if (!isLiterals(parts[0] ?? '')) {
    const unquoted = splitAtMatchingEnd(printFmt)
    if (unquoted) return unquoted
  }
  return { format: joinLiterals(parts[0] ?? ''), args: parts.slice(1) }
}

/**
 * The kernel prints quotes inside a format string as they are. Where that makes the string seem to
 * end too early, its end is the first quote before a comma that leaves as many arguments as there
 * are conversions.
 */
function splitAtMatchingEnd(printFmt: string): PrintFmt | undefined {
  const start = printFmt.indexOf('"')
  let tried = 0
  for (let end = printFmt.indexOf('"', start + 1); end > 0; end = printFmt.indexOf('"', end + 1)) {
    let after = end + 1
    while (printFmt[after] === ' ') after++
    if (printFmt[end - 1] === '\\' || (after < printFmt.length && printFmt[after] !== ',')) continue
    if (++tried > MAX_ENDS) return undefined
    const format = unescapeC(printFmt.slice(start + 1, end))
    const args = splitTopLevel(printFmt, after + 1, printFmt.length)
    if (countArguments(format) === args.length && args.every(hasWholeLiterals))
      return { format, args }
  }
  return undefined
}

function countArguments(format: string): number {
  let count = 0
  for (const [, width, precision, conversion] of format.matchAll(CONVERSION)) {
    if (conversion === '%') continue
    count += 1 + (width === '*' ? 1 : 0) + (precision === '.*' ? 1 : 0)
  }
  return count
}

/** Whether all quoted literals of a text end. */
function hasWholeLiterals(text: string): boolean {
  for (let i = 0; i < text.length; ) {
    const quote = text[i]
    if (quote !== '"' && quote !== "'") i++
    else {
      const end = skipQuoted(text, i, text.length)
      if (end < i + 2 || text[end - 1] !== quote) return false
      i = end
    }
  }
  return true
}

/** Whether a text is nothing but string literals. */
function isLiterals(text: string): boolean {
  for (let i = 0; i < text.length; ) {
    if (text[i] === '"') i = skipQuoted(text, i, text.length)
    else if (/\s/.test(text[i]!)) i++
    else return false
  }
  return true
}

/** Splits `text[start … end]` at commas outside brackets and quotes; parts are trimmed. */
export function splitTopLevel(text: string, start: number, end: number): string[] {
  const parts: string[] = []
  let depth = 0
  let from = start
  for (let i = start; i < end; i++) {
    const c = text[i]!
    if (c === '"' || c === "'") i = skipQuoted(text, i, end) - 1
    else if (c === '(' || c === '[' || c === '{') depth++
    else if (c === ')' || c === ']' || c === '}') depth--
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i).trim())
      from = i + 1
    }
  }
  if (from < end || parts.length > 0) parts.push(text.slice(from, end).trim())
  return parts
}

/** Index after the quoted literal that starts at `at`. */
export function skipQuoted(text: string, at: number, end: number): number {
  const quote = text[at]
  for (let i = at + 1; i < end; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === quote) return i + 1
  }
  return end
}

/** The text of adjacent string literals. */
export function joinLiterals(text: string): string {
  let joined = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '"') continue
    const end = skipQuoted(text, i, text.length)
    joined += unescapeC(text.slice(i + 1, text[end - 1] === '"' && end - 1 > i ? end - 1 : end))
    i = end - 1
  }
  return joined
}

/**
 * Names of fields printed through one of the kernel's mask helpers or through `%*pb[l]`: the only
 * sign that an array of longs is a set of bits.
 */
export function findMasks(printFmt: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const match of printFmt.matchAll(/__get_(?:rel_)?(?:bit|cpu)mask\(\s*(\w+)/g)) {
    names.add(match[1]!)
  }
  if (!printFmt.includes('pb')) return names
  const { format, args } = splitPrintFmt(printFmt)
  let next = 0
  for (const [, width, precision, conversion] of format.matchAll(CONVERSION)) {
    if (conversion === '%') continue
    if (width === '*') next++
    if (precision === '.*') next++
    const argument = args[next++] ?? ''
    if (width !== '*' || !/^pbl?$/.test(conversion!)) continue
    const name = /^(?:\(.*\))?\s*\(*REC->(\w+)\)*$/.exec(argument)?.[1]
    if (name !== undefined) names.add(name)
  }
  return names
}

const CONVERSION =
  /%[-+ #0]*(\*|\d{0,9})(\.\*|\.\d{0,9})?(?:hh|h|ll|l|L|z|Z|t|j|q)?(p[A-Za-z]*|[A-Za-z%])/g
