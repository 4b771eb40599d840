import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two workers: the machines that run this often have two cores, and the tests compute.
    maxWorkers: 2,
    testTimeout: 30_000,
    // Node 20 has relaxed SIMD behind a flag; later versions take it without complaint.
    execArgv: process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [],
  },
})
