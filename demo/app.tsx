/** The page, from top to bottom. */

import { DigitDialog } from './digit/dialog.tsx'
import { DrawingSection } from './drawing/section.tsx'
import { DropHint } from './files/drop-hint.tsx'
import { FilesSection } from './files/section.tsx'
import { LectureSection } from './lecture/section.tsx'
import { NetworkSection } from './network/section.tsx'
import { OwnSection } from './own/section.tsx'
import { DOCUMENTATION } from './page/documentation.ts'
import { Header } from './page/header.tsx'
import { QuestionDialog } from './page/question.tsx'
import { isShown, view } from './sharing/state.ts'
import { TestSection } from './test-set/section.tsx'
import { TrainingSection } from './training/section.tsx'

export function App() {
  return (
    <>
      <a class="skip" href="#train">
        Skip to the content
      </a>
      <Header />
      <main id="top">
        {isShown('train') && <TrainingSection />}
        {isShown('draw') && <DrawingSection />}
        {isShown('network') && <NetworkSection />}
        {isShown('test') && <TestSection />}
        {isShown('arithmetic') && <LectureSection />}
        {isShown('own') && <OwnSection />}
        {isShown('model') && <FilesSection />}
      </main>
      <footer class="footer">
        <p>
          All of it is computed by <a href="https://github.com/quadlane/quadlane">quadlane</a>, SIMD WebAssembly kernels
          under a layer API, in a worker of this page. <a href={DOCUMENTATION}>The documentation</a> shows how to use
          it.{' '}
          {(view.value.plain || view.value.parts !== undefined) && (
            <button type="button" class="link-button" onClick={() => (view.value = { plain: false })}>
              Show all of the page
            </button>
          )}
        </p>
      </footer>
      <DigitDialog />
      <QuestionDialog />
      <DropHint />
    </>
  )
}
