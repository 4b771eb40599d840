/**
 * Moves the kernels to the end of the bundle that is one file: text and base64 have different alphabets, and gzip, which
 * describes a stretch at a time, takes 1 kB less where they are apart.
 */
export const bytesLast = {
  name: 'bytes-last',
  renderChunk(code: string): { code: string; map: null } {
    const moved: string[] = []
    // They are read when a build is loaded, long after all declarations have run. Line ends stay for the source map.
    const body = code.replaceAll(
      /^(?:const|let|var) \w+\$?\d* = ['"`][A-Za-z0-9+/=]{2000,}['"`];$/gm,
      (declaration) => {
        moved.push(declaration)
        return ''
      },
    )
    return { code: `${body}\n${moved.join('\n')}\n`, map: null }
  },
}
