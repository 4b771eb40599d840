import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { type InstalledBrowser, installedBrowsers } from './scripts/installed-browsers.ts'
import { puppeteer } from './test/browser/puppeteer-provider.ts'

/** What runs in Node: everything that is not about pages. */
const node: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'node',
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    exclude: ['test/browser/**/!(*.node).test.ts'],
    // Two workers: the machines that run this often have two cores, and the tests compute.
    maxWorkers: 2,
    // Node 20 has relaxed SIMD behind a flag; later versions take it without complaint.
    execArgv: process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [],
  },
}

/** What lets a page share memory between threads. */
const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

/** The same tests in a page of a browser, and those that are about pages; without isolation only those about that. */
function inBrowser(browser: InstalledBrowser, order: number, isolated: boolean): TestProjectInlineConfiguration {
  const name = isolated ? browser.name : `${browser.name}-one-thread`
  return {
    extends: true,
    server: isolated ? { headers: ISOLATION } : {},
    optimizeDeps: {
      include: ['fflate', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'],
    },
    test: {
      name: `${name}-pages`,
      include: isolated ? ['test/**/*.test.ts'] : ['test/browser/without-isolation/*.test.ts'],
      exclude: ['test/**/*.node.test.ts', ...(isolated ? ['test/browser/without-isolation/*'] : [])],
      // One after the other: two cores have enough to do with one browser.
      sequence: { groupOrder: order },
      browser: {
        enabled: true,
        headless: true,
        provider: puppeteer(browser),
        instances: [{ browser: browser.name, name }],
        screenshotFailures: false,
      },
    },
  }
}

const browsers = installedBrowsers()

export default defineConfig({
  test: {
    testTimeout: 30_000,
    // A second, as vitest has it, is too short for a page where other tests compute at the same time.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      node,
      ...browsers.map((browser, i) => inBrowser(browser, 1 + i, true)),
      ...browsers.map((browser, i) => inBrowser(browser, 1 + browsers.length + i, false)),
    ],
  },
})
