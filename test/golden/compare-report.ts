/**
 * Compares a report with the golden text of trace-cmd, event by event. Every difference that is meant
 * has a rule with a name, which docs/report.md explains; what no rule explains is a difference.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { openTrace, Report, type ReportOptions } from '../../parser/index.ts'
import { type GoldenFacts, type GoldenPath, readFacts } from './golden-files.ts'

/** The golden texts there are, and what makes ours comparable. */
export const REPORTS: readonly { readonly kind: string; readonly options: ReportOptions }[] = [
  { kind: 'report', options: {} },
  { kind: 'report-N', options: { plugins: false } },
  { kind: 'raw', options: { raw: true, nanoseconds: true } },
]

/** What a comparison found, in lines of the golden text. */
export interface ReportComparison {
  lines: number
  identical: number
  /** Lines by the rule that explains the difference. */
  readonly rules: Map<string, number>
  different: number
  /** The first differences, golden line and ours. */
  readonly samples: string[]
}

/** A comparison with nothing in it. */
export const emptyReportComparison = (): ReportComparison => ({
  lines: 0,
  identical: 0,
  rules: new Map(),
  different: 0,
  samples: [],
})

/** Adds one comparison to another. */
export const addReportComparison = (sum: ReportComparison, more: ReportComparison): void => {
  sum.lines += more.lines
  sum.identical += more.identical
  sum.different += more.different
  for (const [rule, lines] of more.rules) sum.rules.set(rule, (sum.rules.get(rule) ?? 0) + lines)
  sum.samples.push(...more.samples.slice(0, Math.max(0, 10 - sum.samples.length)))
}

/** Makes our text of NAME.dat and compares it with NAME.KIND.txt.gz. */
export const compareReport = async (
  path: GoldenPath,
  { kind, options }: (typeof REPORTS)[number],
): Promise<ReportComparison> => {
  const golden = gunzipSync(readFileSync(`${path}.${kind}.txt.gz`)).toString('latin1')
  const trace = await openTrace(`${path}.dat`)
  try {
    const pieces: Buffer[] = []
    for (const piece of new Report([trace], [path], options).pieces())
      pieces.push(Buffer.from(piece))
    return compareTexts(golden, Buffer.concat(pieces).toString('latin1'), kind, readFacts(path))
  } finally {
    trace.close()
  }
}

/** Lines that begin an event: `… name-pid [cpu] flags time: event:` or the mark of lost events. */
const HEAD = /^.*?-\d+ +\[\d+\](?: \S+|-0x[0-9a-f]+)? *\d+(?:\.\d+)?: \S+:|^ *(?:\S+: +)?CPU:\d+ \[/
const UNKNOWN = '[UNKNOWN EVENT]'

interface Block {
  readonly key: string
  readonly text: string
  readonly lines: number
}

const splitBlocks = (text: string): Block[] => {
  const blocks: Block[] = []
  let key = ''
  let lines: string[] = []
  const flush = (): void => {
    if (lines.length > 0) blocks.push({ key, text: lines.join('\n'), lines: lines.length })
  }
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const head = line.includes(UNKNOWN) ? UNKNOWN : HEAD.exec(line)?.[0]
    if (head !== undefined || blocks.length + lines.length === 0) {
      flush()
      key = head ?? line
      lines = []
    }
    lines.push(line)
  }
  flush()
  return blocks
}

/** How far a missing event is searched for. */
const NEAR = 40

const compareTexts = (
  goldenText: string,
  ourText: string,
  kind: string,
  facts: GoldenFacts,
): ReportComparison => {
  const result = emptyReportComparison()
  const golden = splitBlocks(goldenText)
  const ours = splitBlocks(ourText)
  let j = 0
  for (const block of golden) {
    result.lines += block.lines
    const other = ours[j]
    if (other && block.text !== other.text && block.key !== other.key) {
      const near = ours.slice(j, j + NEAR).findIndex(({ key }) => key === block.key)
      if (near > 0) j += near
    }
    const our = ours[j++]
    if (our?.text === block.text) result.identical += block.lines
    else explain(block, our, kind, facts, result)
  }
  return result
}

const explain = (
  block: Block,
  our: Block | undefined,
  kind: string,
  facts: GoldenFacts,
  result: ReportComparison,
): void => {
  const rule = our && RULES.find(({ fits }) => fits(block.text, our.text, kind, facts))
  if (rule) {
    result.rules.set(rule.name, (result.rules.get(rule.name) ?? 0) + block.lines)
    return
  }
  result.different += block.lines
  if (result.samples.length < 10)
    result.samples.push(`- ${block.text.slice(0, 300)}\n+ ${our?.text.slice(0, 300) ?? '(nothing)'}`)
}

interface Rule {
  readonly name: string
  readonly fits: (golden: string, ours: string, kind: string, facts: GoldenFacts) => boolean
}

const event = (text: string): string => /: (\S+): /.exec(text)?.[1] ?? ''

/** Both texts without something that a rule explains. */
const same = (golden: string, ours: string, pattern: RegExp, by = ''): boolean =>
  golden.replace(pattern, by) === ours.replace(pattern, by)

/** The rules, the most particular first; docs/report.md has a section for each. */
export const RULES: readonly Rule[] = [
  { name: 'not-parsed', fits: (golden) => golden.includes('[FAILED TO PARSE]') },
  { name: 'unknown-event', fits: (golden) => golden.includes(UNKNOWN) },
  {
    name: 'record-end',
    fits: (golden, ours) =>
      /_stack$/.test(event(golden)) && golden.slice(0, 40) === ours.slice(0, 40),
  },
  {
    name: 'rest-array',
    fits: (golden, ours, kind) =>
      kind === 'raw' && same(golden, ours, /=ARRAY\[[^\]]*\]$/, '=ARRAY[]'),
  },
  {
    name: 'raw-data-32',
    fits: (golden, ours, _kind, facts) =>
      facts.long_size === 4 && event(golden) === 'raw_data' && ours.length <= golden.length,
  },
  {
    name: 'bytes-or-text',
    fits: (golden, ours, kind) =>
      kind === 'raw' &&
      same(golden, ours, /=(?:ARRAY\[[^\]]*\]|(?:(?! \w+=).)*)(?= \w+=|$)/gs, '=') &&
      /ARRAY\[/.test(golden + ours),
  },
  {
    name: 'byte-order',
    fits: (golden, ours, _kind, facts) =>
      facts.big_endian && golden.slice(0, 60) === ours.slice(0, 60),
  },
  {
    name: 'long-32',
    fits: (golden, ours) => same(unsigned32(golden), unsigned32(ours), /\u0000/g),
  },
  {
    name: 'names-of-values',
    fits: (golden, ours) => same(golden, ours, /=0x[0-9a-f]+|=[A-Z][A-Z_|]*/g, '=') || same(golden, ours, / 0x[0-9a-f]+,| (?:be|rt|idle|none),/g, ' ,'),
  },
]

/** Negative numbers of 32 bits as their unsigned value. */
const unsigned32 = (text: string): string =>
  text.replace(/-\d{1,10}(?=\D|$)/g, (number) => String(Number(number) >>> 0))
