import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { main } from '../helpers/cli.ts'
import { fixture, root } from '../helpers/paths.ts'

t.setTimeout(280_000)

const folder = join(root, 'notebooks')
const notebooks = readdirSync(folder).filter((name) => name.endsWith('.ipynb'))
const python = process.env.TRACEDUCK_PYTHON ?? 'python3'
const MODULES = ['duckdb', 'pandas', 'polars', 'matplotlib', 'nbclient', 'ipykernel']

interface Cell {
  readonly cell_type: string
  readonly outputs?: readonly unknown[]
  readonly execution_count?: number | null
}

/** What the recordings are known to hold. */
const known = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(fixture('reports', `${name}.json`), 'utf8')).expect
const http = known('http-small')
const overhead = http['overhead_bytes_l2 (frames minus body)'] as number
const percent = http.overhead_percent_of_wire_l2 as number

t.test('notebooks are kept without what they printed', async (t) => {
  t.ok(notebooks.length > 0)
  for (const name of notebooks) {
    const { cells } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { cells: Cell[] }
    for (const { cell_type, outputs, execution_count } of cells)
      if (cell_type === 'code') t.same([outputs, execution_count], [[], null], name)
  }
})

t.test('the JavaScript example answers, and draws', async (t) => {
  const page = join(t.testdir({}), 'page.html')
  const done = spawnSync(process.execPath, ['exercises.mjs', page], {
    cwd: folder,
    encoding: 'utf8',
  })
  t.equal(done.status, 0, done.stderr)
  t.match(done.stdout, /^\ntraces\/amd64-6.12-lost-v7.dat: 112023 events lost in 16 gaps\n/)
  t.match(done.stdout, /\n2 × \/etc\/passwd by grep, stat\n/)
  t.match(done.stdout, /\n32 to 63 bytes: 20 blocks, 830 bytes\n/)
  t.match(done.stdout, `bytes on the wire, ${overhead} of them overhead`)
  t.match(
    done.stdout,
    /\n3 × skbuff_head_cache, 224 bytes each\n2 × skbuff_small_head, 576 bytes each\n/,
  )
  const html = readFileSync(page, 'utf8')
  t.equal(html.match(/<svg /g)?.length, 5)
  t.ok(html.includes('Bytes on the wire'))
})

/** Executes a notebook, and prints what its cells printed and how many pictures they drew. */
const EXECUTE = `
import json, sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=240, resources={"metadata": {"path": sys.argv[2]}}).execute()
outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
json.dump({"text": "".join(one.get("text", "") for one in outputs),
  "pictures": sum("image/png" in one.get("data", {}) for one in outputs)}, sys.stdout)
`

const imports = spawnSync(python, ['-c', `import ${MODULES.join(', ')}`]).status === 0
const lacking = `${python} lacks one of ${MODULES.join(', ')}: name one that has them, TRACEDUCK_PYTHON`

t.test('the Python notebook answers, and draws', { skip: !imports && lacking }, async (t) => {
  for (const name of notebooks) {
    const done = spawnSync(python, ['-c', EXECUTE, join(folder, name), folder], {
      encoding: 'utf8',
      env: {
        ...process.env,
        TRACEDUCK: `${process.execPath} ${main}`,
        JUPYTER_PLATFORM_DIRS: '1',
        PYTHONDONTWRITEBYTECODE: '1',
      },
    })
    t.equal(done.status, 0, done.stderr)
    const { text, pictures } = JSON.parse(done.stdout) as { text: string; pictures: number }
    t.equal(pictures, 5)
    t.match(text, /warning: CPU 1 lost 60681 events/)
    t.match(text, /\n9 files in \/etc, 17 opens, 1 failed\n/)
    t.match(text, /\n?40 blocks, 9456 bytes\n/)
    t.match(text, `overhead ${overhead} bytes, ${percent.toFixed(1)} % of what is on the wire`)
    t.match(text, /kmalloc 0, kmem_cache_alloc 5\n/)
  }
})
