/** What fuzzing starts from: made-up traces, small real recordings, and those packed anew. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fixture } from '../helpers/paths.ts'
import type { Random } from '../helpers/random.ts'
import { repack } from '../helpers/repack.ts'
import { SAMPLE_FORMATS, sampleTrace } from '../helpers/sample-traces.ts'

/** Larger recordings make for slow fuzzing. */
const LARGEST = 160_000

/** Names that are SQL, paths, or drive a terminal. */
export const HOSTILE_NAMES: readonly string[] = [
  `x"; drop table events; --`,
  `x'; drop schema meta cascade; --`,
  '../../../tmp/evil',
  '/etc/passwd',
  '..',
  'a/b',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u009b31mred',
  'ts',
  'Ts',
  'common_comm',
  'main',
  'meta',
  'information_schema',
  'a\u202eb',
  'select',
  '\ud800',
  'n'.repeat(300),
  '%s%n',
  '$(id)',
  '*',
]

/** The sample trace with hostile names in place of those of events, systems, fields and tasks. */
export const hostileTrace = (random: Random, version: 6 | 7 = 7): Uint8Array => {
  const evil = (): string => random.pick(HOSTILE_NAMES).replaceAll('\n', ' ')
  const formats = SAMPLE_FORMATS.map(({ system, text }, i) => ({
    system: random.below(3) === 0 ? evil() : system,
    text: text
      .replace(/^name: .*/m, (line) => (random.below(2) === 0 ? `name: ${evil()}` : line))
      .replace(/\tfield:u8 a;/, () => `\tfield:u8 ${i === 0 ? evil() : 'a'};`),
  }))
  const cmdlines = [40, 41, 42].map((pid) => `${pid} ${evil()}\n`).join('')
  return sampleTrace({ version, formats, cmdlines })
}

const samples = (): Uint8Array[] => [
  sampleTrace({ version: 6 }),
  sampleTrace(),
  sampleTrace({ compression: 'zlib', chunkPages: 1 }),
  sampleTrace({ compression: 'zstd', compressOptions: true, chunkPages: 2 }),
]

let made: Uint8Array[] | undefined
const real = new Map<string, Uint8Array>()
let names: string[] | undefined

const readReal = (name: string): Uint8Array => {
  const known = real.get(name)
  if (known) return known
  const [path, packed] = name.split('#') as [string, string?]
  const bytes = readFileSync(fixture(path))
  const seed = packed === undefined ? bytes : repack(bytes, { version: 7 })
  real.set(name, seed)
  return seed
}

const listReal = (): string[] =>
  ['traces', 'corrupt'].flatMap((folder) =>
    readdirSync(fixture(folder))
      .filter((name) => name.endsWith('.dat'))
      .map((name) => `${folder}/${name}`)
      .filter((path) => statSync(fixture(path)).size <= LARGEST),
  )

/** A sound or known damaged file; it must not be changed. */
export const seedFile = (random: Random): Uint8Array => {
  made ??= samples()
  names ??= listReal()
  switch (random.below(5)) {
    case 0:
    case 1:
      return random.pick(made)
    case 2:
      return hostileTrace(random, random.below(3) === 0 ? 6 : 7)
    case 3:
      return readReal(random.pick(names))
    default:
      return readReal(`${random.pick(names.filter((name) => name.startsWith('traces')))}#packed`)
  }
}
