/** The namespace `io` in Node: what browsers have, and directories. */

export { fileSystem } from '../platform/handlers.node.ts'
export * from './io.ts'
