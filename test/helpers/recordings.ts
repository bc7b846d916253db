/** The bundled recordings, for what must hold of all of them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fixture } from './paths.ts'

/** All of them were asked for. */
export const everyRecording: boolean = process.env.TRACEDUCK_TEST_ALL === '1'

/**
 * Paths of the recordings with known answers, and of each architecture the first one, for checks too
 * slow for all; of all recordings with `TRACEDUCK_TEST_ALL=1`.
 */
export function someRecordings(): string[] {
  const seen = new Set<string>()
  const isWanted = (folder: string, name: string): boolean => {
    const kind = folder === 'reports' ? name : name.split('-')[0]!
    return everyRecording || seen.size < seen.add(kind).size
  }
  return ['reports', 'traces'].flatMap((folder) =>
    readdirSync(fixture(folder))
      .filter((name) => name.endsWith('.dat') && isWanted(folder, name))
      .map((name) => join(fixture(folder), name)),
  )
}
