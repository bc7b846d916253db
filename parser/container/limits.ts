/** What a file may make the reader allocate, and how a caller's wishes combine with the defaults. */
import type { ContainerLimits } from './types.ts'

/** Limits used where the caller names none. */
export const DEFAULT_LIMITS: ContainerLimits = {
  maxSectionBytes: 256 * 1024 * 1024,
  maxChunkBytes: 64 * 1024 * 1024,
  maxSubBufferBytes: 16 * 1024 * 1024,
  maxEntries: 100_000,
}

/** The defaults with the given limits in place of theirs. */
export function withDefaults(limits: Partial<ContainerLimits> | undefined): ContainerLimits {
  return { ...DEFAULT_LIMITS, ...limits }
}
