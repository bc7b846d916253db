/** A worker that does what must not happen, by the target's name. */
import type { Job } from './worker.ts'

const kept: Buffer[] = []

process.on('message', ({ target }: Job) => {
  switch (target) {
    case 'throw':
      throw new Error('out of the blue')
    case 'exit':
      return process.exit(3)
    case 'hang':
      return
    case 'slow':
      return process.send!({ outcome: 'late', cpuMs: 300 })
    case 'memory':
      for (let i = 0; i < 20; i++) kept.push(Buffer.alloc(10e6, 1))
      return
    default:
      return process.send!({ outcome: 'fine', cpuMs: 1 })
  }
})
