/** The ops that a tensor has as methods: `x.matMul(w).add(b).relu()`. Types alone; `ops/chain.ts` holds the methods. */

import type { Padding, Pair, RoundingMode, Shape } from './shape.ts'
import type { DataType, Tensor, TensorLike, Variable } from './tensor.ts'
import type { TensorBuffer } from './tensor-buffer.ts'

type Axis = number | readonly number[] | null

/** Each method is the op of the same name. The tensor is the first argument of the op: x, a or base in what is said here. */
export interface ChainedOps {
  // Arithmetic, with broadcasting.

  /**
   * a + b. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([[1], [2]]).add([10, 20]).print() // [[11, 21], [12, 22]]
   */
  add(b: TensorLike): Tensor
  /**
   * a − b. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([5, 6]).sub(1).print() // [4, 5]
   */
  sub(b: TensorLike): Tensor
  /**
   * a · b, element by element. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([[1, 2], [3, 4]]).mul([10, 100]).print() // [[10, 200], [30, 400]]
   */
  mul(b: TensorLike): Tensor
  /**
   * a / b, element by element. Shapes broadcast. Of two int32 tensors it is the floor, and 0 where b is 0.
   * @param b a tensor, or values for one
   * @example
   * tensor([1, 2, 3]).div(2).print() // [0.5, 1, 1.5]
   */
  div(b: TensorLike): Tensor
  /**
   * The larger of a and b; NaN if either is. Shapes broadcast. Where they are equal, the gradient goes to a.
   * @param b a tensor, or values for one
   * @example
   * tensor([-1, 0, 3]).maximum(1).print() // [1, 1, 3]
   */
  maximum(b: TensorLike): Tensor
  /**
   * The smaller of a and b; NaN if either is. Shapes broadcast. Where they are equal, the gradient goes to a.
   * @param b a tensor, or values for one
   * @example
   * tensor([-1, 0, 3]).minimum(1).print() // [-1, 0, 1]
   */
  minimum(b: TensorLike): Tensor
  /**
   * base to the power exp. Shapes broadcast. The gradient by exp is 0 where base is not above 0.
   * @param exp a tensor, or values for one
   * @example
   * tensor([1, 2, 3]).pow(2).print() // [1, 4, 9]
   */
  pow(exp: TensorLike): Tensor
  /**
   * (a − b)². Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([1, 2, 3]).squaredDifference([1, 4, 0]).print() // [0, 4, 9]
   */
  squaredDifference(b: TensorLike): Tensor

  // Functions of each element.

