/** Cuts and seeded damage: the outcome is data, a report, or a coded error, soon and in little memory. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { describe } from '../../../parser/container/describe.ts'
import { TraceError } from '../../../parser/error.ts'
import { cpuTime } from '../../helpers/cpu-time.ts'
import { makeTrace, OPTION, textOption } from '../../helpers/make-trace.ts'
import { type Opened, openBytes, readCpu } from '../../helpers/open-bytes.ts'
import { PageBuilder } from '../../helpers/page-builder.ts'
import { fixture } from '../../helpers/paths.ts'

const MOST_MS = 2000
const LIMITS = { maxSectionBytes: 16 << 20, maxChunkBytes: 1 << 20 }

/** Reads all there is; returns the bytes of page data, or the code of the error. */
const readAll = (bytes: Uint8Array): number | string => {
  let opened: Opened
  try {
    opened = openBytes(bytes, LIMITS)
  } catch (error) {
    if (error instanceof TraceError) return error.code
    throw error
  }
  const { file } = opened
  JSON.stringify(describe(file))
  for (const text of [
    file.kallsyms,
    file.printkFormats,
    file.savedCmdlines,
    file.readLatencyText,
  ]) {
    text()
  }
  let total = 0
  for (const buffer of file.buffers) {
    for (const { cpu } of buffer.cpus) total += readCpu(opened, buffer, cpu).length
  }
  return total
}

const small = (version: 6 | 7, compression: 'none' | 'zlib' | 'zstd'): Uint8Array => {
  const pages = [1n, 2n].map((time) => new PageBuilder(time).data(0, [1, 2, 3, 4]).finish())
  return makeTrace({
    version,
    compression,
    formats: [{ system: 'sched', text: 'name: sched_switch\nID: 300\n' }],
    kallsyms: 'ffff T sym\n',
    cmdlines: '7 sh\n',
    options: [
      textOption(OPTION.traceclock, '[local]'),
      textOption(OPTION.date, '0x1234'),
      textOption(OPTION.cpustat, 'CPU: 0\nentries: 0\n'),
      textOption(OPTION.procmaps, '1 1 a\n0 1 b\n'),
    ],
    buffers: [
      { name: '', cpus: [{ cpu: 0, pages }] },
      { name: 'side', cpus: [{ cpu: 0, pages: pages.slice(1) }] },
    ],
  })
}

const SMALL = [
  ['version 6', small(6, 'none')],
  ['version 7', small(7, 'none')],
  ['version 7, zlib', small(7, 'zlib')],
  ['version 7, zstd', small(7, 'zstd')],
] as const

for (const [what, bytes] of SMALL) {
  t.test(`${what} cut at every offset of its metadata, and in its data`, async (t) => {
    const whole = readAll(bytes)
    t.equal(whole, 3 * 4096)
    const odd: string[] = []
    for (let cut = 0; cut < bytes.length; cut += cut < 3000 || cut > bytes.length - 400 ? 1 : 31) {
      const result = readAll(bytes.subarray(0, cut))
      if (typeof result === 'number' && result > 3 * 4096) odd.push(`${cut}: ${result}`)
    }
    t.same(odd, [], 'a part never has more than the whole')
  })
}

/** A small generator of numbers in [0, 1), the same on every machine (mulberry32). */
const generator = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One to four bits, bytes, or runs of 00 or ff; the metadata is hit as often as all the rest. */
const mutate = (original: Uint8Array, random: () => number, metadata: number): Uint8Array => {
  const bytes = original.slice()
  const below = (n: number): number => Math.floor(random() * n)
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(random() < 0.5 ? metadata : bytes.length)
    const kind = below(3)
    if (kind === 0) bytes[at]! ^= 1 << below(8)
    else if (kind === 1) bytes[at] = below(256)
    else bytes.fill(random() < 0.5 ? 0 : 0xff, at, Math.min(bytes.length, at + 1 + below(8)))
  }
  return bytes
}

const REAL = [
  's390x-6.1-marker',
  'i386-6.1-sys-v7-none',
  'amd64-6.1-offline-v6',
  'amd64-7.2-buffers-zlib',
]
const inputs = [
  ...SMALL,
  ...REAL.map(
    (name) => [name, new Uint8Array(readFileSync(fixture('traces', `${name}.dat`)))] as const,
  ),
]
for (const [index, [what, bytes]] of inputs.entries()) {
  t.test(`${what} with seeded damage`, async (t) => {
    const random = generator(1000 + index)
    const outcomes = new Set<number | string>()
    let slowest = 0
    for (let round = 0; round < 200; round++) {
      const started = cpuTime()
      outcomes.add(readAll(mutate(bytes, random, Math.min(bytes.length, 6000))))
      slowest = Math.max(slowest, cpuTime() - started)
    }
    t.ok(slowest < MOST_MS, `slowest took ${slowest} ms`)
    t.ok(outcomes.size > 2, `${outcomes.size} outcomes`)
  })

  t.test(`${what} cut at seeded offsets`, async (t) => {
    const random = generator(index)
    for (let round = 0; round < 80; round++) {
      readAll(bytes.subarray(0, Math.floor(random() * bytes.length)))
    }
    t.type(readAll(bytes), 'number')
  })
}
