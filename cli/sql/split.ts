/** Splits SQL text into statements at the semicolons that are not inside quotes or comments. */

/** One statement, or the beginning of one. */
export interface Piece {
  /** Text without the semicolon; comments stay in. */
  readonly text: string
  /** Line of the whole text on which the statement's first word is, from 1. */
  readonly line: number
}

/** Whole statements, and what is left after the last semicolon. */
export interface Split {
  readonly statements: Piece[]
  /** Unfinished text; '' when only white space and comments follow. */
  readonly rest: string
}

const TOKEN =
  /\b[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|'[^']*(?:''[^']*)*(?:'|$)|"[^"]*(?:""[^"]*)*(?:"|$)|--[^\n]*|\/\*|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|;|[\s\S]/g

/** Splits `sql`; strings, quoted names, dollar quotes and nested comments are respected. */
export function splitStatements(sql: string): Split {
  const statements: Piece[] = []
  let start = 0
  let first = -1
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(sql); match; match = TOKEN.exec(sql)) {
    const token = match[0]
    if (token === ';') {
      if (first >= 0) {
        statements.push({ text: sql.slice(start, match.index).trim(), line: lineAt(sql, first) })
      }
      start = TOKEN.lastIndex
      first = -1
    } else if (token === '/*') {
      TOKEN.lastIndex = commentEnd(sql, TOKEN.lastIndex)
    } else if (!token.startsWith('--') && !/^\s$/.test(token)) {
      if (first < 0) first = match.index
      if (token.length > 1 && token.startsWith('$') && !isWordBefore(sql, match.index)) {
        const end = sql.indexOf(token, TOKEN.lastIndex)
        TOKEN.lastIndex = end < 0 ? sql.length : end + token.length
      }
    }
  }
  const open = sql.slice(start)
  return { statements, rest: first >= 0 || unclosedComment(open) ? open : '' }
}

/** All statements of a text whose last one may lack its semicolon. */
export function allStatements(sql: string): Piece[] {
  const { statements, rest } = splitStatements(sql)
  if (rest === '') return statements
  const start = sql.length - rest.length
  const lead = /^\s*/.exec(rest)![0].length
  return [...statements, { text: rest.trim(), line: lineAt(sql, start + lead) }]
}

function lineAt(sql: string, index: number): number {
  let line = 1
  for (let at = sql.indexOf('\n'); at >= 0 && at < index; at = sql.indexOf('\n', at + 1)) line++
  return line
}

function commentEnd(sql: string, from: number): number {
  let depth = 1
  const mark = /\/\*|\*\//g
  mark.lastIndex = from
  for (let match = mark.exec(sql); match; match = mark.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return sql.length
}

function unclosedComment(text: string): boolean {
  const start = text.indexOf('/*')
  return start >= 0 && commentEnd(text, start + 2) === text.length && !text.endsWith('*/')
}

/** `$` inside a word is part of the name, not a quote. */
function isWordBefore(sql: string, index: number): boolean {
  return index > 0 && /[\w\u0080-\uffff]/.test(sql[index - 1]!)
}
