// Photos for tests: files of their own that are one drawn picture.

import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { visitor } from "./browser.js";
import { draw } from "./images.js";

/** Draws the picture on a page of the stack. `bytes` is its size, and `remove` deletes the files on disk. */
export async function drawAlbum(browser, stack) {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  const picture = await draw(page, { width: 320, height: 240 });
  await page.context().close();
  const folder = await mkdtemp(join(tmpdir(), "darkroom-files-"));

  /** A photo in memory. Bytes after the end of a JPEG are ignored, but make it a different file. */
  function inMemory(name, more = 16) {
    const rest = Buffer.alloc(more);
    rest.write(name);
    return { name, mimeType: "image/jpeg", buffer: Buffer.concat([picture, rest]) };
  }

  /** A photo of so many bytes on disk, where a browser finds it again. */
  async function onDisk(name, bytes = picture.length + 16) {
    const path = join(folder, name);
    const { buffer } = inMemory(name, bytes - picture.length);
    await writeFile(path, buffer);
    return { name, path, sha256: createHash("sha256").update(buffer).digest("hex") };
  }

  return { bytes: picture.length, inMemory, onDisk, remove: () => rm(folder, { recursive: true, force: true }) };
}
