/**
 * jax-js on its WebAssembly device; one thread in Node, threads in pages. Layouts are its own, NCHW and OIHW. The
 * training step is one jitted function: loss, gradients and Adam.
 */

import {
  BATCH,
  CONV2,
  digest,
  LENET5_BATCH,
  labels,
  MATRIX_SIZES,
  permuted,
  TO_NCHW,
  TO_OIHW,
  values,
} from '../shared/work.mjs'

/**
 * @param {{ threads: number }} options
 * @returns {Promise<import('../shared/host.mjs').System>}
 */
export async function open({ threads }) {
  // It starts as many workers as the engine names processors.
  if (typeof window === 'object') Object.defineProperty(navigator, 'hardwareConcurrency', { value: threads })
  const jax = await import('@jax-js/jax')
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  const entries = MATRIX_SIZES.map((size) => [`matmul-${size}`, () => matmul(jax, size)])
  const items = {
    'train-lenet': () => trainStep(jax, lenet(jax), BATCH),
    'predict-1': () => predict(jax, 1),
    'predict-128': () => predict(jax, BATCH),
    'train-lenet5': () => trainStep(jax, lenet5(jax), LENET5_BATCH),
    ...Object.fromEntries(entries),
    ...conv2(jax),
    'max-pool': () => maxPool(jax),
  }
  return { facts: { version: '0.1.25', device: 'wasm' }, items }
}

/** An array from values in their logical order NHWC or HWIO. */
function array({ numpy: np }, shape, seed, order) {
  const from = values(shape, seed)
  if (order === undefined) return np.array(from).reshape([...shape])
  return np.array(permuted(from, shape, order)).reshape(order.map((axis) => shape[axis]))
}

/** Weights uniform as Glorot has them. */
function glorot(jax, shape, fanIn, fanOut, seed) {
  return array(jax, shape, seed).mul(2 * Math.sqrt(6 / (fanIn + fanOut)))
}

function zeros({ numpy: np }, shape) {
  return np.zeros(shape)
}

function convWeights(jax, size, C, F, seed) {
  const taps = size * size
  return { w: glorot(jax, [F, C, size, size], C * taps, F * taps, seed), b: zeros(jax, [1, F, 1, 1]) }
}

function denseWeights(jax, inputs, units, seed) {
  return { w: glorot(jax, [inputs, units], inputs, units, seed), b: zeros(jax, [units]) }
}

function convolve({ lax }, x, { w, b }, padding = 'VALID') {
  return lax.convGeneralDilated(x, w, [1, 1], padding).add(b)
}

function connect({ numpy: np }, x, { w, b }) {
  return np.matmul(x, w).add(b)
}

function pool({ numpy: np, lax }, x, computation) {
  const reduce = computation === 'max' ? (window) => np.max(window) : (window) => np.mean(window)
  return lax.reduceWindow(x, reduce, [2, 2], [2, 2])
}

function dropped(jax, x, rate, key) {
  if (key === undefined) return x
  const mask = jax.random.bernoulli(key, 1 - rate, x.shape)
  return x.mul(mask.astype(jax.numpy.float32).mul(1 / (1 - rate)))
}

/** Parameters, and the logits from them; two keys for dropout where it trains. */
function lenet(jax) {
  const params = {
    conv1: convWeights(jax, 3, 1, 32, 1),
    conv2: convWeights(jax, 3, 32, 64, 2),
    dense1: denseWeights(jax, 9216, 128, 3),
    dense2: denseWeights(jax, 128, 10, 4),
  }
  const forward = ({ conv1, conv2, dense1, dense2 }, x, keys = []) => {
    let h = jax.nn.relu(convolve(jax, x, conv1))
    h = jax.nn.relu(convolve(jax, h, conv2))
    h = dropped(jax, pool(jax, h, 'max'), 0.25, keys[0])
    h = h.reshape([h.shape[0], 9216])
    h = dropped(jax, jax.nn.relu(connect(jax, h, dense1)), 0.5, keys[1])
    return connect(jax, h, dense2)
  }
  return { params, forward, drops: true }
}

