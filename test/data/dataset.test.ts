import { describe, expect, it } from 'vitest'
import { ImageDataset } from '../../src/data/dataset.ts'
import { ArgumentError, ShapeError } from '../../src/errors.ts'

/** Five images of 2 x 3 x 1 whose bytes are 0, 1, 2, … and whose labels are 0, 1, 2, 0, 1. */
function five(): ImageDataset {
  return new ImageDataset({
    images: Uint8Array.from({ length: 30 }, (_, i) => i),
    labels: Uint8Array.of(0, 1, 2, 0, 1),
    shape: [2, 3, 1],
    classes: 3,
    name: 'five',
  })
}

describe('ImageDataset', () => {
  it('keeps what it is given', () => {
    const images = new Uint8Array(30)
    const labels = new Uint8Array(5)
    const set = new ImageDataset({ images, labels, shape: [2, 3, 1], classes: 3 })
    expect(set.images).toBe(images)
    expect(set.labels).toBe(labels)
    expect([set.size, set.inputShape, set.classes, set.name]).toEqual([5, [2, 3, 1], 3, 'images'])
    expect(Object.isFrozen(set.inputShape)).toBe(true)
    expect(five().name).toBe('five')
  })

  it('gives one image and its label', () => {
    expect([...five().image(2)]).toEqual([12, 13, 14, 15, 16, 17])
    expect(five().label(4)).toBe(1)
    expect(() => five().image(5)).toThrow('ImageDataset.image: expected index to be an integer from 0 to 4, received 5')
    expect(() => five().label(-1)).toThrow(
      'ImageDataset.label: expected index to be an integer from 0 to 4, received -1',
    )
  })

  it('slices and takes without copying', () => {
    const set = five()
    const middle = set.slice(1, 3)
    expect([...middle.images]).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17])
    expect([...middle.labels]).toEqual([1, 2])
    expect(middle.images.buffer).toBe(set.images.buffer)
    expect([middle.classes, middle.name]).toEqual([3, 'five'])
    expect([...set.slice(3).labels]).toEqual([0, 1])
    expect([...set.take(2).labels]).toEqual([0, 1])
    expect(set.take(9).size).toBe(5)
    expect([...middle.slice(1).images]).toEqual([12, 13, 14, 15, 16, 17])
  })

  it('refuses parts that are not there', () => {
    const set = five()
    expect(() => set.take(0)).toThrow('ImageDataset.take: expected count to be an integer of at least 1, received 0')
    expect(() => set.slice(5)).toThrow('ImageDataset.slice: expected begin to be an integer from 0 to 4, received 5')
    expect(() => set.slice(3, 3)).toThrow('ImageDataset.slice: expected end to be an integer from 4 to 5, received 3')
    expect(() => set.slice(0, 6)).toThrow('ImageDataset.slice: expected end to be an integer from 1 to 5, received 6')
  })

  it('splits off the last samples, rounding as Keras does', () => {
    const sizes = (fraction: number) =>
      five()
        .split(fraction)
        .map((part) => part.size)
    expect(sizes(0.2)).toEqual([4, 1])
    expect(sizes(0.3)).toEqual([3, 2])
    expect(sizes(0.5)).toEqual([2, 3])
    const [first, last] = five().split(0.4)
    expect([...first.labels]).toEqual([0, 1, 2])
    expect([...last.labels]).toEqual([0, 1])
    expect([...last.image(0)]).toEqual([18, 19, 20, 21, 22, 23])
  })

  it('refuses to split off nothing or everything', () => {
    expect(() => five().split(0)).toThrow(
      'ImageDataset.split: expected fraction to be a finite number above 0 and below 1, received 0',
    )
    expect(() => five().split(0.9)).toThrow(
      'ImageDataset.split: expected at least one image in each part, received 0 and 5 of 5 — choose another fraction than 0.9',
    )
  })

  it('shifts by whole pixels, zeros coming in', () => {
    const set = five().slice(1, 3)
    const rows = (dx: number, dy: number) => [...set.shifted(dx, dy).images]
    expect(rows(0, 0)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17])
    expect(rows(1, 0)).toEqual([0, 6, 7, 0, 9, 10, 0, 12, 13, 0, 15, 16])
    expect(rows(-2, 0)).toEqual([8, 0, 0, 11, 0, 0, 14, 0, 0, 17, 0, 0])
    expect(rows(0, 1)).toEqual([0, 0, 0, 6, 7, 8, 0, 0, 0, 12, 13, 14])
    expect(rows(-1, -1)).toEqual([10, 11, 0, 0, 0, 0, 16, 17, 0, 0, 0, 0])
    expect(rows(3, 0)).toEqual(new Array(12).fill(0))
    expect(rows(0, -2)).toEqual(new Array(12).fill(0))
    expect([...set.shifted(1, 1).labels]).toEqual([1, 2])
    expect(set.shifted(1, -1).name).toBe('five, shifted by 1, -1')
    expect(() => set.shifted(4, 0)).toThrow(
      'ImageDataset.shifted: expected dx to be an integer from -3 to 3, received 4',
    )
    expect(() => set.shifted(0, 0.5)).toThrow('expected dy to be an integer from -2 to 2, received 0.5')
  })

  it('shifts channels together', () => {
    const images = Uint8Array.of(1, 2, 3, 4, 5, 6)
    const set = new ImageDataset({ images, labels: Uint8Array.of(0), shape: [1, 3, 2], classes: 1 })
    expect([...set.shifted(1, 0).images]).toEqual([0, 0, 1, 2, 3, 4])
  })
})