  /**
   * eˣ, element by element.
   * @example
   * tensor([0, 1]).exp().print() // [1, 2.718282]
   */
  exp(): Tensor
  /**
   * The natural logarithm: −Infinity at 0, NaN below.
   * @example
   * tensor([1, Math.E]).log().print() // [0, 1]
   */
  log(): Tensor
  /**
   * log(1 + x), exact for small x.
   * @example
   * tensor([0, 1e-7]).log1p().print() // [0, 9.999999e-8]
   */
  log1p(): Tensor
  /**
   * eˣ − 1, exact for small x.
   * @example
   * tensor([0, 1e-7]).expm1().print() // [0, 1e-7]
   */
  expm1(): Tensor
  /**
   * √x, NaN below 0.
   * @example
   * tensor([1, 2, 4]).sqrt().print() // [1, 1.414214, 2]
   */
  sqrt(): Tensor
  /**
   * 1 / √x, NaN below 0.
   * @example
   * tensor([1, 4]).rsqrt().print() // [1, 0.5]
   */
  rsqrt(): Tensor
  /**
   * x². int32 stays int32.
   * @example
   * tensor([1, 2, 3]).square().print() // [1, 4, 9]
   */
  square(): Tensor
  /**
   * |x|. int32 stays int32. The gradient at 0 is 0.
   * @example
   * tensor([-1, 2]).abs().print() // [1, 2]
   */
  abs(): Tensor
  /**
   * −x. int32 stays int32.
   * @example
   * tensor([-1, 2]).neg().print() // [1, -2]
   */
  neg(): Tensor
  /**
   * 1 / x
   * @example
   * tensor([2, 4]).reciprocal().print() // [0.5, 0.25]
   */
  reciprocal(): Tensor
  /**
   * −1, 0 or 1; NaN stays NaN. Its gradient is 0.
   * @example
   * tensor([-5, 0, 3]).sign().print() // [-1, 0, 1]
   */
  sign(): Tensor
  /**
   * The next integer below. Its gradient is 0.
   * @example
   * tensor([-1.5, 1.5]).floor().print() // [-2, 1]
   */
  floor(): Tensor
  /**
   * The next integer above. Its gradient is 0.
   * @example
   * tensor([-1.5, 1.5]).ceil().print() // [-1, 2]
   */
  ceil(): Tensor
  /**
   * The nearest integer, halves to the even one. Its gradient is 0.
   * @example
   * tensor([0.5, 1.5, 2.4]).round().print() // [0, 2, 2]
   */
  round(): Tensor
  /**
   * x within [clipValueMin, clipValueMax]; NaN stays NaN. The gradient is that of x inside, bounds included, 0
   * outside.
   * @param min the lower bound
   * @param max the upper bound
   * @example
   * tensor([-3, 0.5, 9]).clipByValue(0, 1).print() // [0, 0.5, 1]
   */
  clipByValue(min: number, max: number): Tensor
  /**
   * Where x is NaN, as bool.
   * @example
   * tensor([1, NaN]).isNaN().print() // [false, true]
   */
  isNaN(): Tensor
  /**
   * The sine of x, in radians.
   * @example
   * tensor([0, Math.PI / 2]).sin().print() // [0, 1]
   */
  sin(): Tensor
  /**
   * The cosine of x, in radians.
   * @example
   * tensor([0, Math.PI]).cos().print() // [1, -1]
   */
  cos(): Tensor
  /**
   * The tangent of x, in radians.
   * @example
   * tensor([0, 1]).tan().print() // [0, 1.557408]
   */
  tan(): Tensor
  /**
   * The arc sine, −π/2 to π/2; NaN outside of −1 to 1.
   * @example
   * tensor([0, 1]).asin().print() // [0, 1.570796]
   */
  asin(): Tensor
  /**
   * The arc cosine, 0 to π; NaN outside of −1 to 1.
   * @example
   * tensor([1, 0]).acos().print() // [0, 1.570796]
   */
  acos(): Tensor
  /**
   * The arc tangent, −π/2 to π/2.
   * @example
   * tensor([0, 1]).atan().print() // [0, 0.7853982]
   */
  atan(): Tensor
  /**
   * The angle of the point (b, a), −π to π: the arc tangent of a / b in its quadrant. Shapes broadcast.
   * @param b the abscissas, likewise
   * @example
   * tensor([1, -1]).atan2([1, -1]).print() // [0.7853982, -2.356194]
   */
  atan2(b: TensorLike): Tensor
  /**
   * (eˣ − e⁻ˣ) / 2
   * @example
   * tensor([0, 1]).sinh().print() // [0, 1.175201]
   */
  sinh(): Tensor
  /**
   * (eˣ + e⁻ˣ) / 2
   * @example
   * tensor([0, 1]).cosh().print() // [1, 1.543081]
   */
  cosh(): Tensor
  /**
   * The inverse of sinh.
   * @example
   * tensor([0, 1]).asinh().print() // [0, 0.8813736]
   */
  asinh(): Tensor
  /**
   * The inverse of cosh, from 0 up; NaN below 1.
   * @example
   * tensor([1, 2]).acosh().print() // [0, 1.316958]
   */
  acosh(): Tensor
  /**
   * The inverse of tanh; NaN outside of −1 to 1.
   * @example
   * tensor([0, 0.5]).atanh().print() // [0, 0.5493062]
   */
  atanh(): Tensor
  /**
   * The error function 2 / √π · ∫ e^(−t²) dt from 0 to x.
   * @example
   * tensor([0, 1]).erf().print() // [0, 0.8427008]
   */
  erf(): Tensor
  /**
   * Where x is neither infinite nor NaN, as bool.
   * @example
   * tensor([1, Infinity, NaN]).isFinite().print() // [true, false, false]
   */
  isFinite(): Tensor
  /**
   * Where x is Infinity or −Infinity, as bool.
   * @example
   * tensor([1, Infinity, NaN]).isInf().print() // [false, true, false]
   */
  isInf(): Tensor
  /**
   * 1 above 0, `alpha` (default 0) elsewhere; NaN stays NaN. Its gradient is 0.
   * @param alpha the value below and at 0; default 0
   * @example
   * tensor([-1, 0, 2]).step().print() // [0, 0, 1]
   */
  step(alpha?: number): Tensor
  /**
   * a − ⌊a / b⌋ · b, with the sign of b. Shapes broadcast; two int32 give int32, with 0 where b is 0.
   * @param b a tensor, or values for one
   * @example
   * tensor([-1, 5, 7]).mod(3).print() // [2, 2, 1]
   */
  mod(b: TensorLike): Tensor
  /**
   * ⌊a / b⌋ as int32, as in TF.js. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([-1, 5, 7]).floorDiv(3).print() // [-1, 1, 2]
   */
  floorDiv(b: TensorLike): Tensor
  /**
   * a / b, and 0 where b is 0. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([1, 2]).divNoNan([0, 4]).print() // [0, 0.5]
   */
  divNoNan(b: TensorLike): Tensor

  // Activations.

  /**
   * max(x, 0), element by element; NaN stays NaN. int32 stays int32.
   * @example
   * tensor([-1, 0, 2]).relu().print() // [0, 0, 2]
   */
  relu(): Tensor
  /**
   * min(max(x, 0), 6). int32 stays int32.
   * @example
   * tensor([-1, 3, 9]).relu6().print() // [0, 3, 6]
   */
  relu6(): Tensor
  /**
   * x above 0, alpha · x below.
   * @param alpha the slope below 0; default 0.2
   * @example
   * tensor([-1, 2]).leakyRelu().print() // [-0.2, 2]
   */
  leakyRelu(alpha?: number): Tensor
  /**
   * x above 0, alpha · (eˣ − 1) below: Clevert et al. 2015.
   * @param alpha default 1
   * @example
   * tensor([-1, 2]).elu().print() // [-0.6321205, 2]
   */
  elu(alpha?: number): Tensor
  /**
   * scale · elu(x, alpha) with the constants of Klambauer et al. 2017, which keep mean 0 and variance 1.
   * @example
   * tensor([-1, 0, 1]).selu().print() // [-1.111331, 0, 1.050701]
   */
  selu(): Tensor
  /**
   * x above 0, alpha · x below; alpha is a tensor whose shape broadcasts to that of x, and has a gradient.
   * @param alpha the slopes below 0
   * @example
   * tensor([[-1, 2], [-3, -4]]).prelu([0.1, 0.5]).print() // [[-0.1, 2], [-0.3, -2]]
   */
  prelu(alpha: TensorLike): Tensor
  /**
   * 1 / (1 + e⁻ˣ)
   * @example
   * tensor([-1, 0, 1]).sigmoid().print() // [0.2689414, 0.5, 0.7310586]
   */
  sigmoid(): Tensor
  /**
   * log(sigmoid(x)), finite for every finite x.
   * @example
   * tensor([-100, 0]).logSigmoid().print() // [-100, -0.6931472]
   */
  logSigmoid(): Tensor
  /**
   * The hyperbolic tangent, from −1 to 1.
   * @example
   * tensor([-1, 0, 1]).tanh().print() // [-0.7615942, 0, 0.7615942]
   */
  tanh(): Tensor
  /**
   * log(1 + eˣ)
   * @example
   * tensor([-1, 0, 1]).softplus().print() // [0.3132617, 0.6931472, 1.313262]
   */
  softplus(): Tensor
  /**
   * eˣ / Σ eˣ along one axis: rows of probabilities.
   * @param dim the axis; default the last
   * @example
   * tensor([1, 2, 3]).softmax().print() // [0.09003057, 0.2447285, 0.6652409]
   */
  softmax(dim?: number): Tensor
  /**
   * log(softmax(x)), exact where a probability is too small for a float.
   * @param axis default the last
   * @example
   * tensor([1, 2, 200]).logSoftmax().print() // [-199, -198, 0]
   */
  logSoftmax(axis?: number): Tensor

