#!/usr/bin/env node
/** The `traceduck` command. */
import { runToExit } from './exit.ts'
import { buildProgram } from './program.ts'
import './umask.ts'

await runToExit(async () => {
  const program = await buildProgram(process.argv[2])
  await program.parseAsync()
})