describe('batches', () => {
  it('gathers images scaled to [0, 1]', () => {
    const out = new Float32Array(14).fill(-1)
    five().fillInputs([4, 0], out)
    const wanted = [24, 25, 26, 27, 28, 29, 0, 1, 2, 3, 4, 5].map((byte) => Math.fround(byte * Math.fround(1 / 255)))
    expect([...out]).toEqual([...wanted, -1, -1])
  })

  it('scales every byte to within an ulp of its 255th, and 0 and 255 exactly', () => {
    const images = Uint8Array.from({ length: 256 }, (_, i) => i)
    const set = new ImageDataset({ images, labels: Uint8Array.of(0), shape: [16, 16, 1], classes: 1 })
    const out = new Float32Array(256)
    set.fillInputs([0], out)
    expect([out[0], out[255]]).toEqual([0, 1])
    for (const [byte, value] of out.entries())
      expect(Math.abs(value - byte / 255)).toBeLessThanOrEqual((byte / 255) * 2 ** -23)
  })

  it('writes one-hot rows over whatever was there', () => {
    const out = new Float32Array(7).fill(9)
    five().fillOneHot(Int32Array.of(2, 3), out)
    expect([...out]).toEqual([0, 0, 1, 1, 0, 0, 9])
  })

  it('writes labels as floats or integers', () => {
    const floats = new Float32Array(3)
    const integers = new Int32Array(3)
    five().fillLabels([1, 2, 0], floats)
    five().fillLabels([1, 2, 0], integers)
    expect([...floats]).toEqual([1, 2, 0])
    expect([...integers]).toEqual([1, 2, 0])
  })

  it('refuses indices that are not there', () => {
    const out = new Float32Array(12)
    for (const index of [5, -1, 0.5, Number.NaN]) {
      const text = `expected indices from 0 to 4, received ${index}`
      expect(() => five().fillInputs([index], out)).toThrow(`ImageDataset.fillInputs: ${text}`)
      expect(() => five().fillOneHot([index], out)).toThrow(`ImageDataset.fillOneHot: ${text}`)
      expect(() => five().fillLabels([index], out)).toThrow(`ImageDataset.fillLabels: ${text}`)
    }
  })

  it('refuses an array that is too short', () => {
    expect(() => five().fillInputs([0, 1], new Float32Array(11))).toThrow(
      new ShapeError({
        who: 'ImageDataset.fillInputs',
        expected: 'room for 2 x 6 = 12 numbers',
        received: 'Float32Array(11)',
      }),
    )
    expect(() => five().fillOneHot([0, 1], new Float32Array(5))).toThrow(
      'room for 2 x 3 = 6 numbers, received Float32Array(5)',
    )
    expect(() => five().fillLabels([0, 1], new Float32Array(1))).toThrow(
      'room for 2 x 1 = 2 numbers, received Float32Array(1)',
    )
  })
})

describe('ImageDataset refuses', () => {
  const args = { images: new Uint8Array(12), labels: new Uint8Array(2), shape: [2, 3, 1], classes: 3 }
  const refused = (changes: object) => () => new ImageDataset({ ...args, ...changes })

  it('lengths that do not agree', () => {
    expect(refused({ labels: new Uint8Array(3) })).toThrow(ShapeError)
    expect(refused({ labels: new Uint8Array(3) })).toThrow(
      'ImageDataset: expected 3 images of [2, 3, 1] for as many labels, 18 bytes, received 12 bytes',
    )
  })

  it('no images', () => {
    expect(refused({ images: new Uint8Array(0), labels: new Uint8Array(0) })).toThrow(
      'ImageDataset: expected at least one image, received no labels',
    )
  })

  it('labels that are no class', () => {
    expect(refused({ labels: Uint8Array.of(2, 3) })).toThrow(ArgumentError)
    expect(refused({ labels: Uint8Array.of(2, 3) })).toThrow(
      'ImageDataset: expected labels below 3 (classes), received label 3 at index 1',
    )
  })

  it('sizes that are not positive integers', () => {
    for (const shape of [
      [2, 3],
      [2, 0, 1],
      [2, 1.5, 2],
      [2, -3, -1],
      [1, 2, 3, 1],
    ]) {
      expect(refused({ shape })).toThrow(
        `ImageDataset: expected shape to be [height, width, channels], each at least 1, received [${shape.join(', ')}]`,
      )
    }
    expect(refused({ shape: 6 })).toThrow('each at least 1, received 6')
    expect(refused({ classes: 0 })).toThrow('ImageDataset: expected classes to be an integer from 1 to 256, received 0')
    expect(refused({ classes: 257 })).toThrow(
      'ImageDataset: expected classes to be an integer from 1 to 256, received 257',
    )
  })

  it('anything but bytes', () => {
    expect(refused({ images: new Float32Array(12) })).toThrow(
      'ImageDataset: expected images to be a Uint8Array, received Float32Array(12)',
    )
    expect(refused({ labels: [0, 1] })).toThrow('ImageDataset: expected labels to be a Uint8Array, received [0, 1]')
  })

  it('a misspelt option', () => {
    expect(refused({ lables: 1 })).toThrow("received 'lables' — did you mean 'labels'?")
  })
})