  // Comparisons and logic, as bool.

  /**
   * a = b, as bool. NaN equals nothing. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([1, 2, NaN]).equal([1, 3, NaN]).print() // [true, false, false]
   */
  equal(b: TensorLike): Tensor
  /**
   * a ≠ b, as bool. NaN differs from everything. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([1, 2]).notEqual([1, 3]).print() // [false, true]
   */
  notEqual(b: TensorLike): Tensor
  /**
   * a < b, as bool. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([1, 2, 3]).less(2).print() // [true, false, false]
   */
  less(b: TensorLike): Tensor
  /**
   * a ≤ b, as bool. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([1, 2, 3]).lessEqual(2).print() // [true, true, false]
   */
  lessEqual(b: TensorLike): Tensor
  /**
   * a > b, as bool. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([1, 2, 3]).greater(2).print() // [false, false, true]
   */
  greater(b: TensorLike): Tensor
  /**
   * a ≥ b, as bool. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([1, 2, 3]).greaterEqual(2).print() // [false, true, true]
   */
  greaterEqual(b: TensorLike): Tensor
  /**
   * Whether both are true; what is not bool counts as true where it is not 0. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([true, true]).logicalAnd([true, false]).print() // [true, false]
   */
  logicalAnd(b: TensorLike): Tensor
  /**
   * Whether either is true; what is not bool counts as true where it is not 0. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([true, false]).logicalOr([false, false]).print() // [true, false]
   */
  logicalOr(b: TensorLike): Tensor
  /**
   * Whether x is false; what is not bool counts as true where it is not 0.
   * @example
   * tensor([true, false]).logicalNot().print() // [false, true]
   */
  logicalNot(): Tensor
  /**
   * Whether just one of both is true; what is not bool counts as true where it is not 0. Shapes broadcast.
   * @param b a tensor, or values for one
   * @example
   * tensor([true, true, false]).logicalXor([true, false, false]).print() // [false, true, false]
   */
  logicalXor(b: TensorLike): Tensor
  /**
   * This tensor's elements where `condition` is true, those of `b` elsewhere.
   * @param condition bool: a tensor, or values for one
   * @param b what is taken elsewhere
   * @example
   * tensor([1, 2]).where([true, false], [10, 20]).print() // [1, 20]
   */
  where(condition: TensorLike, b: TensorLike): Tensor

  // Reductions over `axis`, default all.

