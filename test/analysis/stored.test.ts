// What a view's text must not rely on: a stored view forgets the words "not materialized".
import t from 'tap'
import { listViews } from '../../analysis/views.ts'

/** Common table expressions used twice on purpose: small, or all their columns are wanted twice. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  descendants: ['family'],
  heap_calls: ['files', 'lives'],
  icmp_echoes: ['icmp_calls'],
  loss_index: ['gaps'],
  packets: ['starts'],
  process_tree: ['steps', 'processes', 'sched_process_exec'],
  run_queue: ['waits'],
  signal_pairs: ['processes'],
  signals: ['sides'],
  syscall_paths: ['calls', 'execs', 'probes', 'told'],
  uprobe_spans: ['hits'],
  user_frees: ['frees', 'steps', 'unmatched'],
  vfs_slow: ['fs_events'],
}

for (const { name, sql, optional } of listViews()) {
  t.test(name, async (t) => {
    const text = sql.replace(/^\s*--.*$/gm, '')
    t.notMatch(text, /\bmaterialized\b/i, 'nothing that a stored view forgets')
    const own = [
      ...text.matchAll(/(?:^|[\s,])(?:recursive\s+)?(\w+)\s+as\s*\(\s*(?:select|from|with)\b/g),
    ]
    const given = optional.map(({ event }) => event)
    const twice = [...new Set([...own.map((match) => match[1]!), ...given])].filter(
      (relation) => uses(text, relation) > 1,
    )
    t.same(twice.sort(), [...(KEPT[name] ?? [])].sort(), 'used twice only where that is meant')
  })
}

function uses(text: string, relation: string): number {
  return [...text.matchAll(new RegExp(`\\b(?:from|join)\\s+${relation}\\b(?!\\.)`, 'g'))].length
}
