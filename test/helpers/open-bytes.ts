/** Opens containers held in memory, and reads all their page data. */
import { openChunkReader } from '../../parser/container/chunk-reader.ts'
import { memorySource } from '../../parser/container/source.ts'
import { openContainer } from '../../parser/container/trace-file.ts'
import type { BufferInstance, ContainerLimits, TraceFile } from '../../parser/container/types.ts'
import { Diagnostics } from '../../parser/diagnostics.ts'

/** An opened container with what was reported while opening it. */
export interface Opened {
  readonly file: TraceFile
  readonly diagnostics: Diagnostics
}

/** Opens a trace.dat in memory. */
export const openBytes = (bytes: Uint8Array, limits?: Partial<ContainerLimits>): Opened => {
  const diagnostics = new Diagnostics()
  const file = openContainer(memorySource(bytes, 'test.dat'), diagnostics, limits)
  return { file, diagnostics }
}

/** All page data of one CPU, joined. */
export const readCpu = (
  { file, diagnostics }: Opened,
  buffer: BufferInstance,
  cpu: number,
): Buffer => {
  const data = buffer.cpus.find((one) => one.cpu === cpu)
  if (!data) throw new RangeError(`no CPU ${cpu}`)
  const reader = openChunkReader(file, buffer, data, diagnostics)
  const parts: Uint8Array[] = []
  for (let size = reader.next(); size > 0; size = reader.next()) {
    const part = new Uint8Array(size)
    parts.push(part.subarray(0, reader.read(part, 0)))
  }
  return Buffer.concat(parts)
}

/** Bytes of page data by buffer and CPU: `name/cpu=bytes`. */
export const dataSizes = (opened: Opened): string[] =>
  opened.file.buffers.flatMap((buffer) =>
    buffer.cpus.map(({ cpu }) => `${buffer.name}/${cpu}=${readCpu(opened, buffer, cpu).length}`),
  )

/** Codes of what was reported, in order, each once. */
export const codesOf = ({ diagnostics }: Opened): string[] => [
  ...new Set(diagnostics.list().map(({ code }) => code)),
]