  /**
   * The sum over `axis`. int32 and bool are summed exactly, to int32.
   * @param axis one or several, negative ones from the end; default all
   * @param keepDims whether they stay, with size 1; default false
   * @example
   * tensor([[1, 2], [3, 4]]).sum().print() // 10
   * sum([[1, 2], [3, 4]], 0).print() // [4, 6]
   */
  sum(axis?: Axis, keepDims?: boolean): Tensor
  /**
   * The mean over `axis`, float32; NaN of nothing.
   * @param axis one or several, negative ones from the end; default all
   * @param keepDims whether they stay, with size 1; default false
   * @example
   * tensor([[1, 2], [3, 4]]).mean(1).print() // [1.5, 3.5]
   */
  mean(axis?: Axis, keepDims?: boolean): Tensor
  /**
   * The largest value over `axis`; NaN where there is one. Equal maxima get the whole gradient each.
   * @param axis one or several, negative ones from the end; default all
   * @param keepDims whether they stay, with size 1; default false
   * @example
   * tensor([[1, 2], [3, 4]]).max(1, true).print() // [[2], [4]]
   */
  max(axis?: Axis, keepDims?: boolean): Tensor
  /**
   * The smallest value over `axis`; NaN where there is one. Equal minima get the whole gradient each.
   * @param axis one or several, negative ones from the end; default all
   * @param keepDims whether they stay, with size 1; default false
   * @example
   * tensor([[1, 2], [3, 4]]).min(0).print() // [1, 2]
   */
  min(axis?: Axis, keepDims?: boolean): Tensor
  /**
   * The product over `axis`.
   * @param axis one or several, negative ones from the end; default all
   * @param keepDims whether they stay, with size 1; default false
   * @example
   * tensor([2, 3, 4]).prod().print() // 24
   */
  prod(axis?: Axis, keepDims?: boolean): Tensor
  /**
   * Whether any element over `axis` is true, as bool.
   * @param axis one or several, negative ones from the end; default all
   * @param keepDims whether they stay, with size 1; default false
   * @example
   * tensor([[true, false], [false, false]]).any(1).print() // [true, false]
   */
  any(axis?: Axis, keepDims?: boolean): Tensor
  /**
   * Whether all elements over `axis` are true, as bool.
   * @param axis one or several, negative ones from the end; default all
   * @param keepDims whether they stay, with size 1; default false
   * @example
   * tensor([[true, true], [true, false]]).all(1).print() // [true, false]
   */
  all(axis?: Axis, keepDims?: boolean): Tensor
  /**
   * log Σ eˣ, without overflow.
   * @param axis one or several; default all
   * @param keepDims whether they stay, with size 1; default false
   * @example
   * tensor([1000, 1000]).logSumExp().print() // 1000.693
   */
  logSumExp(axis?: Axis, keepDims?: boolean): Tensor
  /**
   * The norm over `axis`, of vectors (one axis, or all as one vector) or of matrices (two axes).
   * @param ord of vectors 'euclidean' (the default, also 2 and 'fro') = √Σx², 1 = Σ|x|, ±Infinity = the largest or
   *   smallest |x|; of matrices as in TF.js, but for 2
   * @param axis one or several, negative ones from the end; default all
   * @param keepDims whether they stay, with size 1; default false
   * @example
   * tensor([3, 4]).norm().print() // 5
   * norm([3, -4], 1).print() // 7
   */
  norm(ord?: 'euclidean' | 'fro' | number, axis?: Axis, keepDims?: boolean): Tensor
  /**
   * The sum of the elements up to each one along `axis`. int32 stays int32.
   * @param axis one, negative from the end; default 0
   * @param exclusive whether an element is left out of its own sum; default false
   * @param reverse whether it sums from the end; default false
   * @example
   * tensor([1, 2, 3]).cumsum().print() // [1, 3, 6]
   * cumsum([1, 2, 3], 0, true).print() // [0, 1, 3]
   */
  cumsum(axis?: number, exclusive?: boolean, reverse?: boolean): Tensor
  /**
   * The product of the elements up to each one along `axis` (default 0). int32 stays int32. The gradient is finite
   * where elements are 0, and has none of its own.
   * @param axis one, negative from the end; default 0
   * @param exclusive whether an element is left out of its own product; default false
   * @param reverse whether it multiplies from the end; default false
   * @example
   * tensor([1, 2, 3, 4]).cumprod().print() // [1, 2, 6, 24]
   */
  cumprod(axis?: number, exclusive?: boolean, reverse?: boolean): Tensor
  /**
   * The sums of the slices of x that have the same label: x [N, ...] and `segmentIds` [N] give [numSegments, ...].
   * @param segmentIds int32 [N]
   * @param numSegments how many sums
   * @example
   * tensor([1, 2, 3]).unsortedSegmentSum(tensor([0, 1, 0], [3], 'int32'), 2).print() // [4, 2]
   */
  unsortedSegmentSum(segmentIds: TensorLike, numSegments: number): Tensor
  /**
   * The k largest elements along the last axis, and where they are. Of equals the first comes first.
   * @param k default 1
   * @param sorted is for TF.js's sake: they are always sorted
   * @example
   * const { values, indices } = tensor([3, 9, 5]).topk(2)
   * console.log(values.arraySync(), indices.arraySync()) // [ 9, 5 ] [ 1, 2 ]
   */
  topk(k?: number, sorted?: boolean): { values: Tensor; indices: Tensor }
  /**
   * The distinct slices of x along `axis` (default 0), in the order of their first appearance, and for each slice of x
   * which one it is.
   * @param axis default 0
   * @example
   * const { values, indices } = tensor([7, 5, 7, 5]).unique()
   * console.log(values.arraySync(), indices.arraySync()) // [ 7, 5 ] [ 0, 1, 0, 1 ]
   */
  unique(axis?: number): { values: Tensor; indices: Tensor }
  /**
   * Where the largest value along `axis` is, as int32: the first of equals; a NaN counts as largest.
   * @param axis one, negative from the end; default 0
   * @example
   * tensor([[1, 9], [8, 2]]).argMax(-1).print() // [1, 0]
   */
  argMax(axis?: number): Tensor
  /**
   * Where the smallest value along `axis` is, as int32: the first of equals; a NaN counts as smallest.
   * @param axis one, negative from the end; default 0
   * @example
   * tensor([[1, 9], [8, 2]]).argMin(-1).print() // [0, 1]
   */
  argMin(axis?: number): Tensor

  // Shapes and places.

