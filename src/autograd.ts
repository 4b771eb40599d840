/**
 * Reverse-mode differentiation over eager ops (Griewank & Walther 2008, ch. 3). While a tape is open, each op whose
 * inputs descend from a watched tensor records how its gradient is computed; `backward` walks the records in reverse.
 * A gradient is itself made of ops, so an outer tape records it: gradients of gradients come for free wherever an op's
 * gradient is composed of ops that have one.
 */

import { ArgumentError, ShapeError, StateError, show, showShape } from './errors.ts'
import { type Runtime, runtime } from './runtime/runtime.ts'
import { sameShape } from './shape.ts'
import { allocate, fromValues, Tensor, type TensorLike, tidy, toTensor, Variable } from './tensor.ts'

/**
 * The gradients of the inputs, in their order; `null` where one has none. `wanted` says which of them will be used: a
 * costly one that is not wanted may be left out.
 */
export type Backward = (dy: Tensor, saved: readonly Tensor[], wanted: readonly boolean[]) => readonly (Tensor | null)[]

interface TapeRecord {
  readonly name: string
  readonly inputs: readonly number[]
  readonly output: number
  readonly saved: readonly Tensor[]
  readonly backward: Backward | undefined
}

class Tape {
  readonly outer: Tape | undefined
  readonly records: TapeRecord[] = []
  readonly #watched = new Set<number>()
  /** The trainable variables that were read, where the tape watches all of them. */
  readonly variables: Map<number, Variable> | undefined

  constructor(outer: Tape | undefined, watched: readonly Tensor[], everyVariable: boolean) {
    this.outer = outer
    for (const tensor of watched) this.#watched.add(tensor.id)
    this.variables = everyVariable ? new Map() : undefined
  }

