import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { TraceError } from '../../../parser/error.ts'
import { codesOf, dataSizes, openBytes } from '../../helpers/open-bytes.ts'
import { fixture } from '../../helpers/paths.ts'

/** What the reader makes of each file: the code thrown, or what it read and reported. */
const EXPECTED: Readonly<Record<string, unknown>> = {
  'empty.dat': 'ERR_TRACE_TRUNCATED',
  'wrong-magic.dat': 'ERR_TRACE_BAD_MAGIC',
  'future-version.dat': 'ERR_TRACE_VERSION',
  'cut-in-first-header.dat': 'ERR_TRACE_TRUNCATED',
  'cut-in-formats-v6.dat': 'ERR_TRACE_TRUNCATED',
  'cut-before-options-v7.dat': 'ERR_TRACE_TRUNCATED',
  'huge-header-page-v6.dat': 'ERR_TRACE_LIMIT',
  'chunk-lies-about-size-v7.dat': { data: ['/1=32768'], codes: ['ERR_TRACE_LIMIT'] },
  'cut-in-last-page-v6.dat': {
    data: ['/0=4096', '/2=8192', '/3=700'],
    codes: ['ERR_TRACE_TRUNCATED'],
  },
  'format-without-id-v6.dat': {
    data: ['/0=1536', '/2=1024', 'side/1=512'],
    codes: ['UNKNOWN_OPTION'],
  },
  'system-of-databases-name-v6.dat': {
    data: ['/0=1536', '/2=1024', 'side/1=512'],
    codes: ['UNKNOWN_OPTION'],
  },
  'options-cycle-v7.dat': { data: ['/0=32768'], codes: ['ERR_TRACE_OPTION'] },
}

const outcome = (name: string): unknown => {
  try {
    const opened = openBytes(readFileSync(fixture('corrupt', name)))
    return { data: dataSizes(opened), codes: codesOf(opened) }
  } catch (error) {
    if (!(error instanceof TraceError)) throw error
    return error.code
  }
}

t.test('every damaged file has its outcome', async (t) => {
  const names = readdirSync(fixture('corrupt')).filter((name) => name.endsWith('.dat'))
  t.same(names.sort(), Object.keys(EXPECTED).sort())
  const readme = readFileSync(fixture('corrupt', 'README.md'), 'utf8')
  for (const name of names) {
    t.same(outcome(name), EXPECTED[name], name)
    t.ok(readme.includes(`| ${name} |`), `${name} is in the README`)
  }
})
