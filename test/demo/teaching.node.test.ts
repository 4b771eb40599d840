/** What the demo has for teaching: opened digits, numbers to type into, networks of one's own, addresses, kept runs. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import type { Browser, Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installedBrowser } from '../../scripts/installed-browsers.ts'
import { type LayersModel, layers, sequential } from '../../src/exports.ts'
import { modelBytes } from '../../src/model/save-file.ts'
import { launchChromium } from '../browser/playwright-chromium.ts'
import { choose, click, type Opened, openPage, reset, slide, trainUntil, transferOf } from './page.ts'
import './patience.ts'
import { buildSite, type Site, serveSite } from './site.ts'
import { atPhase, cells, numberOf, phaseOf, probabilities, stepsTaken } from './visitor.ts'

const installed = installedBrowser('chromium')
/** Real files of models, where they are at hand. */
const MODEL_FILES = process.env.QUADLANE_MODEL_FILES

describe.skipIf(installed === undefined)('the demo', () => {
  let browser: Browser
  let site: Site
  let opened: Opened
  let page: Page

  beforeAll(async () => {
    site = await serveSite(await buildSite('teaching'), { isolated: true })
    browser = await launchChromium(installed!)
    opened = await openPage(browser, `${site.url}?network=lenet5`)
    page = opened.page
  })
  afterAll(async () => {
    await browser.close()
    await site.close()
    expect(opened.complaints).toEqual([])
  })

  const text = (selector: string) => page.locator(selector).first().innerText()
  const dialog = () => page.getByRole('dialog')
  const total = () => text('.builder [role=status]')

  describe('opens a digit', () => {
    it('of the wall, with its probabilities and why it is not another', async () => {
      await trainUntil(page, 40)
      const tile = page.locator('.tile').nth(4)
      const [, label, guess] = /A (\d), read as (\d)/.exec((await tile.getAttribute('aria-label'))!)!
      await tile.click()
      await expect
        .poll(() => dialog().locator('h2').innerText())
        .toMatch(label === guess ? /read rightly/ : /taken for/)
      const shares = (await dialog().locator('.bar-value').allInnerTexts()).map(numberOf)
      expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(100, 0)
      expect(shares.indexOf(Math.max(...shares))).toBe(Number(guess))
      const blue = () => dialog().locator('.why-pictures canvas').first().evaluate(inkOf)
      const first = await blue()
      const other = dialog().getByLabel('and not a')
      const not = Number(await other.inputValue())
      await other.selectOption(`${[1, 2, 3].map((by) => (not + by) % 10).find((digit) => digit !== Number(guess))}`)
      await expect.poll(blue).not.toBe(first)
      await page.keyboard.press('Escape')
      await expect.poll(() => dialog().count()).toBe(0)
    })

    it('and puts it on the pad', async () => {
      const before = await probabilities(page)
      await page.locator('.tile').nth(9).click()
      await dialog().getByRole('button', { name: 'Put it on the pad' }).click()
      await expect.poll(() => probabilities(page)).not.toEqual(before)
      await click(page, 'Why?')
      await expect.poll(() => dialog().locator('h2').innerText()).toMatch(/^Read as a \d, \d+ % sure$/)
      await dialog().getByRole('button', { name: 'Close' }).click()
    })

    it('of the mistakes, those of one cell alone where one is chosen', async () => {
      await click(page, 'Run the test')
      const cell = page.locator('.confusion button').first()
      await cell.waitFor({ timeout: 30_000 })
      const [, count, label, guess] = /^(\d+) of (\d) taken for (\d)/.exec((await cell.getAttribute('aria-label'))!)!
      await cell.click()
      await expect.poll(() => page.locator('.mistake').count()).toBe(Math.min(12, Number(count)))
      for (const mistake of await page.locator('.mistake').allInnerTexts())
        expect(mistake).toContain(`${label} as ${guess}`)
      await page.locator('.mistake').first().click()
      await expect.poll(() => dialog().locator('h2').innerText()).toContain(`A ${label}, taken for a ${guess}`)
      await page.keyboard.press('Escape')
    })
  })

  it('computes with pictures, kernels and maps that are typed into', async () => {
    const map = async () => (await cells(page, '[aria-label^="Feature map, "]')).flat().map(numberOf)
    await expect.poll(map).toEqual([4, 3, 4, 2, 4, 3, 2, 3, 4])
    await page.getByLabel('Kernel: type into it, row 1, column 1').fill('-2,5')
    await page.keyboard.press('Enter')
    // The upper left of the picture is 1: 4 becomes 4 − 3.5.
    await expect.poll(async () => (await map())[0]).toBe(0.5)
    await page.getByLabel('Picture: type into it, row 1, column 1').fill('0')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await map())[0]).toBe(3)
    await page.getByLabel('Picture: type into it, row 1, column 2').fill('many')
    await page.keyboard.press('Enter')
    expect((await map())[0]).toBe(3)
    const pooled = async () => (await cells(page, '[aria-label^="Pooled, "]')).flat().map(numberOf)
    await page.getByLabel('Map: type into it, row 1, column 1').fill('99')
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await pooled())[0]).toBe(99)
  })

  describe('asks before a network is lost', () => {
    it('and keeps it', async () => {
      const steps = await stepsTaken(page)
      await click(page, 'Reset')
      await expect.poll(() => dialog().innerText()).toContain(`has learned for ${steps} steps`)
      await dialog().getByRole('button', { name: 'Keep it' }).click()
      expect(await stepsTaken(page)).toBe(steps)
    })

    it('and over a reload it is kept in any case', async () => {
      const [steps, shares] = [await stepsTaken(page), await probabilities(page)]
      await slide(page, /^Wind back/, 2)
      await expect.poll(() => probabilities(page)).not.toEqual(shares)
      await click(page, 'To the newest')
      await expect.poll(() => probabilities(page)).toEqual(shares)
      const seen = await text('.status-line')
      await page.reload()
      await atPhase(page, 'paused')
      expect(await stepsTaken(page)).toBe(steps)
      expect(await text('.status-line')).toBe(seen)
      await click(page, 'Step')
      await expect.poll(() => stepsTaken(page)).toBe(steps + 1)
    })

    it('and lets it go', async () => {
      await click(page, 'Reset')
      await dialog().getByRole('button', { name: 'Reset' }).click()
      await atPhase(page, 'ready')
      expect(await text('.status-line')).toMatch(/^Ready: 61,706 weights/)
    })
  })

  describe('lets users build a network', () => {
    it('with sizes and weights that are counted at once', async () => {
      await page.locator('.settings summary').click()
      await choose(page, 'Network', 'Build your own')
      await expect.poll(total).toBe('27,562 weights in all.')
      const chips = await page.locator('.chip').allInnerTexts()
      expect(chips.map((chip) => chip.split('\n'))).toEqual([
        ['Conv 8 · 3×3 · relu', '26×26×8, 80'],
        ['Max pool 2×2', '13×13×8'],
        ['Conv 16 · 3×3 · relu', '11×11×16, 1,168'],
        ['Max pool 2×2', '5×5×16'],
        ['Dense 64 · relu', '64, 25,664'],
        ['Dense 10 · softmax', '10, 650'],
      ])
      await page.locator('.chip').nth(4).click()
      await page.getByRole('spinbutton', { name: 'Units' }).fill('32')
      await page.keyboard.press('Enter')
      await expect.poll(total).toBe('14,410 weights in all.')
      await expect.poll(() => text('.status-line')).toContain('14,410 weights')
    })

    it('and says at the layer what does not fit', async () => {
      await page.locator('.chip').nth(2).click()
      await page.getByLabel('Kernel', { exact: true }).first().fill('11')
      await page.keyboard.press('Enter')
      await page.locator('.chip').nth(0).click()
      await page.getByLabel('Kernel', { exact: true }).first().fill('9')
      await page.keyboard.press('Enter')
      await expect.poll(total).toBe('It does not fit together yet.')
      const wrong = page.locator('.chips li', { has: page.locator('.chip-wrong') })
      expect(await wrong.count()).toBe(1)
      expect(await wrong.innerText()).toMatch(/Conv 16 · 11×11[\s\S]*10x10[\s\S]*11x11/)
      // The network that fitted is still there.
      expect(await text('.status-line')).toContain('16,458 weights')
      await click(page, 'Remove')
      await page.locator('.chip').nth(1).click()
      await click(page, 'Remove')
      await expect.poll(total).toMatch(/weights in all/)
    })

    it('and trains it, and has it in the address', async () => {
      await expect.poll(() => page.url()).toContain('network=own&layers=')
      await trainUntil(page, 5)
      const columns = await page.getByRole('img', { name: /^The layers in columns/ }).getAttribute('aria-label')
      expect(columns).toContain('dense_1 10')
      const other = await page.context().newPage()
      await other.goto(page.url())
      await atPhase(other, await phaseOf(page))
      expect(await stepsTaken(other)).toBe(await stepsTaken(page))
      await other.close()
    })
  })

  it('shows the parts of a lesson alone', async () => {
    const { page: lesson, complaints } = await openPage(
      browser,
      `${site.url}?network=lenet5&seed=3&look=3.5&show=train,network&controls=off`,
    )
    expect(await lesson.locator('main > section').evaluateAll((all) => all.map(({ id }) => id))).toEqual([
      'train',
      'network',
    ])
    expect(await lesson.locator('nav li').allInnerTexts()).toEqual(['Train', 'Inside'])
    expect(await lesson.locator('.settings').count()).toBe(0)
    await expect.poll(() => lesson.locator('.closer-picker').innerText()).toMatch(/Filter 5 of 16/)
    expect(await lesson.evaluate(() => location.search)).toContain('look=3.5')
    await click(lesson, 'Step')
    await atPhase(lesson, 'paused')
    await lesson.getByRole('button', { name: 'Show all of the page' }).click()
    await expect.poll(() => lesson.locator('main > section').count()).toBeGreaterThan(5)
    await lesson.getByLabel('Draw', { exact: true }).uncheck()
    expect(await lesson.getByLabel('Address', { exact: true }).inputValue()).toContain('show=train,network,test')
    expect(complaints).toEqual([])
    await lesson.context().close()
  })

  describe('takes what is dropped', () => {
    const drop = async (files: { name: string; type?: string; buffer: Buffer }[]) => {
      const dataTransfer = await transferOf(page, files)
      await page.dispatchEvent('h1', 'drop', { dataTransfer, clientX: 300, clientY: 200 })
    }

    it('a picture of a digit onto the pad', async () => {
      const before = await probabilities(page)
      const one = new PNG({ width: 60, height: 90 })
      one.data.fill(255)
      for (let y = 15; y < 75; y++) for (let x = 27; x < 33; x++) one.data.set([20, 20, 60, 255], 4 * (y * 60 + x))
      await drop([{ name: 'one.png', type: 'image/png', buffer: PNG.sync.write(one) }])
      await expect.poll(() => text('.drop-note')).toContain('one.png is on the pad.')
      await expect.poll(() => probabilities(page)).not.toEqual(before)
      // The ink is a stroke in the middle, 20 pixels high.
      const rows = await page.locator('.seen-side canvas').evaluate((element) => {
        const canvas = element as HTMLCanvasElement
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, 28, 28)
        return Array.from({ length: 28 }, (_, y) => Math.min(data[4 * (y * 28 + 13)]!, data[4 * (y * 28 + 14)]!) < 128)
      })
      expect(rows.filter(Boolean).length).toBeGreaterThanOrEqual(18)
      expect(rows.indexOf(true)).toBeGreaterThanOrEqual(3)
    })

    it('and says where it fell what is wrong with it', async () => {
      await drop([{ name: 'broken.png', type: 'image/png', buffer: Buffer.from('no picture') }])
      await expect.poll(() => text('.drop-note-problem')).toContain('broken.png is no picture')
      const box = await page.locator('.drop-note').boundingBox()
      expect([box!.x, box!.y]).toEqual([300, 200])
      await drop([{ name: 'notes.txt', buffer: Buffer.from('hello') }])
      await expect.poll(() => text('.drop-note-problem')).toContain('notes.txt')
      await page.getByRole('alert').getByRole('button', { name: 'Close' }).click()
      expect(await page.locator('.drop-note').count()).toBe(0)
    })
  })

  describe('opens models of any format', () => {
    const dropOn = async (part: string, files: { name: string; type?: string; buffer: Buffer }[]) => {
      const dataTransfer = await transferOf(page, files)
      await page.dispatchEvent(part, 'drop', { dataTransfer, clientX: 300, clientY: 200 })
    }
    const columns = () => page.getByRole('img', { name: /^The layers in columns/ }).getAttribute('aria-label')

    it('one of digits in place of the network, with a softmax where it has none', async () => {
      await reset(page)
      const before = await columns()
      await dropOn('h1', [{ name: 'sums.onnx', buffer: await bytesOf(digitReader(), '.onnx') }])
      await expect.poll(() => text('.drop-note')).toContain('sums.onnx: ')
      await expect.poll(columns).not.toBe(before)
      expect(await text('.status-line')).toMatch(/^Ready: 2,674 weights, as the file has them\. Validation accuracy/)
      const shares = await probabilities(page)
      expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(100, 0)
      await click(page, 'Step')
      await atPhase(page, 'paused')
      await dropOn('h1', [{ name: 'row.keras', buffer: await bytesOf(rowReader(), '.keras') }])
      await expect.poll(() => text('.status-line')).toMatch(/^Ready: 7,850 weights, as the file has them/)
      await click(page, 'Step')
      await atPhase(page, 'paused')
    })

    it('one of other pictures to be looked into, beside the network', async () => {
      const model = colourReader()
      const before = await text('.status-line')
      await dropOn('h1', [{ name: 'colours.keras', buffer: await bytesOf(model, '.keras') }])
      await expect.poll(() => text('.guest-on')).toContain('pictures of 16×16 in colour, 4 answers')
      await expect.poll(columns).toMatch(/conv\w* 7×7×6, .* 4\./)
      const colour = [200, 30, 90] as const
      const png = new PNG({ width: 40, height: 20 })
      for (let i = 0; i < 800; i++) png.data.set([...colour, 255], 4 * i)
      await dropOn('#network h2', [{ name: 'red.png', type: 'image/png', buffer: PNG.sync.write(png) }])
      const pixels = Float32Array.from({ length: 768 }, (_, i) => colour[i % 3]! / 127.5 - 1)
      const shares = [...model.predict(pixels).dataSync()]
      const best = [...shares.keys()].sort((a, b) => shares[b]! - shares[a]!)
      const expected = best.map((i) => `${i}: ${(100 * shares[i]!).toFixed(1)} %`).join(' · ')
      await expect.poll(() => text('.guest-on [role=status]')).toBe(`Of red.png it makes: ${expected}`)
      expect(await text('.status-line')).toBe(before)
      await click(page, 'Use it for your own classes')
      await expect.poll(() => text('.own-base')).toContain('sees the pictures, 16×16; a new head learns from its 294')
      await click(page, 'Learn from nothing instead')
      await click(page, 'Back to your network')
      await expect.poll(columns).toContain('dense')
      expect(await page.locator('.guest-on').count()).toBe(0)
    })

    it('and says where it fell what is wrong with one', async () => {
      const recurrent = { class_name: 'Sequential', config: [{ class_name: 'LSTM', config: { units: 2 } }] }
      await dropOn('h1', [{ name: 'text.json', buffer: Buffer.from(JSON.stringify(recurrent)) }])
      await expect
        .poll(() => text('.drop-note-problem'))
        .toContain("it has the layer 'LSTM', which quadlane does not have")
      const row = sequential({ layers: [layers.dense({ units: 2, inputShape: [5] })] })
      await dropOn('h1', [{ name: 'row.keras', buffer: await bytesOf(row, '.keras') }])
      await expect.poll(() => text('.drop-note-problem')).toContain('takes [5]: here a model is shown pictures')
      await page.getByRole('alert').getByRole('button', { name: 'Close' }).click()
    })

    it.skipIf(MODEL_FILES === undefined)('as Keras, PyTorch and Teachable Machine have written them', async () => {
      const folder = join(MODEL_FILES!, 'layers-model', 'tm-aircraft')
      const files = await Promise.all(
        ['metadata.json', 'model.json', 'weights.bin'].map(async (name) => {
          return { name, buffer: await readFile(join(folder, name)) }
        }),
      )
      await dropOn('h1', files)
      await expect.poll(() => text('.guest-on')).toContain('pictures of 224×224 in colour, 6 answers')
      await expect
        .poll(() => text('.guest-on [role=status]'))
        .toMatch(/^Of what is drawn on the pad it makes: (a320|a321|a400m|a340|777|747): \d/)
      for (const name of ['h5/mnist-k3.1.1.h5', 'onnx/mnist-cntk2.5.1.onnx']) {
        await dropOn('h1', [{ name: name.split('/')[1]!, buffer: await readFile(join(MODEL_FILES!, name)) }])
        await expect.poll(() => text('.drop-note')).toContain(`${name.split('/')[1]}: `)
        await expect.poll(() => text('.status-line')).toMatch(/as the file has them/)
        // Of digits that others drew; these were drawn by quadlane.
        expect(Number(/accuracy ([\d.]+)/.exec(await text('.status-line'))![1])).toBeGreaterThan(60)
      }
    })
  })

  it('learns the user’s own classes from a handful of pictures', async () => {
    const pictures = (shape: 'disc' | 'bar') =>
      Array.from({ length: 10 }, (_, i) => {
        return { name: `${shape}${i}.png`, mimeType: 'image/png', buffer: shapePicture(shape, i) }
      })
    const broken = { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('none') }
    await page.getByLabel('Name of class 1').fill('discs')
    await page.keyboard.press('Enter')
    await page.locator('.own-class input[type=file]').first().setInputFiles(pictures('disc'))
    await page
      .locator('.own-class input[type=file]')
      .last()
      .setInputFiles([...pictures('bar'), broken])
    await expect.poll(() => text('.own-side [role=status]')).toBe('Not read: broken.png.')
    await click(page, 'Learn them')
    await click(page, 'Cancel')
    await expect.poll(() => text('.own-side [role=status]')).toBe('Called off.')
    await click(page, 'Learn them')
    await expect.poll(() => text('.own-side [role=status]')).toMatch(/of 4 pictures that it had not seen/)
    expect(numberOf(/reads (\d+) %/.exec(await text('.own-side [role=status]'))![1]!)).toBeGreaterThanOrEqual(75)
    const show = async (shape: 'disc' | 'bar') => {
      const file = { name: 'x.png', mimeType: 'image/png', buffer: shapePicture(shape, 23) }
      await page.getByLabel('Show it a picture').setInputFiles(file)
    }
    await show('disc')
    await expect.poll(() => page.locator('.own-bars .bar-best').innerText()).toMatch(/^discs/)
    await show('bar')
    await expect.poll(() => page.locator('.own-bars .bar-best').innerText()).toMatch(/^Class 2/)
    const [download] = await Promise.all([page.waitForEvent('download'), click(page, 'Download it')])
    const files = unzipSync(await readFile(await download.path()))
    expect(JSON.parse(strFromU8(files['classes.json']!))).toEqual(['discs', 'Class 2'])
    expect(JSON.parse(strFromU8(files['model.json']!)).modelTopology).toBeDefined()
    // Dropped on the page again, it knows its classes and reads the same.
    const zip = await readFile(await download.path())
    await page.dispatchEvent('h1', 'drop', { dataTransfer: await transferOf(page, [{ name: 'own.zip', buffer: zip }]) })
    await expect.poll(() => text('.guest-on')).toContain('pictures of 32×32 in colour, 2 answers')
    const bar = { name: 'x.png', mimeType: 'image/png', buffer: shapePicture('bar', 23) }
    await page.locator('.guest-on input[type=file]').setInputFiles(bar)
    await expect.poll(() => text('.guest-on [role=status]')).toMatch(/^Of x\.png it makes: Class 2: /)
    await click(page, 'Back to your network')
  })

  describe('learns from the camera', () => {
    let filming: Browser
    let own: Page
    let complaints: readonly string[]

    beforeAll(async () => {
      filming = await launchChromium(installed!, ['--use-fake-device-for-media-stream=device-count=2'])
      const open = await openPage(filming, `${site.url}?show=train,own`, { permissions: ['camera'] })
      own = open.page
      complaints = open.complaints
    })
    afterAll(() => filming.close())

    const said = () => own.locator('.own-classes > [role=status]').innerText()
    /** Holds the button until there are so many pictures. */
    const hold = async (index: number, pictures: number) => {
      const button = own.getByRole('button', { name: 'Hold to take pictures' }).nth(index)
      await button.scrollIntoViewIfNeeded()
      await button.hover()
      await own.mouse.down()
      const taken = own.locator('.own-class').nth(index).locator('canvas')
      await expect.poll(() => taken.count()).toBeGreaterThanOrEqual(pictures)
      await own.mouse.up()
    }
    const likeliest = () => own.locator('.own-bars .bar-best .own-bar-name').innerText()

    it('a class of what it sees, and judges what it goes on to see', async () => {
      await click(own, 'Use the camera')
      await own.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0)
      await hold(0, 6)
      const pictures = Array.from({ length: 6 }, (_, i) => {
        return { name: `${i}.png`, mimeType: 'image/png', buffer: shapePicture('bar', i) }
      })
      await own.locator('.own-class input[type=file]').last().setInputFiles(pictures)
      await click(own, 'Learn them')
      await expect.poll(likeliest).toBe('Class 1')
      const file = { name: 'x.png', mimeType: 'image/png', buffer: shapePicture('bar', 23) }
      await click(own, 'Stop the camera')
      await own.getByLabel('Show it a picture').setInputFiles(file)
      await expect.poll(likeliest).toBe('Class 2')
    })

    it('or of another one', async () => {
      await click(own, 'Use the camera')
      const camera = () =>
        own.evaluate(() => {
          const media = document.querySelector('video')?.srcObject as MediaStream | undefined
          return media?.getVideoTracks().at(0)?.label
        })
      await expect.poll(camera).toBeDefined()
      const first = await camera()
      await click(own, 'Another camera')
      await expect.poll(async () => ((await camera()) ?? first) !== first).toBe(true)
    })

    it('and says when it has stopped, when it may not be used, and when there is none', async () => {
      await own.evaluate(() => {
        const [track] = (document.querySelector('video')!.srcObject as MediaStream).getVideoTracks()
        track!.dispatchEvent(new Event('ended'))
      })
      await expect.poll(said).toMatch(/^The camera has stopped/)
      expect(await own.locator('video').count()).toBe(0)
      await own.context().clearPermissions()
      await click(own, 'Use the camera')
      await expect.poll(said).toMatch(/^The browser does not let this page use the camera/)
      await own.evaluate(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', 'NotFoundError'))
      })
      await click(own, 'Use the camera')
      await expect.poll(said).toMatch(/^There is no camera here/)
      expect(complaints).toEqual([])
    })
  })

  it('says why a training gets nowhere, and starts anew', async () => {
    const { page: stuck } = await openPage(browser, `${site.url}?rate=0.1`)
    await trainUntil(stuck, 50)
    await expect.poll(() => stuck.locator('.diagnosis').innerText()).toMatch(/Adam at 0\.1[\s\S]*try 0\.001/)
    await stuck.getByRole('button', { name: 'Start anew with 0.001' }).click()
    await atPhase(stuck, 'training')
    await expect.poll(() => stuck.url()).toContain('rate=0.001')
    await stuck.context().close()
  })
})

