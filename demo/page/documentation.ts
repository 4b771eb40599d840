/** Where the documentation is, as the page's head has it. */

export const DOCUMENTATION = document.querySelector<HTMLMetaElement>('meta[name=docs]')!.content
