/** The pieces that the commands' texts are made of: numbers, tables, pictures, progress, and what Ctrl-C does. */

import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { resultLines } from '../../src/cli/confusion.ts'
import { argMax, beside, imageLines, percent, probabilityLines } from '../../src/cli/digit-art.ts'
import { Interruption, InterruptionWatch } from '../../src/cli/interruption.ts'
import {
  duration,
  grouped,
  invocation,
  milliseconds,
  Output,
  rounded,
  shown,
  single,
  wrapped,
} from '../../src/cli/output.ts'
import { makeProgress } from '../../src/cli/progress.ts'
import { run } from '../../src/cli/run.ts'
import { defaultFolder, settingsOf } from '../../src/cli/settings.ts'
import { epochLine } from '../../src/cli/train.ts'
import { tableLines } from '../../src/text-table.ts'
import { keptStream } from './harness.ts'

describe('numbers', () => {
  it('are short', () => {
    expect([0, 59.4, 59.6, 65, 3599, 3600, 7385].map(duration)).toEqual([
      '0s',
      '59s',
      '1m00s',
      '1m05s',
      '59m59s',
      '1h00m',
      '2h03m',
    ])
    expect([0.1234, 1.26, 99.94, 104.6].map(milliseconds)).toEqual(['0.12 ms', '1.3 ms', '99.9 ms', '105 ms'])
    expect(grouped(1199882)).toBe('1,199,882')
    expect(rounded(1.23456)).toBe(1.235)
    expect(single(0.8809999990463256)).toBe(0.881)
    expect(single(1.23456789e-9)).toBe(1.234568e-9)
    expect(percent(0.98765)).toBe('98.8 %')
  })
})

describe('texts', () => {
  it('say how to start the program again', () => {
    expect(invocation('/usr/bin/quadlane', '/home/me')).toBe('npx quadlane')
    expect(invocation('C:\\bin\\quadlane.cmd', 'C:\\work')).toBe('npx quadlane')
    expect(invocation('/home/me/dist/node/cli.js', '/home/me')).toBe('node dist/node/cli.js')
  })

  it('have short paths, quoted for a shell', () => {
    expect(shown('/home/me/runs/a', '/home/me')).toBe('runs/a')
    expect(shown('/home/meandyou/a', '/home/me')).toBe('/home/meandyou/a')
    expect(shown("runs/it's $1", '/home/me')).toBe("'runs/it'\\''s $1'")
  })

  it('go to standard error when standard output is for JSON', () => {
    const [stdout, stderr] = [keptStream(), keptStream()]
    const streams = { stdout: stdout.stream, stderr: stderr.stream }
    const [plain, json] = [new Output(streams), new Output(streams, true)]
    plain.say('a')
    plain.emit({ a: 1 })
    json.say('b')
    json.emit({ b: 2 })
    expect(stdout.text()).toBe('a\n{"b":2}\n')
    expect(stderr.text()).toBe('b\n')
  })
})

describe('a question', () => {
  /** What becomes of it where these keys are typed. */
  async function asked(keys: string): Promise<{ answer: boolean | string; text: string }> {
    const [stdin, stderr] = [new PassThrough(), keptStream({ columns: 80 })]
    const streams = { stdout: keptStream().stream, stderr: stderr.stream, stdin: Object.assign(stdin, { isTTY: true }) }
    const asking = new Output(streams).confirm('Overwrite it?').catch((error: Interruption) => `${error.exitCode}`)
    stdin.write(keys)
    return { answer: await asking, text: stderr.text() }
  }

  it.for([
    ['y\r', true],
    ['YES\r', true],
    ['\r', false],
    ['n\r', false],
    ['nope\r', false],
  ] as const)('is answered by %j: %s', async ([keys, answer]) => {
    const outcome = await asked(keys)
    expect(outcome.answer).toBe(answer)
    expect(outcome.text).toContain('Overwrite it? [y/N] ')
  })

  it('means no at the end of the input, and ends the program by Ctrl-C', async () => {
    expect((await asked('\x04')).answer).toBe(false)
    expect((await asked('\x03')).answer).toBe('130')
  })

  it('is not asked where nobody can answer', async () => {
    const [stdout, stderr] = [keptStream(), keptStream({ columns: 80 })]
    expect(await new Output({ stdout: stdout.stream, stderr: stderr.stream }).confirm('Sure?')).toBe(false)
    expect(stderr.text()).toBe('')
  })
})

