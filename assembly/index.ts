/**
 * All kernels, in the sets that pages download: each file exports one. `core` comes with every page; any other with those
 * that import an op which runs one of its kernels.
 */

export * from './core'
export * from './vision'
export * from './special'
