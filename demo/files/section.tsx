/** The model out to a file, and back in. */

import { Section } from '../page/section.tsx'
import { Share } from '../sharing/share.tsx'
import { busy } from '../test-set/state.ts'
import { phase } from '../training/state.ts'
import { FileButton } from './file-button.tsx'
import { downloadModel, fileMessage, loadModel } from './state.ts'

export function FilesSection() {
  const waiting = phase.value === 'opening'
  return (
    <Section id="model" title="Take it with you">
      <p class="lead">
        The file holds the network in the format of TensorFlow.js: a model.json and its weights. Unpacked, it loads in
        quadlane and TensorFlow.js alike.
      </p>
      <div class="controls">
        <button type="button" class="button" disabled={waiting} onClick={() => void downloadModel()}>
          Download the model
        </button>
        <FileButton
          label="Load a model"
          multiple
          disabled={waiting || phase.value === 'training' || busy.value !== undefined}
          take={(files) => void loadModel(files)}
        />
      </div>
      <p class="file-message quiet" role="status">
        {fileMessage.value ||
          'A file of Keras (.keras, .h5) or ONNX, a zip from here, or a model.json together with its weight files. Dropping them works, too.'}
      </p>
      <Share />
      <pre class="snippet">
        <code>{`import { loadLayersModel } from 'quadlane'

const model = await loadLayersModel('model/model.json')`}</code>
      </pre>
    </Section>
  )
}
