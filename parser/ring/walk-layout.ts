/** What walkers are told and tell. */
import type { HeaderPage } from '../container/types.ts'

/** A type that stands for "no such event": ids are 16 bits wide. */
export const NO_ID = 0x10000

/** What a walker needs to know about its buffer, fixed for a CPU stream. */
export interface WalkLayout {
  readonly littleEndian: boolean
  readonly headerPage: HeaderPage
  readonly subBufferSize: number
  /** Event ids of ftrace's kernel_stack and user_stack, or NO_ID when not to be attached. */
  readonly kernelStackId: number
  readonly userStackId: number
  /** Offset of common_pid in every record. */
  readonly pidOffset: number
  readonly source: number
  readonly cpu: number
}

/** A gap in one CPU's records. */
export interface LostEvents {
  /** Time of the first record after the gap, as two halves. */
  readonly tsLo: number
  readonly tsHi: number
  /** Time of the last record before the gap; undefined when there is none. */
  readonly gapStart: { readonly lo: number; readonly hi: number } | undefined
  /** Events lost, -1 when the kernel did not say. */
  readonly count: number
}
