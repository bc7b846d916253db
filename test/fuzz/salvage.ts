/**
 * How much of a cut recording comes back: of each small recording, cut at every 4 KiB, the records that
 * are in whole sub-buffers before the cut (in compressed data, in whole chunks) beside those that
 * reading and recovering give. Run by itself it prints the table of docs/reliability.md.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { TraceError } from '../../parser/error.ts'
import {
  memorySource,
  openTrace,
  openTraceSource,
  readRecords,
  type Trace,
} from '../../parser/index.ts'
import { recoverFile } from '../../recorder/recover-file.ts'
import { wholeBefore } from '../helpers/cut-trace.ts'
import { fixture } from '../helpers/paths.ts'

/** Where recordings are cut. */
export const CUT_EVERY = 4096
const LARGEST = 160_000

/** Records of all cuts of a recording together. */
export interface Salvaged {
  /** Cuts that leave at least one whole sub-buffer. */
  cuts: number
  whole: number
  read: number
  recovered: number
}

const sum = (counts: Iterable<number>): number => {
  let total = 0
  for (const count of counts) total += count
  return total
}

const countAll = (trace: Trace): number => {
  let records = 0
  for (const _ of readRecords(trace)) records++
  trace.close()
  return records
}

const orNothing = async (count: () => Promise<number> | number): Promise<number> => {
  try {
    return await count()
  } catch (error) {
    if (error instanceof TraceError) return 0
    throw error
  }
}

/** Cuts a recording at every `step` bytes. */
export const salvage = async (bytes: Uint8Array, step: number = CUT_EVERY): Promise<Salvaged> => {
  const folder = mkdtempSync(join(tmpdir(), 'traceduck-salvage-'))
  const result: Salvaged = { cuts: 0, whole: 0, read: 0, recovered: 0 }
  try {
    for (let cut = step; cut < bytes.length; cut += step) {
      const whole = sum(wholeBefore(bytes, cut).values())
      if (whole === 0) continue
      const part = bytes.subarray(0, cut)
      const read = await orNothing(() => countAll(openTraceSource(memorySource(part, 'cut.dat'))))
      const recovered = await orNothing(async () => {
        writeFileSync(join(folder, 'cut.dat'), part)
        await recoverFile(join(folder, 'cut.dat'), join(folder, 'out.dat'))
        return countAll(await openTrace(join(folder, 'out.dat')))
      })
      result.cuts++
      result.whole += whole
      // A sub-buffer that is cut gives its records up to the cut: more than is asked for.
      result.read += Math.min(read, whole)
      result.recovered += Math.min(recovered, whole)
    }
    return result
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const kinds = new Map<string, Salvaged & { files: number }>()
  for (const name of readdirSync(fixture('traces')).filter((name) => name.endsWith('.dat'))) {
    const path = fixture('traces', name)
    if (statSync(path).size > LARGEST) continue
    const bytes = readFileSync(path)
    const trace = openTraceSource(memorySource(bytes, name))
    const { version, compression } = trace.file
    const kind = version === 6 ? 'version 6' : `version 7, ${compression.name}`
    trace.close()
    const found = await salvage(bytes)
    const total = kinds.get(kind) ?? { files: 0, cuts: 0, whole: 0, read: 0, recovered: 0 }
    kinds.set(kind, {
      files: total.files + 1,
      cuts: total.cuts + found.cuts,
      whole: total.whole + found.whole,
      read: total.read + found.read,
      recovered: total.recovered + found.recovered,
    })
    if (found.read < found.whole || found.recovered < found.whole)
      process.stderr.write(`${name}: ${JSON.stringify(found)}\n`)
  }
  const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`
  process.stdout.write(
    '| recordings | files | cuts | records before the cuts | read | recovered |\n',
  )
  process.stdout.write('| --- | ---: | ---: | ---: | ---: | ---: |\n')
  for (const [kind, { files, cuts, whole, read, recovered }] of kinds)
    process.stdout.write(
      `| ${kind} | ${files} | ${cuts} | ${whole} | ${share(read, whole)} | ${share(recovered, whole)} |\n`,
    )
}
