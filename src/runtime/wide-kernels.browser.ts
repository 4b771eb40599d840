/** Pages have no wide build in them: it is for engines that are started with a flag. Who wants it there hosts its file. */

export const wasm: string | undefined = undefined
