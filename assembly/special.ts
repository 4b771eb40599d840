/** The kernels of trigonometric, hyperbolic and error functions. */

export {
  binaryAtan2, unaryAcos, unaryAcosh, unaryAsin, unaryAsinh, unaryAtan, unaryAtanh, unaryCos, unaryCosh, unaryErf,
  unarySin, unarySinh, unaryTan,
} from './special-functions'
