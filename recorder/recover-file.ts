/**
 * A whole trace.dat from one that ends early or was never finished, whoever recorded it: all of its
 * sub-buffers that are there, under a description that is the original's byte for byte.
 */
import { openFileSource } from '../parser/container/source.ts'
import { openContainer } from '../parser/container/trace-file.ts'
import type { TraceFile } from '../parser/container/types.ts'
import { Diagnostics } from '../parser/diagnostics.ts'
import { TraceError } from '../parser/error.ts'
import { codecOf, codecOrNone } from '../writer/codec.ts'
import { readPreamble } from '../writer/preamble.ts'
import { savedBuffer } from '../writer/saved.ts'
import { rebuild } from './rebuild.ts'
import { nothingToRecover, type Recovered, tallyText } from './recovered.ts'

/** An opened trace.dat and what is wrong with it. */
export interface OpenedFile {
  readonly file: TraceFile
  readonly diagnostics: Diagnostics
  /** No part of it is missing or damaged, as far as can be told without reading events. */
  readonly whole: boolean
}

/**
 * Opens a trace.dat that may be damaged; the caller closes it. Throws what opening any trace.dat
 * throws, with a hint that nothing can be saved.
 */
export function openDamaged(path: string): OpenedFile {
  const source = openFileSource(path)
  const diagnostics = new Diagnostics()
  try {
    const file = openContainer(source, diagnostics)
    const whole = diagnostics.list().every(({ severity }) => severity === 'info')
    return { file, diagnostics, whole }
  } catch (cause) {
    source.close()
    if (!(cause instanceof TraceError) || cause.code !== 'ERR_TRACE_TRUNCATED') throw cause
    throw new TraceError(cause.code, cause.message, {
      ...(cause.where && { where: cause.where }),
      hint: 'it ends before any trace data: nothing can be recovered from it',
      cause,
    })
  }
}

/**
 * Writes what is there of the trace.dat at `path` to `output`, in the same version and codec.
 * Throws what `openDamaged` throws, `ERR_RECOVER_NOTHING` for a file that is whole, and
 * `ERR_RECORD_OUTPUT`. The damaged file stays as it is.
 */
export async function recoverFile(path: string, output: string): Promise<Recovered> {
  const { file, diagnostics, whole } = openDamaged(path)
  try {
    if (whole) throw nothingToRecover(`${path} is whole`)
    const notices: string[] = []
    const codec = codecOrNone(codecOf(file), notices)
    const preamble = readPreamble(file, notices)
    const buffers = file.buffers.map((buffer) => savedBuffer(file, buffer, diagnostics))
    if (buffers.every(({ cpus }) => cpus.length === 0)) {
      throw nothingToRecover(`${path} holds no trace data`)
    }
    const { fileBytes, cpus } = await rebuild({
      output,
      version: file.version,
      preamble,
      codec,
      buffers,
    })
    notices.push(...diagnostics.list().map(({ sample }) => sample))
    return { output, fileBytes, lines: tallyText(cpus, file.cpuStats), notices }
  } finally {
    file.close()
  }
}