  /**
   * The same elements in another shape; one size may be -1, which takes what is left.
   * @param shape sizes of as many elements; one may be -1
   * @example
   * tensor([1, 2, 3, 4, 5, 6]).reshape([2, -1]).print() // [[1, 2, 3], [4, 5, 6]]
   */
  reshape(shape: Shape): Tensor
  /**
   * The same elements in the shape of another tensor.
   * @param x a tensor of as many elements
   * @example
   * tensor([1, 2, 3, 4]).reshapeAs(zeros([2, 2])).print() // [[1, 2], [3, 4]]
   */
  reshapeAs(x: Tensor): Tensor
  /**
   * All elements as a vector.
   * @example
   * tensor([[1, 2], [3, 4]]).flatten().print() // [1, 2, 3, 4]
   */
  flatten(): Tensor
  /**
   * The one element as a scalar.
   * @example
   * tensor([[7]]).asScalar().print() // 7
   */
  asScalar(): Tensor
  /**
   * All elements as a vector.
   * @example
   * tensor([[1, 2], [3, 4]]).as1D().print() // [1, 2, 3, 4]
   */
  as1D(): Tensor
  /**
   * The elements as a matrix.
   * @param rows how many
   * @param columns how many
   * @example
   * tensor([1, 2, 3, 4]).as2D(2, 2).print() // [[1, 2], [3, 4]]
   */
  as2D(rows: number, columns: number): Tensor
  /**
   * The elements in three axes.
   * @param rows the first size
   * @param columns the second
   * @param depth the third
   * @example
   * console.log(zeros([8]).as3D(2, 2, 2).shape) // [ 2, 2, 2 ]
   */
  as3D(rows: number, columns: number, depth: number): Tensor
  /**
   * The elements in four axes.
   * @param rows the first size
   * @param columns the second
   * @param depth the third
   * @param depth2 the fourth
   * @example
   * console.log(zeros([16]).as4D(2, 2, 2, 2).shape) // [ 2, 2, 2, 2 ]
   */
  as4D(rows: number, columns: number, depth: number, depth2: number): Tensor
  /**
   * A size of 1 put in.
   * @param axis where; negative from the end; default 0
   * @example
   * console.log(tensor([1, 2, 3]).expandDims(1).shape) // [ 3, 1 ]
   */
  expandDims(axis?: number): Tensor
  /**
   * Sizes of 1 taken out.
   * @param axis which; default all that are 1
   * @example
   * console.log(tensor([[[1], [2]]]).squeeze().shape) // [ 2 ]
   */
  squeeze(axis?: number | readonly number[]): Tensor
  /**
   * The axes in another order: axis i of the result is axis perm[i] of x.
   * @param perm each axis once; default reversed
   * @example
   * tensor([[1, 2, 3], [4, 5, 6]]).transpose().print() // [[1, 4], [2, 5], [3, 6]]
   */
  transpose(perm?: readonly number[]): Tensor
  /**
   * x repeated to `shape`: axes are aligned at the last, and a size of 1 stretches.
   * @param shape the sizes of the result
   * @example
   * tensor([1, 2]).broadcastTo([2, 2]).print() // [[1, 2], [1, 2]]
   */
  broadcastTo(shape: Shape): Tensor
  /**
   * x repeated reps[i] times along each axis i.
   * @param reps a number for each axis
   * @example
   * tensor([[1, 2]]).tile([2, 2]).print() // [[1, 2, 1, 2], [1, 2, 1, 2]]
   */
  tile(reps: readonly number[]): Tensor
  /**
   * The elements in reverse order.
   * @param axis along one or several; default all
   * @example
   * tensor([[1, 2], [3, 4]]).reverse(1).print() // [[2, 1], [4, 3]]
   */
  reverse(axis?: number | readonly number[]): Tensor
  /**
   * This tensor and others, joined along an axis.
   * @param x one or several
   * @param axis negative from the end; default 0
   * @example
   * tensor([1, 2]).concat(tensor([3])).print() // [1, 2, 3]
   */
  concat(x: Tensor | readonly TensorLike[], axis?: number): Tensor
  /**
   * This tensor and others of its shape as the slices of a new axis.
   * @param x one or several
   * @param axis where the new one lies; default 0
   * @example
   * tensor([1, 2]).stack(tensor([3, 4])).print() // [[1, 2], [3, 4]]
   */
  stack(x: Tensor | readonly TensorLike[], axis?: number): Tensor
  /**
   * The slices of an axis, without it.
   * @param axis default 0
   * @example
   * const [first, second] = tensor([[1, 2], [3, 4]]).unstack()
   * second.print() // [3, 4]
   */
  unstack(axis?: number): Tensor[]
  /**
   * x cut along an axis.
   * @param numOrSizeSplits into so many equal parts, or into parts of the given sizes, one of which may be -1 for what
   *   is left
   * @param axis default 0
   * @example
   * const [left, right] = tensor([[1, 2, 3], [4, 5, 6]]).split([1, 2], 1)
   * right.print() // [[2, 3], [5, 6]]
   */
  split(numOrSizeSplits: number | readonly number[], axis?: number): Tensor[]
  /**
   * The box of x that starts at `begin` and has `size` elements along each axis. Missing numbers at the end, and a
   * size of -1, take all that is there.
   * @param begin where the box starts, a number for each axis, or one for the first
   * @param size how many elements along each axis; default all that is there
   * @example
   * tensor([[1, 2, 3], [4, 5, 6]]).slice([0, 1], [2, 2]).print() // [[2, 3], [5, 6]]
   */
  slice(begin: number | readonly number[], size?: number | readonly number[]): Tensor
  /**
   * One value put around x.
   * @param paddings [before, after] for each axis
   * @param constantValue default 0
   * @example
   * tensor([[1, 2]]).pad([[0, 1], [1, 1]]).print() // [[0, 1, 2, 0], [0, 0, 0, 0]]
   */
  pad(paddings: readonly (readonly [number, number])[], constantValue?: number): Tensor
  /**
   * x with its own elements put around it, mirrored: paddings[i] = [before, after] along axis i.
   * @param paddings [before, after] for each axis
   * @param mode 'reflect' leaves out the element at the edge, [1, 2, 3] → [3, 2, |1, 2, 3|, 2, 1]; 'symmetric' does
   *   not, [2, 1, |1, 2, 3|, 3, 2]
   * @example
   * tensor([1, 2, 3]).mirrorPad([[2, 2]], 'reflect').print() // [3, 2, 1, 2, 3, 2, 1]
   */
  mirrorPad(paddings: readonly (readonly [number, number])[], mode: 'reflect' | 'symmetric'): Tensor
  /**
   * The elements of x from begin[i] to before end[i] in steps of strides[i], default 1. Negative numbers count from
   * the end. The i-th bit of a mask is for the i-th number: begin or end is not looked at; the number stands for as
   * many axes as are left (ellipsis); a new axis of size 1; the axis is one element and goes (shrink).
   * @param begin the first index of each axis
   * @param end the index before which it stops
   * @param strides the step along each axis; default 1
   * @param beginMask bits of the numbers of `begin` that are not looked at; default 0
   * @param endMask bits of the numbers of `end` that are not looked at; default 0
   * @param ellipsisMask the bit of the number that stands for all axes in between; default 0
   * @param newAxisMask bits of the numbers that put in an axis of size 1; default 0
   * @param shrinkAxisMask bits of the numbers whose axis goes; default 0
   * @example
   * tensor([0, 1, 2, 3, 4, 5]).stridedSlice([1], [6], [2]).print() // [1, 3, 5]
   */
  stridedSlice(
    begin: readonly number[],
    end: readonly number[],
    strides?: readonly number[],
    beginMask?: number,
    endMask?: number,
    ellipsisMask?: number,
    newAxisMask?: number,
    shrinkAxisMask?: number,
  ): Tensor
  /**
   * Channels as blocks of pixels: [B, H, W, C] -> [B, H · blockSize, W · blockSize, C / blockSize²], as a network
   * enlarges pictures (Shi et al. 2016).
   * @param blockSize how many times larger, at least 2
   * @param dataFormat 'NHWC', the default and the one there is
   * @example
   * tensor([[[[1, 2, 3, 4]]]]).depthToSpace(2).print() // [[[[1], [2]], [[3], [4]]]]
   */
  depthToSpace(blockSize: number, dataFormat?: 'NHWC'): Tensor
  /**
   * Blocks of the axes after the first moved into it: [B, H, W, …] -> [B · h · w, H / h, W / w, …], after zeros were
   * put around: paddings[i] = [before, after] of the i-th axis of the block.
   * @param blockShape the sizes of a block
   * @param paddings [before, after] for each axis of the block
   * @example
   * console.log(zeros([1, 4, 4, 1]).spaceToBatchND([2, 2], [[0, 0], [0, 0]]).shape) // [ 4, 2, 2, 1 ]
   */
  spaceToBatchND(blockShape: readonly number[], paddings: readonly (readonly [number, number])[]): Tensor
  /**
   * The inverse of `spaceToBatchND`: crops[i] = [before, after] is then cut off the i-th axis of the block.
   * @param blockShape the sizes of a block
   * @param crops [before, after] for each axis of the block
   * @example
   * console.log(zeros([4, 2, 2, 1]).batchToSpaceND([2, 2], [[0, 0], [0, 0]]).shape) // [ 1, 4, 4, 1 ]
   */
  batchToSpaceND(blockShape: readonly number[], crops: readonly (readonly [number, number])[]): Tensor
  /**
   * The slices of x along `axis` that `indices` names, in their order: x [..., N, ...] and indices of any shape give
   * [..., ...indices' shape, ...]. An index may occur several times; its gradients add up.
   * @param indices int32 of any shape
   * @param axis default 0
   * @param batchDims how many axes in front are gone through together, each with its own indices; default 0
   * @example
   * tensor([[1, 2], [3, 4], [5, 6]]).gather(tensor([2, 0], [2], 'int32')).print() // [[5, 6], [1, 2]]
   */
  gather(indices: TensorLike, axis?: number, batchDims?: number): Tensor
  /**
   * Rows of `depth` elements that are `onValue` at the index and `offValue` elsewhere; an index outside 0 to depth − 1
   * gives a row of `offValue`.
   * @param depth the size of the new last axis
   * @param onValue default 1
   * @param offValue default 0
   * @returns [..., depth], int32 as in TF.js unless `dtype` says otherwise
   * @example
   * tensor([0, 2], [2], 'int32').oneHot(3).print() // [[1, 0, 0], [0, 0, 1]]
   */
  oneHot(depth: number, onValue?: number, offValue?: number): Tensor
  /**
   * Another tensor with the same elements, which shares the memory.
   * @example
   * tensor([1, 2]).clone().print() // [1, 2]
   */
  clone(): Tensor
  /**
   * A tensor whose value can be replaced by `assign`: a weight. It starts from a copy of `initialValue`.
   * @param trainable whether `variableGrads` and optimizers take it in by themselves; default true
   * @param name default `variable_` and a number
   * @param dtype default that of the initial value
   * @example
   * const w = tensor([1, 2]).variable()
   * w.assign(w.add(1))
   * w.print() // [2, 3]
   */
  variable(trainable?: boolean, name?: string, dtype?: DataType): Variable
  /**
   * Zeros of the shape and dtype of x.
   * @example
   * tensor([[1, 2], [3, 4]]).zerosLike().print() // [[0, 0], [0, 0]]
   */
  zerosLike(): Tensor
  /**
   * Ones of the shape and dtype of x.
   * @example
   * tensor([1, 2, 3]).onesLike().print() // [1, 1, 1]
   */
  onesLike(): Tensor

