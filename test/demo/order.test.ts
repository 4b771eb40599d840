import { describe, expect, it } from 'vitest'
import { Order } from '../../demo/worker/order.ts'

describe('Order', () => {
  const all = (order: Order, from: number, steps: number) =>
    Array.from({ length: steps }, (_, i) => [...order.batch(from + i)]).flat()

  it('has each image once an epoch, the last batch with what is left', () => {
    const order = new Order(103, 10, 1)
    expect(order.stepsPerEpoch).toBe(11)
    for (const epoch of [0, 1]) {
      const seen = all(order, 11 * epoch, 11)
      expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 103 }, (_, i) => i))
      expect(order.epochOf(11 * epoch + 10)).toBe(epoch)
    }
    expect(order.batch(10)).toHaveLength(3)
  })

  it('follows from seed and step, whatever was asked for before', () => {
    const [one, other] = [new Order(500, 7, 3), new Order(500, 7, 3)]
    const wanted = [...one.batch(200)]
    other.batch(5)
    other.batch(399)
    expect([...other.batch(200)]).toEqual(wanted)
    expect([...new Order(500, 7, 4).batch(200)]).not.toEqual(wanted)
  })

  it('differs between epochs', () => {
    const order = new Order(64, 64, 0)
    expect([...order.batch(0)]).not.toEqual([...order.batch(1)])
    expect([...order.batch(0)].filter((index, i) => index === i).length).toBeLessThan(8)
  })
})
