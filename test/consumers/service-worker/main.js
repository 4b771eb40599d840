const say = (result) => console.log(`RESULT ${JSON.stringify(result)}`)

async function ask() {
  await navigator.serviceWorker.register('./service-worker.js', { type: 'module' })
  const { active } = await navigator.serviceWorker.ready
  navigator.serviceWorker.onmessage = ({ data }) => say(data)
  navigator.serviceWorker.startMessages()
  active.postMessage('train')
}
ask().catch((error) => say({ error: String(error) }))
