/**
 * Says which public names do not say what they are: those without a text, without `@param` for a parameter, or, where they
 * can be called, without `@example`. Ends with 1 where there are such: `npx tsx scripts/docs/coverage.ts`.
 */

import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type Comment,
  type DeclarationReflection,
  type ProjectReflection,
  ReflectionKind,
  type SignatureReflection,
} from 'typedoc'
import { fileOf, readReference } from './reference.ts'

/** What users write, or get from an engine: there is no program that shows it. */
const WITHOUT_EXAMPLE = /^quadlane\.(?:Callback|CustomCallback|History)\b|\.\[\w+\]$/

/** Everything that is wrong, a line each. */
export function gaps(project: ProjectReflection): string[] {
  const found: string[] = []
  for (const module of project.children ?? []) for (const child of module.children ?? []) visit(child, found, false)
  return [...new Set(found)].sort()
}

function visit(reflection: DeclarationReflection, found: string[], inInterface: boolean): void {
  const { flags, kind } = reflection
  // What a class has from another is documented there; the methods that tensors have from the list of ops stand here alone.
  const isOp = reflection.inheritedFrom?.name.startsWith('ChainedOps.') === true
  if (reflection.sources === undefined && kind === ReflectionKind.Constructor) return
  if (flags.isExternal || (!isOp && (flags.isInherited || reflection.inheritedFrom !== undefined))) return
  const name = `${fileOf(reflection)}: ${reflection.getFullName()}`
  const isType = kind === ReflectionKind.Interface || (kind === ReflectionKind.TypeAlias && fileOf(reflection) !== '')
  if (kind === ReflectionKind.Constructor) {
    if (reflection.parent?.kindOf(ReflectionKind.Class) && !fileOf(reflection).endsWith('errors.ts'))
      checkCallable(reflection, name, found, false)
  } else if (reflection.signatures !== undefined) {
    const needsExample =
      reflection.overwrites === undefined && !inInterface && !WITHOUT_EXAMPLE.test(reflection.getFullName())
    checkCallable(reflection, name, found, needsExample)
  } else if (kind !== ReflectionKind.Reference && !hasText(commentOf(reflection)) && !isPlain(reflection)) {
    found.push(`${name}: no text`)
  }
  if (kind === ReflectionKind.Reference) return
  const isOpen = isType && reflection.getFullName() !== 'quadlane.Tensor'
  for (const child of reflection.children ?? []) visit(child, found, isOpen)
}

/** Namespaces say what they are in their list; an error's name says it. */
function isPlain(reflection: DeclarationReflection): boolean {
  return reflection.name === 'name' && fileOf(reflection) === 'errors.ts'
}

function checkCallable(reflection: DeclarationReflection, name: string, found: string[], needsExample: boolean): void {
  const signatures = reflection.signatures ?? []
  const comments = [reflection.comment, ...signatures.map(({ comment }) => comment)]
  if (!comments.some(hasText)) found.push(`${name}: no text`)
  const isInherited = reflection.overwrites !== undefined
  const described = new Set(signatures.flatMap(describedParameters))
  for (const tag of reflection.comment?.blockTags ?? []) if (tag.tag === '@param' && tag.name) described.add(tag.name)
  for (const parameter of new Set(signatures.flatMap(({ parameters = [] }) => parameters.map((each) => each.name)))) {
    // `args` of what takes nothing else are described where their type is.
    if (isInherited || described.has(parameter) || parameter.startsWith('_')) continue
    found.push(`${name}: no @param ${parameter}`)
  }
  const hasExample = comments.some((comment) => comment?.blockTags.some(({ tag }) => tag === '@example'))
  if (needsExample && !hasExample) found.push(`${name}: no @example`)
}

function describedParameters(signature: SignatureReflection): string[] {
  return (signature.parameters ?? []).filter(({ comment }) => hasText(comment)).map(({ name }) => name)
}

function commentOf(reflection: DeclarationReflection): Comment | undefined {
  return reflection.comment ?? reflection.getSignature?.comment ?? reflection.setSignature?.comment
}

function hasText(comment: Comment | undefined): boolean {
  return comment?.hasVisibleComponent() === true && comment.summary.some(({ text }) => text.trim() !== '')
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const lines = gaps((await readReference()).project)
  for (const line of lines) console.log(line)
  console.log(lines.length === 0 ? 'Every public name says what it is.' : `${lines.length} gaps`)
  process.exitCode = lines.length === 0 ? 0 : 1
}
