import { writeFileSync } from 'node:fs'
import { mutant } from '/work/wt/files/scripts/fuzz/mutants.ts'
import { ownSeeds, publishedSeeds } from '/work/wt/files/scripts/fuzz/seeds.ts'
import { Random } from '/work/wt/files/src/random.ts'

const [seed, i, out] = process.argv.slice(2)
const seeds = [...(await ownSeeds()), ...publishedSeeds('/work/shared/models')]
const weights = seeds.map(({ bytes }) => 1 / (bytes.length + 3000))
const total = weights.reduce((s, w) => s + w, 0)
const random = new Random(Number(seed)).fork(Number(i))
let left = random.nextFloat() * total
const found = weights.findIndex((w) => (left -= w) < 0)
const m = mutant(seeds[found]!.bytes, random)
console.log(
  seeds[found]!.name,
  seeds[found]!.bytes.length,
  m.length,
  random.nextBelow(2) === 0 ? 'strict' : 'not strict',
)
writeFileSync(out!, m)
process.exit(0)
