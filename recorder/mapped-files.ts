/**
 * Which files were mapped, as lines of option TRACEDUCK: enough to tell later whether the file of
 * that name is still the same. A build id is the file's own; without one its size and time are kept,
 * if the file of that name is the one that was mapped and not that of a container.
 */
import { statSync } from 'node:fs'
import { openElf } from '../elf/elf.ts'
import { TraceError } from '../parser/error.ts'
import { fileLine } from './own-facts.ts'
import type { FileIdentity, MappedPlace } from './process-info.ts'

/** A line for each file, or for each of several that had one name. */
export function* fileLines(places: Iterable<MappedPlace>): Generator<string> {
  const seen = new Set<string>()
  for (const { path, buildId, inode } of places) {
    const key = `${buildId ?? inode} ${path}`
    if (seen.has(key)) continue
    seen.add(key)
    yield fileLine(path, buildId, buildId === undefined ? statOf(path, inode) : undefined)
  }
}

function statOf(
  path: string,
  inode: bigint | undefined,
): { readonly size: bigint; readonly mtimeNs: bigint } | undefined {
  try {
    const stat = statSync(path, { bigint: true })
    return stat.isFile() && stat.ino === inode ? stat : undefined
  } catch {
    return undefined
  }
}

/** What a living process has mapped, with the build ids of the files. */
export function identified<Place extends MappedPlace>(
  pid: number,
  maps: readonly Place[],
): Place[] {
  const known = new Map<string, FileIdentity>()
  return maps.map((place) => {
    const identity = known.get(place.path) ?? identify(`/proc/${pid}/root${place.path}`, place)
    known.set(place.path, identity)
    return { ...place, ...identity }
  })
}

function identify(path: string, { inode }: FileIdentity): FileIdentity {
  if (statOf(path, inode) === undefined) return {}
  try {
    const elf = openElf(path)
    elf.close()
    return elf.buildId === undefined ? {} : { buildId: elf.buildId }
  } catch (error) {
    if (error instanceof TraceError) return {}
    throw error
  }
}
