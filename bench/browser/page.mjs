/**
 * The page in which systems are timed. The driver calls `handle`, as it sends messages to processes elsewhere; a person
 * presses the button and sees quadlane's figures.
 */

import { Host } from '../shared/host.mjs'
import { WORK } from '../shared/work.mjs'

const MODULES = {
  quadlane: () => import('../systems/quadlane.mjs'),
  tfjs: () => import('../peers/tfjs.mjs'),
  jax: () => import('../peers/jax.mjs'),
  ort: () => import('../peers/ort.mjs'),
}
const host = new Host(async (system) => {
  const load = MODULES[system]
  if (load === undefined) throw new Error(`no system ${system} in pages`)
  return load()
})

globalThis.handle = async (request) => {
  try {
    return { reply: await host.handle(request) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

const status = document.querySelector('[role=status]')

document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault()
  const form = event.target
  const { threads, simd } = Object.fromEntries(new FormData(form))
  // The runtime starts once: other settings want the page anew.
  form.querySelector('button').disabled = true
  try {
    await measure({ threads: Number(threads), simd })
    status.textContent = 'done; reload for other settings'
  } catch (error) {
    status.textContent = error.message
  }
})

async function measure(options) {
  status.textContent = 'starting'
  const { facts, items } = await host.handle({ op: 'open', system: 'quadlane', options })
  addRow(`multiply-add peak of one thread`, `${facts.ceiling.toFixed(1)} GFLOP/s`)
  for (const item of items) {
    status.textContent = item
    await host.handle({ op: 'prepare', item })
    const { ms } = await host.handle({ op: 'round', item })
    const { flops, title, about = title } = WORK[item]
    addRow(about, flops > 0 ? `${(flops / ms / 1e6).toFixed(1)} GFLOP/s` : `${ms.toPrecision(4)} ms`)
    // The page draws before the next item blocks it.
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function addRow(...cells) {
  const row = document.querySelector('table').insertRow()
  for (const text of cells) row.insertCell().textContent = text
}
