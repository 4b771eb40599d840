/**
 * Puts the module of all kernels in the place of the sets, for the bundle that is one file: it has all of them anyway, and
 * together they are packed by 1.7 kB more.
 */
export const oneSet = {
  name: 'one-set',
  load(id: string) {
    const set = /\/runtime\/sets\/(core|vision|special)\.ts$/.exec(id.replaceAll('\\', '/'))?.[1]
    return set === undefined ? undefined : `export { all as ${set} } from './all.ts'\n`
  },
}
