/** The `render:` line of a report's head: how its answer is drawn on a terminal. */
import type { TraceError } from '../parser/error.ts'

/** A way to draw an answer: what it takes, in order, and what it shows. */
export interface RenderKind {
  readonly kind: string
  /** Roles of the columns, as in `histogram(low, high, count)`. */
  readonly takes: readonly string[]
  /** Settings it knows beside its columns, as in `unit=usecs`. */
  readonly settings: readonly string[]
  readonly text: string
}

/** All ways to draw an answer. */
export const RENDER_KINDS: readonly RenderKind[] = [
  { kind: 'table', takes: [], settings: [], text: 'a table of all columns; the default' },
  {
    kind: 'histogram',
    takes: ['low', 'high', 'count'],
    settings: ['unit', 'by'],
    text:
      'a line for each bucket `low -> high` with a bar for its count; buckets that are left out ' +
      'between powers of two are drawn empty',
  },
  {
    kind: 'bars',
    takes: ['label', 'count'],
    settings: ['by'],
    text: 'a line for each row: its label and a bar for its count',
  },
  {
    kind: 'sparkline',
    takes: ['x', 'y'],
    settings: ['by'],
    text: 'one line of block characters: y over x, the highest where rows share a character',
  },
  {
    kind: 'stacks',
    takes: ['stack', 'count'],
    settings: [],
    text: 'each stack with a frame on a line, innermost first, then its count and the other columns',
  },
  {
    kind: 'lines',
    takes: ['text'],
    settings: [],
    text: 'the text of one column, a row on a line, without a frame',
  },
]

/** One drawing of an answer. */
export interface Render {
  readonly kind: string
  /** Columns of the answer, in the order of `takes`. */
  readonly columns: readonly string[]
  /** What the numbers of a histogram are, as in `usecs`. */
  readonly unit?: string
  /** A column with a drawing of its own for each of its values. */
  readonly by?: string
}

/** Reads `table, histogram(low, high, count, unit=usecs, by=comm)`; they are drawn in this order. */
export function parseRenders(text: string, fail: (what: string) => TraceError): Render[] {
  return text.split(/,\s*(?![^(]*\))/).map((one) => parseRender(one.trim(), fail))
}

function parseRender(text: string, fail: (what: string) => TraceError): Render {
  const match = /^(\w+)(?:\(([^()]*)\))?$/.exec(text)
  const kind = RENDER_KINDS.find((known) => known.kind === match?.[1])
  if (!match || !kind) throw fail(`"${text}" is no way to draw an answer`)
  const columns: string[] = []
  const settings: { unit?: string; by?: string } = {}
  for (const part of (match[2] ?? '').split(',').map((one) => one.trim())) {
    const [, key, value] = /^(\w+)=(\w+)$/.exec(part) ?? []
    if (part === '' && kind.takes.length === 0) continue
    if (key !== undefined && kind.settings.includes(key)) settings[key as 'unit' | 'by'] = value!
    else if (/^\w+$/.test(part)) columns.push(part)
    else throw fail(`"${part}" in "${text}" is neither a column nor one of its settings`)
  }
  if (columns.length !== kind.takes.length)
    throw fail(`"${text}" is not ${kind.kind}(${kind.takes.join(', ')})`)
  return { kind: kind.kind, columns, ...settings }
}
