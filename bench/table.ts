/** Rows as a table that is read on a terminal and in Markdown alike. */
import { isMet, type Row } from './question.ts'

const HEAD = [
  'question',
  'wall s',
  'user s',
  'peak MB',
  'peer',
  'wall s',
  'user s',
  'wall ×',
  'user ×',
  'figure',
  'target',
  'met',
]

/** Lines of a Markdown table, its columns padded; notes are below it. */
export function formatTable(rows: readonly Row[]): string {
  const notes: string[] = []
  const cells = rows.map((row) => {
    const at = row.note === undefined ? '' : ` (${notes.push(row.note)})`
    const { ours, theirs, target, figure } = row
    return [
      row.what + at,
      seconds(ours?.wall),
      seconds(ours?.user),
      ours ? (ours.peakBytes / 1e6).toFixed(0) : '',
      row.peer,
      seconds(theirs?.wall),
      seconds(theirs?.user),
      times(row.wallRatio),
      times(row.userRatio),
      figure === undefined ? '' : amount(figure, target?.unit ?? 'events'),
      target === undefined ? '' : rule(target),
      { true: 'met', false: 'NOT MET', undefined: '' }[String(isMet(row))] ?? '',
    ]
  })
  const widths = HEAD.map((title, i) =>
    Math.max(...[title, ...cells.map((c) => c[i]!)].map((t) => t.length)),
  )
  const isText = (i: number): boolean => [0, 4, 11].includes(i)
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((t, i) => (isText(i) ? t.padEnd(widths[i]!) : t.padStart(widths[i]!))).join(' | ')} |`
  const ruler = widths.map((width, i) =>
    isText(i) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  )
  const below = notes.map((note, i) => `${i + 1}. ${note}`)
  return `${[line(HEAD), line(ruler), ...cells.map(line), ...(below.length > 0 ? [''] : []), ...below].join('\n')}\n`
}

function seconds(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(2)
}

function times(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(value < 10 ? 2 : 1)
}

function amount(value: number, unit: string): string {
  if (unit === 'events' || unit === 'MB') return `${Math.round(value)} ${unit}`
  return unit === '×' ? `${times(value)}×` : `${seconds(value)} s`
}

function rule({ unit, atLeast, atMost }: NonNullable<Row['target']>): string {
  const bound = Number((atLeast ?? atMost ?? 0).toFixed(2))
  return `${atLeast === undefined ? '≤' : '≥'} ${bound}${unit === '×' ? '×' : ` ${unit}`}`
}
