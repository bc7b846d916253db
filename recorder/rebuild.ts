/** Writes a trace.dat anew from sub-buffers that were saved from somewhere. */
import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { outputError } from '../writer/file-io.ts'
import { type Codec, makeLayout } from '../writer/layout.ts'
import type { Preamble } from '../writer/metadata.ts'
import { packFile } from '../writer/pack.ts'
import { fillPacker, type SavedBuffer } from '../writer/saved.ts'
import { emptyTally, type PageTally, soundPages } from '../writer/sound-pages.ts'

/** A file to be. */
export interface Rebuild {
  readonly output: string
  readonly version: 6 | 7
  readonly preamble: Preamble
  readonly codec: Codec
  readonly buffers: readonly SavedBuffer[]
}

/** What went into the file of one CPU. */
export interface RebuiltCpu extends PageTally {
  readonly buffer: string
  readonly cpu: number
}

/** Writes the file; it has its name only when it is complete. Throws `ERR_RECORD_OUTPUT`. */
export async function rebuild(
  file: Rebuild,
): Promise<{ readonly fileBytes: number; readonly cpus: readonly RebuiltCpu[] }> {
  const { output, preamble, codec, buffers } = file
  const names = buffers.map(({ name }) => name)
  const layout = makeLayout(file.version, preamble, codec, names)
  const part = `${output}.recovering`
  const done: RebuiltCpu[] = []
  const sources = buffers.map(({ name, clock, shape, cpus }) => ({
    name,
    clock,
    subBufferBytes: shape.bytes,
    cpus: cpus.map((saved) => ({ ...saved, shape, buffer: name })),
  }))
  const remove = (): void => rmSync(part, { force: true })
  process.once('exit', remove)
  try {
    const fd = openSync(part, 'w+')
    try {
      await packFile(fd, layout, codec, sources, async ({ pieces, shape, buffer, cpu }, packer) => {
        const tally = emptyTally()
        await fillPacker(soundPages(pieces(), shape, tally), packer)
        done.push({ buffer, cpu, ...tally })
      })
    } finally {
      closeSync(fd)
    }
    renameSync(part, output)
  } catch (error) {
    remove()
    throw outputError(output, error)
  } finally {
    process.off('exit', remove)
  }
  return { fileBytes: statSync(output).size, cpus: done }
}
