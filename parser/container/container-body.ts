/** What the two versions of the container have in common once their own layout is read. */
import type { OptionFacts } from './option-decode.ts'
import type { BufferInstance, HeaderPage, StoredFormat, TraceFile, TraceOption } from './types.ts'

/** Reads one of the large texts that few users need. */
export type LazyBytes = () => Uint8Array

/** Everything that `v6.ts` and `v7.ts` find after the head. */
export interface ContainerBody {
  readonly headerPage: HeaderPage
  readonly formats: readonly StoredFormat[]
  readonly options: readonly TraceOption[]
  readonly facts: OptionFacts
  readonly buffers: readonly BufferInstance[]
  readonly cpuCount: number
  readonly latencyText: TraceFile['latencyText']
  readonly readLatencyText: LazyBytes
  readonly kallsyms: LazyBytes
  readonly printkFormats: LazyBytes
  readonly savedCmdlines: LazyBytes
  readonly btf: LazyBytes
}

/** A text that the file does not hold. */
export const noBytes: LazyBytes = () => new Uint8Array(0)
