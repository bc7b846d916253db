/** Stacks in a line each, `task;outermost;…;innermost weight`, as scripts for flame graphs take them. */
import type { FileJob } from '../job.ts'
import { gatherStacks, stacksOf } from './frame-tree.ts'
import { chooseOne, openStacks } from './open-stacks.ts'
import { readStacks } from './profiles.ts'

/** Characters of lines that are worth a write. */
const PIECE = 1 << 16

/** Writes the lines in order, each stack once. */
export async function writeFolded(job: FileJob): Promise<string> {
  const source = await openStacks(job)
  const profile = chooseOne(job, source)
  const root = await gatherStacks(readStacks(source, profile))
  let lines = ''
  let count = 0
  for (const { frames, weight } of stacksOf(root)) {
    lines += `${frames.map(({ name }) => foldedName(name)).join(';')} ${weight}\n`
    count++
    if (lines.length < PIECE) continue
    await job.write(lines)
    lines = ''
  }
  await job.write(lines)
  return `${count} stacks, ${root.total} ${profile.unit} (${profile.about})`
}

/** A `;` would part the frame in two, a line end the stack; nothing else means anything. */
export function foldedName(name: string): string {
  return name.replace(/;/g, ':').replace(/[\r\n\u2028\u2029]+/g, ' ') || '<...>'
}
