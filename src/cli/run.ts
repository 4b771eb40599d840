/**
 * Runs a command line and returns its exit code: 0, 2 where the user can mend what went wrong, 1 for our own faults,
 * and a signal's code after an interruption. Whatever goes wrong is told in one line; only a fault of ours has a stack.
 */

import { Command, CommanderError } from 'commander'
import { QuadlaneError } from '../errors.ts'
import { shutdown } from '../runtime/runtime.ts'
import { VERSION } from '../version.ts'
import { addBench } from './bench.ts'
import { addConvert } from './convert.ts'
import { addEvaluate } from './evaluate.ts'
import { addInfo } from './info.ts'
import { Interruption } from './interruption.ts'
import { columnsOf, FilesError, helpWidth, type Streams, wrapped } from './output.ts'
import { addPredict } from './predict.ts'
import { addSummary } from './summary.ts'
import { addTrain } from './train.ts'

/** @param args the arguments after the program's name */
export async function run(args: readonly string[], streams: Streams): Promise<number> {
  try {
    const program = makeProgram(streams)
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    return report(error, streams)
  } finally {
    shutdown()
  }
}

function makeProgram(streams: Streams): Command {
  const program = new Command('quadlane')
    .description('Train and run small convolutional networks: SIMD WebAssembly kernels under a layer API.')
    .version(VERSION)
    .exitOverride()
    // Beside long flags a narrow terminal leaves little room.
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      // Errors are thrown, and reported in one place.
      writeErr: () => {},
      getOutHelpWidth: () => helpWidth(streams.stdout),
    })
  for (const add of [addTrain, addEvaluate, addPredict, addSummary, addConvert, addInfo, addBench])
    add(program, streams)
  return program
}

function report(error: unknown, { stderr }: Streams): number {
  const tell = (text: string): void => {
    const line = `quadlane: ${text.replace(/\s*[\r\n]+\s*/g, ' ').trim()}`
    stderr.write(`${wrapped(line, columnsOf(stderr)).join('\n')}\n`)
  }
  if (error instanceof Interruption) {
    tell(error.message)
    return error.exitCode
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    tell(error.message.replace(/^error: /, ''))
    return 2
  }
  const known = error instanceof FilesError ? error.errors : [error]
  if (known.every((each) => each instanceof QuadlaneError)) {
    for (const { message } of known) tell(message)
    return 2
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  tell(`a fault of quadlane itself: ${message}`)
  stderr.write(`${stack}\n`)
  return 1
}
