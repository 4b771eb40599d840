/** Data sets as streams: what each step gives, what it disposes, and training on them. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as data from '../../src/data/pipeline.ts'
import { setSeed, type Tensor, tensor } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { memory } from '../../src/tensor.ts'
import { tiny, xs, ys } from '../helpers/small-models.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const numbers = (n: number): data.Dataset<number> => data.array(Array.from({ length: n }, (_, i) => i))

describe('steps', () => {
  it.each([
    ['map', numbers(3).map((n) => n * 2), [0, 2, 4], 3],
    ['mapAsync', numbers(3).mapAsync(async (n) => n + 1), [1, 2, 3], 3],
    ['filter', numbers(5).filter((n) => n % 2 === 0), [0, 2, 4], null],
    ['take', numbers(5).take(2), [0, 1], 2],
    ['take all', numbers(2).take(-1), [0, 1], 2],
    ['skip', numbers(5).skip(3), [3, 4], 2],
    ['repeat', numbers(2).repeat(2), [0, 1, 0, 1], 4],
    ['repeat for ever', numbers(2).repeat().take(5), [0, 1, 0, 1, 0], 5],
    ['concatenate', numbers(2).concatenate(numbers(1)), [0, 1, 0], 3],
    ['prefetch', numbers(4).prefetch(3), [0, 1, 2, 3], 4],
    ['generator', data.generator(() => [7, 8][Symbol.iterator]()), [7, 8], null],
    ['func', data.func(() => 1).take(2), [1, 1], 2],
    [
      'zip',
      data.zip({ a: numbers(2), b: [numbers(5)] }),
      [
        { a: 0, b: [0] },
        { a: 1, b: [1] },
      ],
      2,
    ],
  ] as [string, data.Dataset, unknown[], number | null][])('%s, twice over', async (_, dataset, expected, size) => {
    expect(await dataset.toArray()).toEqual(expected)
    expect(await dataset.toArray()).toEqual(expected)
    expect(dataset.size).toBe(size)
  })

  it('batch joins numbers, rows and objects', async () => {
    const dataset = numbers(5).map((n) => ({ xs: [n, 2 * n], ys: n, name: `n${n}` }))
    const batches = (await dataset.batch(2).toArray()) as { xs: Tensor; ys: Tensor; name: string[] }[]
    expect(batches.map((b) => b.xs.arraySync())).toEqual([
      [
        [0, 0],
        [1, 2],
      ],
      [
        [2, 4],
        [3, 6],
      ],
      [[4, 8]],
    ])
    expect(batches.map((b) => b.ys.arraySync())).toEqual([[0, 1], [2, 3], [4]])
    expect(batches[0]!.name).toEqual(['n0', 'n1'])
    expect(await dataset.batch(2, false).toArray()).toHaveLength(2)
    await expect(
      data
        .array([[1], [1, 2]])
        .batch(2)
        .toArray(),
    ).rejects.toThrow('data.batch: expected elements of one shape')
  })

  it('shuffle draws from its buffer, by its seed', async () => {
    const orders = async (dataset: data.Dataset<number>): Promise<number[][]> => [
      await dataset.toArray(),
      await dataset.toArray(),
    ]
    const [first, second] = await orders(numbers(30).shuffle(10, 5))
    expect([...first!].sort((a, b) => a - b)).toEqual(await numbers(30).toArray())
    expect(first).not.toEqual(second)
    expect(await orders(numbers(30).shuffle(10, 5))).toEqual([first, second])
    const [same, again] = await orders(numbers(30).shuffle(10, 5, false))
    expect(again).toEqual(same)
    first!.forEach((n, i) => {
      expect(n).toBeLessThan(i + 10)
    })
    setSeed(3)
    const drawn = await numbers(30).shuffle(30).toArray()
    setSeed(3)
    expect(await numbers(30).shuffle(30).toArray()).toEqual(drawn)
  })

  it('leave no tensors behind', async () => {
    const before = memory().numDataBuffers
    const dataset = numbers(10)
      .map((n) => tensor([n, n + 1]))
      .filter((t) => t.dataSync()[0]! % 2 === 0)
      .map((t) => t.add(1).mul(2))
      .skip(1)
      .batch(3)
      .prefetch(2)
    const sums: number[] = []
    await dataset.forEachAsync((batch) => {
      sums.push((batch as Tensor).sum().dataSync()[0]!)
      ;(batch as Tensor).dispose()
    })
    expect(sums).toHaveLength(2)
    for await (const batch of dataset) {
      ;(batch as Tensor).dispose()
      break
    }
    expect(memory().numDataBuffers - before).toBeLessThanOrEqual(2)
  })
})

describe('csv', () => {
  const blob = new Blob(['size,"the, kind",sold\r\n1.5,"a ""b""",3\n2,,4\n'])

  it('reads names, numbers and quoted texts', async () => {
    const dataset = data.csv(blob)
    expect(await dataset.columnNames()).toEqual(['size', 'the, kind', 'sold'])
    expect(await dataset.toArray()).toEqual([
      { size: 1.5, 'the, kind': 'a "b"', sold: 3 },
      { size: 2, 'the, kind': undefined, sold: 4 },
    ])
  })

  it('parts labels from features', async () => {
    const columnConfigs = { sold: { isLabel: true }, size: { dtype: 'int32' as const } }
    const [first] = await data.csv(blob, { columnConfigs, configuredColumnsOnly: true }).toArray()
    expect(first).toEqual({ xs: { size: 1 }, ys: { sold: 3 } })
    await expect(data.csv(blob, { columnConfigs: { price: {} } }).toArray()).rejects.toThrow(
      "data.csv: expected columns among size, the, kind, sold, received 'price'",
    )
    const required = { 'the, kind': { required: true } }
    await expect(data.csv(blob, { columnConfigs: required }).toArray()).rejects.toThrow('expected a value in each line')
  })
})

it('fitDataset trains on them', async () => {
  const rows = Array.from({ length: ys.length }, (_, i) => ({ xs: [...xs.subarray(3 * i, 3 * i + 3)], ys: ys[i]! }))
  const dataset = data.array(rows).shuffle(40, 1).batch(8)
  const model = tiny()
  const { history } = await model.fitDataset(dataset as never, { epochs: 5 })
  expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]!)
})