  // Other dtypes.

  /**
   * The elements as another dtype. float32 to int32 truncates, NaN to 0; to bool, everything but 0 is true. A gradient
   * passes float32 alone.
   * @param dtype 'float32', 'int32' or 'bool'
   * @example
   * tensor([-1.7, 0, 2.9]).cast('int32').print() // [-1, 0, 2]
   */
  cast(dtype: DataType): Tensor
  /**
   * As `cast`.
   * @param dtype 'float32', 'int32' or 'bool'
   * @example
   * tensor([1.5]).asType('int32').print() // [1]
   */
  asType(dtype: DataType): Tensor
  /**
   * The elements as float32.
   * @example
   * tensor([1, 2], [2], 'int32').toFloat().print() // [1, 2]
   */
  toFloat(): Tensor
  /**
   * The elements as int32, fractions cut off.
   * @example
   * tensor([-1.5, 1.5]).toInt().print() // [-1, 1]
   */
  toInt(): Tensor
  /**
   * Whether each element is other than 0.
   * @example
   * tensor([0, 2]).toBool().print() // [false, true]
   */
  toBool(): Tensor

  // Products and images.

  /**
   * The matrix product of [..., M, K] and [..., K, N]; leading axes broadcast. dtypes: two int32 (or bool, as 0 and 1)
   * give int32, everything else float32.
   * @param b [..., K, N]
   * @param transposeA whether a is given as [..., K, M]; default false
   * @param transposeB whether b is given as [..., N, K]; default false
   * @returns [..., M, N]
   * @example
   * tensor([[1, 2], [3, 4]]).matMul([[1], [10]]).print() // [[21], [43]]
   */
  matMul(b: TensorLike, transposeA?: boolean, transposeB?: boolean): Tensor
  /**
   * The product of vectors or matrices: [K] · [K] is a scalar, [M, K] · [K] a vector, [M, K] · [K, N] a matrix.
   * @param t2 a tensor, or values for one
   * @example
   * tensor([1, 2, 3]).dot([4, 5, 6]).print() // 32
   */
  dot(t2: TensorLike): Tensor
  /**
   * Convolution along one axis.
   * @param filter [S, C, F]
   * @param stride of the filter
   * @param pad 'valid', 'same' or a number for both ends
   * @param dataFormat 'NWC', the default and the one there is
   * @param dilation default 1
   * @param dimRoundingMode for a pad in numbers: whether a last window that does not fit is left out ('floor', the
   *   default)
   * @returns [B, Q, F]
   * @example
   * tensor([[1], [2], [3], [4]]).conv1d([[[1]], [[1]]], 1, 'valid').print() // [[3], [5], [7]]
   */
  conv1d(
    filter: TensorLike,
    stride: number,
    pad: 'valid' | 'same' | number,
    dataFormat?: 'NWC',
    dilation?: number,
    dimRoundingMode?: RoundingMode,
  ): Tensor
  /**
   * Convolves images with filters: y[b, p, q, f] = Σ x[b, p·strideH + r·dilationH − padTop, …, c] · filter[r, s, c,
   * f], a cross-correlation as everywhere in deep learning.
   * @param filter [R, S, C, F]; where its third size divides C, the convolution is grouped
   * @param strides a number or [height, width]
   * @param pad 'valid', 'same', a number or the sides of each axis
   * @param dataFormat 'NHWC', the default and the one there is
   * @param dilations distance of the filter's rows and columns, default 1
   * @param dimRoundingMode for a pad in numbers: whether a last window that does not fit is left out ('floor', the
   *   default)
   * @returns [B, P, Q, F]
   * @example
   * const image = ones([1, 4, 4, 1])
   * image.conv2d(ones([3, 3, 1, 1]), 1, 'same').squeeze().print()
   * // [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]
   */
  conv2d(
    filter: TensorLike,
    strides: Pair,
    pad: Padding,
    dataFormat?: 'NHWC',
    dilations?: Pair,
    dimRoundingMode?: RoundingMode,
  ): Tensor
  /**
   * Convolves each channel with its own M filters; output channel c·M + m comes from input channel c.
   * @param filter [R, S, C, M]
   * @param strides a number or [height, width]
   * @param pad 'valid', 'same', a number or the sides of each axis
   * @param dataFormat 'NHWC', the default and the one there is
   * @param dilations distance of the filter's rows and columns; default 1
   * @param dimRoundingMode for a pad in numbers: whether a last window that does not fit is left out ('floor', the
   *   default)
   * @returns [B, P, Q, C·M]
   * @example
   * console.log(zeros([1, 8, 8, 3]).depthwiseConv2d(zeros([3, 3, 3, 2]), 1, 'same').shape) // [ 1, 8, 8, 6 ]
   */
  depthwiseConv2d(
    filter: TensorLike,
    strides: Pair,
    pad: Padding,
    dataFormat?: 'NHWC',
    dilations?: Pair,
    dimRoundingMode?: RoundingMode,
  ): Tensor
  /**
   * A depthwise convolution and then a pointwise one: far fewer multiplications than both at once.
   * @param depthwiseFilter [R, S, C, M]
   * @param pointwiseFilter [1, 1, C · M, F]
   * @param strides a number or [height, width]
   * @param pad 'valid', 'same', a number or the sides of each axis
   * @param dilation default 1
   * @param dataFormat 'NHWC', the default and the one there is
   * @returns [B, P, Q, F]
   * @example
   * const x = zeros([1, 8, 8, 3])
   * console.log(x.separableConv2d(zeros([3, 3, 3, 1]), zeros([1, 1, 3, 16]), 1, 'same').shape) // [ 1, 8, 8, 16 ]
   */
  separableConv2d(
    depthwiseFilter: TensorLike,
    pointwiseFilter: TensorLike,
    strides: Pair,
    pad: Padding,
    dilation?: Pair,
    dataFormat?: 'NHWC',
  ): Tensor
  /**
   * The transposed convolution: the gradient of `conv2d` by its input, as an op of its own.
   * @param filter [R, S, C, F], the filter of the convolution that is transposed
   * @param outputShape [B, H, W, C], which strides leave open
   * @param strides a number or [height, width]
   * @param pad 'valid', 'same' or a number
   * @param dimRoundingMode for a pad in numbers, of the convolution that is transposed: 'floor', the default, or
   *   'ceil'
   * @param dilations of the convolution that is transposed, default 1
   * @example
   * ones([1, 2, 2, 1]).conv2dTranspose(ones([2, 2, 1, 1]), [1, 4, 4, 1], 2, 'valid').squeeze().print()
   * // [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]
   */
  conv2dTranspose(
    filter: TensorLike,
    outputShape: Shape,
    strides: Pair,
    pad: Padding,
    dimRoundingMode?: RoundingMode,
    dilations?: Pair,
  ): Tensor
  /**
   * The largest value of each window. NaN wins; int32 stays int32. The gradient goes to the first maximum in row-major
   * order.
   * @param filterSize the window, a number or [height, width]
   * @param strides a number or [height, width]
   * @param pad 'valid', 'same', a number or the sides of each axis
   * @param dimRoundingMode for a pad in numbers: 'ceil' keeps a last window that hangs over the edge, 'floor' (the
   *   default) not
   * @returns [B, P, Q, C]
   * @example
   * tensor([1, 2, 3, 4], [1, 2, 2, 1]).maxPool(2, 2, 'valid').print() // [[[[4]]]]
   */
  maxPool(filterSize: Pair, strides: Pair, pad: Padding, dimRoundingMode?: RoundingMode): Tensor
  /**
   * The mean of each window, over the positions that lie within the image.
   * @param filterSize the window, a number or [height, width]
   * @param strides a number or [height, width]
   * @param pad 'valid', 'same', a number or the sides of each axis
   * @param dimRoundingMode for a pad in numbers: 'ceil' keeps a last window that hangs over the edge, 'floor' (the
   *   default) not
   * @returns [B, P, Q, C]
   * @example
   * tensor([1, 2, 3, 4], [1, 2, 2, 1]).avgPool(2, 2, 'valid').print() // [[[[2.5]]]]
   */
  avgPool(filterSize: Pair, strides: Pair, pad: Padding, dimRoundingMode?: RoundingMode): Tensor
  /**
   * Max or average pooling, also with dilated windows.
   * @param windowShape a number or [height, width]
   * @param poolingType 'max' or 'avg'
   * @param pad what the padding adds counts for nothing; default 'valid'
   * @param dilations the distance of the window's rows and columns, default 1
   * @param strides default 1
   * @param dimRoundingMode for a pad in numbers: 'ceil' keeps a last window that hangs over the edge, 'floor' (the
   *   default) not
   * @returns [B, P, Q, C]
   * @example
   * tensor([1, 2, 3, 4], [1, 2, 2, 1]).pool(2, 'avg').print() // [[[[2.5]]]]
   */
  pool(
    windowShape: Pair,
    poolingType: 'avg' | 'max',
    pad?: Padding,
    dilations?: Pair,
    strides?: Pair,
    dimRoundingMode?: RoundingMode,
  ): Tensor
  /**
   * (x − mean) / √(variance + varianceEpsilon) · scale + offset.
   * @param mean [C], or a shape that broadcasts to that of x; so are variance, offset and scale
   * @param variance as mean
   * @param offset default 0
   * @param scale default 1
   * @param varianceEpsilon default 0.001
   * @example
   * tensor([[1, 2], [3, 4]]).batchNorm([2, 3], [1, 1]).print() // [[-0.9995004, -0.9995004], [0.9995004, 0.9995004]]
   */
  batchNorm(
    mean: TensorLike,
    variance: TensorLike,
    offset?: TensorLike | null,
    scale?: TensorLike | null,
    varianceEpsilon?: number,
  ): Tensor
  /**
   * Each element divided by (bias + alpha · Σ x²) to the power beta, the sum over the channels at most `depthRadius`
   * away: Krizhevsky et al. 2012.
   * @param depthRadius default 5
   * @param bias default 1
   * @param alpha default 1
   * @param beta default 0.5
   * @example
   * tensor([1, 2, 3], [1, 1, 1, 3]).localResponseNormalization(1).print()
   * // [[[[0.4082483, 0.5163978, 0.8017837]]]]
   */
  localResponseNormalization(depthRadius?: number, bias?: number, alpha?: number, beta?: number): Tensor
  /**
   * Resizes by linear interpolation between the four pixels around each place.
   * @param size [height, width]
   * @param alignCorners whether the corner pixels lie on each other, default false: the upper left one alone does
   * @param halfPixelCenters whether a pixel's place is its centre, as in Keras and PIL; default false
   * @returns float32 [B, ...size, C]
   * @example
   * tensor([0, 1, 2, 3], [2, 2, 1]).resizeBilinear([4, 4], false, true).squeeze().print()
   * // [[0, 0.25, 0.75, 1], [0.5, 0.75, 1.25, 1.5], [1.5, 1.75, 2.25, 2.5], [2, 2.25, 2.75, 3]]
   */
  resizeBilinear(size: readonly [number, number], alignCorners?: boolean, halfPixelCenters?: boolean): Tensor
  /**
   * Resizes by taking the nearest pixel. The parameters are those of `resizeBilinear`.
   * @param size [height, width]
   * @param alignCorners default false
   * @param halfPixelCenters default false
   * @returns [B, ...size, C], of the dtype of the images
   * @example
   * tensor([1, 2], [1, 2, 1]).resizeNearestNeighbor([2, 4]).squeeze().print() // [[1, 1, 2, 2], [1, 1, 2, 2]]
   */
  resizeNearestNeighbor(size: readonly [number, number], alignCorners?: boolean, halfPixelCenters?: boolean): Tensor
  /**
   * The elements, copied, to be read and written one by one.
   * @example
   * console.log((await tensor([[1, 2]]).buffer()).get(0, 1)) // 2
   */
  buffer(): Promise<TensorBuffer>
  /**
   * The same at once.
   * @example
   * console.log(tensor([[1, 2]]).bufferSync().get(0, 1)) // 2
   */
  bufferSync(): TensorBuffer

  /**
   * Writes the elements to the console.
   * @param verbose whether dtype, rank and shape have lines of their own; default false
   * @example
   * tensor([1, 2]).print() // [1, 2]
   */
  print(verbose?: boolean): void
}
