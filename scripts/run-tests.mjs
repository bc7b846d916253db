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

const env = { ...process.env, TAP_TIMEOUT: String(TIMEOUT_MS / 1000) }

/** Runs what is left of a list, one process at a time. */
async function lane(list) {
  for (let files = list.shift(); files; files = list.shift()) {
    const args = ['scripts/run-together.mjs', ...files]
    await t.spawn(process.execPath, args, { timeout: TIMEOUT_MS, env }, files.join(' '))
  }
}

const groups = share(process.argv.slice(2))
// Tests of the real tracefs wait for one another: they have a lane of their own.
const live = groups.filter(([file]) => file.includes('live'))
const rest = groups.filter(([file]) => !file.includes('live'))
t.jobs = 3
t.setTimeout(0)
await Promise.all([lane(live).then(() => lane(rest)), lane(rest), lane(rest)])
