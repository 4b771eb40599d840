// fills printed output into examples of files given (one-off)
import { readFileSync, writeFileSync } from 'node:fs'
import { runExample } from './examples.ts'
for (const file of process.argv.slice(2)) {
  let src = readFileSync(file, 'utf8')
  const found = [...src.matchAll(/^( *)\* @example\n((?:\1\*.*\n)*?)(?=\1\*\/|\1\* @)/gm)].reverse()
  for (const m of found) {
    const [all, pad, body] = m
    const lines = body!.split('\n').slice(0, -1).map((l) => l.replace(/^ *\* ?/, ''))
    const prints = lines.map((l, i) => [l, i] as const).filter(([l]) => /(\.print\(|console\.log\(|(?<![\w.])print\(|\.summary\()/.test(l) && !/^\s*\/\//.test(l))
    if (prints.length === 0 || prints.every(([l]) => /\/\/ /.test(l))) continue
    try {
      const printed = await runExample(lines.join('\n'))
      if (printed.length !== prints.length) { console.error('COUNT', file, lines.join('\n'), printed); continue }
      prints.forEach(([l, i], k) => {
        if (/\/\/ /.test(l)) return
        const text = printed[k]!.replace(/^Tensor \w+ \[[\d, ]*\]\n/, '').replace(/\s*\n\s*/g, ' ').trim()
        lines[i] = `${l} // ${text}`
        if (lines[i].length > 112) lines[i] = `${l}\n// ${text}`
      })
    } catch (error) { console.error('FAIL', file, lines.join('\n'), String(error)); continue }
    const text = `${pad}* @example\n${lines.flatMap((l) => l.split('\n')).map((l) => `${pad}* ${l}`.trimEnd()).join('\n')}\n`
    src = src.slice(0, m.index) + text + src.slice(m.index! + all.length)
  }
  writeFileSync(file, src)
}
