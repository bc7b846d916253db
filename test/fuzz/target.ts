/** What a fuzzer's target is, and what may come of an input. */
import { TraceError } from '../../parser/error.ts'
import type { Random } from '../helpers/random.ts'

/** Bytes of a file, or a text. */
export type FuzzInput = Uint8Array | string

/** Something that takes untrusted input. */
export interface Target {
  readonly name: string
  /** Makes an input; the same random numbers give the same one. */
  make(random: Random): FuzzInput
  /**
   * Takes an input and returns what came of it in a word: an error code, or how far it got. Throws for
   * what must not happen.
   */
  run(input: FuzzInput): Promise<string> | string
}

/** The bytes of an input. */
export function bytesOf(input: FuzzInput): Uint8Array {
  return typeof input === 'string' ? Buffer.from(input) : input
}

/** The text of an input; a file stands for one byte by byte. */
export function textOfInput(input: FuzzInput): string {
  return typeof input === 'string' ? input : Buffer.from(input).toString('utf8')
}

/** Runs `body`; a coded error is an outcome, any other is thrown on. */
export async function outcomeOf(body: () => Promise<string> | string): Promise<string> {
  try {
    return await body()
  } catch (error) {
    if (error instanceof TraceError) return error.code
    throw error
  }
}
