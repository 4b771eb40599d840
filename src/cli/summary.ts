/** `quadlane summary`: the layers of a model, with shapes and numbers of parameters. */

import { type Command, Option } from 'commander'
import { ArgumentError, show } from '../errors.ts'
import type { LayersModel } from '../model/model.ts'
import { readQuietly, sayNotes } from './any-model.ts'
import { DEFAULT_MODEL, MODEL_NAMES, MODELS, type ModelName } from './defaults.ts'
import { nameFlag } from './flags.ts'
import { Output, type Streams } from './output.ts'

const WHO = 'summary'

export function addSummary(program: Command, streams: Streams): void {
  program
    .command(WHO)
    .description('the layers of a model, their shapes and numbers of parameters')
    .argument('[model]', 'a folder, a file of any format, or a URL')
    .addOption(
      new Option('--model <name>', `${MODEL_NAMES.join(', ')} (default: ${DEFAULT_MODEL})`).argParser(
        nameFlag(WHO, '--model', MODEL_NAMES),
      ),
    )
    .action(async (dir: string | undefined, { model: name }: { model?: ModelName }) => {
      if (dir !== undefined && name !== undefined) {
        const received = `${show(dir)} and --model ${name}`
        throw new ArgumentError({ who: WHO, expected: 'a folder or --model', received })
      }
      const model = dir === undefined ? MODELS[name ?? DEFAULT_MODEL]() : await readQuietly(dir)
      const output = new Output(streams)
      tellSummary(model, output)
      if (model.producer !== undefined && !model.producer.startsWith('quadlane')) output.say(`From: ${model.producer}`)
      sayNotes(model, output)
    })
}

/** The layers of a model, in a table that fits into the terminal. */
export function tellSummary(model: LayersModel, output: Output): void {
  const lines: string[] = []
  model.summary(undefined, undefined, (line) => lines.push(line))
  const { columns } = output
  if (lines.some((line) => line.length > columns)) {
    lines.length = 0
    model.summary(columns, undefined, (line) => lines.push(line))
  }
  for (const line of lines) output.say(line)
}
