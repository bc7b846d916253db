/**
 * Finds the file that a name in a probe means: a path, a shared library as the dynamic loader
 * would find it, or a program in PATH. Authority: ld.so(8).
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { openElf } from '../elf/elf.ts'
import { TraceError } from '../parser/error.ts'
import { existingFile, findProgram } from './find-program.ts'
import { type CachedLibrary, parseLoaderCache } from './loader-cache.ts'
import { readProcessMapping } from './process-info.ts'

/** Where to look; everything has a default that fits this machine. */
export interface LibrarySearch {
  /** The program that will use the library: its machine and its loader decide. */
  readonly program?: string | undefined
  /** Processes whose own mappings come first, so that those in containers are found. */
  readonly pids?: readonly number[]
  readonly env?: NodeJS.ProcessEnv
  readonly cacheFile?: string
}

/** The machine code in an ELF file. */
interface Machine {
  readonly machine: number
  readonly wide: boolean
}

/**
 * Path of what `name` means: `libc.so.6`, `c`, `ld` (the loader), `bash`, or a path.
 * Links are left to the kernel. Throws `ERR_PROBE_TARGET` when nothing fits.
 */
export function findBinary(name: string, search: LibrarySearch = {}): string {
  const found = name.includes('/')
    ? existingFile(name)
    : (findMapped(name, search.pids ?? []) ??
      findLibrary(name, search) ??
      findProgram(name, search.env ?? process.env))
  if (found !== undefined) return found
  throw new TraceError('ERR_PROBE_TARGET', `${name} is no file, library or program here`, {
    hint: name.includes('/')
      ? 'check the path'
      : 'give the path of the file; libraries of a process are in /proc/PID/maps',
  })
}

/** A file that one of the processes has mapped under that name. */
function findMapped(name: string, pids: readonly number[]): string | undefined {
  const wanted = libraryNames(name)
  for (const pid of pids) {
    const maps = readProcessMapping(pid)?.maps ?? []
    const mapped = maps.find(({ path }) => wanted(basename(path)))
    if (mapped) return insideRoot(pid, mapped.path)
  }
  return undefined
}

/** The path as this process sees it: through `/proc/PID/root` when the other one has its own root. */
function insideRoot(pid: number, path: string): string | undefined {
  const theirs = `/proc/${pid}/root${path}`
  const [a, b] = [path, theirs].map((file) => statSync(file, { throwIfNoEntry: false }))
  if (a && b && a.ino === b.ino && a.dev === b.dev) return path
  return b ? theirs : undefined
}

/** `c` and `libc` mean any version of the library; `libc.so.6` means itself. */
function libraryNames(name: string): (soname: string) => boolean {
  if (name === 'ld') return (soname) => /^(?:ld-linux|ld-musl|ld64|ld)[-.\w]*\.so/.test(soname)
  if (name.includes('.so')) return (soname) => soname === name
  const stem = `${name.startsWith('lib') ? '' : 'lib'}${name}.so`
  return (soname) => soname === stem || soname.startsWith(`${stem}.`)
}

function findLibrary(name: string, search: LibrarySearch): string | undefined {
  const program = search.program ?? process.execPath
  const machine = machineOf(program) ?? machineOf(process.execPath)
  if (machine === undefined) return undefined
  if (name === 'ld') return loaderOf(program) ?? loaderOf('/bin/sh')
  const wanted = libraryNames(name)
  const env = search.env ?? process.env
  const fits = (path: string): boolean => existsSync(path) && sameMachine(machineOf(path), machine)
  for (const folder of folders(env.LD_LIBRARY_PATH)) {
    const path = findInFolder(folder, wanted, fits)
    if (path) return path
  }
  const cached = readCache(search.cacheFile ?? '/etc/ld.so.cache')
    .filter((library) => wanted(library.name))
    .sort(byHardwareLevel)
    .find(({ path }) => usableLevel(path) && fits(path))
  if (cached) return cached.path
  for (const folder of DEFAULT_FOLDERS) {
    const path = findInFolder(folder, wanted, fits)
    if (path) return path
  }
  return undefined
}

const DEFAULT_FOLDERS = ['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/usr/local/lib']

function folders(list: string | undefined): string[] {
  return (list ?? '').split(/[:;]/).filter((folder) => folder !== '')
}

function findInFolder(
  folder: string,
  wanted: (name: string) => boolean,
  fits: (path: string) => boolean,
): string | undefined {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return undefined
  }
  return names
    .filter(wanted)
    .sort()
    .reverse()
    .map((name) => join(folder, name))
    .find(fits)
}

function readCache(file: string): CachedLibrary[] {
  try {
    return parseLoaderCache(readFileSync(file))
  } catch {
    return []
  }
}

/** CPU flags that a level of the x86-64 psABI adds to the one below. */
const LEVEL_FLAGS: readonly (readonly string[])[] = [
  [],
  ['cx16', 'lahf_lm', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3'],
  ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe'],
  ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'],
]

/** `…/glibc-hwcaps/x86-64-v3/…` is 3, a folder for every machine 1, other families 0. */
function hardwareLevel(path: string): number {
  const folder = /\/glibc-hwcaps\/([^/]+)\//.exec(path)?.[1]
  if (folder === undefined) return 1
  return Number(/^x86-64-v([2-4])$/.exec(folder)?.[1] ?? 0)
}

function byHardwareLevel(a: CachedLibrary, b: CachedLibrary): number {
  return hardwareLevel(b.path) - hardwareLevel(a.path)
}

function usableLevel(path: string): boolean {
  const level = hardwareLevel(path)
  if (level <= 1) return level === 1
  let flags: Set<string>
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))
    flags = new Set(line?.[1]?.trim().split(' '))
  } catch {
    return false
  }
  return LEVEL_FLAGS.slice(0, level)
    .flat()
    .every((flag) => flags.has(flag))
}

function loaderOf(program: string): string | undefined {
  return machineOf(program)?.interpreter
}

function machineOf(path: string): (Machine & { interpreter: string | undefined }) | undefined {
  try {
    const elf = openElf(path)
    elf.close()
    return { machine: elf.machine, wide: elf.wide, interpreter: elf.interpreter }
  } catch {
    return undefined
  }
}

function sameMachine(a: Machine | undefined, b: Machine): boolean {
  return a?.machine === b.machine && a.wide === b.wide
}
