/** Folders of pictures in Node: every format, every orientation, what is skipped and what is refused. */

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { imageFolder, readPicture } from '../../src/data/image-folder.node.ts'
import { readHeader, UnreadablePicture } from '../../src/data/picture-header.ts'
import { resample } from '../../src/data/resample.ts'
import { ArgumentError } from '../../src/errors.ts'
import { drawn, drawShape, gifFile, jpegFile, pngFile, type ShapeName, webpFile } from './pictures.ts'

const root = await mkdtemp(join(tmpdir(), 'quadlane-pictures-'))
afterAll(() => rm(root, { recursive: true, force: true }))

/** A folder with files, by path. */
async function folderOf(name: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const folder = join(root, name)
  await mkdir(folder)
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return folder
}

/** Red above, blue below, wider than high. */
const flag = drawn(24, 16, (_, y) => (y < 8 ? [200, 20, 20] : [20, 20, 200]))
const shape = (name: ShapeName, seed: number): Uint8Array => pngFile(drawShape(name, seed))
const small = { size: 8 } as const

describe('readPicture', () => {
  const expected = resample(flag, { width: 8, height: 8, channels: 3, fit: 'cover' })
  const near = (bytes: Uint8Array, within: number): void => {
    expect(bytes.length).toBe(expected.length)
    expect(Math.max(...bytes.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThanOrEqual(within)
  }

  it('reads PNG, GIF and lossless WebP to the byte, JPEG and WebP nearly', async () => {
    near(await readPicture(pngFile(flag), small), 0)
    near(await readPicture(await gifFile(flag), small), 0)
    near(await readPicture(await webpFile(flag, true), small), 0)
    near(await readPicture(await webpFile(flag), small), 40)
    near(await readPicture(await jpegFile(flag), small), 40)
  })

  it('takes null for not given, and refuses in words what is no option', async () => {
    const picture = pngFile(flag)
    const nothing = { size: null, channels: null, fit: null, digits: null } as never
    expect(await readPicture(picture, nothing)).toEqual(await readPicture(picture))
    expect(await readPicture(picture, null as never)).toEqual(await readPicture(picture))
    for (const options of [{ sise: 8 }, { size: {} }, { size: [8] }, { digits: 1 }, 8]) {
      await expect(readPicture(picture, options as never)).rejects.toBeInstanceOf(ArgumentError)
    }
  })

  it('turns a JPEG as its EXIF says', async () => {
    // Stored with the red to the left: a camera that was held upright.
    const stored = drawn(16, 24, (x) => (x < 8 ? [200, 20, 20] : [20, 20, 200]))
    near(await readPicture(await jpegFile(stored, 6), small), 40)
    const other = await readPicture(await jpegFile(stored, 8), small)
    expect([other[0]! < 60, other.at(-1)! < 60]).toEqual([true, true])
  })

  it('lays what is transparent over white', async () => {
    const glass = drawn(4, 4, () => [0, 0, 0, 0])
    for (const file of [pngFile(glass), await webpFile(glass, true)]) {
      expect([...(await readPicture(file, { size: 2 }))]).toEqual(new Array(12).fill(255))
    }
  })

  it('takes a path, a Blob or bytes, and other sizes', async () => {
    const path = join(root, 'flag.png')
    await writeFile(path, pngFile(flag))
    near(await readPicture(path, small), 0)
    near(await readPicture(new Blob([new Uint8Array(pngFile(flag))]), small), 0)
    expect((await readPicture(path, { size: [3, 5], channels: 1, fit: 'fill' })).length).toBe(15)
    expect((await readPicture(path, { digits: true })).length).toBe(784)
  })

  it('refuses what is no picture by what it is', async () => {
    const refused = async (bytes: Uint8Array | string, text: string): Promise<void> => {
      const all = typeof bytes === 'string' ? Uint8Array.from(Buffer.from(bytes, 'latin1')) : bytes
      await expect(readPicture(all)).rejects.toThrow(text)
    }
    const png = pngFile(flag)
    await refused(png.subarray(0, png.length - 20), 'received a damaged PNG')
    await refused('\x89PNG\r\n\x1a\n', 'received a picture that is cut short')
    await refused('\xff\xd8\xff\xe0\0\x10JFIF', 'received a picture that is cut short')
    await refused((await jpegFile(flag)).subarray(0, 120), 'received a picture that is cut short')
    await refused('', 'received an empty file')
    await refused('notes', 'received no picture (PNG, JPEG, WebP, GIF)')
    await refused('\0\0\0\x18ftypheic', 'received HEIC, which is not read: save it as PNG or JPEG')
    await refused('RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0', 'received an animated WebP')
    const huge = Uint8Array.from(png)
    new DataView(huge.buffer).setUint32(16, 60_000)
    new DataView(huge.buffer).setUint32(20, 60_000)
    await refused(huge, 'received a PNG of 60000 × 60000, more than 100 megapixels')
    await expect(readPicture(join(root, 'none.png'))).rejects.toThrow(
      /expected a file that can be read, received '.*none.png' \(ENOENT\)/,
    )
    await expect(readPicture(5 as never)).rejects.toThrow(
      'data.readPicture: expected a path, a Blob or bytes, received 5',
    )
  })

  it('goes on after a damaged file, and never fails by anything but its own error', async () => {
    const files = [pngFile(flag), await jpegFile(flag, 6), await webpFile(flag), await gifFile(flag)]
    for (const file of files) {
      for (let at = 0; at < Math.min(file.length, 120); at += 1) {
        const broken = Uint8Array.from(file)
        broken[at]! ^= 0x5a
        try {
          readHeader(broken)
          readHeader(broken.subarray(0, at))
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadablePicture)
        }
      }
    }
    const jpeg = await jpegFile(flag)
    const scrambled = jpeg.map((byte, i) => (i > 200 && i % 3 === 0 ? byte ^ 0xff : byte))
    await readPicture(scrambled, small).catch((error) => expect(error.name).toBe('FormatError'))
    near(await readPicture(jpeg, small), 40)
  })
})

describe('imageFolder', () => {
  it('reads a folder for each class, sorted, and divides each by the seed', async () => {
    const files: Record<string, Uint8Array | string> = {}
    for (let i = 0; i < 10; i++) {
      files[`b/${i}.png`] = shape('circle', i)
      if (i < 5) files[`a/${i}.jpg`] = await jpegFile(drawShape('cross', i), i === 0 ? 6 : undefined)
    }
    files['a/anim.gif'] = await gifFile(flag)
    files['a/.hidden'] = 'x'
    files['a/Thumbs.db'] = 'x'
    files['b/notes.txt'] = 'not a picture'
    files['b/broken.png'] = shape('circle', 3).subarray(0, 60)
    files['README.md'] = 'beside the folders'
    const folder = await folderOf('two', files)
    const seen: number[] = []
    const read = await imageFolder(folder, { size: 12, onProgress: ({ done, total }) => seen.push(done, total) })
    expect(read.classNames).toEqual(['a', 'b'])
    expect(read.counts).toEqual([6, 10])
    expect(read.skipped).toEqual([
      { file: join(folder, 'b/broken.png'), reason: 'a damaged PNG' },
      { file: join(folder, 'b/notes.txt'), reason: 'no picture (PNG, JPEG, WebP, GIF)' },
    ])
    expect(seen.slice(-2)).toEqual([18, 18])
    const { training, validation } = read
    expect([training.size, validation!.size]).toEqual([13, 3])
    expect(training.inputShape).toEqual([12, 12, 3])
    expect(training.classNames).toEqual(['a', 'b'])
    expect(training.slice(2).classNames).toEqual(['a', 'b'])
    expect([...validation!.labels].sort()).toEqual([0, 1, 1])
    const again = await imageFolder(folder, { size: 12 })
    expect(again.training.images).toEqual(training.images)
    expect(again.training.labels).toEqual(training.labels)
    const other = await imageFolder(folder, { size: 12, seed: 1 })
    expect(other.training.labels).not.toEqual(training.labels)
    const all = await imageFolder(folder, { size: 12, validationSplit: 0 })
    expect([all.training.size, all.validation]).toEqual([16, undefined])
    const named = await imageFolder(folder, { size: 12, classNames: ['b', 'c', 'a'] })
    expect([named.counts, named.training.classes]).toEqual([[10, 0, 6], 3])
  })

  it('takes files with paths, or files by class', async () => {
    const file = (name: string, i: number): File => new File([new Uint8Array(shape('circle', i))], name)
    const list = [file('photos/x/1.png', 1), file('photos/y/1.png', 2), file('photos/y/2.png', 3)]
    const read = await imageFolder(list, small)
    expect([read.classNames, read.counts]).toEqual([
      ['x', 'y'],
      [1, 2],
    ])
    const byClass = await imageFolder({ y: list.slice(1), x: [list[0]!] }, small)
    expect(byClass.training.images).toEqual(read.training.images)
    await expect(imageFolder([file('1.png', 1)], small)).rejects.toThrow(
      "expected files in a folder for each class, received '1.png'",
    )
  })

  it('follows links to folders and files', async () => {
    const folder = await folderOf('links', { 'real/1.png': shape('circle', 1), 'a/1.png': shape('circle', 1) })
    await symlink(join(folder, 'real'), join(folder, 'b'))
    expect((await imageFolder(folder, small)).counts).toEqual([1, 1, 1])
  })

  it('explains folders that are no classes', async () => {
    const refused = (folder: string, text: string, options = {}): Promise<void> =>
      expect(imageFolder(folder, { ...small, ...options })).rejects.toThrow(`data.imageFolder: expected ${text}`)
    const png = shape('circle', 1)
    const flat = await folderOf('flat', { '1.png': png, '2.png': png })
    await refused(
      flat,
      `a folder for each class in '${flat}', received 2 files and no folder — sort the pictures into folders`,
    )
    const one = await folderOf('one', { 'cats/1.png': png })
    await refused(
      one,
      "a folder for each of at least two classes, received one, 'cats' — a network learns to tell classes apart",
    )
    const none = await folderOf('none', {})
    await refused(none, 'a folder for each of at least two classes, received none')
    const nested = await folderOf('nested', {
      'train/cats/1.png': png,
      'train/dogs/1.png': png,
      'test/cats/1.png': png,
    })
    await refused(
      nested,
      `pictures in '${nested}/test', received folders: cats — if those are the classes, give '${nested}/test'`,
    )
    const empty = await folderOf('empty', { 'cats/1.png': png, 'dogs/.keep': '' })
    await refused(empty, "pictures in each class, received none in 'dogs' — add pictures, or take the folder away")
    const broken = await folderOf('broken', { 'cats/1.png': png, 'dogs/1.png': 'woof' })
    await refused(
      broken,
      `pictures in each class that can be read, received 1 in 'dogs' that are not: ${broken}/dogs/1.png is no picture`,
    )
    await refused(one, "folders named after the classes dogs, cows, received 'cats'", { classNames: ['dogs', 'cows'] })
    await expect(imageFolder(join(root, 'nowhere'))).rejects.toThrow(
      /expected a folder that can be read, received '.*nowhere' \(ENOENT\)/,
    )
  })

  it('checks its options', async () => {
    const refused = (options: object, text: string): Promise<void> =>
      expect(imageFolder(root, options)).rejects.toThrow(`data.imageFolder: expected ${text}`)
    await refused({ size: 0 }, 'size to be an integer of at least 1, or two of them, received 0')
    await refused({ channels: 4 }, 'channels to be 1 or 3, received 4')
    await refused({ fit: 'crop' }, "fit to be one of cover, contain, fill, received 'crop'")
    await refused({ validationSplit: 1 }, 'validationSplit to be')
    await refused({ seed: -1 }, 'seed to be')
    await refused({ digits: true, size: 28 }, 'digits, which are [28, 28, 1], alone, received size beside it')
  })

  it('breaks off by its signal', async () => {
    const folder = await folderOf('abort', { 'a/1.png': shape('cross', 1), 'b/1.png': shape('cross', 2) })
    await expect(imageFolder(folder, { ...small, signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  })
})
