import { proxy } from 'comlink'
import { lab } from './lab.ts'
import { DEFAULTS } from './settings.ts'
const t0 = performance.now()
const log = (...a: unknown[]) => console.log(Math.round(performance.now() - t0), ...a)
await lab.listen(proxy((e) => log(JSON.stringify(e, (k, v) => (k === 'guesses' ? undefined : v)))))
const b = await lab.open(DEFAULTS)
log(JSON.stringify(b.runtime), b.network, b.flopsPerImage, b.validation.accuracy)
await lab.train()
