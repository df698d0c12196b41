// A quota as people meet it: they see what they have, are told when it is used up, and go on when there is room again.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { isAccessible, launch, visitor } from "./support/browser.js";
import { draw } from "./support/images.js";
import { startStack } from "./support/stack.js";

let browser;
let stack;

before(async () => {
  const settings = { DARKROOM_QUOTA_IMAGES: "3", DARKROOM_QUOTA_MB: "100" };
  [browser, stack] = await Promise.all([launch(), startStack({ settings })]);
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

function file(name, buffer) {
  return { name, mimeType: "image/jpeg", buffer };
}

test("what does not fit is refused with a way out, and goes on when there is room", async () => {
  const page = await visitor(browser, stack.local);
  await page.goto("/upload");
  await page.getByText("You have 0 of 3 images, 0 B of 100 MB.").waitFor();
  const choose = (files) => page.getByLabel("Choose images").setInputFiles(files);
  await choose([file("one.jpg", await draw(page, { seed: 1 })), file("two.jpg", await draw(page, { seed: 2 }))]);
  await page.getByText("2 of 2 processed.").waitFor();
  await page.getByText("You have 2 of 3 images").waitFor();
  await isAccessible(page);

  // One of them fits. One goes in a request, and two begin as files in blocks.
  const large = async (seed) => Buffer.concat([await draw(page, { seed }), Buffer.alloc(1_500_000, seed)]);
  await choose([file("three.jpg", await large(3)), file("four.jpg", await draw(page, { seed: 4 })), file("five.jpg", await large(5))]);
  await page.getByText("3 of 5 processed, 2 failed.").waitFor();
  const refused = page.locator("#list li.bad").filter({ hasText: "Your quota of 3 images is used up. Delete images" });
  assert.equal(await refused.count(), 2);
  await page.getByText("You have 3 of 3 images").waitFor();
  await isAccessible(page);

  const { images } = await (await page.request.get("/api/v1/images")).json();
  for (const { id } of images.slice(0, 2)) await page.request.delete(`/api/v1/images/${id}`);
  await refused.last().getByRole("button", { name: "Try again" }).click();
  await page.getByText("4 of 5 processed, 1 failed.").waitFor();
  await refused.first().getByRole("button", { name: "Try again" }).click();
  await page.getByText("5 of 5 processed.").waitFor();
  await page.getByText("You have 3 of 3 images").waitFor();

  await page.goto("/insights");
  await page.getByRole("heading", { name: "By uploader" }).waitFor();
  await isAccessible(page);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