describe('narrow terminals', () => {
  const report = {
    epoch: 12,
    loss: 0.12345,
    accuracy: 0.98765,
    valLoss: 10.5,
    valAccuracy: 1,
    steps: 469,
    msPerStep: 105,
    seconds: 49.26,
  }

  it('break lines at spaces, and leave what cannot be broken', () => {
    expect(wrapped('one two three', 8)).toEqual(['one two', '  three'])
    expect(wrapped('  a bb ccc dddd', 9)).toEqual(['  a bb', '    ccc', '    dddd'])
    expect(wrapped('see /a/path/that/is/long now', 10)).toEqual(['see', '  /a/path/that/is/long', '  now'])
    expect(wrapped('x'.repeat(30), 10)).toEqual(['x'.repeat(30)])
    expect(wrapped('as it is', Number.POSITIVE_INFINITY)).toEqual(['as it is'])
  })

  it('have the figures of an epoch in one line', () => {
    for (const columns of [50, 60, 80]) expect(epochLine(report, 100, columns).length).toBeLessThanOrEqual(columns)
    expect(epochLine(report, 100, 80)).toBe(
      'Epoch 12/100: loss 0.1235, acc 0.9877, val loss 10.5000, val acc 1.0000 (49.3 s)',
    )
    expect(epochLine(report, 100, 60)).toBe('Epoch 12/100: loss 0.1235, acc 0.9877, val 10.5000, 1.0000')
    expect(epochLine(report, 100, Number.POSITIVE_INFINITY)).toContain(
      'val accuracy 1.0000 (49.3 s, 469 steps of 105 ms)',
    )
  })

  it.each([60, 80])('of %i columns hold every help, summary, and progress', async (columns) => {
    const within = (text: string): void => {
      for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(columns)
    }
    for (const command of [[], ['train'], ['evaluate'], ['predict'], ['summary'], ['convert'], ['info'], ['bench']]) {
      const [stdout, stderr] = [keptStream({ columns }), keptStream()]
      expect(await run([...command, '--help'], { stdout: stdout.stream, stderr: stderr.stream })).toBe(0)
      within(stdout.text())
    }
    for (const name of ['lenet', 'resNet']) {
      const stdout = keptStream({ columns })
      await run(['summary', '--model', name], { stdout: stdout.stream, stderr: keptStream().stream })
      within(stdout.text())
    }
    const { stream, text } = keptStream({ columns })
    const progress = makeProgress(stream, 100, 46_900)
    progress.begin(99)
    for (const steps of [1, 23_000, 46_900]) progress.step({ loss: 10.5, accuracy: 0.25, msPerStep: 5000, steps })
    for (const line of text().split('\x1b')) expect(line.length).toBeLessThanOrEqual(columns + 3)
  })

  it('of many classes have what is taken for what, where the matrix does not fit', () => {
    const counts = Array.from({ length: 30 }, (_, i) =>
      Array.from({ length: 30 }, (_, j) => (i === j ? 90 : i === 0 && j === 7 ? 12 : 0)),
    )
    const names = counts.map((_, i) => `class ${String.fromCharCode(97 + i)}`)
    const lines = resultLines(counts, 0.5, names, 60)
    expect(lines.slice(2, 5)).toEqual(['Accuracy of each class', '  0 class a   0.8824', '  1 class b   1.0000'])
    expect(lines.slice(-2)).toEqual(['Most frequent mistakes', '  class a taken for class h: 12'])
    expect(resultLines(counts, 0.5, names)[2]).toBe('Confusion matrix (row: true class, column: taken for)')
  })
})

describe('tables', () => {
  it('align the first column left and the others right', () => {
    expect(
      tableLines([
        ['a', '1'],
        ['bcd', '234'],
      ]),
    ).toEqual(['a      1', 'bcd  234'])
  })

  it('hold the confusion matrix', () => {
    expect(
      resultLines(
        [
          [9, 1, 0],
          [10, 90, 0],
          [0, 0, 0],
        ],
        0.25,
      ),
    ).toEqual([
      'Test accuracy 0.9000: 99 of 110 right; loss 0.2500',
      '',
      'Confusion matrix (row: true digit, column: what it was read as)',
      '      0   1  2  accuracy',
      '  0   9   1  0    0.9000',
      '  1  10  90  0    0.9000',
      '  2   0   0  0         -',
    ])
  })
})

describe('pictures', () => {
  it('average two rows of pixels to a line, of all channels', () => {
    expect(imageLines(Uint8Array.from([0, 255, 0, 255, 255, 0, 255, 0]), [4, 2, 1])).toEqual([' @', '@ '])
    // (0 + 170) / 2 is a third of 255, 3 of 9 steps; (85 + 255) / 2 two thirds; the third row stands alone.
    expect(imageLines(Uint8Array.from([0, 85, 170, 255, 255, 255]), [3, 2, 1])).toEqual(['-*', '@@'])
    expect(imageLines(Uint8Array.from([255, 255, 255, 0, 0, 0]), [1, 2, 3])).toEqual(['@ '])
  })

  it('have a bar per class, and mark the largest', () => {
    expect(argMax([0.1, 0.45, 0.45])).toBe(1)
    expect(probabilityLines([0.5, 0, 0.5])).toEqual([
      `0 ${'█'.repeat(15)}${' '.repeat(15)}  50.0 % <`,
      `1 ${' '.repeat(30)}   0.0 %`,
      `2 ${'█'.repeat(15)}${' '.repeat(15)}  50.0 %`,
    ])
  })

  it('stand side by side', () => {
    expect(beside(['aa', 'b', 'cc'], ['x'], '|')).toEqual(['aa|', 'b |x', 'cc|'])
    expect(beside(['a'], ['x', 'y', 'z'], '|')).toEqual([' |x', 'a|y', ' |z'])
  })
})

