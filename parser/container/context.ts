/** What every part of the container reader is handed: the file, its head, and where to complain. */
import type { Diagnostics } from '../diagnostics.ts'
import { Cursor } from './cursor.ts'
import type { FileHead } from './head.ts'
import { memorySource } from './source.ts'
import type { ByteSource, ContainerLimits, TraceOption } from './types.ts'

/** What reading a container's body takes. */
export interface ContainerContext {
  readonly source: ByteSource
  readonly head: FileHead
  readonly limits: ContainerLimits
  readonly diagnostics: Diagnostics
}

/** Reads an option's payload; errors name the option's place in the file. */
export function openPayload(context: ContainerContext, option: TraceOption): Cursor {
  return new Cursor(memorySource(option.payload, context.source.name), {
    littleEndian: context.head.littleEndian,
    limits: context.limits,
    origin: option.offset,
  })
}
