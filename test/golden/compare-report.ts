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
  sum.samples.push(...more.samples.slice(0, Math.max(0, MOST_SAMPLES - sum.samples.length)))
}

/**
 * Makes our text of NAME.dat and compares it with NAME.KIND.txt.gz; samples are of differences that no
 * rule explains, or of those that the named rule does.
 */
export const compareReport = async (
  path: GoldenPath,
  { kind, options }: (typeof REPORTS)[number],
  sampled?: string,
): Promise<ReportComparison> => {
  const golden = gunzipSync(readFileSync(`${path}.${kind}.txt.gz`)).toString('latin1')
  const trace = await openTrace(`${path}.dat`)
  try {
    const pieces: Buffer[] = []
    for (const piece of new Report([trace], [path], options).pieces())
      pieces.push(Buffer.from(piece))
    const ours = Buffer.concat(pieces).toString('latin1')
    return compareTexts(golden, ours, kind, readFacts(path), sampled)
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

const MOST_SAMPLES = 10

/** How far a missing event is searched for. */
const NEAR = 40

const compareTexts = (
  goldenText: string,
  ourText: string,
  kind: string,
  facts: GoldenFacts,
  sampled: string | undefined,
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
    else explain(block, our, kind, facts, result, sampled)
  }
  return result
}

const explain = (
  block: Block,
  our: Block | undefined,
  kind: string,
  facts: GoldenFacts,
  result: ReportComparison,
  sampled: string | undefined,
): void => {
  const rule = our && RULES.find(({ fits }) => fits(block.text, our.text, kind, facts))
  if (rule) result.rules.set(rule.name, (result.rules.get(rule.name) ?? 0) + block.lines)
  else result.different += block.lines
  if (rule?.name === sampled && result.samples.length < MOST_SAMPLES)
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
  // A newline that a line ends in is not written twice.
  if (arrayText(left!)?.replace(/\n$/, '') === right) return true
  // The reference tool shows what lies behind an empty text, or behind an array without a NUL.
  if (right === '' || (/[^\w.-]/.test(right!) && left!.startsWith(right!))) return true
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

/**
 * Fields that the reference tool reads in the wrong byte order on big-endian machines, and with it their text:
 * texts and stacks of synthetic events, which end them, and socket addresses, whose family it does not find.
 */
const MISREAD_END = / (?:dyn|stack)=.*$/s
const MISREAD_ADDRESS = /( (?:src|dest|sa)=)\S*/g

/** The texts of `%pB`, `%px`, `%*ph` and `%pISpfsc` in the events made for tests. */
const withoutPointers = (text: string): string =>
  /^tev_(?:ptrs|arrays)$/.test(event(text))
    ? text.replace(/ (pB|px|sb|ph)=(?:ARG TYPE NOT FIELD BUT \d+|\S*)/g, ' $1=')
    : text

/** Whether numbers of few bits have their sign, and another width with it. */
const fitsNarrow = (golden: string, ours: string): boolean =>
  wordsFit(
    golden.replace(/ {2,}/g, ' '),
    ours.replace(/ {2,}/g, ' '),
    (a, b) => a !== '' && [8, 16].some((bits) => Number(a) - 2 ** bits === Number(b)),
  )

/** Whether the golden text is ours but for byte order. */
const fitsByteOrder = (golden: string, ours: string): boolean => {
  const texts = bodies(golden, ours)
  if (!texts) return false
  const [left, right] = texts
  if (event(golden) === 'bputs' && /[ =][0-9a-f]{9,16}$/.test(left))
    return left.replace(/[0-9a-f]+$/, '') === right.slice(0, left.replace(/[0-9a-f]+$/, '').length)
  if (isSameList(left, right) || areSwapped(left, right)) return true
  const rest = (text: string): string =>
    withBody(withoutPointers(text), (body) =>
      body.replace(MISREAD_END, '').replace(MISREAD_ADDRESS, '$1'),
    )
  return fitsBytes(rest(golden), rest(ours)) || wordsFit(rest(golden), rest(ours), isSwapped)
}

/** Whether a number in hexadecimal has another one's bytes in opposite order. */
const isSwapped = (golden: string, ours: string): boolean =>
  /^0x[0-9a-f]+$/.test(golden) &&
  /^0x[0-9a-f]+$/.test(ours) &&
  [4, 8, 16].some((digits) => {
    const bytes = Buffer.from(golden.slice(2).padStart(digits, '0'), 'hex').reverse()
    return bytes.length === digits / 2 && BigInt(`0x${bytes.toString('hex')}`) === BigInt(ours)
  })

/** A text changed from its event's name on. */
const withBody = (text: string, change: (body: string) => string): string => {
  const head = HEAD.exec(text)![0]
  return head + change(text.slice(head.length))
}

/** Whether lists of words, as bit masks are shown, are the same in another order. */
const isSameList = (golden: string, ours: string): boolean => {
  const sorted = (text: string): string =>
    text
      .split(/[\s,=]/)
      .sort()
      .join(' ')
  return golden.includes(',') && sorted(golden) === sorted(ours)
}

/** Whether the arguments of a call, which ours may have less of, are the golden words with their bytes swapped. */
const areSwapped = (golden: string, ours: string): boolean => {
  const [call, words] = argumentsOf(golden)
  const [sameCall, values] = argumentsOf(ours)
  if (call === undefined || call !== sameCall || values!.length > words!.length) return false
  return values!.every((value, i) => {
    const swapped = Buffer.from(words![i]!.padStart(16, '0'), 'hex').readBigUInt64LE()
    const shown = /^(?:\w+=)?(-?)(0x[0-9a-f]+|\d+)$/.exec(value)
    if (!shown) return false
    const number = BigInt(shown[2]!) * (shown[1] === '-' ? -1n : 1n)
    return [64, 32, 16, 8].some(
      (bits) => BigInt.asUintN(bits, number) === BigInt.asUintN(bits, swapped),
    )
  })
}

/** Function and arguments of `name(a, b)`. */
const argumentsOf = (text: string): [string, string[]] | [] => {
  const match = /^ *([^ ()]+)\((.*)\)/.exec(text)
  if (!match) return []
  return [match[1]!, match[2] === '' ? [] : match[2]!.split(', ')]
}

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
    fits: (golden, ours) => event(golden) === 'bprint' && ours.startsWith(golden),
  },
  {
    name: 'pointer-extensions',
    fits: (golden, ours) =>
      withoutPointers(golden) === withoutPointers(ours) || fitsNarrow(golden, ours),
  },
  {
    name: 'big-endian',
    fits: (golden, ours, _kind, facts) => facts.big_endian && fitsByteOrder(golden, ours),
  },
]
