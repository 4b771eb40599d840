/** Layers that make one tensor of several. */

import { ArgumentError, checkInteger, ShapeError, show } from '../errors.ts'
import { addN, add as addOp, maximum as maximumOp, minimum as minimumOp, mul, sub } from '../ops/arithmetic.ts'
import { reshape, transpose } from '../ops/layout.ts'
import { matMul } from '../ops/matmul.ts'
import { concat } from '../ops/slices.ts'
import { sum } from '../ops/sum.ts'
import { sqrt, square } from '../ops/unary.ts'
import { type BatchShape, checkAxis, type Shape, sameShape, sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import {
  isShapeList,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  type LayerInput,
  layerFactory,
  type OptionalLayerFactory,
  optionalLayerFactory,
  type Shapes,
  showShapes,
} from './layer.ts'

/** What merges share: they are applied to a list. */
abstract class Merge extends Layer {
  /** The shapes, of which there are at least two. */
  protected shapesOf(given: Shapes, most = Number.POSITIVE_INFINITY): readonly BatchShape[] {
    if (isShapeList(given) && given.length >= 2 && given.length <= most) return given
    const count = most === 2 ? 'two inputs' : 'two inputs or more'
    throw new ShapeError({
      who: this.name,
      expected: `a list of ${count}`,
      received: isShapeList(given) ? `${given.length}` : `one of shape ${showShapes(given)}`,
      hint: 'apply([a, b])',
    })
  }

  protected misfit(expected: string, shapes: readonly BatchShape[]): never {
    throw new ShapeError({ who: this.name, expected, received: showShapes(shapes) })
  }
}

/** Element by element. Inputs of a lower rank get sizes of 1 behind the batch, and a size of 1 stretches. */
abstract class ElementwiseMerge extends Merge {
  constructor(args: LayerArgs = {}) {
    super(args, [])
  }

  protected abstract merge(tensors: readonly Tensor[]): Tensor

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shapes = this.shapesOf(inputShape)
    const rank = Math.max(...shapes.map(({ length }) => length))
    return shapes
      .map((shape) => stretched(shape, rank))
      .reduce((a, b) =>
        a.map((size, axis) => {
          const other = b[axis]!
          if (size === other || other === 1) return size
          if (size === 1) return other
          if (size === null || other === null) return axis === 0 ? null : (size ?? other)
          return this.misfit('inputs of equal shapes, or of 1 where a size stretches', shapes)
        }),
      )
  }

  call(inputs: LayerInput): Tensor {
    const tensors = inputs as readonly Tensor[]
    this.computeOutputShape(tensors.map(({ shape }) => shape))
    const rank = Math.max(...tensors.map((tensor) => tensor.rank))
    return this.merge(tensors.map((x) => (x.rank === rank ? x : reshape(x, stretched(x.shape, rank) as Shape))))
  }
}

/** [B, …] with sizes of 1 behind the batch. */
function stretched(shape: BatchShape, rank: number): BatchShape {
  return [...shape.slice(0, 1), ...new Array<number>(rank - shape.length).fill(1), ...shape.slice(1)]
}

function sumOf(tensors: readonly Tensor[]): Tensor {
  const [first, ...rest] = tensors as [Tensor, ...Tensor[]]
  if (rest.length > 1 && rest.every(({ shape }) => sameShape(shape, first.shape))) return addN(tensors)
  return rest.reduce((total, x) => addOp(total, x), first)
}

/** The sum of its inputs. */
export class Add extends ElementwiseMerge {
  static override readonly className = 'Add'

  protected merge(tensors: readonly Tensor[]): Tensor {
    return sumOf(tensors)
  }
}

/** The mean of its inputs. */
export class Average extends ElementwiseMerge {
  static override readonly className = 'Average'

  protected merge(tensors: readonly Tensor[]): Tensor {
    return mul(sumOf(tensors), 1 / tensors.length)
  }
}

/** The product of its inputs. */
export class Multiply extends ElementwiseMerge {
  static override readonly className = 'Multiply'

  protected merge(tensors: readonly Tensor[]): Tensor {
    return tensors.reduce((product, x) => mul(product, x))
  }
}

/** The largest of its inputs. */
export class Maximum extends ElementwiseMerge {
  static override readonly className = 'Maximum'

  protected merge(tensors: readonly Tensor[]): Tensor {
    return tensors.reduce((most, x) => maximumOp(most, x))
  }
}

