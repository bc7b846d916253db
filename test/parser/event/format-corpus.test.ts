/** Every format of every kernel we have: parses, has sane extents, and keeps its column types. */
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { columnsOf, describeFields } from '../../../parser/batch/schema.ts'
import type { ColumnSpec } from '../../../parser/batch/types.ts'
import { parseEventFormat } from '../../../parser/event/format.ts'
import type { EventFormat } from '../../../parser/event/types.ts'
import { findPrintTables } from '../../../parser/text/print-tables.ts'
import { type CorpusFormat, readCorpus } from '../../helpers/formats.ts'
import { fixture } from '../../helpers/paths.ts'

const corpus = readCorpus()
const parsed = corpus.map((entry): { entry: CorpusFormat; format: EventFormat | null } => ({
  entry,
  format: parseEventFormat(entry.text, entry.system, entry),
}))
const label = (entry: CorpusFormat, format: EventFormat | null): string =>
  `${entry.kernels[0]} ${entry.system}:${format?.name}`

t.test('the corpus is what it says', async (t) => {
  t.ok(corpus.length > 6000, `${corpus.length} texts`)
  const kernels = new Set(corpus.flatMap((entry) => entry.kernels))
  t.equal(kernels.size, 13)
  t.ok(corpus.some((entry) => !entry.littleEndian) && corpus.some((entry) => entry.longSize === 4))
})

t.test('every text parses', async (t) => {
  for (const { entry, format } of parsed) {
    if (format?.parseOk !== true) t.fail(`${label(entry, format)}: ${format?.problem}`)
    else if (!entry.text.startsWith(`name: ${format.name}\nID: ${format.id}\n`))
      t.fail(label(entry, format))
    else if (format.printFmt === '') t.fail(`${label(entry, format)}: no print fmt`)
  }
  t.pass()
})

t.test('no field line is lost, and extents follow each other', async (t) => {
  for (const { entry, format } of parsed) {
    if (!format) continue
    const all = [...format.common, ...format.fields]
    if (all.length !== entry.text.split('\tfield:').length - 1)
      t.fail(`${label(entry, format)}: fields`)
    if (format.common.length !== 4) t.fail(`${label(entry, format)}: common fields`)
    let end = 0
    for (const field of all) {
      if (field.offset < end || field.offset + field.size > 8192)
        t.fail(`${label(entry, format)}.${field.name}`)
      end = field.offset + field.size
      if (field.kind === 'array' && field.size % field.elementSize !== 0)
        t.fail(`${label(entry, format)}.${field.name}`)
    }
  }
  t.pass()
})

t.test('every field has one column under its own name', async (t) => {
  for (const { entry, format } of parsed) {
    if (!format) continue
    const columns = columnsOf(format, entry)
    const names = columns.map((column) => column.name)
    if (names.join() !== format.fields.map((field) => field.name).join())
      t.fail(label(entry, format))
    const rows = describeFields(format, columns)
    if (rows.some((row, i) => row.columnType !== columns[i]?.type))
      t.fail(`${label(entry, format)}: rows`)
    if (columns.some((column) => !fits(column))) t.fail(`${label(entry, format)}: types`)
  }
  t.pass()
})

/** A column never narrows what is read, and lists hold what their elements are. */
function fits({ type, read }: ColumnSpec): boolean {
  const bytes = /TINY/.test(type) ? 1 : /SMALL/.test(type) ? 2 : /BIG/.test(type) ? 8 : 4
  if (read.op === 'int') return read.size <= bytes && type.startsWith('U') === !read.signed
  if (read.op === 'list') return read.elementSize <= bytes && type.endsWith('[]')
  return true
}

t.test('column types are those of the golden file', async (t) => {
  const golden = new Map<string, string>()
  for (const { entry, format } of parsed) {
    if (!format) continue
    const columns = columnsOf(format, entry)
    format.fields.forEach((field, i) => {
      const shape = field.declaration
        .replace(/\w+((?:\[[^\]]*\])*)$/, 'N$1')
        .replace(/\[\d+\]/g, '[9]')
      const scope =
        entry.system === 'syscalls' ? 'syscall' : entry.system === 'ftrace' ? 'ftrace' : '-'
      const size = field.kind === 'array' || field.kind === 'struct' ? '*' : field.size
      const sign = field.signed ? 'signed' : 'unsigned'
      const key = [scope, shape, size, sign, entry.longSize, columns[i]?.type].join('\t')
      if (!golden.has(key)) golden.set(key, `${entry.system}:${format.name}.${field.name}`)
    })
  }
  const lines = [...golden].map(([key, example]) => `${key}\t${example}`).sort()
  const head = 'scope\tdeclaration\tsize\tsign\tlong\tcolumn\texample'
  const file = fixture('formats', 'columns.tsv')
  const text = `${[head, ...lines].join('\n')}\n`
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text)
  t.equal(text, readFileSync(file, 'utf8'))
})

t.test('tables of print formats name fields of their event', async (t) => {
  let tables = 0
  for (const { entry, format } of parsed) {
    if (!format) continue
    const names = new Set(format.fields.map((field) => field.name))
    for (const table of findPrintTables(format.printFmt)) {
      tables++
      if (!names.has(table.field)) t.fail(`${label(entry, format)}.${table.field}`)
    }
  }
  t.ok(tables > 1200, `${tables} tables`)
})
