const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
const say = (result) => console.log(`RESULT ${JSON.stringify(result)}`)
worker.onmessage = ({ data }) => say(data)
worker.onerror = ({ message }) => say({ error: message })
