/** A folder in the making: written beside its final name, and renamed when it is complete. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { TraceError } from '../parser/error.ts'
import { writeError } from './destination.ts'
import { onAbort } from './exit.ts'

/** A folder that appears under its name only when it is whole. */
export class PendingFolder {
  /** The folder to make; its parent is there. */
  readonly path: string
  /** For files that are needed meanwhile. */
  readonly scratch: string
  readonly #output: string
  readonly #target: string
  readonly #release: () => void

  /**
   * `force` replaces a folder that an export made, and no other. Throws `ERR_OUTPUT_EXISTS`,
   * `ERR_SINK_WRITE`.
   */
  constructor(output: string, force: boolean) {
    this.#output = output
    this.#target = resolve(output)
    refuseOther(this.#target, output, force)
    this.scratch = join(dirname(this.#target), `.${basename(this.#target)}.${process.pid}.part`)
    this.path = join(this.scratch, 'made')
    this.#release = onAbort(() => this.#remove())
    try {
      mkdirSync(this.scratch)
    } catch (error) {
      this.#release()
      throw writeError(output, error)
    }
  }

  /** Gives the folder its name; what was there goes only now. Throws `ERR_SINK_WRITE`. */
  finish(): void {
    try {
      if (existsSync(this.#target)) renameSync(this.#target, join(this.scratch, 'old'))
      renameSync(this.path, this.#target)
    } catch (error) {
      throw writeError(this.#output, error)
    }
  }

  /** Removes what is not the finished folder. */
  discard(): void {
    this.#release()
    this.#remove()
  }

  #remove(): void {
    rmSync(this.scratch, { recursive: true, force: true })
  }
}

function refuseOther(target: string, output: string, force: boolean): void {
  if (!existsSync(target)) return
  if (force && wasExported(target)) return
  throw new TraceError('ERR_OUTPUT_EXISTS', `${output} exists`, {
    hint: force
      ? 'it was not made by export: remove it yourself, or name another folder with -o'
      : 'name another folder with -o, or replace it with --force',
  })
}

/** Every format's folder lists its tables in `meta/columns`. */
function wasExported(folder: string): boolean {
  try {
    return readdirSync(join(folder, 'meta')).some((name) => name.startsWith('columns.'))
  } catch {
    return false
  }
}