function lenet5(jax) {
  const { tanh } = jax.numpy
  const params = {
    c1: convWeights(jax, 5, 1, 6, 1),
    c3: convWeights(jax, 5, 6, 16, 2),
    c5: convWeights(jax, 5, 16, 120, 3),
    f6: denseWeights(jax, 120, 84, 4),
    output: denseWeights(jax, 84, 10, 5),
  }
  const forward = ({ c1, c3, c5, f6, output }, x) => {
    let h = pool(jax, tanh(convolve(jax, x, c1, 'SAME')), 'mean')
    h = pool(jax, tanh(convolve(jax, h, c3)), 'mean')
    h = tanh(convolve(jax, h, c5))
    h = tanh(connect(jax, h.reshape([h.shape[0], 120]), f6))
    return connect(jax, h, output)
  }
  return { params, forward, drops: false }
}

function trainStep(jax, { params, forward, drops }, batch) {
  const { numpy: np, tree, nn, random } = jax
  const [rate, beta1, beta2, epsilon] = [0.001, 0.9, 0.999, 1e-7]
  const loss = (weights, x, y, keys) => {
    const logits = forward(weights, x, keys)
    return nn
      .logSoftmax(logits)
      .mul(y)
      .sum()
      .mul(-1 / batch)
  }
  const step = jax.jit((weights, m, v, t, x, y, keys) => {
    const [value, g] = jax.valueAndGrad((weights) => loss(weights, x, y, keys))(weights.ref ?? tree.ref(weights))
    const corrected = np.sqrt(np.power(beta2, t.ref).mul(-1).add(1)).div(np.power(beta1, t).mul(-1).add(1)).mul(rate)
    const m2 = tree.map((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), m, tree.ref(g))
    const v2 = tree.map((v, g) => v.mul(beta2).add(np.square(g).mul(1 - beta2)), v, g)
    const update = (w, m, v) => w.sub(m.mul(corrected.ref).div(np.sqrt(v).add(epsilon)))
    const next = tree.map(update, weights, tree.ref(m2), tree.ref(v2))
    corrected.dispose()
    return [value, next, m2, v2]
  })
  const shape = [batch, 28, 28, 1]
  const [x, y] = [array(jax, shape, 1, TO_NCHW), np.array(labels(batch)).reshape([batch, 10])]
  let state = [params, ...[1, 2].map(() => tree.map((w) => np.zerosLike(w), tree.ref(params)))]
  let t = 0
  const run = async () => {
    t++
    const keys = drops ? [random.key(2 * t), random.key(2 * t + 1)] : []
    const [value, ...next] = step(...state, np.array(t), x.ref, y.ref, keys)
    state = next
    await value.data()
    await jax.blockUntilReady(state)
  }
  return { run }
}

function predict(jax, batch) {
  const { params, forward } = lenet(jax)
  const apply = jax.jit((params, x) => jax.nn.softmax(forward(params, x)))
  const x = array(jax, [batch, 28, 28, 1], 1, TO_NCHW)
  const run = async () => {
    await apply(jax.tree.ref(params), x.ref).data()
  }
  return { run }
}

/** An op, its result read: it is computed no sooner. */
function item(f) {
  const run = async () => {
    await f().data()
  }
  return { run, digest: async () => digest(await f().data()) }
}

function matmul(jax, size) {
  const [a, b] = [1, 2].map((seed) => array(jax, [size, size], seed))
  return item(() => jax.numpy.matmul(a.ref, b.ref))
}

function conv2(jax) {
  const forward = (x, w) => jax.lax.convGeneralDilated(x, w, [1, 1], 'VALID')
  const make = () => ({
    x: array(jax, CONV2.x, 1, TO_NCHW),
    w: array(jax, CONV2.filter, 2, TO_OIHW),
    dy: array(jax, CONV2.y, 3, TO_NCHW),
  })
  // Σ y · dy is linear in either operand: its gradient is the one of the convolution, and jit drops the forward pass.
  const weighted = (x, w, dy) => forward(x, w).mul(dy).sum()
  return {
    'conv2-forward': () => {
      const { x, w } = make()
      const f = jax.jit(forward)
      return item(() => f(x.ref, w.ref))
    },
    'conv2-input-gradient': () => {
      const { x, w, dy } = make()
      const f = jax.jit(jax.grad(weighted))
      return item(() => f(x.ref, w.ref, dy.ref))
    },
    'conv2-filter-gradient': () => {
      const { x, w, dy } = make()
      const f = jax.jit(jax.grad((w, x, dy) => weighted(x, w, dy)))
      return item(() => f(w.ref, x.ref, dy.ref))
    },
  }
}

function maxPool(jax) {
  const x = array(jax, CONV2.y, 1, TO_NCHW)
  const f = jax.jit((x) => pool(jax, x, 'max'))
  return item(() => f(x.ref))
}
