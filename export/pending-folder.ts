/** A folder in the making: written beside its final name, and renamed when it is complete. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TraceError } from '../parser/error.ts'
import { partPath, removeAbandonedParts } from '../parser/part-file.ts'

/** A folder that appears under its name only when it is whole. */
export class PendingFolder {
  /** The folder to make; its parent is there. */
  readonly path: string
  readonly #parent: string
  readonly #output: string
  readonly #target: string

  /**
   * `force` replaces a folder that an export made, and no other. Throws `ERR_OUTPUT_EXISTS`,
   * `ERR_SINK_WRITE`.
   */
  constructor(output: string, force: boolean) {
    this.#output = output
    this.#target = resolve(output)
    refuseOther(this.#target, output, force)
    removeAbandonedParts(this.#target)
    this.#parent = partPath(this.#target)
    this.path = join(this.#parent, 'made')
    try {
      mkdirSync(this.#parent)
    } catch (error) {
      throw failure(output, error)
    }
  }

  /** Gives the folder its name; what was there goes only now. Throws `ERR_SINK_WRITE`. */
  finish(): void {
    try {
      if (existsSync(this.#target)) renameSync(this.#target, join(this.#parent, 'old'))
      renameSync(this.path, this.#target)
    } catch (error) {
      throw failure(this.#output, error)
    }
  }

  /** Removes what is not the finished folder. */
  discard(): void {
    rmSync(this.#parent, { recursive: true, force: true })
  }
}

function failure(output: string, error: unknown): TraceError {
  return new TraceError('ERR_SINK_WRITE', `cannot write ${output}: ${(error as Error).message}`, {
    hint: 'check that the folder around it exists, is writable and has space',
    cause: error,
  })
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

/** Folders of every format list their tables in `meta/columns`, those of several traces in each. */
function wasExported(folder: string): boolean {
  try {
    if (readdirSync(folder).length === 0) return false
    return traceFolders(folder).every((path) =>
      readdirSync(join(path, 'meta')).some((name) => name.startsWith('columns.')),
    )
  } catch {
    return false
  }
}

/** The folder itself, or those of the traces below it when there is nothing else in it. */
function traceFolders(folder: string): string[] {
  const names = readdirSync(folder)
  if (!names.every((name) => name.startsWith('host='))) return [folder]
  return names.flatMap((host) =>
    readdirSync(join(folder, host)).map((trace) => join(folder, host, trace)),
  )
}
