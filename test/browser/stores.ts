/** The stores that the pages of all tests share. */

/** Removes every model that IndexedDB and localStorage hold. */
export async function emptyStores(): Promise<void> {
  localStorage.clear()
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase('tensorflowjs')
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
  })
}
