const worker = new Worker('./worker.js')
const say = (result) => console.log(`RESULT ${JSON.stringify(result)}`)
worker.onmessage = ({ data }) => say(data)
worker.onerror = ({ message }) => say({ error: message })