describe('progress', () => {
  const figures = { loss: 0.5, accuracy: 0.25, msPerStep: 500 }

  it('is a line about every tenth of the steps where there is no terminal', () => {
    const { stream, text } = keptStream()
    const progress = makeProgress(stream, 2, 94)
    for (const epoch of [0, 1]) {
      progress.begin(epoch)
      for (let steps = 1; steps <= 94; steps++) progress.step({ ...figures, steps })
      progress.end()
    }
    const lines = text().trim().split('\n')
    expect(lines).toHaveLength(20)
    expect(lines[0]).toBe('epoch 1/2, step 10/94: loss 0.5000, accuracy 0.2500, 500 ms/step, 42s left')
    expect(lines[19]).toBe('epoch 2/2, step 94/94: loss 0.5000, accuracy 0.2500, 500 ms/step, 0s left')
  })

  it('is a bar on a terminal, no wider than that, which goes away', () => {
    const { stream, text } = keptStream({ columns: 80 })
    const progress = makeProgress(stream, 10, 469)
    progress.begin(9)
    const bar = text()
    expect(bar).toContain('Epoch 10/10 [          ] 0/469')
    for (let steps = 1; steps <= 469; steps++) progress.step({ ...figures, steps })
    const last = text().slice(bar.length)
    expect(last).toContain('Epoch 10/10 [==========] 469/469 validating loss 0.5000 acc 0.2500 500 ms/step')
    for (const line of text().split('\x1b')) expect(line.length).toBeLessThanOrEqual(80 + 3)
    progress.end()
    // "Erase the whole line" (ECMA-48, EL 2).
    expect(text().endsWith('\x1b[2K')).toBe(true)
    progress.end()
  })
})

describe('settings', () => {
  const settings = settingsOf('train', { seed: 1 }, undefined)

  it('have defaults', () => {
    const defaults = {
      model: 'lenet',
      data: 'digits',
      epochs: 3,
      batchSize: 128,
      optimizer: 'adam',
      learningRate: 0.001,
    }
    const forDigits = { size: null, augment: false, from: null, range: [0, 1] }
    expect(settings).toEqual({ ...defaults, ...forDigits, seed: 1, limit: null })
    expect(settingsOf('train', { data: 'mnist', optimizer: 'sgd' }, undefined, 'mnist')).toMatchObject({
      epochs: 10,
      learningRate: 0.01,
    })
    expect(settingsOf('train', { data: '/photos' }, undefined, 'pictures')).toMatchObject({
      ...{ model: 'cifarNet', epochs: 20, batchSize: 32, size: 64 },
    })
    const tuned = settingsOf('train', { data: '/photos', from: 'm.onnx' }, undefined, 'pictures')
    expect(tuned).toMatchObject({ model: null, from: 'm.onnx', size: null })
    expect(() => settingsOf('train', { size: 32 }, undefined)).toThrow(
      'train: expected --size with a folder of pictures as --data, received digits beside it',
    )
  })

  it('name a folder by model, data and time', () => {
    const time = new Date(2025, 0, 2, 3, 4, 5)
    expect(defaultFolder(settings, 'digits', time)).toBe('runs/lenet-digits-20250102-030405')
    const mlp = { ...settings, model: 'mlp', data: '/a/b' } as const
    expect(defaultFolder(mlp, 'mnist', time)).toBe('runs/mlp-mnist-20250102-030405')
    const tuned = { ...settings, model: null, from: 'nets/mobile net.keras', data: '/my photos' }
    expect(defaultFolder(tuned, 'pictures', time)).toBe('runs/mobile-net--my-photos-20250102-030405'.replace('--', '-'))
  })
})

describe('Ctrl-C', () => {
  it('is heard once as a wish, the second time as an order; then signals do as ever', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never)
    const before = process.listenerCount('SIGTERM')
    const watch = new InterruptionWatch()
    try {
      expect(() => watch.check()).not.toThrow()
      process.emit('SIGTERM', 'SIGTERM')
      expect(exit).not.toHaveBeenCalled()
      expect(() => watch.check()).toThrow(expect.objectContaining({ exitCode: 143 }))
      expect(() => watch.check()).toThrow(Interruption)
      process.emit('SIGTERM', 'SIGTERM')
      expect(exit).toHaveBeenCalledExactlyOnceWith(143)
    } finally {
      watch.stop()
      exit.mockRestore()
    }
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })
})
