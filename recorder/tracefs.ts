/**
 * The control files of tracefs: where it is mounted, and reading and writing one file at a time.
 * Authority: Documentation/trace/ftrace.rst and kernel/trace/trace.c (Linux 6.18).
 */
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { TraceError } from '../parser/error.ts'
import { explainRefusal, refusal } from './tracefs-error.ts'
import { readUnsized } from './unsized-file.ts'

const USUAL_PLACES = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing']

/**
 * tracefs seen from one buffer: the top-level one, or an instance. Paths are relative to that
 * buffer's folder. Nothing is cached, and nothing is undone: changes that have to be taken back go
 * through a `Journal`.
 */
export class Tracefs {
  /** Where tracefs is mounted. */
  readonly mount: string
  /** Name of the instance, '' for the top-level buffer. */
  readonly instance: string
  /** Folder of this buffer, absolute. */
  readonly dir: string

  constructor(mount: string, instance = '') {
    this.mount = mount
    this.instance = instance
    this.dir = instance === '' ? mount : join(mount, 'instances', instance)
  }

  /**
   * The mounted tracefs, its top-level buffer. Throws `ERR_TRACEFS_MISSING`, and
   * `ERR_TRACEFS_DENIED` when it is there but may not be used.
   */
  static find(mounts = '/proc/self/mounts', places: readonly string[] = USUAL_PLACES): Tracefs {
    for (const place of [...mountPoints(mounts), ...places]) {
      if (isTracefs(place)) return new Tracefs(place)
    }
    throw new TraceError('ERR_TRACEFS_MISSING', 'tracefs is not mounted', {
      hint: 'as root: mount -t tracefs nodev /sys/kernel/tracing',
    })
  }

  /** The top-level buffer of the same mount. */
  get top(): Tracefs {
    return this.instance === '' ? this : new Tracefs(this.mount)
  }

  /** The view of an instance, there or not; '' is the top-level buffer. */
  at(instance: string): Tracefs {
    return new Tracefs(this.mount, instance)
  }

  /** Absolute path of a file, for readers that need a descriptor. */
  resolve(path: string): string {
    return join(this.dir, path)
  }

  /** The path as seen from the mount, which is how journals name it. */
  fromMount(path: string): string {
    return relative(this.mount, this.resolve(path))
  }

  /** Whether a file or folder is there and visible to this user. */
  exists(path: string): boolean {
    return existsSync(this.resolve(path))
  }

  /**
   * A file's text. Throws `ERR_RECORD_UNSUPPORTED` when this kernel has no such file,
   * `ERR_TRACEFS_DENIED`, `ERR_TRACEFS_READ`.
   */
  read(path: string): string {
    return this.readBytes(path).toString('utf8')
  }

  /** A file's bytes; throws what `read` throws. */
  readBytes(path: string): Buffer {
    try {
      return readUnsized(this.resolve(path))
    } catch (error) {
      throw refusal(this, path, undefined, error)
    }
  }

  /** A file's text without the final newline, undefined when it is missing or cannot be read. */
  tryRead(path: string): string | undefined {
    try {
      return readFileSync(this.resolve(path), 'utf8').trimEnd()
    } catch {
      return undefined
    }
  }

  /**
   * Replaces what a file holds: opened with truncation, which clears lists, and written at once.
   * Throws `ERR_TRACEFS_DENIED`, `ERR_TRACER_BUSY`, `ERR_RECORD_UNSUPPORTED`, and
   * `ERR_TRACEFS_WRITE` with the kernel's own explanation where it gives one.
   */
  write(path: string, text: string): void {
    this.#write(path, text, constants.O_WRONLY | constants.O_TRUNC)
  }

  /** Adds to what a file holds, such as a probe or a trigger; throws what `write` throws. */
  append(path: string, text: string): void {
    this.#write(path, text, constants.O_WRONLY | constants.O_APPEND)
  }

  #write(path: string, text: string, flags: number): void {
    try {
      const fd = openSync(this.resolve(path), flags)
      try {
        writeAll(fd, text)
      } finally {
        closeSync(fd)
      }
    } catch (error) {
      throw refusal(this, path, text, error)
    }
  }

  /** Names in a folder, sorted; none when it is missing. Throws `ERR_TRACEFS_DENIED`. */
  list(path = '.'): string[] {
    try {
      return readdirSync(this.resolve(path)).sort()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw refusal(this, path, undefined, error)
    }
  }

  /** Names of the folders in a folder, sorted. */
  folders(path = '.'): string[] {
    try {
      return readdirSync(this.resolve(path), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw refusal(this, path, undefined, error)
    }
  }

  /**
   * Creates an instance and returns its view. Throws `ERR_TRACER_BUSY` when the name is taken,
   * `ERR_TRACEFS_DENIED`, `ERR_RECORD_UNSUPPORTED`.
   */
  createInstance(name: string): Tracefs {
    checkInstanceName(name)
    const made = this.at(name)
    try {
      mkdirSync(made.dir)
    } catch (error) {
      throw explainRefusal(`create the instance ${name}`, error)
    }
    return made
  }

  /** Removes an instance. Throws `ERR_TRACER_BUSY` while one of its files is open or mapped. */
  removeInstance(name: string): void {
    checkInstanceName(name)
    try {
      rmdirSync(this.at(name).dir)
    } catch (error) {
      throw explainRefusal(`remove the instance ${name}`, error)
    }
  }
}

/** Throws `ERR_USAGE` for names that are no single folder name. */
export function checkInstanceName(name: string): void {
  if (/^[^/\0]{1,255}$/.test(name) && name !== '.' && name !== '..') return
  throw new TraceError('ERR_USAGE', `instance name ${JSON.stringify(name)} is no folder name`, {
    hint: 'use letters, digits, - and _',
  })
}

/** tracefs takes a value in one write; a list may be accepted in parts. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
}

function mountPoints(mounts: string): string[] {
  let text: string
  try {
    text = readFileSync(mounts, 'utf8')
  } catch {
    return []
  }
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'tracefs')
    .map(([, place = '']) => place.replace(/\\([0-7]{3})/g, (_, n) => octal(n)))
}

function octal(digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8))
}

function isTracefs(place: string): boolean {
  try {
    const names = readdirSync(place)
    return names.includes('trace') && names.includes('events')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') {
      throw explainRefusal(`use ${place}`, error)
    }
    return false
  }
}
