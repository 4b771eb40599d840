export function report(quadlane: object): Promise<void>
