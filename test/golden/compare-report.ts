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
    result.samples.push(
      `- ${block.text.slice(0, 300)}\n+ ${our?.text.slice(0, 300) ?? '(nothing)'}`,
    )
}

interface Rule {
  readonly name: string
  readonly fits: (golden: string, ours: string, kind: string, facts: GoldenFacts) => boolean
}

/** What rules are given: text after the event's name, golden and ours. */
const event = (text: string): string => /: (\S+): /.exec(text)?.[1] ?? ''

/** The text from the event's name on, when what is before is the same. */
const bodies = (golden: string, ours: string): [string, string] | undefined => {
  const head = HEAD.exec(golden)?.[0]
  if (head === undefined || !ours.startsWith(head)) return undefined
  return [golden.slice(head.length), ours.slice(head.length)]
}

/** Whether texts consist of the same words but for some that `fits` accepts. */
const wordsFit = (
  golden: string,
  ours: string,
  fits: (golden: string, ours: string) => boolean,
): boolean => {
  const texts = bodies(golden, ours)
  if (!texts) return false
  const [a, b] = texts.map((text) => text.split(/([\s,{}=:|()]+)/))
  return a!.length === b!.length && a!.every((word, i) => word === b![i] || fits(word, b![i]!))
}

const isNumber = (word: string): boolean => /^(?:0x[0-9a-f]+|\d+)$/.test(word)

/** Whether ours is the golden text but for `?`, which stands for anything without blanks. */
const fitsUnknown = (golden: string, ours: string): boolean => {
  if (!ours.includes('?')) return false
  const escaped = ours.replace(/[.*+^${}()|[\]\\]/g, '\\$&').replace(/\?/g, '[^ ]*')
  return new RegExp(`^${escaped}$`, 's').test(golden)
}

/** Whether fields are the same, but that one side shows as bytes what the other shows as text. */
const fitsBytes = (golden: string, ours: string): boolean => {
  const texts = bodies(golden, ours)
  if (!texts) return false
  const [a, b] = texts.map((text) => text.split(/ (?=\w+=)/))
  return a!.length === b!.length && a!.every((field, i) => sameField(field, b![i]!))
}

const sameField = (golden: string, ours: string): boolean => {
  if (golden === ours) return true
  const [, name, left] = /^(\w*=?)(.*)$/s.exec(golden)!
  const [, otherName, right] = /^(\w*=?)(.*)$/s.exec(ours)!
  if (name !== otherName) return false
  // The reference tool shows what lies behind an empty text, or behind an array without a NUL.
  if (right === '') return true
  const bytes = arrayText(right!)
  return arrayText(left!) === right || (bytes !== undefined && left!.startsWith(bytes.trimEnd()))
}

/** Text up to the NUL of `ARRAY[61, 00]`. */
const arrayText = (value: string): string | undefined => {
  const list = /^ARRAY\[([0-9a-f, ]*)\]$/.exec(value)?.[1]
  if (list === undefined) return undefined
  const text =
    list === '' ? '' : String.fromCharCode(...list.split(', ').map((x) => parseInt(x, 16)))
  return text.replace(/\0.*$/s, '')
}

const BIG_ENDIAN =
  /^(?:bputs|function|sys_enter|tev_\w+|tcp_\w+|wl2|vread|stk|esw|funcgraph_entry)$/

/** The rules, the most particular first; docs/report.md explains each. */
export const RULES: readonly Rule[] = [
  { name: 'unparsed-format', fits: (golden) => golden.includes('[FAILED TO PARSE]') },
  { name: 'unknown-event', fits: (golden) => golden.includes(UNKNOWN) },
  { name: 'unknown-name', fits: fitsUnknown },
  {
    name: 'record-end',
    fits: (golden, ours, kind) =>
      (kind === 'raw' || /_stack$/.test(event(golden))) &&
      golden.startsWith(ours.replace(/\]?\n*$/, '')),
  },
  {
    name: 'rest-array',
    fits: (golden, ours, kind) =>
      kind === 'raw' &&
      golden.endsWith('=ARRAY[]') &&
      ours.replace(/=ARRAY\[[^\]]*\]$/, '=ARRAY[]') === golden,
  },
  {
    name: 'raw-data-32',
    fits: (golden, ours, _kind, facts) =>
      facts.long_size === 4 && event(golden) === 'raw_data' && ours.length <= golden.length,
  },
  {
    name: 'bytes-or-text',
    fits: (golden, ours, kind) => kind === 'raw' && fitsBytes(golden, ours),
  },
  {
    name: 'masks-of-fields',
    fits: (golden, ours, kind) =>
      kind === 'raw' &&
      ours.replace(/cpumask=ARRAY\[[^\]]*\]/, '') === golden.replace(/cpumask=\d+/, ''),
  },
  {
    name: 'narrow-signed',
    fits: (golden, ours) =>
      wordsFit(
        golden,
        ours,
        (a, b) =>
          /^-\d+$/.test(b) && [8, 16, 32].some((bits) => Number(a) - 2 ** bits === Number(b)),
      ),
  },
  {
    name: 'enumerators',
    fits: (golden, ours) =>
      wordsFit(
        golden,
        ours,
        (a, b) => (isNumber(a) || /^[A-Z]/.test(a)) && /^[A-Za-z]+$/.test(b),
      ) ||
      (/^(?:block|hrtimer)_/.test(event(golden)) &&
        golden.replace(/(?:mode=|\+ \d+ )\S+/, '') === ours.replace(/(?:mode=|\+ \d+ )\S+/, '')),
  },
  {
    name: 'elements-of-arrays',
    fits: (golden, ours) =>
      wordsFit(golden, ours, (a, b) => /^(?:0x)?0$/.test(a) && (isNumber(b) || /^-\d+$/.test(b))),
  },
  {
    name: 'masks-of-flags',
    fits: (golden, ours) =>
      golden.replace(/ (?:flags|state)=\S*/, '') === ours.replace(/ (?:flags|state)=\S*/, ''),
  },
  {
    name: 'packed-arguments',
    fits: (golden, ours) => event(golden) === 'bprint' && event(ours) === 'bprint',
  },
  {
    name: 'pointer-extensions',
    fits: (golden, ours) =>
      /^tev_(?:ptrs|arrays|ints)$/.test(event(golden)) && bodies(golden, ours) !== undefined,
  },
  {
    name: 'big-endian',
    fits: (golden, ours, _kind, facts) =>
      facts.big_endian && BIG_ENDIAN.test(event(golden)) && bodies(golden, ours) !== undefined,
  },
]
