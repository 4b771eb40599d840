import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { loadingOf } from '../src/model/read-model.ts'

new Worker(
  `
const { Session } = require('node:inspector'); const fs = require('fs')
setTimeout(() => {
  const s = new Session(); s.connectToMainThread()
  s.on('Debugger.paused', (m) => { fs.writeSync(1, m.params.callFrames.slice(0, 14).map((f) => f.functionName + ' ' + f.url.split('/').pop() + ':' + (f.location.lineNumber + 1)).join('\\n') + '\\n'); process.kill(process.pid, 'SIGKILL') })
  s.post('Debugger.enable', () => s.post('Debugger.pause'))
}, 4000)`,
  { eval: true },
)
await new Promise((r) => setTimeout(r, 500))
await loadingOf(
  { file: 'mutant', bytes: new Uint8Array(readFileSync(process.argv[2]!)), beside: async () => new Uint8Array(0) },
  { strict: process.argv[3] === 'strict', seed: 1 },
).catch((e) => console.log(e))
process.exit()
