/** The training curves of the lecture's network: their file, their two charts and their tables in Markdown. */

import { type EpochFigures, TRAINING_RUN } from '../examples/helpers/lecture.ts'
import { grouped } from '../examples/helpers/text.ts'
import { COLOURS, evenTicks, lineChart, NEUTRAL, type Series } from './plot-svg.ts'

/** What makes runs comparable; runs with other settings do not go into one file. */
export interface CurveSettings {
  readonly model: string
  readonly optimizer: string
  readonly batchSize: number
  /** The number of training images. */
  readonly images: number
  /** The build of the kernels: 'simd' gives the same bits on every machine. */
  readonly build: string
}

export interface CurveRun {
  readonly seed: number
  /** The epochs that have been trained so far. */
  readonly epochs: readonly EpochFigures[]
}

export interface Curves {
  readonly settings: CurveSettings
  /** In the order of the seeds. */
  readonly runs: readonly CurveRun[]
}

/** The curves with a run added, or put in the place of the one with the same seed. */
export function withRun(curves: Curves, run: CurveRun): Curves {
  const runs = [...curves.runs.filter(({ seed }) => seed !== run.seed), run].sort((a, b) => a.seed - b.seed)
  return { ...curves, runs }
}

type Figure = keyof EpochFigures

/** The charts by the names of their files. The loss falls by a factor of ten: its axis is logarithmic. */
export function curveCharts(curves: Curves): Record<string, string> {
  const losses = series(curves, 'loss')
  const accuracies = series(curves, 'valAccuracy')
  const [leastLoss, mostLoss] = ends(losses)
  const [lowest, highest] = ends(accuracies)
  const [bottom, top] = [Math.floor(lowest * 200) / 200, Math.ceil(highest * 200) / 200]
  return {
    'curves-loss.svg': lineChart({
      title: 'Training loss over ten epochs: the lecture and quadlane',
      xLabel: 'epoch',
      yLabel: 'training loss (logarithmic)',
      yLog: true,
      yDomain: [leastLoss * 0.85, mostLoss * 1.15],
      yTicks: LOSS_TICKS.filter((loss) => loss > leastLoss * 0.85 && loss < mostLoss * 1.15),
      yFormat: String,
      series: losses,
    }),
    'curves-accuracy.svg': lineChart({
      title: 'Validation accuracy over ten epochs: the lecture and quadlane',
      xLabel: 'epoch',
      yLabel: 'validation accuracy',
      yDomain: [bottom, top],
      yTicks: evenTicks(bottom, top, Math.min(6, Math.round((top - bottom) * 200))),
      yFormat: (share) => `${(share * 100).toFixed(1)} %`,
      series: accuracies,
    }),
  }
}

const LOSS_TICKS = [0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2]

/** The lecture comes last, so that it lies on top. */
function series({ runs }: Curves, figure: Figure): Series[] {
  const points = (epochs: readonly EpochFigures[]) => epochs.map((epoch, i) => [i + 1, epoch[figure]] as const)
  return [
    ...runs.map(({ seed, epochs }, i) => ({
      name: `seed ${seed}`,
      colour: COLOURS[i % COLOURS.length]!,
      points: points(epochs),
    })),
    { name: 'lecture', colour: NEUTRAL, dashed: true, points: points(TRAINING_RUN) },
  ]
}

function ends(lines: readonly Series[]): [lowest: number, highest: number] {
  const values = lines.flatMap(({ points }) => points.map(([, y]) => y))
  return [Math.min(...values), Math.max(...values)]
}

/** The charts and, epoch by epoch, what they show, with a sentence on how it was made. */
export function curveReport(curves: Curves): string {
  const { settings, runs } = curves
  const made =
    `${settings.model}, ${settings.optimizer}, batches of ${settings.batchSize}, ` +
    `${grouped(settings.images)} training images, ${settings.build} build.`
  return [
    '![Training loss over ten epochs: the lecture and quadlane](images/curves-loss.svg)',
    'Training loss:',
    table(runs, 'loss'),
    '![Validation accuracy over ten epochs: the lecture and quadlane](images/curves-accuracy.svg)',
    'Accuracy on the 10,000 test images:',
    table(runs, 'valAccuracy'),
    `Seeds ${runs.map(({ seed }) => seed).join(', ')}: ${made}`,
  ].join('\n\n')
}

function table(runs: readonly CurveRun[], figure: Figure): string {
  const length = Math.max(...runs.map(({ epochs }) => epochs.length))
  const written = (value: number | undefined): string => value?.toFixed(4) ?? ''
  const header = ['epoch', 'lecture', ...runs.map(({ seed }) => `seed ${seed}`), 'median']
  const rows = Array.from({ length }, (_, epoch) => {
    const figures = runs.map(({ epochs }) => epochs[epoch]?.[figure])
    const middle = median(figures.filter((value) => value !== undefined))
    return [String(epoch + 1), ...[TRAINING_RUN[epoch]?.[figure], ...figures, middle].map(written)]
  })
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---:')), ...rows.map(line)].join('\n')
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
}

const BEGIN = '<!-- curves: begin (npx tsx scripts/mnist-curves.ts --plot-only) -->'
const END = '<!-- curves: end -->'

/** The text with `content` between its two markers; undefined where it has none. */
export function betweenMarkers(text: string, content: string): string | undefined {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) return undefined
  return `${text.slice(0, begin + BEGIN.length)}\n\n${content}\n\n${text.slice(end)}`
}
