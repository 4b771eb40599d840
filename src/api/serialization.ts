/** The namespace `serialization`: layers of your own in model files. */

export { registerClass } from '../layers/registry.ts'
