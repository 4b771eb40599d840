/** The kernels of trigonometric, hyperbolic and error functions, and others that few pages run. */

export {
  binaryAtan2, unaryAcos, unaryAcosh, unaryAsin, unaryAsinh, unaryAtan, unaryAtanh, unaryCos, unaryCosh, unaryErf,
  unarySin, unarySinh, unaryTan,
} from './special-functions'
export { multiplyAdds } from './peak'
export { randomBits, randomInt } from './random'
