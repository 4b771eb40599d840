/**
 * Lets the entry for bundlers import the kernels before anything else, so that they stand at the beginning of a page's
 * script: text and base64 have different alphabets, and gzip, which describes a stretch at a time, takes 1 kB less where
 * no stretch has both in the middle of the text. Bundlers leave the sets out that nothing in the page runs.
 */
export const kernelsFirst = {
  name: 'kernels-first',
  renderChunk(code: string, chunk: { fileName: string }): { code: string; map: null } | undefined {
    if (chunk.fileName !== 'index.js') return undefined
    // The model after them: what trains is one stretch, and what only pages with other ops have comes behind it.
    const first = ['runtime/wasm/core', 'runtime/wasm/vision', 'runtime/wasm/special', 'model/model']
    return { code: `${first.map((module) => `import './${module}.js'\n`).join('')}${code}`, map: null }
  },
}