/** The smallest of its inputs. */
export class Minimum extends ElementwiseMerge {
  static override readonly className = 'Minimum'

  protected merge(tensors: readonly Tensor[]): Tensor {
    return tensors.reduce((least, x) => minimumOp(least, x))
  }
}

/** The first of two inputs without the second. */
export class Subtract extends ElementwiseMerge {
  static override readonly className = 'Subtract'

  override computeOutputShape(inputShape: Shapes): BatchShape {
    this.shapesOf(inputShape, 2)
    return super.computeOutputShape(inputShape)
  }

  protected merge([a, b]: readonly Tensor[]): Tensor {
    return sub(a!, b!)
  }
}

/** What `layers.concatenate` takes. */
export interface ConcatenateArgs extends LayerArgs {
  /** The axis along which inputs are put one behind the other. Default the last. */
  readonly axis?: number
}

/** Its inputs, one behind the other. */
export class Concatenate extends Merge {
  static override readonly className = 'Concatenate'
  readonly axis: number

  constructor(args: ConcatenateArgs = {}) {
    super(args, ['axis'])
    checkInteger(this.name, 'axis', args.axis ?? -1, -6, 5)
    this.axis = args.axis ?? -1
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const shapes = this.shapesOf(inputShape)
    const [first] = shapes as [BatchShape]
    const along = checkAxis(this.name, this.axis, first.length)
    return first.map((size, axis) => {
      const sizes = shapes.map((shape) => shape[axis])
      if (shapes.some(({ length }) => length !== first.length)) this.misfit('inputs of one rank', shapes)
      if (axis === along) return sizes.some((each) => each === null) ? null : sizes.reduce<number>((a, b) => a + b!, 0)
      const known = sizes.find((each) => each !== null) ?? null
      if (sizes.every((each) => each === null || each === known)) return axis === 0 ? size : known
      return this.misfit(`inputs that differ along axis ${along} alone`, shapes)
    })
  }

  call(inputs: LayerInput): Tensor {
    const tensors = inputs as readonly Tensor[]
    this.computeOutputShape(tensors.map(({ shape }) => shape))
    return concat(tensors, this.axis)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axis: this.axis }
  }
}

/** What `layers.dot` takes. */
export interface DotArgs extends LayerArgs {
  /** The axis of both inputs that is summed over, or one for each. */
  readonly axes: number | readonly [number, number] | readonly number[]
  /** Whether the inputs are scaled to the length 1 along it: the cosine. Default false. */
  readonly normalize?: boolean
}

/** The products of two inputs over an axis of each, sample by sample: [B, …, K] and [B, K, …] to [B, …, …]. */
export class Dot extends Merge {
  static override readonly className = 'Dot'
  readonly axes: number | readonly number[]
  readonly normalize: boolean

  constructor(args: DotArgs) {
    super(args, ['axes', 'normalize'])
    const who = this.name
    const { axes, normalize = false } = args
    const list: readonly unknown[] = Array.isArray(axes) ? axes : [axes, axes]
    if (list.length !== 2) throw new ArgumentError({ who, expected: 'axes to be one or two', received: show(axes) })
    for (const axis of list) checkInteger(who, 'axes', axis, -6, 5)
    if (typeof normalize !== 'boolean') {
      throw new ArgumentError({ who, expected: 'normalize to be true or false', received: show(normalize) })
    }
    this.axes = axes
    this.normalize = normalize
  }

