/** Values of the options that select a part of a trace. */
import { TraceError } from '../parser/error.ts'

/** Highest CPU number an event can have. */
const HIGHEST_CPU = 0xffff

/** CPUs of a list such as `0-3,7`. Throws `ERR_USAGE`. */
export function parseCpus(text: string): ReadonlySet<number> {
  const cpus = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part)
    const first = Number(match?.[1])
    const last = Number(match?.[2] ?? match?.[1])
    if (!match || first > last || last > HIGHEST_CPU) {
      throw new TraceError('ERR_USAGE', `--cpu ${text}: not a list of CPUs`, {
        hint: 'write numbers and ranges, for example --cpu 0-3,7',
      })
    }
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu)
  }
  return cpus
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}

/** Least memory DuckDB gets by with. */
const LEAST_MEMORY = 64 * 2 ** 20

/** Bytes of a size such as `512MB` or `2GiB`. Throws `ERR_USAGE`. */
export function parseMemory(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)\s*([A-Za-z]{0,3})$/.exec(text.trim())
  const unit = UNITS[match?.[2]?.toUpperCase() ?? '?']
  const bytes = Math.floor(Number(match?.[1]) * (unit ?? Number.NaN))
  if (Number.isSafeInteger(bytes) && bytes >= LEAST_MEMORY) return bytes
  throw new TraceError('ERR_USAGE', `--memory ${text}: not a size of 64MiB or more`, {
    hint: 'for example --memory 2GB',
  })
}
