/**
 * Makes dynamic imports static, for the bundle that is one file: what is in it anyway needs no wrapper that would put its
 * evaluation off.
 */
export const eagerImports = {
  name: 'eager-imports',
  transform(code: string, id: string) {
    if (!id.endsWith('.ts') || !code.includes('import(')) return undefined
    const specifiers: string[] = []
    // A specifier with a `$` stands in a template, the text of a script.
    const body = code.replaceAll(/\bimport\((['"])([^'"$]+)\1\)/g, (_, __, specifier: string) => {
      specifiers.push(specifier)
      return `Promise.resolve(eager${specifiers.length - 1})`
    })
    // After the code, so that the lines of the source map stay where they are.
    return `${body}\n${specifiers.map((specifier, i) => `import * as eager${i} from '${specifier}'`).join('\n')}`
  },
}
