const { readFileSync } = require('node:fs')
const quadlane = require('quadlane')

// Jest as it is installed knows no modules; this is the one that all consumers have.
const module_ = readFileSync('step.mjs', 'utf8').replaceAll('export ', '')
const { step } = new Function(`${module_}; return { step }`)()

test('trains', async () => {
  const result = await step(quadlane)
  process.stdout.write(`RESULT ${JSON.stringify(result)}\n`)
}, 60_000)
