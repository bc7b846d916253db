/**
 * The files that a killed trace-cmd leaves: sub-buffers of one CPU each, as they came from the
 * kernel, named `OUTPUT.cpuN`, and `OUTPUT.INSTANCE.cpuN` for other buffers than the main one.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { TraceError } from '../parser/error.ts'

/** One such file. */
export interface PartFile {
  readonly path: string
  /** Name of the buffer, '' for the main one. */
  readonly buffer: string
  readonly cpu: number
}

/** The parts of one recording. */
export interface PartSet {
  /** Where the recording was going. */
  readonly output: string
  /** By buffer, the main one first, then by CPU. */
  readonly parts: readonly PartFile[]
}

const PART = /^(.+)\.cpu(\d+)$/

/**
 * The parts that `path` means: those of the recording to it, those in the folder that it is, or the
 * set that it is itself one of. Undefined when there are none. Throws `ERR_USAGE` for a folder with
 * those of several recordings.
 */
export function findParts(path: string): PartSet | undefined {
  if (existsSync(path) && statSync(path).isDirectory()) return partsIn(path)
  const own = PART.exec(basename(path))?.[1]
  const folder = dirname(path)
  if (own === undefined) return collect(folder, basename(path))
  if (!existsSync(path)) return undefined
  return collect(folder, outputOf(own, stemsIn(folder)))
}

function partsIn(folder: string): PartSet | undefined {
  const stems = stemsIn(folder)
  const outputs = [...new Set(stems.map((stem) => outputOf(stem, stems)))]
  if (outputs.length < 2) return outputs[0] === undefined ? undefined : collect(folder, outputs[0])
  const names = outputs.map((name) => join(folder, name)).join(', ')
  throw new TraceError('ERR_USAGE', `parts of several recordings are there: ${names}`, {
    hint: 'name the one to recover',
  })
}

/** Names before `.cpuN`, each once, the shortest first. */
function stemsIn(folder: string): string[] {
  const stems = readdirSync(folder).flatMap((name) => PART.exec(name)?.[1] ?? [])
  return [...new Set(stems)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
}

/** What stands before an instance's name: another stem, or a name that ends in `.dat`. */
function outputOf(stem: string, stems: readonly string[]): string {
  const shorter = stems.find((other) => stem.startsWith(`${other}.`))
  return shorter ?? /^(.*?\.dat)\./.exec(stem)?.[1] ?? stem
}

function collect(folder: string, output: string): PartSet | undefined {
  if (!existsSync(folder)) return undefined
  const parts = readdirSync(folder).flatMap((name) => {
    const [, stem = '', cpu] = PART.exec(name) ?? []
    if (cpu === undefined || (stem !== output && !stem.startsWith(`${output}.`))) return []
    const buffer = stem.slice(output.length + 1)
    return [{ path: join(folder, name), buffer, cpu: Number(cpu) }]
  })
  if (parts.length === 0) return undefined
  parts.sort((a, b) => (a.buffer < b.buffer ? -1 : a.buffer > b.buffer ? 1 : a.cpu - b.cpu))
  return { output: join(folder, output), parts }
}
