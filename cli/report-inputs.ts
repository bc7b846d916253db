/**
 * The files of a report and how their times are read. `--ts-offset` and `--ts2secs` are of the file
 * of the `-i` before them, as trace-cmd has it; without one, of all files.
 */
import { TraceError } from '../parser/error.ts'
import type { TimeChoice } from '../parser/time-choice.ts'

/** A file to report on. */
export interface ReportInput {
  readonly file: string
  readonly times: TimeChoice
}

interface Given {
  file?: string
  offset?: bigint
  hertz?: bigint
}

/** Takes what is given in its order. */
export class ReportInputs {
  readonly #all: Given = {}
  readonly #given: Given[] = []

  /** `-i FILE`. */
  readonly file = (file: string): string => {
    this.#given.push({ file })
    return file
  }

  /** `--ts-offset`: units of the trace clock after conversion. Throws `ERR_USAGE`. */
  readonly offset = (text: string): string => {
    if (!/^[+-]?\d{1,19}$/.test(text))
      throw new TraceError('ERR_USAGE', `--ts-offset ${text}: not a whole number`, {
        hint: 'write units of the trace clock, mostly nanoseconds, for example --ts-offset -1000',
      })
    this.#last.offset = BigInt(text.replace('+', ''))
    return text
  }

  /** `--ts2secs`. Throws `ERR_USAGE`. */
  readonly hertz = (text: string): string => {
    if (!/^\d{1,19}$/.test(text) || BigInt(text) === 0n)
      throw new TraceError('ERR_USAGE', `--ts2secs ${text}: not a frequency`, {
        hint: 'write ticks of the trace clock in a second, for example --ts2secs 3400000000',
      })
    this.#last.hertz = BigInt(text)
    return text
  }

  get #last(): Given {
    return this.#given.at(-1) ?? this.#all
  }

  /** All files, those without `-i` last. Throws `ERR_USAGE` where there is none. */
  with(
    files: readonly string[],
    raw: boolean | undefined,
    noDate: boolean | undefined,
  ): ReportInput[] {
    const all: Given[] = [...this.#given, ...files.map((file) => ({ file }))]
    if (all.length === 0)
      throw new TraceError('ERR_USAGE', 'no file to report on', {
        hint: 'name a trace.dat, or - for standard input',
      })
    return all.map(({ file, ...own }) => ({
      file: file!,
      times: { ...this.#all, ...own, raw, noDate, merged: all.length > 1 },
    }))
  }
}
