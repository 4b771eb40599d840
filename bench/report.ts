/** `npm run bench:report`: the chart and the README's table anew from docs/benchmark.json, without measuring. */

import { readFile } from 'node:fs/promises'
import type { Comparison } from './driver/results.ts'
import { JSON_FILE, writeReport } from './report/write-report.ts'

await writeReport(JSON.parse(await readFile(JSON_FILE, 'utf8')) as Comparison)
