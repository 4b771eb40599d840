/** Models to start from. */

export { type CifarNetArgs, cifarNet } from './cifarnet.ts'
export { type DigitNetArgs, lenet, type ZooArgs } from './lenet.ts'
export { lenet5 } from './lenet5.ts'
export { mlp } from './mlp.ts'
export { type MobileNetArgs, mobileNet } from './mobilenet.ts'
export { type ResNetArgs, resNet } from './resnet.ts'
