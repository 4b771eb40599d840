/** The namespace `io` in Node: what browsers have, and directories. */

export { fileSystem } from '../io/handlers.node.ts'
export * from './io.ts'
