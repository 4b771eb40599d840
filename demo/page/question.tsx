/** A question before something is lost. */

import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

interface Question {
  readonly title: string
  readonly text: string
  readonly yes: string
  readonly no: string
  /** Something to do first that makes the loss none. */
  readonly instead?: { readonly label: string; readonly act: () => void }
  readonly answer: (sure: boolean) => void
}

const asked = signal<Question | undefined>(undefined)

/** Whether the user is sure. */
export function ask(question: Omit<Question, 'answer'>): Promise<boolean> {
  return new Promise((answer) => {
    asked.value?.answer(false)
    asked.value = { ...question, answer }
  })
}

function answer(sure: boolean): void {
  asked.value?.answer(sure)
  asked.value = undefined
}

export function QuestionDialog() {
  const dialog = useRef<HTMLDialogElement>(null)
  const question = asked.value
  useEffect(() => {
    const element = dialog.current!
    if (question !== undefined && !element.open) element.showModal()
    if (question === undefined && element.open) element.close()
  }, [question])
  return (
    <dialog ref={dialog} class="dialog dialog-question" aria-labelledby="question-title" onClose={() => answer(false)}>
      {question !== undefined && (
        <div class="dialog-body">
          <h2 id="question-title">{question.title}</h2>
          <p>{question.text}</p>
          <div class="controls">
            <button type="button" class="button" onClick={() => answer(true)}>
              {question.yes}
            </button>
            {question.instead !== undefined && (
              <button type="button" class="button" onClick={question.instead.act}>
                {question.instead.label}
              </button>
            )}
            <button type="button" class="button button-main" onClick={() => answer(false)}>
              {question.no}
            </button>
          </div>
        </div>
      )}
    </dialog>
  )
}
