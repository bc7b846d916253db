/** The small languages: formats, print formats, filters; and symbol tables of programs. */
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { readElf } from '../../../elf/elf.ts'
import { findSymbols } from '../../../elf/symbols.ts'
import { parseEventFormat } from '../../../parser/event/format.ts'
import { memorySource, openTraceSource, Report, readBatches } from '../../../parser/index.ts'
import { compileFilter } from '../../../parser/text/filter/evaluate.ts'
import { type Node, parseFilter } from '../../../parser/text/filter/syntax.ts'
import { compilePrintFormat } from '../../../parser/text/print-format.ts'
import { type CorpusFormat, formatOf, readCorpus } from '../../helpers/formats.ts'
import { makeElf } from '../../helpers/make-elf.ts'
import { makeTrace } from '../../helpers/make-trace.ts'
import { LAYOUT, PageBuilder } from '../../helpers/page-builder.ts'
import { contextOf, textOf } from '../../helpers/print-text.ts'
import type { Random } from '../../helpers/random.ts'
import { draw, filterText, filterTree, formatFile, printFmt } from '../grammar.ts'
import { mutateBytes } from '../mutate-bytes.ts'
import { HOSTILE_NAMES } from '../seeds.ts'
import { bytesOf, outcomeOf, type Target, textOfInput } from '../target.ts'

/** Most characters that a record of some dozen bytes may come to. */
const MOST_TEXT = 20 << 20
const CONTEXT = { longSize: 8, littleEndian: true } as const

let corpus: CorpusFormat[] | undefined
const formats = (): CorpusFormat[] => {
  corpus ??= readCorpus()
  return corpus
}

const damagedText = (text: string, random: Random): string => {
  let bytes: Uint8Array = Buffer.from(text)
  for (let left = 1 + random.below(3); left > 0; left--)
    bytes = mutateBytes(bytes, random, () => Buffer.from(random.pick(formats()).text))
  return Buffer.from(bytes).toString('utf8')
}

const randomBytes = (length: number, seed: string): Uint8Array => {
  let state = length + seed.length
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state >>> 24
  })
}

/** A format text inside a recording with records of its id: parsed, decoded, written. */
const format: Target = {
  name: 'format',
  make: (random) =>
    random.below(2) === 0
      ? draw(formatFile, random)
      : damagedText(random.pick(formats()).text.replace(/^ID: .*/m, 'ID: 77'), random),
  run: (input) =>
    outcomeOf(async () => {
      const text = textOfInput(input)
      const parsed = parseEventFormat(text, 'fuzz', CONTEXT)
      const page = new PageBuilder(1n, LAYOUT)
      for (const length of [8, 12, 64, 240]) {
        const payload = randomBytes(length, text)
        payload.set([(parsed?.id ?? 77) & 0xff, ((parsed?.id ?? 77) >> 8) & 0xff])
        page.data(10, payload)
      }
      const bytes = makeTrace({
        formats: [{ system: 'fuzz', text }],
        buffers: [{ name: '', cpus: [{ cpu: 0, pages: [page.finish()] }] }],
      })
      const trace = openTraceSource(memorySource(bytes, 'format.dat'))
      let rows = 0
      for await (const batch of readBatches(trace)) rows += batch.rows
      for (const raw of [false, true])
        for (const _ of new Report([trace], ['x'], { raw }).pieces());
      trace.close()
      // A record's id has 16 bits.
      if (rows !== (parsed && parsed.id < 0x10000 ? 4 : 0)) throw new Error(`${rows} rows`)
      return parsed === null ? 'no id' : parsed.parseOk ? 'parsed' : 'kept raw'
    }),
}

const FIELDS = [
  'int a;\toffset:8;\tsize:4;\tsigned:1;',
  'u64 b;\toffset:16;\tsize:8;\tsigned:0;',
  'char comm[16];\toffset:24;\tsize:16;\tsigned:0;',
  '__data_loc char[] dev;\toffset:40;\tsize:4;\tsigned:0;',
  '__data_loc u32[] ret;\toffset:44;\tsize:4;\tsigned:0;',
  'u8 __x[6];\toffset:48;\tsize:6;\tsigned:0;',
  'pid_t pid;\toffset:56;\tsize:4;\tsigned:1;',
]

/** A print format over known fields, written for records of several lengths. */
const print: Target = {
  name: 'print-fmt',
  make: (random) =>
    random.below(3) === 0
      ? damagedText(/print fmt: (.*)/.exec(random.pick(formats()).text)?.[1] ?? '""', random)
      : draw(printFmt, random),
  run(input) {
    const text = textOfInput(input)
    const parsed = parseEventFormat(formatOf('x', FIELDS, text), 'test', CONTEXT)
    if (!parsed) return 'no id'
    const compiled = compilePrintFormat(parsed, contextOf())
    for (const length of [8, 40, 61, 64, 400]) {
      const written = textOf(compiled, randomBytes(length, text)).length
      if (written > MOST_TEXT) throw new Error(`${written} characters of ${length} bytes`)
    }
    return compiled.parseOk ? 'evaluated' : 'in part'
  },
}

const FORMAT = parseEventFormat(formatOf('x', FIELDS), 'test', CONTEXT)!

const evaluate = (expression: Node | undefined, filter: string): void => {
  const { names, littleEndian } = contextOf()
  const test = compileFilter(expression, FORMAT, {
    littleEndian,
    names,
    comm: () => 'bash',
    filter,
  })
  for (const size of [8, 40, 64, 200]) {
    const bytes = randomBytes(size, filter)
    const view = new DataView(bytes.buffer)
    test({ bytes, view, at: 0, size, cpu: 1, high: 0xffff_ffff, low: 5 })
  }
}

/** A filter: what was written with all brackets is read back as it was. */
const filter: Target = {
  name: 'filter',
  make(random) {
    const text = `sched/sched_switch: ${filterText(draw(filterTree, random))}`
    switch (random.below(4)) {
      case 0:
        return damagedText(text, random)
      case 1:
        return `${random.pick(HOSTILE_NAMES)}:${random.pick(HOSTILE_NAMES)}`
      default:
        return text
    }
  },
  run: (input) =>
    outcomeOf(() => {
      const text = textOfInput(input)
      const { expression } = parseFilter(text)
      evaluate(expression, text)
      if (!expression) return 'events only'
      const again = parseFilter(`x:${filterText(expression)}`).expression
      if (!isDeepStrictEqual(again, expression)) throw new Error('read back as another filter')
      return 'evaluated'
    }),
}

/** A program's symbol tables; Node's own program is too large for a seed. */
const elf: Target = {
  name: 'elf',
  make(random) {
    let bytes: Uint8Array = random.below(2) === 0 ? makeElf({}) : readFileSync('/bin/true')
    for (let left = 1 + random.below(4); left > 0; left--)
      bytes = mutateBytes(bytes, random, () => makeElf({}))
    return bytes
  },
  run: (input) =>
    outcomeOf(() => {
      const opened = readElf(memorySource(bytesOf(input), 'program'))
      const found = findSymbols(opened, () => true).length
      opened.close()
      return found > 0 ? 'symbols' : 'none'
    }),
}

/** The targets that take texts and programs. */
export const LANGUAGE_TARGETS: readonly Target[] = [format, print, filter, elf]
