/** The namespace `models` of TF.js, whose other names are functions of their own. */

export { modelFromJSON } from '../model/load-layers-model.ts'