  watches(tensor: Tensor): boolean {
    if (this.#watched.has(tensor.id)) return true
    if (this.variables === undefined || !(tensor instanceof Variable) || !tensor.trainable) return false
    this.variables.set(tensor.id, tensor)
    this.#watched.add(tensor.id)
    return true
  }

  add(record: TapeRecord): void {
    this.records.push(record)
    this.#watched.add(record.output)
  }

  dispose(): void {
    for (const { saved } of this.records) for (const tensor of saved) tensor.dispose()
  }
}

/** The innermost open tape of a runtime. */
const tapes = new WeakMap<Runtime, Tape>()

/**
 * Notes on the open tapes how the gradient of `output` is computed, and returns `output`. What `backward` needs is given
 * as `saved`: the tape holds it, whatever becomes of the tensors meanwhile. Without `backward` the op has no gradient,
 * and asking for one is an error.
 */
export function record(
  name: string,
  inputs: readonly Tensor[],
  output: Tensor,
  saved: readonly Tensor[] = [],
  backward?: Backward,
): Tensor {
  for (let tape = tapes.get(output.storage(name).owner); tape !== undefined; tape = tape.outer) {
    // Each tape watches by itself, so `map` must ask for every input: some() would leave variables unseen.
    const watched = inputs.map((input) => tape.watches(input))
    if (!watched.includes(true)) continue
    tape.add({
      name,
      inputs: inputs.map((input, i) => (watched[i] ? input.id : 0)),
      output: output.id,
      saved: saved.map((tensor) => tensor.twin(name, false)),
      backward,
    })
  }
  return output
}

/** Whether an op on `inputs` is being recorded: what only a gradient needs can be left out otherwise. */
export function isRecording(inputs: readonly Tensor[]): boolean {
  const first = inputs[0]
  if (first === undefined) return false
  for (let tape = tapes.get(first.storage('isRecording').owner); tape !== undefined; tape = tape.outer) {
    const open = tape
    if (inputs.some((input) => open.watches(input))) return true
  }
  return false
}

interface Recorded<T> {
  readonly result: T
  readonly tape: Tape
}

function recordWhile<T>(who: string, watched: readonly Tensor[], everyVariable: boolean, fn: () => T): Recorded<T> {
  const owner = runtime(who)
  const outer = tapes.get(owner)
  const tape = new Tape(outer, watched, everyVariable)
  tapes.set(owner, tape)
  try {
    // The scope ends with the forward pass: what is needed later is held by the tape, and freed as it is used up.
    return { result: tidy(fn), tape }
  } catch (error) {
    tape.dispose()
    throw error
  } finally {
    if (outer === undefined) tapes.delete(owner)
    else tapes.set(owner, outer)
  }
}

/** The gradients of `y` (weighted by `dy`) by the tensors `xs`; `null` where `y` does not depend on one. */
function backward(tape: Tape, y: Tensor, dy: Tensor, xs: readonly Tensor[]): (Tensor | null)[] {
  const wanted = new Set(xs.map((x) => x.id))
  const useful = reachesWanted(tape, wanted)
  // Each gradient in the map is a twin of its own, so that it can be disposed whoever else holds its buffer.
  const gradients = new Map<number, Tensor>([[y.id, dy.twin('grad')]])
  for (let i = tape.records.length - 1; i >= 0; i--) {
    const { name, inputs, output, saved, backward } = tape.records[i]!
    const dOutput = gradients.get(output)
    if (dOutput !== undefined && inputs.some((id) => useful.has(id))) {
      if (backward === undefined) {
        throw new StateError({ who: name, expected: 'an op with a gradient', received: `${name}, which has none` })
      }
      const wantedInputs = inputs.map((id) => useful.has(id))
      const dInputs = tidy(() => backward(dOutput, saved, wantedInputs))
      inputs.forEach((id, k) => {
        const dInput = dInputs[k]
        if (wantedInputs[k] && dInput !== undefined && dInput !== null) accumulate(gradients, id, dInput)
      })
      for (const dInput of dInputs) if (dInput !== dOutput) dInput?.dispose()
    }
    for (const tensor of saved) tensor.dispose()
    if (dOutput !== undefined && !wanted.has(output)) {
      gradients.delete(output)
      dOutput.dispose()
    }
  }
  return xs.map((x) => gradients.get(x.id) ?? null)
}

/** The ids from which gradients must still flow: the wanted tensors and all that depends on them. */
function reachesWanted(tape: Tape, wanted: ReadonlySet<number>): Set<number> {
  const useful = new Set(wanted)
  for (const { inputs, output } of tape.records) if (inputs.some((id) => useful.has(id))) useful.add(output)
  return useful
}

function accumulate(gradients: Map<number, Tensor>, id: number, gradient: Tensor): void {
  const sum = gradients.get(id)
  gradients.set(id, sum === undefined ? gradient.twin('grad') : sumOf(sum, gradient))
  sum?.dispose()
}

/** a + b of equal shapes, recorded for outer tapes. */
function sumOf(a: Tensor, b: Tensor): Tensor {
  const sum = allocate('grad', a.shape)
  const run = runtime('grad')
  sum.view().set(a.view() as Float32Array)
  run.run('addInto', sum.size, b.at('grad'), sum.at('grad'))
  return record('add', [a, b], sum, [], (dy) => [dy, dy])
}

function onesFor(y: Tensor): Tensor {
  const ones = allocate('grad', y.shape)
  ones.view().fill(1)
  return ones
}

/** Checks what a differentiated function returned, and the weights given for it. */
function checkResult(who: string, y: unknown, dy: Tensor | undefined): asserts y is Tensor {
  if (!(y instanceof Tensor) || y.dtype !== 'float32') {
    const received = y instanceof Tensor ? `one of dtype ${y.dtype}` : show(y)
    throw new ArgumentError({ who, expected: 'the function to return a float32 tensor', received })
  }
  if (dy === undefined) return
  if (dy.dtype !== 'float32') throw new ArgumentError({ who, expected: 'dy of dtype float32', received: dy.dtype })
  if (!sameShape(dy.shape, y.shape)) {
    throw new ShapeError({ who, expected: `dy of shape ${showShape(y.shape)}`, received: showShape(dy.shape) })
  }
}

function checkTensors(who: string, xs: unknown): asserts xs is readonly Tensor[] {
  if (!Array.isArray(xs)) throw new ArgumentError({ who, expected: 'a list of tensors', received: show(xs) })
  for (const x of xs) {
    if (x instanceof Tensor && x.dtype === 'float32') continue
    const received = x instanceof Tensor ? `one of dtype ${x.dtype}` : show(x)
    throw new ArgumentError({ who, expected: 'float32 tensors to differentiate by', received })
  }
}

/** Integers are differentiated by as the floats that they are. */
function floatOf(who: string, x: Tensor): Tensor {
  return x.dtype === 'float32' ? x : fromValues(who, x.view(who), x.shape)
}

function checkFunction(who: string, f: unknown): void {
  if (typeof f !== 'function') throw new ArgumentError({ who, expected: 'a function', received: show(f) })
}

function differentiate(
  who: string,
  f: (...xs: Tensor[]) => Tensor,
  given: readonly TensorLike[],
  givenDy: TensorLike | null | undefined,
): { value: Tensor; grads: Tensor[] } {
  return tidy(() => {
    const xs = Array.isArray(given) ? given.map((x, i) => floatOf(who, toTensor(who, `x[${i}]`, x))) : given
    checkTensors(who, xs)
    const dy = givenDy === undefined || givenDy === null ? undefined : toTensor(who, 'dy', givenDy)
    const { result: value, tape } = recordWhile(who, xs, false, () => {
      const y = f(...xs)
      checkResult(who, y, dy)
      return y
    })
    try {
      const grads = backward(tape, value, dy ?? onesFor(value), xs)
      return { value, grads: grads.map((gradient, i) => gradient ?? noDependence(who, i)) }
    } finally {
      tape.dispose()
    }
  })
}

function noDependence(who: string, argument: number): never {
  throw new ArgumentError({
    who,
    expected: 'a function whose result depends on each argument',
    received: `one that ignores argument ${argument}`,
    hint: 'is the result computed by quadlane ops from the tensors that are passed in?',
  })
}

/**
 * The function that computes df(x)/dx. Where `f` does not return a scalar, its elements are weighted by `dy` (default
 * ones) and summed up.
 * @param f a function of one tensor, made of ops
 * @returns a function of x and, by choice, dy, which returns the gradient, of the shape of x
 * @throws ArgumentError, when it is called, where the value does not depend on x
 * @example
 * const slope = grad((x) => x.square().sum())
 * slope([1, 2, 3]).print() // [2, 4, 6]
 */
export function grad(f: (x: Tensor) => Tensor): (x: TensorLike, dy?: TensorLike) => Tensor {
  checkFunction('grad', f)
  return (x, dy) => {
    return tidy(() => differentiate('grad', f as (...xs: Tensor[]) => Tensor, [x], dy).grads[0]!)
  }
}

/**
 * As `grad`, for a function of several tensors, given as an array.
 * @param f a function of several tensors, made of ops
 * @returns a function of the list of tensors and, by choice, dy, which returns a gradient for each
 * @example
 * const slopes = grads((a, b) => a.mul(b))
 * const [da, db] = slopes([[2], [3]])
 * console.log(da.arraySync(), db.arraySync()) // [ 3 ] [ 2 ]
 */
export function grads(f: (...xs: Tensor[]) => Tensor): (xs: readonly TensorLike[], dy?: TensorLike) => Tensor[] {
  checkFunction('grads', f)
  return (xs, dy) => {
    return tidy(() => differentiate('grads', f, xs, dy).grads)
  }
}

/**
 * As `grad`, with the function's value beside its gradient.
 * @param f a function of one tensor, made of ops
 * @example
 * const { value, grad } = valueAndGrad((x) => x.square().sum())([1, 2])
 * console.log(value.arraySync(), grad.arraySync()) // 5 [ 2, 4 ]
 */
export function valueAndGrad(
  f: (x: Tensor) => Tensor,
): (x: TensorLike, dy?: TensorLike) => { value: Tensor; grad: Tensor } {
  checkFunction('valueAndGrad', f)
  return (x, dy) => {
    const { value, grads } = differentiate('valueAndGrad', f as (...xs: Tensor[]) => Tensor, [x], dy)
    return { value, grad: grads[0]! }
  }
}

/**
 * As `grads`, with the function's value beside its gradients.
 * @param f a function of several tensors, made of ops
 * @example
 * const { value, grads } = valueAndGrads((a, b) => a.mul(b).sum())([[2], [3]])
 * console.log(value.arraySync(), grads.map((each) => each.arraySync())) // 6 [ [ 3 ], [ 2 ] ]
 */
export function valueAndGrads(
  f: (...xs: Tensor[]) => Tensor,
): (xs: readonly TensorLike[], dy?: TensorLike) => { value: Tensor; grads: Tensor[] } {
  checkFunction('valueAndGrads', f)
  return (xs, dy) => differentiate('valueAndGrads', f, xs, dy)
}

export interface VariableGradients {
  readonly value: Tensor
  readonly variables: readonly Variable[]
  /** In the order of the variables; `null` where the value does not depend on one. */
  readonly grads: readonly (Tensor | null)[]
}

/**
 * The scalar value of `f` and its gradients by `variables`; by all trainable ones that `f` reads where none are named.
 * Those of the named ones that are not trainable are left alone: they have no gradient.
 */
export function gradients(who: string, f: () => Tensor, variables?: readonly Variable[] | null): VariableGradients {
  checkFunction(who, f)
  const trainable = variables === undefined || variables === null ? undefined : checkVariables(who, variables)
  return tidy(() => {
    const { result: value, tape } = recordWhile(who, trainable ?? [], trainable === undefined, f)
    try {
      checkScalar(who, value)
      const by = trainable ?? [...(tape.variables?.values() ?? [])]
      return { value, variables: by, grads: backward(tape, value, onesFor(value), by) }
    } finally {
      tape.dispose()
    }
  })
}

/** The trainable ones of a list of variables, which has at least one. */
function checkVariables(who: string, variables: unknown): readonly Variable[] {
  const list: readonly unknown[] = Array.isArray(variables) ? variables : [variables]
  for (const variable of list) {
    if (variable instanceof Variable) continue
    throw new ArgumentError({ who, expected: 'a list of variables', received: show(variable) })
  }
  const trainable = (list as readonly Variable[]).filter((variable) => variable.trainable)
  if (trainable.length > 0 || list.length === 0) return trainable
  const hint = 'set trainable = true, or leave out the list'
  throw new ArgumentError({ who, expected: 'a trainable variable among those named', received: 'none', hint })
}

function checkScalar(who: string, value: unknown): asserts value is Tensor {
  checkResult(who, value, undefined)
  if (value.size === 1) return
  throw new ShapeError({
    who,
    expected: 'the function to return a scalar',
    received: showShape(value.shape),
    hint: 'take its mean() or sum()',
  })
}

/** Whose gradient a tensor is, for optimizers that are given gradients alone. */
const variableByGradient = new WeakMap<Tensor, Variable>()

export function variableOf(gradient: Tensor): Variable | undefined {
  return variableByGradient.get(gradient)
}

/** The variables that `variableGrads` has differentiated by, for gradients that come back changed, under their names. */
const variablesByName = new Map<string, Set<WeakRef<Variable>>>()

function remember(variable: Variable): void {
  const known = living(variable.name)
  if (known.some(({ target }) => target === variable)) return
  variablesByName.set(variable.name, new Set([...known.map(({ reference }) => reference), new WeakRef(variable)]))
}

function living(name: string): { reference: WeakRef<Variable>; target: Variable }[] {
  return [...(variablesByName.get(name) ?? [])].flatMap((reference) => {
    const target = reference.deref()
    return target === undefined || target.isDisposed ? [] : [{ reference, target }]
  })
}

/** The variable that `variableGrads` has named so; one of the gradient's shape where several are called alike. */
export function variableNamed(who: string, name: string, gradient: Tensor): Variable {
  const known = living(name).map(({ target }) => target)
  const fitting = known.length > 1 ? known.filter((variable) => sameShape(variable.shape, gradient.shape)) : known
  if (fitting.length === 1) return fitting[0]!
  if (fitting.length > 1) {
    const received = `${show(name)}, which ${fitting.length} are called`
    const hint = 'give them names of their own, or the gradients as variableGrads returned them'
    throw new ArgumentError({ who, expected: 'the names of variables', received, hint })
  }
  const expected = 'gradients under the names that variableGrads returns'
  throw new ArgumentError({ who, expected, received: show(name) })
}

/**
 * The scalar value of `f` and its gradients by variables, under their names. Without a list: by all trainable variables
 * that `f` reads.
 * @param f returns a scalar
 * @param variables default: all trainable ones that `f` reads
 * @throws ArgumentError where the value is no scalar, or `f` reads no trainable variable
 * @example
 * const w = variable([1, 2], true, 'w')
 * const { value, grads } = variableGrads(() => w.square().sum())
 * console.log(value.arraySync(), grads.w.arraySync()) // 5 [ 2, 4 ]
 */
export function variableGrads(
  f: () => Tensor,
  variables?: readonly Variable[] | null,
): { value: Tensor; grads: Record<string, Tensor> } {
  const { value, variables: by, grads } = gradients('variableGrads', f, variables)
  return { value, grads: namedGradients(by, grads) }
}

function namedGradients(variables: readonly Variable[], found: readonly (Tensor | null)[]): Record<string, Tensor> {
  const named = new Map<string, Tensor>()
  variables.forEach((variable, i) => {
    const gradient = found[i]
    if (gradient === null || gradient === undefined) return
    if (named.has(variable.name)) {
      throw new ArgumentError({
        who: 'variableGrads',
        expected: 'variables with names of their own',
        received: `two that are called ${show(variable.name)}`,
      })
    }
    named.set(variable.name, gradient)
    remember(variable)
    variableByGradient.set(gradient, variable)
  })
  if (named.size > 0) return Object.fromEntries(named)
  throw new ArgumentError({
    who: 'variableGrads',
    expected: 'a function whose result depends on a trainable variable',
    received: 'one that reads none',
  })
}

/** Keeps tensors of the forward pass for the backward pass. */
export type SaveFunction = (tensors: readonly Tensor[]) => void

/** The value of an op, and its gradients by the inputs from dy and the tensors that were saved. */
export interface CustomOp {
  readonly value: Tensor
  readonly gradFunc: (dy: Tensor, saved: readonly Tensor[]) => Tensor | readonly Tensor[]
}

/**
 * An op with a gradient of your own. `f` gets the inputs and a function that saves tensors for the gradient, and returns
 * its value and `gradFunc(dy, saved)`, which returns one gradient per input. Other tensors that `f` makes are disposed.
 * @param f gets the inputs and `save`, and returns `{ value, gradFunc }`
 * @returns an op of as many tensors
 * @example
 * const cut = customGrad((x, save) => {
 *   save([x])
 *   return { value: x.relu(), gradFunc: (dy, [x]) => dy.mul(x.greater(0)).clipByValue(-1, 1) }
 * })
 * grad((x) => cut(x).mul(5).sum())(tensor([-1, 2])).print() // [0, 1]
 */
export function customGrad(f: (x: Tensor, save: SaveFunction) => CustomOp): (x: Tensor) => Tensor
export function customGrad(f: (a: Tensor, b: Tensor, save: SaveFunction) => CustomOp): (a: Tensor, b: Tensor) => Tensor
export function customGrad(f: (...inputsAndSave: never[]) => CustomOp): (...inputs: Tensor[]) => Tensor
export function customGrad(f: (...inputsAndSave: never[]) => CustomOp): (...inputs: Tensor[]) => Tensor {
  checkFunction('customGrad', f)
  return (...inputs) => {
    return tidy(() => {
      const saved: Tensor[] = []
      // The ops inside must not be recorded: the gradient is the given one.
      const save: SaveFunction = (tensors) => {
        for (const tensor of Array.isArray(tensors) ? tensors : [tensors]) {
          if (tensor instanceof Tensor) saved.push(tensor)
          else
            throw new ArgumentError({ who: 'customGrad, save', expected: 'a list of tensors', received: show(tensor) })
        }
      }
      const forward = f as (...inputsAndSave: (Tensor | SaveFunction)[]) => CustomOp
      for (const input of inputs) {
        if (input instanceof Tensor) continue
        throw new ArgumentError({ who: 'customGrad', expected: 'tensors as inputs', received: show(input) })
      }
      const { value, gradFunc } = checkCustomOp(withoutTape('customGrad', () => forward(...inputs, save)))
      checkResult('customGrad', value, undefined)
      checkFunction('customGrad, gradFunc', gradFunc)
      // An input that is passed through must become a tensor of its own, or it would be its own gradient's source.
      const y = inputs.includes(value) ? value.alias('customGrad') : value
      return record('customGrad', inputs, y, saved, (dy, held) => checkGradients(inputs, gradFunc(dy, held)))
    })
  }
}

function checkCustomOp(result: unknown): CustomOp {
  if (typeof result === 'object' && result !== null) return result as CustomOp
  throw new ArgumentError({
    who: 'customGrad',
    expected: 'the function to return { value, gradFunc }',
    received: show(result),
  })
}

function checkGradients(inputs: readonly Tensor[], given: Tensor | readonly Tensor[]): readonly Tensor[] {
  const found = Array.isArray(given) ? (given as readonly Tensor[]) : [given as Tensor]
  inputs.forEach((input, i) => {
    const gradient = found[i]
    if (gradient instanceof Tensor && sameShape(gradient.shape, input.shape)) return
    throw new ShapeError({
      who: 'customGrad, gradFunc',
      expected: `gradient ${i} of shape ${showShape(input.shape)}`,
      received: gradient instanceof Tensor ? showShape(gradient.shape) : show(gradient),
    })
  })
  // Twins, since the tape disposes the gradients that it is given.
  return found.map((gradient) => gradient.twin('customGrad'))
}

/** Runs `fn` unrecorded. */
export function withoutTape<T>(who: string, fn: () => T): T {
  const owner = runtime(who)
  const open = tapes.get(owner)
  tapes.delete(owner)
  try {
    return fn()
  } finally {
    if (open !== undefined) tapes.set(owner, open)
  }
}
