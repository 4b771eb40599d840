/** What readers see of a comparison: the README's table, the chart, the record in docs/. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Comparison, SystemResult } from '../../bench/driver/results.ts'
import { benchmarkChart, chartPoints } from '../../bench/report/chart.ts'
import { BEGIN, END, readmeTable, withTable } from '../../bench/report/readme-table.ts'
import { JSON_FILE } from '../../bench/report/write-report.ts'
import { WORK } from '../../bench/shared/work.mjs'

function system(
  label: string,
  family: SystemResult['family'],
  threads: number,
  items: SystemResult['items'],
): SystemResult {
  const facts = { version: '1.2.3' }
  return { id: `${label}-${threads}`, family, label, where: 'Node 20', threads, facts, items }
}

const COMPARISON: Comparison = {
  date: '2030-01-31',
  machine: { cpu: 'A CPU', cores: 2, memoryGiB: 4, os: 'linux', load: 0.1 },
  ceilings: { 'Node 20, relaxed': 60 },
  rounds: 7,
  systems: [
    system('quadlane relaxed', 'quadlane', 1, { 'train-lenet': { ms: 90 }, 'predict-1': { ms: 0.3 } }),
    system('quadlane relaxed', 'quadlane', 2, { 'train-lenet': { ms: 45 }, 'predict-1': { ms: 0.2 } }),
    system('quadlane relaxed, direct convolutions', 'quadlane', 1, { 'train-lenet': { ms: 190 } }),
    system('PyTorch, channels_last', 'pytorch', 1, { 'train-lenet': { ms: 180 }, 'predict-1': { ms: 0.6 } }),
    system('TF.js cpu', 'tfjs-cpu', 1, { 'train-lenet': { ms: 9000, note: 'guessed' }, 'predict-1': { error: 'no' } }),
  ],
}

describe('the README', () => {
  it('has a row per system, with a figure per number of threads', () => {
    const lines = readmeTable(COMPARISON).split('\n')
    expect(lines).toHaveLength(7)
    expect(lines[2]).toBe('| quadlane relaxed, Node 20, 1 / 2 threads | 90.0 / 45.0 | 0.30 / 0.20 |')
    expect(lines[4]).toBe('| TF.js cpu, Node 20, 1 thread | 9,000* | cannot |')
    expect(lines[6]).toBe(
      'A CPU, 2 cores, 2030-01-31; medians of up to 7 rounds; quadlane 1.2.3, pytorch 1.2.3, tfjs-cpu 1.2.3. \\* TF.js cpu guessed.',
    )
  })

  it('says so where the machine was busy', () => {
    const table = readmeTable({ ...COMPARISON, machine: { ...COMPARISON.machine, load: 1.5 } })
    expect(table).toContain('A CPU, 2 cores, 2030-01-31, while other programs ran too; medians')
  })

  it('takes a new table in the place of the old one, and nothing else changes', () => {
    expect(withTable(`a\n${BEGIN}\nold\n${END}\nb`, 'new')).toBe(`a\n${BEGIN}\nnew\n${END}\nb`)
    expect(() => withTable('no marks', 'new')).toThrow(/^README: expected the comments <!-- benchmark/)
  })

  it('shows what docs/benchmark.json records', async () => {
    const recorded = JSON.parse(await readFile(JSON_FILE, 'utf8')) as Comparison
    const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')
    expect(withTable(readme, readmeTable(recorded))).toBe(readme)
  })
})

describe('the chart', () => {
  it("shows multiples of PyTorch's time at the same number of threads", () => {
    const points = chartPoints(COMPARISON)
    expect(points.map(({ panel, name, multiple }) => [panel, name, multiple])).toEqual([
      ['LeNet training step', 'quadlane relaxed · Node 20', 0.5],
      ['LeNet training step', 'PyTorch, channels_last · Node 20', 1],
      ['LeNet training step', 'TF.js cpu · Node 20', 50],
      ['predict 1', 'quadlane relaxed · Node 20', 0.5],
      ['predict 1', 'PyTorch, channels_last · Node 20', 1],
    ])
  })

  it('is an SVG with a dot per figure and one colour per number of threads', () => {
    const svg = benchmarkChart(COMPARISON)
    expect(svg).toMatch(/^<svg [^>]*aria-label="Time relative to PyTorch/)
    expect(svg.match(/<circle/g)).toHaveLength(chartPoints(COMPARISON).length + 2)
  })
})

describe('docs/benchmark.json', () => {
  it('names the machine, the day and the versions, and has a figure or a reason for each item', async () => {
    const { date, machine, ceilings, rounds, systems } = JSON.parse(await readFile(JSON_FILE, 'utf8')) as Comparison
    expect(date).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(machine.cpu).not.toBe('')
    expect(rounds).toBeGreaterThan(0)
    expect(Object.values(ceilings).every((gflops) => gflops > 0)).toBe(true)
    expect(systems.length).toBeGreaterThan(10)
    for (const { id, items } of systems) {
      for (const [name, { ms, rounds, error }] of Object.entries(items)) {
        expect(Object.keys(WORK), id).toContain(name)
        if (error === undefined) expect(Math.min(ms!, rounds!), `${id}, ${name}`).toBeGreaterThan(0)
        else expect(error, `${id}, ${name}`).not.toBe('')
      }
    }
  })
})
