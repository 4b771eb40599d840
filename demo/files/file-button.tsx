/** A button that lets the user choose files. */

import { useRef } from 'preact/hooks'

interface FileButtonProps {
  readonly label: string
  readonly take: (files: File[]) => void
  readonly multiple?: boolean
  readonly accept?: string
  readonly disabled?: boolean
}

export function FileButton({ label, take, multiple = false, accept, disabled = false }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null)
  const changed = () => {
    const files = [...(input.current!.files ?? [])]
    // The same files may be chosen again.
    input.current!.value = ''
    if (files.length > 0) take(files)
  }
  return (
    <>
      <input ref={input} type="file" hidden aria-label={label} {...{ multiple, accept }} onChange={changed} />
      <button type="button" class="button" disabled={disabled} onClick={() => input.current!.click()}>
        {label}
      </button>
    </>
  )
}
