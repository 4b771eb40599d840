/** How the reference is ordered: as its users think, by what a thing is for. A row names the files whose names it holds. */

interface Group {
  readonly title: string
  /** Files or folders below `src`; the first row that fits takes the name. */
  readonly files: readonly string[]
}

export const GROUPS: readonly Group[] = [
  { title: 'Tensors', files: ['tensor.ts', 'tensor-buffer.ts', 'ops/create.ts', 'chained-ops.ts'] },
  { title: 'Random numbers', files: ['ops/random.ts', 'ops/multinomial.ts', 'ops/dropout.ts'] },
  { title: 'Gradients', files: ['autograd.ts'] },
  {
    title: 'Ops: arithmetic',
    files: [
      'ops/arithmetic.ts',
      'ops/pow.ts',
      'ops/division.ts',
      'ops/unary.ts',
      'ops/trigonometry.ts',
      'ops/finite.ts',
    ],
  },
  { title: 'Ops: activations', files: ['ops/activation.ts', 'ops/prelu.ts', 'ops/softmax.ts', 'activations'] },
  { title: 'Ops: comparison and logic', files: ['ops/compare.ts'] },
  { title: 'Ops: reduction', files: ['ops/reduce.ts', 'ops/sum.ts', 'ops/cumulative.ts'] },
  {
    title: 'Ops: shapes and slices',
    files: [
      ...['ops/layout.ts', 'ops/slices.ts', 'ops/strided-slice.ts', 'ops/suffixed.ts', 'ops/mirror-pad.ts'],
      ...['ops/space.ts', 'ops/grids.ts', 'ops/tile.ts'],
    ],
  },
  { title: 'Ops: order, search and scatter', files: ['ops/order.ts', 'ops/scatter.ts', 'ops/gather.ts'] },
  { title: 'Ops: products', files: ['ops/matmul.ts', 'ops/products.ts'] },
  {
    title: 'Ops: convolution and pooling',
    files: [
      ...['ops/conv2d.ts', 'ops/depthwise-conv2d.ts', 'ops/separable-conv2d.ts'],
      ...['ops/pool2d.ts', 'ops/window-pool.ts'],
    ],
  },
  { title: 'Ops: normalization', files: ['ops/normalization.ts'] },
  {
    title: 'Ops: images',
    files: [
      ...['api/image.ts', 'ops/colour.ts', 'ops/crop-and-resize.ts', 'ops/images.ts', 'ops/non-max-suppression.ts'],
      ...['ops/resize.ts', 'ops/rotate.ts', 'ops/threshold.ts', 'ops/transform.ts'],
    ],
  },
  { title: 'Ops: fused, and other names', files: ['api/fused.ts', 'api/math.ts', 'ops'] },
  { title: 'Layers', files: ['layers'] },
  { title: 'Models', files: ['model', 'api/models.ts'] },
  { title: 'Training', files: ['training', 'callbacks', 'api/callbacks.ts'] },
  {
    title: 'Optimizers and schedules',
    files: ['optimizers', 'schedules', 'api/train.ts', 'api/schedules.ts', 'api/optimizer-classes.ts'],
  },
  {
    title: 'Initializers, regularizers, constraints',
    files: [
      'initializers',
      'regularizers',
      'constraints',
      'api/initializers.ts',
      'api/regularizers.ts',
      'api/constraints.ts',
    ],
  },
  { title: 'Losses', files: ['losses', 'api/losses.ts'] },
  { title: 'Metrics', files: ['metrics', 'api/metrics.ts'] },
  { title: 'Data', files: ['data', 'api/browser.ts', 'platform/pixels.ts'] },
  { title: 'Files', files: ['io', 'formats', 'api/io.node.ts', 'api/io.ts', 'api/serialization.ts'] },
  { title: 'Models to start from', files: ['zoo'] },
  {
    title: 'Runtime',
    files: ['init.ts', 'runtime', 'profile.ts', 'api/environment.ts', 'version.ts', 'kernels.ts'],
  },
  { title: 'Errors', files: ['errors.ts'] },
  { title: 'Helpers', files: ['api/util.ts', 'ops/helpers.ts', 'shape.ts'] },
]

/** Namespaces whose members stand in groups of their own. */
const WITHIN: Readonly<Record<string, readonly Group[]>> = {
  layers: [
    { title: 'Inputs', files: ['layers/input.ts', 'layers/layer.ts', 'layers/embedding.ts'] },
    { title: 'Dense and convolution', files: ['layers/dense.ts', 'layers/convolution.ts'] },
    { title: 'Pooling', files: ['layers/pooling.ts'] },
    { title: 'Normalization', files: ['layers/normalization.ts', 'layers/group-normalization.ts'] },
    { title: 'Activations', files: ['layers/activation.ts'] },
    { title: 'Dropout and noise', files: ['layers/dropout.ts', 'layers/noise.ts'] },
    { title: 'Shapes', files: ['layers/shaping.ts', 'layers/upsampling.ts'] },
    { title: 'Merging', files: ['layers/merge.ts'] },
    { title: 'Image preparation and augmentation', files: ['layers'] },
  ],
}

/** The group of a name that is declared in a file; undefined where no row fits. */
export function groupOf(file: string, namespace?: string): string | undefined {
  const rows = namespace === undefined ? GROUPS : WITHIN[namespace]
  return rows?.find(({ files }) => files.some((each) => file === each || file.startsWith(`${each}/`)))?.title
}

/** All titles, in the order in which they are shown. */
export const GROUP_TITLES: readonly string[] = [...GROUPS, ...Object.values(WITHIN).flat()].map(({ title }) => title)
