// What heads say to record can be typed after `traceduck record`.
import t from 'tap'
import { allViews } from '../../analysis/index.ts'
import { recordCommand } from '../../cli/commands/record.ts'
import { listQueries } from '../../queries/index.ts'
import { PRESETS } from '../../recorder/preset-table.ts'

const options = recordCommand().options.flatMap(({ short, long }) => [short, long])

t.test('presets and options are those of the recorder', async (t) => {
  for (const { name, record } of [...listQueries(), ...allViews()]) {
    const words = record.split(/[\s,;]+/)
    t.ok(words.length > 1, `${name} says what to record`)
    for (const [i, word] of words.entries()) {
      if (/^--?[a-zA-Z]/.test(word)) t.ok(options.includes(word), `${name}: ${word}`)
      if (words[i - 1] === '--preset')
        t.ok(word in PRESETS || word.endsWith('+s'), `${name}: --preset ${word}`)
    }
  }
})
