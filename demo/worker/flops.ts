/**
 * Floating-point operations of a training step, counted directly as the textbook does: two for each multiplication and
 * its addition, whatever tricks the kernels play. Pooling, activations and the optimizer are left out.
 */

/** What is known of a layer: its weights, the kernel first, and the shape of its output with the batch. */
interface Layer {
  readonly weights: readonly { readonly size: number }[]
  readonly outputShape: readonly (number | null)[]
}

/** Operations of one image: forward, the gradient of the weights, and the gradient of the input but for the first. */
export function trainingFlops(layers: readonly Layer[]): number {
  const weighted = layers.map(forwardFlops).filter((flops) => flops > 0)
  return weighted.reduce((sum, flops, i) => sum + flops * (i === 0 ? 2 : 3), 0)
}

/** A kernel [.., inputs, outputs] is applied once at each place of the output. */
function forwardFlops(layer: Layer): number {
  const [kernel] = layer.weights
  if (kernel === undefined) return 0
  const places = layer.outputShape.slice(1, -1).reduce<number>((product, size) => product * (size ?? 1), 1)
  return 2 * kernel.size * places
}
