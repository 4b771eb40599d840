/**
 * `npm run test:consumers [NAME …]`: packs the package, installs it into a fresh project for each consumer, and has each
 * train for a step. All must give the same loss, to the last bit. Prints a table; fails where one of them fails, and
 * with CI=true where one could not be had.
 */

import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { Browser } from 'playwright-core'
import { findBrowser, missingText } from '../../scripts/installed-browsers.ts'
import { launchChromium } from '../browser/playwright-chromium.ts'
import { CONSUMERS, type Page, type Program } from './consumers.ts'
import { openPage } from './page.ts'
import { makeProject, packPackage, run } from './project.ts'
import { type Result, readResult } from './result.ts'

interface Row extends Result {
  readonly name: string
  /** Why it was not run. */
  readonly missing?: string
}

async function runProgram({ command }: Program, project: string): Promise<Result> {
  const output = await run(command, project)
  return readResult(output) ?? { error: `no result in:\n${output}` }
}

/** Its rows: two for a page, with and without what lets threads share memory. */
async function tryConsumer(
  consumer: Program | Page,
  folder: string,
  tarball: string,
  browser: Browser | undefined,
): Promise<Row[]> {
  const { name } = consumer
  if (consumer.kind === 'page' && browser === undefined) return [{ name, missing: missingText('chromium') }]
  let project: string
  try {
    project = await makeProject(consumer, folder, tarball)
  } catch (error) {
    const text = String(error)
    return [
      /E404|ENOTFOUND|ENOTCACHED|EAI_AGAIN|ETARGET|EBADPLATFORM/.test(text)
        ? { name, missing: text }
        : { name, error: text },
    ]
  }
  if (consumer.kind === 'program') {
    return [{ name, ...(await runProgram(consumer, project).catch((error) => ({ error: String(error) }))) }]
  }
  const isolated = await openPage(browser!, consumer, project, true)
  const alone = await openPage(browser!, consumer, project, false)
  return [
    { name, ...expectThreads(isolated, Math.min(availableParallelism(), consumer.threads ?? 2), '') },
    { name: `${name}, not isolated`, ...expectThreads(alone, 1) },
  ]
}

/** A page that has one thread where it may have more, or says nothing of why it has no more, has failed. */
function expectThreads(result: Result, threads: number, why = 'isolated'): Result {
  if (result.error !== undefined) return result
  if (threads > 1 && (result.threads ?? 0) < threads) return { ...result, error: `${result.threads} threads` }
  if (threads > 1 || (result.threads === 1 && result.reason?.includes(why))) return result
  return { ...result, error: `${result.threads} threads without the reason: ${result.reason}` }
}

/** Marks those whose loss is not that of the first. */
function compareLosses(rows: readonly Row[]): Row[] {
  const expected = rows.find(({ loss }) => loss !== undefined)?.loss
  return rows.map((row) => {
    if (row.error !== undefined || row.missing !== undefined || row.loss === expected) return row
    return { ...row, error: `the loss is ${row.loss}, not ${expected}` }
  })
}

function printTable(rows: readonly Row[]): void {
  const cells = rows.map(({ name, loss, threads, build, ms, error, missing }) => {
    const verdict = error !== undefined ? 'FAILED' : missing !== undefined ? 'missing' : 'ok'
    return [name, verdict, loss ?? '', threads ?? '', build ?? '', ms ?? ''].map(String)
  })
  const table = [['consumer', '', 'loss', 'threads', 'build', 'ms'], ...cells]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
  for (const { name, error, missing } of rows) {
    if (error !== undefined) console.log(`\n${name} failed: ${error}`)
    if (missing !== undefined) console.log(`\n${name} was not run: ${missing}`)
  }
}

const wanted = process.argv.slice(2)
const { folder, tarball } = await packPackage()
const installed = findBrowser('chromium')
const browser = installed === undefined ? undefined : await launchChromium(installed)
const rows: Row[] = []
try {
  for (const consumer of CONSUMERS) {
    if (wanted.length > 0 && !wanted.includes(consumer.folder ?? consumer.name)) continue
    rows.push(...(await tryConsumer(consumer, folder, tarball, browser)))
  }
} finally {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
}
const compared = compareLosses(rows)
printTable(compared)
const failed = compared.some(
  ({ error, missing }) => error !== undefined || (missing !== undefined && process.env.CI === 'true'),
)
process.exitCode = failed || rows.length === 0 ? 1 : 0
