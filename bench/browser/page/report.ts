/** What a run has found, on the page: a sentence or two, the tables, and what there is to remark. */

import { cell, figure, ratio, remarksOf, versionsOf } from '../../driver/figures.ts'
import { type ItemName, isBusy, type Machine, type SystemResult } from '../../driver/results.ts'
import { WORK } from '../../shared/work.mjs'
import { element } from './dom.ts'
import { NODE, PAGE, PEER_ITEMS } from './systems.ts'
import { verdict } from './verdict.ts'

export interface Run {
  readonly title: string
  readonly items: readonly ItemName[]
  readonly rounds: number
  readonly browser: string
  readonly machine: Machine
}

/** An article that is filled anew whenever there is more. */
export class Report {
  readonly article = element('article')
  readonly #run: Run

  constructor(run: Run) {
    this.#run = run
  }

  /** @param remarks about the run as a whole */
  show(own: readonly SystemResult[], peers: readonly SystemResult[], remarks: readonly string[]): void {
    const { title, items } = this.#run
    const page = own.find(({ id }) => id === PAGE)
    const node = own.find(({ id }) => id === NODE)
    if (page === undefined || node === undefined) return
    const places = own.filter((one) => one !== node)
    this.article.replaceChildren(
      element('h2', { textContent: title }),
      ...places.map((here) => element('p', { className: 'verdict', textContent: verdict(here, node, items) })),
      scrolling(ownTable(places, node, items)),
      ...(peers.length === 0 ? [] : [scrolling(peerTable(page, peers, items))]),
      this.#notes(own, peers, remarks),
    )
  }

  #notes(own: readonly SystemResult[], peers: readonly SystemResult[], remarks: readonly string[]): HTMLElement {
    const { browser, machine, rounds } = this.#run
    const busy = isBusy(machine) ? `, while other programs ran too (load ${figure(machine.load)})` : ''
    const peaks = own.flatMap(({ where, facts: { ceiling } }) => {
      return typeof ceiling === 'number' ? [`${where} ${figure(ceiling)}`] : []
    })
    const medians = rounds === 1 ? 'One round' : `Medians of up to ${rounds} rounds`
    const lines = [
      `${browser}; ${machine.cpu}, ${machine.cores} cores${busy}. ${medians}.`,
      `${versionsOf([...own, ...peers]).join(', ')}.`,
      ...(peaks.length === 0 ? [] : [`Multiply-add peak of one thread in GFLOP/s: ${peaks.join(', ')}.`]),
      ...remarks,
      ...[...own, ...peers].flatMap((system) => remarksOf(system, this.#run.items)),
    ]
    return element('ul', {}, ...lines.map((textContent) => element('li', { textContent })))
  }
}

function ownTable(places: readonly SystemResult[], node: SystemResult, items: readonly ItemName[]): HTMLTableElement {
  const head = [...[...places, node].map(({ where }) => where), ...places.map(({ where }) => `${where} / Node`)]
  const rows = items.map((item) => [
    nameOf(item),
    ...[...places, node].map((system) => cell(item, system.items[item])),
    ...places.map((here) => ratio(here.items[item], node.items[item])?.toFixed(2) ?? ''),
  ])
  const caption = 'quadlane here and in Node; ratios are of times: above 1, the browser takes longer'
  return table(caption, ['', ...head], rows)
}

function peerTable(page: SystemResult, peers: readonly SystemResult[], all: readonly ItemName[]): HTMLTableElement {
  const items = PEER_ITEMS.filter((item) => all.includes(item))
  const rows = items.map((item) => [
    nameOf(item),
    cell(item, page.items[item]),
    ...peers.map((peer) => {
      const times = ratio(peer.items[item], page.items[item])
      return `${cell(item, peer.items[item])}${times === undefined ? '' : ` (${times.toFixed(times < 10 ? 1 : 0)} ×)`}`
    }),
  ])
  const caption = "Other libraries in this page; in brackets, as a multiple of quadlane's time"
  return table(caption, ['', page.label, ...peers.map(({ label }) => label)], rows)
}

function nameOf(item: ItemName): string {
  return `${WORK[item].about}, ${WORK[item].flops > 0 ? 'GFLOP/s' : 'ms'}`
}

function table(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): HTMLTableElement {
  const made = element('table', {}, element('caption', { textContent: caption }))
  const top = made.createTHead().insertRow()
  // An empty corner is no heading.
  top.append(...head.map((text) => (text === '' ? element('td') : element('th', { scope: 'col', textContent: text }))))
  const body = made.createTBody()
  for (const [name = '', ...cells] of rows) {
    body
      .insertRow()
      .append(
        element('th', { scope: 'row', textContent: name }),
        ...cells.map((textContent) => element('td', { textContent })),
      )
  }
  return made
}

/** Narrow windows scroll a wide table, by the keyboard too. */
function scrolling(wide: HTMLTableElement): HTMLElement {
  const ariaLabel = wide.caption?.textContent ?? ''
  return element('div', { className: 'scrolling', role: 'region', ariaLabel, tabIndex: 0 }, wide)
}
