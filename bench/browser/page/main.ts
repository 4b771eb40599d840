/** The page's form: chooses what is timed, times it, and puts a report of each run below, the newest first. */

import { compare } from '../../driver/compare.ts'
import type { ItemName, SystemResult } from '../../driver/results.ts'
import { WORK } from '../../shared/work.mjs'
import type { Setup } from '../server/setup.ts'
import { browserName } from './browser-name.ts'
import { element } from './dom.ts'
import { Report } from './report.ts'
import { ITEMS, PEER_ITEMS, type PeerChoice, peerChoices, peerSpec, quadlaneSpecs } from './systems.ts'

const MINUTES = 15
const INSTALL = 'npm ci --prefix bench/peers'

const form = document.querySelector('form')!
const button = form.querySelector('button')!
const status = form.querySelector('[role=status]')!
const reports = document.querySelector('#reports')!

interface Settings {
  readonly threads: number
  readonly simd: 'baseline' | 'relaxed'
  readonly rounds: number
  readonly worker: boolean
  readonly items: readonly ItemName[]
  readonly peers: readonly PeerChoice[]
}

function settings(): Settings {
  const data = new FormData(form)
  const threads = Number(data.get('threads'))
  return {
    threads,
    simd: data.get('simd') === 'baseline' ? 'baseline' : 'relaxed',
    rounds: Number(data.get('rounds')),
    worker: data.has('worker'),
    items: ITEMS.filter((item) => data.getAll('item').includes(item)),
    peers: peerChoices(threads).filter(({ id }) => data.getAll('peer').includes(id)),
  }
}

function choice(name: string, value: string, text: string, properties: Partial<HTMLInputElement> = {}): HTMLElement {
  return element('label', {}, element('input', { type: 'checkbox', name, value, ...properties }), ` ${text}`)
}

async function setup(): Promise<Setup> {
  const response = await fetch('/bench/setup')
  if (!response.ok) throw new Error(`/bench/setup: ${response.status}: is this page served by npm run bench:browser?`)
  return (await response.json()) as Setup
}

async function fillIn(): Promise<void> {
  const { installed } = await setup()
  const items = ITEMS.map((item) => choice('item', item, WORK[item].about, { checked: true }))
  document.querySelector('#items')!.append(...items)
  const peers = peerChoices(1).map(({ id, label, package: name, slow }) => {
    const lacking = !installed.includes(name)
    const remark = lacking ? `not installed (${INSTALL})` : slow
    const text = remark === undefined ? label : `${label}: ${remark}`
    return choice('peer', id, text, { checked: !lacking && slow === undefined, disabled: lacking })
  })
  document.querySelector('#peers')!.append(...peers)
}

async function measure({ threads, simd, rounds, worker, items, peers }: Settings): Promise<void> {
  if (items.length === 0) throw new Error('choose some work')
  const { node, machine } = await setup()
  const title = `${simd} build, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  const report = new Report({ title, items, rounds, browser: browserName(), machine })
  reports.prepend(report.article)
  let own: readonly SystemResult[] = []
  const others: SystemResult[] = []
  let hidden = false
  const watch = (): void => {
    hidden ||= document.hidden
  }
  const show = (more: readonly SystemResult[] = []): void => {
    const remarks = hidden ? ['This page was hidden for a while; browsers slow down pages that are.'] : []
    report.show(own, [...others, ...more], remarks)
  }
  watch()
  document.addEventListener('visibilitychange', watch)
  try {
    const log = (who: string) => (line: string) => {
      status.textContent = `${title}, ${who}: ${line}`
    }
    own = await compare({
      specs: quadlaneSpecs({ threads, simd, worker, node }),
      items,
      rounds,
      minutes: MINUTES,
      log: log('quadlane'),
      onRound: (systems) => {
        own = systems
        show()
      },
    })
    const common = PEER_ITEMS.filter((item) => items.includes(item))
    for (const peer of common.length === 0 ? [] : peers) {
      const specs = [peerSpec(peer)]
      others.push(
        ...(await compare({ specs, items: common, rounds, minutes: MINUTES, log: log(peer.label), onRound: show })),
      )
      show()
    }
  } finally {
    document.removeEventListener('visibilitychange', watch)
  }
}

async function reporting(work: () => Promise<void>, done: string): Promise<void> {
  try {
    await work()
    status.textContent = done
  } catch (error) {
    status.textContent = error instanceof Error ? error.message : String(error)
  }
}

let running = false

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  if (running) return
  running = true
  // Not disabled: it would lose the focus.
  button.ariaDisabled = 'true'
  await reporting(() => measure(settings()), 'done')
  button.ariaDisabled = null
  running = false
})

await reporting(fillIn, '')
