/**
 * Which conversion the print format gives a field that it prints as it is: the reference tool
 * uses it for raw values too, so `10` may be ten or sixteen.
 */

/** The literal text of a print format and its arguments, split at top-level commas. */
const splitPrintFmt = (text: string): { literal: string; args: string[] } => {
  let literal = ''
  let at = 0
  for (;;) {
    const string = /^\s*"((?:[^"\\]|\\.)*)"/s.exec(text.slice(at))
    if (!string) break
    literal += string[1]
    at += string[0].length
  }
  const args: string[] = []
  let depth = 0
  let quoted = false
  let start = -1
  for (let i = at; i <= text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c === '\\') i++
      else if (c === '"') quoted = false
      continue
    }
    if (c === '"') quoted = true
    else if (c === '(' || c === '{' || c === '[') depth++
    else if (c === ')' || c === '}' || c === ']') depth--
    if ((c === ',' && depth === 0) || c === undefined) {
      if (start >= 0) args.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  return { literal, args }
}

const FIELD = /^[\s()]*(?:\([\w\s*]+\)[\s()]*)*REC->(\w+)[\s)]*$/

/** Conversion letters by field: `x`, `d`, `c`, `s`, `p`, …; fields in expressions have none. */
export const conversionsOf = (formatText: string): Map<string, string> => {
  const found = new Map<string, string>()
  const start = formatText.search(/^print fmt:/m)
  if (start < 0) return found
  const { literal, args } = splitPrintFmt(formatText.slice(start + 'print fmt:'.length))
  let next = 0
  for (const spec of literal.matchAll(
    /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?(?:hh|h|ll|l|L|z|Z|t)?([a-zA-Z%])/g,
  )) {
    if (spec[4] === '%') continue
    if (spec[2] === '*') next++
    if (spec[3] === '*') next++
    const field = FIELD.exec(args[next++] ?? '')?.[1]
    if (field !== undefined && !found.has(field)) found.set(field, spec[4]!)
  }
  return found
}
