// Runs compiled test files, each in a process of its own, some at a time; what they say is one TAP stream.
// `tap run` would do it too, but loads hooks into every process, for mocks and coverage, which nothing here uses.
import t from 'tap'

const TIMEOUT_MS = 300_000
const env = { ...process.env, TAP_TIMEOUT: String(TIMEOUT_MS / 1000) }

/** Runs what is left of a list, one at a time. */
async function lane(list) {
  for (let file = list.shift(); file; file = list.shift())
    await t.spawn(process.execPath, [file], { timeout: TIMEOUT_MS, env }, file)
}

const files = process.argv.slice(2)
// Tests of the real tracefs wait for one another: they have a lane of their own.
const live = files.filter((file) => file.includes('live'))
const rest = files.filter((file) => !file.includes('live'))
t.jobs = 3
t.setTimeout(0)
await Promise.all([lane(live).then(() => lane(rest)), lane(rest), lane(rest)])
