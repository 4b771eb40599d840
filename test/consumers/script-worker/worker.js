importScripts('./quadlane.iife.min.js')
import('./step.js').then(({ report }) => report(globalThis.quadlane))
