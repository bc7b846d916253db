// Runs compiled test files, each in a process of its own, some at a time; what they say is one TAP stream.
// `tap run` would do it too, but loads hooks into every process, for mocks and coverage, which nothing here uses:
// a second of CPU for each.
import t from 'tap'

const TIMEOUT_MS = 300_000

/** Tests of the real tracefs take turns: one at a time, beside others from the first to the last. */
function interleave(files) {
  const live = files.filter((file) => file.includes('live'))
  const rest = files.filter((file) => !file.includes('live'))
  const each = Math.ceil(rest.length / (live.length + 1))
  return live
    .flatMap((file, i) => [file, ...rest.slice(i * each, (i + 1) * each)])
    .concat(rest.slice(live.length * each))
}

t.jobs = 3
t.setTimeout(0)
const env = { ...process.env, TAP_TIMEOUT: String(TIMEOUT_MS / 1000) }
for (const file of interleave(process.argv.slice(2)))
  t.spawn(process.execPath, [file], { timeout: TIMEOUT_MS, env }, file)
