/** Finds out what is left of a recording, and makes a whole trace.dat of it. */
import { existsSync, statSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import { findParts } from './part-files.ts'
import { refuseOutput } from './raw-recording.ts'
import { recoverFile } from './recover-file.ts'
import { findRawFile, recoverOwn } from './recover-own.ts'
import { recoverParts } from './recover-parts.ts'
import { nothingToRecover, type Recovered } from './recovered.ts'

/** How to recover. */
export interface RecoverOptions {
  readonly output?: string
  /** Replace an existing output file. */
  readonly force?: boolean
  /** A trace.dat that describes the events in parts. */
  readonly metadata?: string
}

/**
 * Recovers what `path` means, in this order: a recording of ours that was killed; the parts that
 * trace-cmd left of one; a trace.dat that is cut or was never finished. Throws `ERR_TRACE_OPEN` when
 * there is nothing of that name, and what the three throw.
 */
export async function recover(path: string, options: RecoverOptions): Promise<Recovered> {
  const raw = findRawFile(path)
  if (raw !== undefined) return await recoverOwn(raw, options)
  const parts = findParts(path)
  if (parts !== undefined) {
    const fallback = existsSync(parts.output) ? besides(parts.output) : parts.output
    const output = chooseOutput(options, fallback)
    return await recoverParts(parts, output, options.metadata)
  }
  if (!existsSync(path)) {
    throw new TraceError('ERR_TRACE_OPEN', `there is no unfinished recording of ${path}`, {
      hint: 'name a trace.dat, its .partial or .cpuN files, or the folder that they are in',
    })
  }
  if (statSync(path).isDirectory()) {
    throw nothingToRecover(`no parts of a recording are in ${path}`, 'name the file itself')
  }
  return await recoverFile(path, chooseOutput(options, besides(path)))
}

/** A name beside a file that has to stay. */
function besides(path: string): string {
  return `${path.replace(/\.dat$/, '')}.recovered.dat`
}

function chooseOutput(options: RecoverOptions, fallback: string): string {
  const output = options.output ?? fallback
  refuseOutput({ ...options, output })
  return output
}
