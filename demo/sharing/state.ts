/** The address follows the page; and at the start the page follows the address. */

import { effect, signal } from '@preact/signals'
import { chosen } from '../drawing/state.ts'
import { lab } from '../lab.ts'
import { look } from '../network/state.ts'
import { bench, open, restore, runBefore, settings } from '../training/state.ts'
import { type PartName, readAddress, type View, writeAddress } from './address.ts'

const address = readAddress(location.search)

/** What of the page is shown. */
export const view = signal<Pick<View, 'parts' | 'plain'>>(address.view)

export function isShown(part: PartName): boolean {
  return view.value.parts?.includes(part) ?? true
}

/** The address of the page as it is, with another choice of what is shown where one is given. */
export function addressOf(shown: Pick<View, 'parts' | 'plain'> = view.value): string {
  const { stage, map } = chosen.value
  return writeAddress(settings.value, { ...shown, look: [stage, map] })
}

/** The first network: that of last time, unless the address wants another. */
export async function openFirst(): Promise<void> {
  settings.value = address.settings
  const run = await lab.lastRun().catch(() => undefined)
  const isWanted =
    run !== undefined &&
    (!address.isExplicit || writeAddress(run.settings, PLAIN) === writeAddress(address.settings, PLAIN))
  // MNIST is not kept with the run, and without it the run cannot go on.
  if (run !== undefined && isWanted && run.settings.data !== 'mnist') {
    try {
      await restore(run)
    } catch {
      await open()
    }
  } else {
    if (run?.settings.data !== 'mnist') runBefore.value = run
    await open()
  }
  follow()
}

const PLAIN: View = { plain: false }

function follow(): void {
  const wanted = address.view.look
  if (wanted !== undefined && bench.value !== undefined) {
    // Maps can be looked at once the network has been looked into.
    const stop = effect(() => {
      if (chosen.value.stage === wanted[0] && chosen.value.map === wanted[1]) queueMicrotask(() => stop())
      look(wanted[0], wanted[1])
    })
  }
  effect(() => {
    const wantedAddress = addressOf()
    if (wantedAddress !== location.search)
      history.replaceState(null, '', `${location.pathname}${wantedAddress}${location.hash}`)
  })
}