  #axesOf(a: BatchShape, b: BatchShape): readonly [number, number] {
    const [first, second] = typeof this.axes === 'number' ? [this.axes, this.axes] : this.axes
    const axes = [checkAxis(this.name, first, a.length), checkAxis(this.name, second, b.length)] as const
    if (axes.includes(0)) this.misfit(`axes ${show(this.axes)} that are not the batch`, [a, b])
    return axes
  }

  override computeOutputShape(inputShape: Shapes): BatchShape {
    const [a, b] = this.shapesOf(inputShape, 2) as [BatchShape, BatchShape]
    const [i, j] = this.#axesOf(a, b)
    const [m, n] = [a[i], b[j]]
    if (m !== null && n !== null && m !== n) this.misfit(`inputs of one size along axes ${i} and ${j}`, [a, b])
    const rest = [
      ...a.filter((_, axis) => axis !== 0 && axis !== i),
      ...b.filter((_, axis) => axis !== 0 && axis !== j),
    ]
    return [a[0] ?? b[0] ?? null, ...(rest.length === 0 ? [1] : rest)]
  }

  call(inputs: LayerInput): Tensor {
    const [a, b] = inputs as readonly [Tensor, Tensor]
    const shape = this.computeOutputShape([a.shape, b.shape]) as Shape
    const [i, j] = this.#axesOf(a.shape, b.shape)
    const rows = this.#vectors(a, i)
    const columns = this.#vectors(b, j)
    return reshape(matMul(rows, columns, false, true), shape)
  }

  /** [B, …, K, …] as [B, M, K]. */
  #vectors(x: Tensor, axis: number): Tensor {
    const others = x.shape.map((_, i) => i).filter((i) => i !== 0 && i !== axis)
    const turned = axis === x.rank - 1 ? x : transpose(x, [0, ...others, axis])
    const vectors = reshape(turned, [x.shape[0]!, sizeOf(others.map((i) => x.shape[i]!)), x.shape[axis]!])
    if (!this.normalize) return vectors
    const length = sqrt(maximumOp(sum(square(vectors), -1, true), SHORTEST))
    return vectors.div(length)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axes: this.axes, normalize: this.normalize }
  }
}

/** The square of the shortest vector that is scaled to the length 1, as in TF.js. */
const SHORTEST = 1e-7

/**
 * Adds its inputs up: the end of a skip connection. Shapes broadcast.
 * @param args what every layer takes
 * @example
 * layers.add().apply([tensor([[1, 2]]), tensor([[10, 20]])]).print() // [[11, 22]]
 */
export const add: OptionalLayerFactory<LayerArgs, Add> = /* @__PURE__ */ optionalLayerFactory(Add)
/**
 * Takes the mean of its inputs.
 * @param args what every layer takes
 * @example
 * layers.average().apply([tensor([[1, 2]]), tensor([[3, 6]])]).print() // [[2, 4]]
 */
export const average: OptionalLayerFactory<LayerArgs, Average> = /* @__PURE__ */ optionalLayerFactory(Average)
/**
 * Multiplies its inputs.
 * @param args what every layer takes
 * @example
 * layers.multiply().apply([tensor([[1, 2]]), tensor([[3, 6]])]).print() // [[3, 12]]
 */
export const multiply: OptionalLayerFactory<LayerArgs, Multiply> = /* @__PURE__ */ optionalLayerFactory(Multiply)
/**
 * Takes the largest of its inputs.
 * @param args what every layer takes
 * @example
 * layers.maximum().apply([tensor([[1, 9]]), tensor([[3, 6]])]).print() // [[3, 9]]
 */
export const maximum: OptionalLayerFactory<LayerArgs, Maximum> = /* @__PURE__ */ optionalLayerFactory(Maximum)
/**
 * Takes the smallest of its inputs.
 * @param args what every layer takes
 * @example
 * layers.minimum().apply([tensor([[1, 9]]), tensor([[3, 6]])]).print() // [[1, 6]]
 */
export const minimum: OptionalLayerFactory<LayerArgs, Minimum> = /* @__PURE__ */ optionalLayerFactory(Minimum)
/**
 * Subtracts the second of two inputs from the first.
 * @param args what every layer takes
 * @example
 * layers.subtract().apply([tensor([[5, 5]]), tensor([[1, 2]])]).print() // [[4, 3]]
 */
export const subtract: OptionalLayerFactory<LayerArgs, Subtract> = /* @__PURE__ */ optionalLayerFactory(Subtract)
/**
 * Puts its inputs one behind the other.
 * @param args axis, default the last
 * @example
 * layers.concatenate().apply([tensor([[1, 2]]), tensor([[3]])]).print() // [[1, 2, 3]]
 */
export const concatenate: OptionalLayerFactory<ConcatenateArgs, Concatenate> =
  /* @__PURE__ */ optionalLayerFactory(Concatenate)
/**
 * Multiplies two inputs over an axis of each.
 * @param args axes, and normalize, default false
 * @example
 * layers.dot({ axes: 1 }).apply([tensor([[1, 2]]), tensor([[3, 4]])]).print() // [[11]]
 */
export const dot: LayerFactory<DotArgs, Dot> = /* @__PURE__ */ layerFactory(Dot)
