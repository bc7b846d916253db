/**
 * What /proc says about processes and a recording does not: mapped files, open descriptors, names.
 * Authority: proc(5), Linux 6.18; the text of option PROCMAPS is that of trace-cmd.dat.v7(5).
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What tells a file from another one of its name: its build id as hex, or its inode. */
export interface FileIdentity {
  readonly buildId?: string | undefined
  readonly inode?: bigint | undefined
}

/** A range of a file and where it is mapped. */
export interface MappedPlace extends FileIdentity {
  readonly start: bigint
  readonly end: bigint
  /** Bytes from the start of the file. */
  readonly offset: bigint
  readonly path: string
}

/** What a process had mapped between two times, undefined where there is no limit. Unit: ns. */
export interface MappedRange extends MappedPlace {
  readonly pid: number
  readonly from: bigint | undefined
  readonly until: bigint | undefined
}

/** A file mapped into a process. */
export interface MappedFile extends MappedPlace {
  readonly executable: boolean
}

/** The mapped files of one process. */
export interface ProcessMapping<Place extends MappedPlace = MappedPlace> {
  readonly pid: number
  /** Path of the program. */
  readonly program: string
  readonly maps: readonly Place[]
}

/** An open descriptor and what it leads to: a path, `socket:[123]`, `pipe:[4]`, `anon_inode:…`. */
export interface OpenDescriptor {
  readonly pid: number
  readonly fd: number
  readonly target: string
  /** Flags of open(2), undefined where /proc does not say. */
  readonly flags: number | undefined
}

const MAP_LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ (\d+) +(\/.*)$/

/** Mapped files in the text of `/proc/PID/maps`; memory without a file is left out. */
export function parseMaps(text: string): MappedFile[] {
  const maps: MappedFile[] = []
  for (const line of text.split('\n')) {
    const [, start, end, permissions, offset, inode, path] = MAP_LINE.exec(line) ?? []
    if (path === undefined) continue
    maps.push({
      start: BigInt(`0x${start}`),
      end: BigInt(`0x${end}`),
      offset: BigInt(`0x${offset}`),
      executable: permissions![2] === 'x',
      inode: BigInt(inode!),
      path: restoreNewlines(path),
    })
  }
  return maps
}

/** The kernel writes a newline in a path as \012. */
function restoreNewlines(path: string): string {
  return path.replaceAll('\\012', '\n')
}

/** What a process has mapped now; undefined when it is gone, a kernel thread, or not ours to see. */
export function readProcessMapping(pid: number): ProcessMapping<MappedFile> | undefined {
  try {
    const maps = parseMaps(readFileSync(`/proc/${pid}/maps`, 'utf8'))
    if (maps.length === 0) return undefined
    return { pid, program: readProgram(pid) ?? maps[0]!.path, maps }
  } catch {
    return undefined
  }
}

function readProgram(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return undefined
  }
}

/**
 * Payload of option PROCMAPS: `pid count program`, then `start end path` per file, all numbers in
 * hex. As in trace-cmd's, ranges of one file that follow each other are one line, which begins where
 * the file's first byte is or would be.
 */
export function encodeProcessMapping(mapping: ProcessMapping): Uint8Array {
  const ranges = joinRanges(mapping.maps)
  const lines = ranges.map(
    ({ start, end, path }) => `${start.toString(16)} ${end.toString(16)} ${oneLine(path)}\n`,
  )
  const head = `${mapping.pid.toString(16)} ${ranges.length.toString(16)} `
  return Buffer.from(`${head}${oneLine(mapping.program)}\n${lines.join('')}\0`)
}

function oneLine(path: string): string {
  return path.replaceAll('\n', '\\012')
}

function joinRanges(maps: readonly MappedPlace[]): { start: bigint; end: bigint; path: string }[] {
  const ranges: { start: bigint; end: bigint; path: string }[] = []
  for (const { start, end, offset, path } of maps) {
    const last = ranges.at(-1)
    if (last?.path === path && last.end <= start) last.end = end
    else ranges.push({ start: start > offset ? start - offset : start, end, path })
  }
  return ranges
}

/** Descriptors that processes have open now, in order of number; those of others' are left out. */
export function readDescriptors(pids: readonly number[]): OpenDescriptor[] {
  return pids.flatMap((pid) =>
    numbersIn(`/proc/${pid}/fd`).flatMap((fd) => readDescriptor(pid, fd) ?? []),
  )
}

function readDescriptor(pid: number, fd: number): OpenDescriptor | undefined {
  try {
    const target = readlinkSync(`/proc/${pid}/fd/${fd}`)
    const info = tryRead(`/proc/${pid}/fdinfo/${fd}`) ?? ''
    const flags = /^flags:\s*([0-7]+)/m.exec(info)?.[1]
    return {
      pid,
      fd,
      target,
      flags: flags === undefined ? undefined : Number.parseInt(flags, 8),
    }
  } catch {
    return undefined
  }
}

/** The processes of some processes: children, their children, and so on, without themselves. */
export function readDescendants(pids: readonly number[]): number[] {
  const children = new Map<number, number[]>()
  for (const pid of numbersIn('/proc')) {
    const parent = parentOf(pid)
    if (parent === undefined) continue
    const siblings = children.get(parent)
    if (siblings) siblings.push(pid)
    else children.set(parent, [pid])
  }
  const found = new Set<number>()
  const open = [...pids]
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (found.has(child)) continue
      found.add(child)
      open.push(child)
    }
  }
  return [...found].filter((pid) => !pids.includes(pid)).sort((a, b) => a - b)
}

function parentOf(pid: number): number | undefined {
  const text = tryRead(`/proc/${pid}/stat`)
  const parent = text && / \S (\d+) /.exec(text.slice(text.lastIndexOf(')') + 1))?.[1]
  return parent ? Number(parent) : undefined
}

/** Process of a thread; undefined when it is gone. */
export function processOf(tid: number): number | undefined {
  const tgid = /^Tgid:\s*(\d+)/m.exec(tryRead(`/proc/${tid}/status`) ?? '')?.[1]
  return tgid === undefined ? undefined : Number(tgid)
}

/** Folder entries that are numbers, ascending; none when the folder is gone. */
export function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .map(Number)
      .filter((number) => number >= 0)
      .sort((a, b) => a - b)
  } catch {
    return []
  }
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