/** It reads digits, and answers with bare sums. */
function digitReader() {
  const conv = layers.conv2d({ filters: 4, kernelSize: 5, strides: 3, activation: 'relu', inputShape: [28, 28, 1] })
  return sequential({ seed: 3, layers: [conv, layers.flatten(), layers.dense({ units: 10 })] })
}

/** It reads digits as rows of 784 numbers. */
function rowReader() {
  return sequential({ seed: 3, layers: [layers.dense({ units: 10, activation: 'softmax', inputShape: [784] })] })
}

function colourReader() {
  const conv = layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, activation: 'relu', inputShape: [16, 16, 3] })
  return sequential({ seed: 3, layers: [conv, layers.flatten(), layers.dense({ units: 4, activation: 'softmax' })] })
}

async function bytesOf(model: LayersModel, ending: string): Promise<Buffer> {
  return Buffer.from(await modelBytes(model, ending))
}

/** A picture of a shape in some colour, somewhere, as PNG. */
function shapePicture(shape: 'disc' | 'bar', seed: number): Buffer {
  const [width, height] = [70 + 7 * (seed % 4), 64]
  const png = new PNG({ width, height })
  const [x0, y0, size] = [30 + ((seed * 5) % 17), 28 + ((seed * 3) % 11), 12 + (seed % 5)]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - x0, y - y0]
      const inside = shape === 'disc' ? dx * dx + dy * dy < size * size : Math.abs(dx) < size * 1.5 && Math.abs(dy) < 3
      const colour = inside ? [40 + ((seed * 31) % 90), 60, 90] : [235, 230, 215]
      png.data.set([...colour, 255], 4 * (y * width + x))
    }
  }
  return PNG.sync.write(png)
}

/** The sum of what is painted on a canvas. */
function inkOf(element: Element): number {
  const canvas = element as HTMLCanvasElement
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
  return data.reduce((sum, value, i) => sum + value * (1 + (i % 7)), 0)
}
