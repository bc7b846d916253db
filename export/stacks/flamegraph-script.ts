/**
 * What a flame graph does in a browser: a click on a frame makes it as wide as the picture, `show all`
 * takes that back, `search` marks the frames whose names match, and how much they weigh together.
 */
export const FLAMEGRAPH_SCRIPT: string = `<script><![CDATA[
(() => {
  const MARGIN = 10, WIDTH = 1180, CHARACTER = 6.7
  const byId = (id) => document.getElementById(id)
  const frames = [...document.querySelectorAll('.frame')].map((group) => {
    const [title, rect, text] = ['title', 'rect', 'text'].map((tag) => group.querySelector(tag))
    const [x, y, width] = ['x', 'y', 'width'].map((name) => Number(rect.getAttribute(name)))
    const full = title.textContent
    return { group, rect, text, x, y, width, full, name: full.slice(0, full.lastIndexOf(' (')) }
  })
  const label = (frame, width) => {
    const room = Math.floor((width - 6) / CHARACTER)
    frame.text.textContent = frame.name.length <= room ? frame.name
      : room < 3 ? '' : frame.name.slice(0, room - 2) + '..'
  }
  const place = (frame, x, width) => {
    frame.rect.setAttribute('x', x)
    frame.rect.setAttribute('width', width)
    frame.text.setAttribute('x', x + 3)
    label(frame, width)
  }
  const zoom = (to) => {
    const scale = WIDTH / to.width
    for (const frame of frames) {
      const below = frame.y > to.y && frame.x <= to.x + 0.01 && frame.x + frame.width >= to.x + to.width - 0.01
      const above = frame.y <= to.y && frame.x >= to.x - 0.01 && frame.x + frame.width <= to.x + to.width + 0.01
      frame.group.setAttribute('display', below || above ? 'inline' : 'none')
      frame.group.classList.toggle('faded', below)
      if (below) place(frame, MARGIN, WIDTH)
      if (above) place(frame, MARGIN + (frame.x - to.x) * scale, frame.width * scale)
    }
    byId('reset').setAttribute('visibility', to.width < WIDTH - 0.01 ? 'visible' : 'hidden')
  }
  const mark = (pattern) => {
    let matches = () => false
    if (pattern) {
      try {
        const expression = new RegExp(pattern)
        matches = (name) => expression.test(name)
      } catch {
        matches = (name) => name.includes(pattern)
      }
    }
    const found = frames.filter((frame) => matches(frame.name))
    for (const frame of frames) frame.group.classList.toggle('found', found.includes(frame))
    let sum = 0, end = -1
    for (const frame of found.sort((a, b) => a.x - b.x || b.width - a.width)) {
      if (frame.x < end - 0.01) continue
      sum += frame.width
      end = frame.x + frame.width
    }
    byId('matched').textContent = pattern ? pattern + ': ' + ((sum / WIDTH) * 100).toFixed(2) + '%' : ''
  }
  for (const frame of frames) {
    frame.group.addEventListener('click', () => zoom(frame))
    frame.group.addEventListener('mouseover', () => { byId('details').textContent = frame.full })
    frame.group.addEventListener('mouseout', () => { byId('details').textContent = '' })
  }
  byId('reset').addEventListener('click', () => zoom(frames[0]))
  byId('search').setAttribute('visibility', 'visible')
  byId('search').addEventListener('click', () => mark(prompt('names that match (regular expression)', '')))
})()
]]></script>
`
