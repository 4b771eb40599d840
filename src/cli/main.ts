#!/usr/bin/env node
/** The program `quadlane`: ties the command line to this process. */

import { run } from './run.ts'

/** What a shell gives a program that a closed pipe ended. */
const BROKEN_PIPE = 141

// `quadlane … | head`: whoever reads has seen enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(BROKEN_PIPE)
    throw error
  })
}

// Not process.exit(): what is on its way through a pipe shall arrive.
run(process.argv.slice(2), process).then((code) => {
  process.exitCode = code
})
