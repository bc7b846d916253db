// Runs compiled test files in this process, one after the other, each with folders of its own.
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'

for (const [i, file] of process.argv.slice(2).entries()) {
  t.testdirName = join('.tap/fixtures', `${process.pid}-${i}`)
  await import(pathToFileURL(resolve(file)).href)
}
