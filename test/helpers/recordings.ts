/** The bundled recordings, for what must hold of all of them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fixture } from './paths.ts'

/** All of them were asked for. */
export const everyRecording: boolean = process.env.TRACEDUCK_TEST_ALL === '1'

/** Of the recordings with known answers those with the most kinds of events. */
const RICHEST = ['icmp-ping-default.dat', 'files-small.dat']

/**
 * Paths of some recordings with known answers, and of each architecture the first one, for checks too
 * slow for all; of all recordings with `TRACEDUCK_TEST_ALL=1`. `answered` are those of the first kind.
 */
export function someRecordings(answered: readonly string[] | 'all' = RICHEST): string[] {
  const seen = new Set<string>()
  const isFirst = (kind: string): boolean => seen.size < seen.add(kind).size
  const isWanted = (folder: string, name: string): boolean => {
    if (everyRecording) return true
    if (folder === 'reports') return answered === 'all' || answered.includes(name)
    return isFirst(name.split('-')[0]!)
  }
  return ['reports', 'traces'].flatMap((folder) =>
    readdirSync(fixture(folder))
      .filter((name) => name.endsWith('.dat') && isWanted(folder, name))
      .map((name) => join(fixture(folder), name)),
  )
}
