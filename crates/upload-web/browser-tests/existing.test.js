// Files that were uploaded before: told before they are sent, and sent only if the person wants that.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { isAccessible, launch, visitor } from "./support/browser.js";
import { drawAlbum } from "./support/album.js";
import { startStack } from "./support/stack.js";

let browser;
let stack;
let album;

before(async () => {
  [browser, stack] = await Promise.all([launch(), startStack()]);
  album = await drawAlbum(browser, stack);
});

after(async () => {
  await browser?.close();
  await stack?.stop();
  await album?.remove();
});

async function choose(page, photos) {
  await page.getByLabel("Choose images").setInputFiles(photos);
}

/** How often the gallery has files of each name. */
async function namesIn(page) {
  const { images } = await (await page.request.get("/api/v1/images")).json();
  return images.map(({ file }) => file.name).sort();
}

async function finish(page) {
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

test("of many files those that are here already are set aside, and the others are sent without a click", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  const before = [album.inMemory("old 1.jpg"), album.inMemory("old 2.jpg"), album.inMemory("old 3.jpg", 2_000_000)];
  await choose(page, before);
  await page.getByText("3 of 3 processed.").waitFor();
  assert.equal(await page.locator("#existing").isVisible(), false, "nothing is asked about new files");

  await page.goto("/upload");
  let requests = 0;
  page.on("request", (request) => { if (/existing-images/.test(request.url())) requests += 1; });
  const fresh = Array.from({ length: 9 }, (_, n) => album.inMemory(`new ${n}.jpg`));
  await choose(page, [...before, ...fresh]);
  await page.getByText("9 of 9 processed.").waitFor();
  await page.getByText("3 of these 12 files are already here and are not sent again.").waitFor();
  assert.ok(requests < 12, `${requests} requests for 12 files`);
  assert.equal((await namesIn(page)).length, 12);
  await isAccessible(page);
  const row = page.locator("#list li").filter({ has: page.getByText("old 1.jpg", { exact: true }) });
  await row.getByText("Not sent, because the same file is already here.").waitFor();
  assert.match(await row.getByRole("link").getAttribute("href"), /^\/images\//);

  // One by itself, then all that are left.
  await row.getByRole("button", { name: "Send anyway" }).click();
  await row.filter({ hasText: "Processed. The same file is also here." }).waitFor();
  await page.getByText("2 of these 12 files are already here and are not sent again.").waitFor();
  await page.getByRole("button", { name: "Send them anyway" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("12 of 12 processed.").waitFor();
  await page.locator("#existing").waitFor({ state: "hidden" });
  const names = await namesIn(page);
  for (const { name } of before) assert.equal(names.filter((one) => one === name).length, 2, name);
  await finish(page);
});

test("a single file that is here already is said in one line", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  await choose(page, [album.inMemory("single.jpg")]);
  await page.getByText("1 of 1 processed.").waitFor();
  await page.goto("/upload");
  await choose(page, [album.inMemory("single.jpg")]);
  await page.getByText("This file is already here and is not sent again.").waitFor();
  await page.getByRole("button", { name: "Pause" }).waitFor({ state: "hidden" });
  await isAccessible(page);
  await page.getByRole("button", { name: "Send it anyway" }).click();
  await page.getByText("1 of 1 processed.").waitFor();
  await finish(page);
});

test("where nothing can be asked, everything is sent", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  await choose(page, [album.inMemory("asked in vain.jpg")]);
  await page.getByText("1 of 1 processed.").waitFor();
  for (const answer of [
    (route) => route.abort(),
    (route) => route.fulfill({ status: 429, headers: { "Retry-After": "3600" }, body: "{}" }),
    (route) => route.fulfill({ status: 200, body: "not JSON" }),
  ]) {
    await page.goto("/upload");
    let requests = 0;
    await page.route("**/existing-images", (route) => {
      requests += 1;
      return answer(route);
    });
    await choose(page, [album.inMemory("asked in vain.jpg"), album.inMemory("another.jpg"), album.inMemory("a third.jpg")]);
    await page.getByText("3 of 3 processed.").waitFor();
    assert.equal(requests, 1, "a refusal is not asked for again at once");
    await page.unroute("**/existing-images");
  }
  await finish(page);
});
