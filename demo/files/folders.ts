/** Files that were dropped, with the folder that each lay in. */

export interface DroppedFile {
  readonly file: File
  /** The name of the folder; empty where it lay in none. */
  readonly folder: string
}

/** More than these are not for a page. */
const MOST_FILES = 2000

/** All files of a drop, those in folders too. To be called while the drop is being handled. */
export async function droppedFiles(transfer: DataTransfer): Promise<DroppedFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null)
  const plain = [...transfer.files]
  const found: DroppedFile[] = []
  if (entries.every((entry) => entry === null)) return plain.map((file) => ({ file, folder: '' }))
  for (const entry of entries) if (entry !== null) await walk(entry, '', found)
  return found
}

async function walk(entry: FileSystemEntry, folder: string, found: DroppedFile[]): Promise<void> {
  if (found.length >= MOST_FILES || entry.name.startsWith('.')) return
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    found.push({ file, folder })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return
    for (const inner of some) await walk(inner, entry.name, found)
  }
}
