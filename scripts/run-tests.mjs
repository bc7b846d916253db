// Runs compiled test files in some processes at a time; what they say is one TAP stream.
// `tap run` would do it too, but loads hooks into every process, for mocks and coverage, which nothing here uses.
import t from 'tap'

const TIMEOUT_MS = 300_000
/**
 * Tests here start no commands and leave their process as it was. Loading tap and DuckDB takes longer than most of
 * them, so some share a process.
 */
const SHARING = /^dist\/test\/(parser|report|elf|queries|analysis)\//
const AT_ONCE = 4

/** Files by process. */
function share(files) {
  const alone = files.filter((file) => !SHARING.test(file)).map((file) => [file])
  const together = files.filter((file) => SHARING.test(file))
  const count = Math.ceil(together.length / AT_ONCE)
  const groups = Array.from({ length: count }, (_, i) =>
    together.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
  )
  return [...alone, ...groups]
}

/** Tests of the real tracefs take turns: one at a time, beside others from the first to the last. */
function interleave(groups) {
  const live = groups.filter(([file]) => file.includes('live'))
  const rest = groups.filter(([file]) => !file.includes('live'))
  const each = Math.ceil(rest.length / (live.length + 1))
  return live
    .flatMap((group, i) => [group, ...rest.slice(i * each, (i + 1) * each)])
    .concat(rest.slice(live.length * each))
}

t.jobs = 3
t.setTimeout(0)
const env = { ...process.env, TAP_TIMEOUT: String(TIMEOUT_MS / 1000) }
for (const files of interleave(share(process.argv.slice(2)))) {
  const args = ['scripts/run-together.mjs', ...files]
  t.spawn(process.execPath, args, { timeout: TIMEOUT_MS, env }, files.join(' '))
}
