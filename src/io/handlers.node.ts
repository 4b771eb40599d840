/** The namespace `io` in Node: what browsers have, and directories. */

export { fileSystem } from './file-system.node.ts'
export * from './handlers.ts'
