import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { findBrowser, installedBrowsers } from '../../scripts/installed-browsers.ts'

describe('installedBrowsers', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quadlane-browsers-'))
    await writeFile(join(folder, 'firefox'), '', { mode: 0o755 })
    await writeFile(join(folder, 'chromium'), '', { mode: 0o644 })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('finds what can be run, and says what it did not find', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    expect(installedBrowsers({ PATH: `/nowhere:${folder}` })).toEqual([
      { name: 'firefox', executable: join(folder, 'firefox') },
    ])
    expect(warn.mock.calls.flat()).toEqual([
      'Browser tests: no chromium (chromium, chromium-browser, google-chrome on the PATH, or QUADLANE_CHROMIUM); not tested there.',
    ])
  })

  it('takes the path that a variable names', () => {
    expect(installedBrowsers({ PATH: folder, QUADLANE_CHROMIUM: '/opt/chrome' })[0]).toEqual({
      name: 'chromium',
      executable: '/opt/chrome',
    })
  })

  it('looks for one alone without a word', () => {
    const warn = vi.spyOn(console, 'warn')
    const environment = { PATH: folder, CI: 'true' }
    expect(findBrowser('chromium', environment)).toBeUndefined()
    expect(findBrowser('firefox', environment)).toEqual({ name: 'firefox', executable: join(folder, 'firefox') })
    expect(warn).not.toHaveBeenCalled()
  })

  it('fails in CI where one is missing', () => {
    expect(() => installedBrowsers({ PATH: folder, CI: 'true' })).toThrow(
      'no chromium (chromium, chromium-browser, google-chrome on the PATH, or QUADLANE_CHROMIUM): install it, or unset CI',
    )
  })
})
