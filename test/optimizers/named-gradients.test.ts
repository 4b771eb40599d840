/** Gradients that someone has worked on between `variableGrads` and the optimizer. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { variableGrads } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { variable } from '../../src/ops/create.ts'
import { sum } from '../../src/ops/reduce.ts'
import { clipByValue, square } from '../../src/ops/unary.ts'
import { sgd } from '../../src/optimizers/table.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { tidy } from '../../src/tensor.ts'

beforeAll(() => init({ simd: 'baseline', threads: 1 }))
afterAll(shutdown)

it.each(['weight', '__proto__', 'constructor'])('are taken by name, %s', (name) => {
  tidy(() => {
    const w = variable([3, -4], true, name)
    const { grads } = variableGrads(() => sum(square(w)))
    expect(Object.keys(grads)).toEqual([name])
    const clipped = Object.create(null)
    clipped[name] = clipByValue(grads[name]!, -1, 1)
    sgd(0.5).applyGradients(clipped)
    expect(w.arraySync()).toEqual([2.5, -3.5])
    w.dispose()
  })
})

it('are refused where two living variables have that name', () => {
  tidy(() => {
    const [a, b] = [variable([1], true, 'twin'), variable([1], true, 'twin')]
    const gradientOf = (v: typeof a) => clipByValue(variableGrads(() => sum(square(v))).grads.twin!, -1, 1)
    const [ga, gb] = [gradientOf(a), gradientOf(b)]
    expect(() => sgd(1).applyGradients({ twin: ga })).toThrow('SGD.applyGradients: expected')
    a.dispose()
    sgd(1).applyGradients({ twin: gb })
    expect(b.arraySync()).toEqual([0])
    b.dispose()
  })
})
