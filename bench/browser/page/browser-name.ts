/** E.g. `Chromium 156` or `Firefox 140`: what runs the page. */

interface Brands {
  readonly userAgentData?: { readonly brands: readonly { readonly brand: string; readonly version: string }[] }
}

const AGENTS = [
  [/Firefox\/(\d+)/, 'Firefox'],
  [/Chrome\/(\d+)/, 'Chromium'],
  [/Version\/(\d+).*Safari/, 'Safari'],
] as const

export function browserName({ userAgent, userAgentData }: Pick<Navigator, 'userAgent'> & Brands = navigator): string {
  const chromium = userAgentData?.brands.find(({ brand }) => brand === 'Chromium')
  if (chromium !== undefined) return `Chromium ${chromium.version}`
  const found = AGENTS.flatMap(([pattern, name]) => {
    const version = pattern.exec(userAgent)?.[1]
    return version === undefined ? [] : [`${name} ${version}`]
  })
  return found[0] ?? 'a browser of an unknown name'
}
