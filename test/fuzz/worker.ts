/** Runs in a process of its own, one input after the other, so that whatever happens has a seed. */
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import type { FuzzInput } from './target.ts'
import { inputOf, TARGETS } from './targets/index.ts'

/** What to run. */
export interface Job {
  readonly target: string
  readonly seed: number
  /** Taken instead of the seed's own input. */
  readonly file?: string
}

/** What came of it. */
export interface Done {
  /** An error code or how far it got. */
  readonly outcome?: string
  /** What must not happen. */
  readonly problem?: string
  /** CPU time of the input, made and taken. */
  readonly cpuMs: number
}

async function run({ target, seed, file }: Job): Promise<Done> {
  const found = TARGETS.find(({ name }) => name === target)
  const start = process.cpuUsage()
  const cpuMs = (): number => {
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  }
  try {
    if (!found) throw new Error(`there is no target ${target}`)
    const input: FuzzInput = file === undefined ? inputOf(found, seed) : readFileSync(file)
    const outcome = await found.run(input)
    return { outcome, cpuMs: cpuMs() }
  } catch (error) {
    return { problem: inspect(error), cpuMs: cpuMs() }
  }
}

process.on('message', async (job: Job) => {
  process.send!(await run(job))
})
process.on('disconnect', () => process.exit())
