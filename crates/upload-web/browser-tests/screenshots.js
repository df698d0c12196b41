// Takes a screenshot of every page: light and dark, wide and narrow, empty, full and failing.
//
//     node screenshots.js FOLDER

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { launch, visitor } from "./support/browser.js";
import { draw } from "./support/images.js";
import { startStack } from "./support/stack.js";

const folder = process.argv[2] ?? "screenshots";
const LOOKS = {
  "light-wide": { colorScheme: "light", viewport: { width: 1280, height: 860 } },
  "dark-wide": { colorScheme: "dark", viewport: { width: 1280, height: 860 } },
  "light-narrow": { colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  "dark-narrow": { colorScheme: "dark", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};
const SUBJECTS = [
  ["Hills above the fjord", "norway, hills", [1600, 1000]],
  ["Morning at the lake", "lake, morning", [1200, 1500]],
  ["Dunes", "desert, sand", [2000, 1100]],
  ["The last light", "evening, hills", [1500, 1500]],
  ["Before the storm", "weather", [1800, 1200]],
  ["Foothills", "hills", [1000, 1600]],
  ["A long way home", "evening, road", [1600, 900]],
  ["Spring", "green", [1400, 1000]],
];

await mkdir(folder, { recursive: true });
const [browser, stack] = await Promise.all([launch(), startStack()]);
try {
  await pictures("empty", ["/", "/insights", "/nowhere"]);
  const filled = await fill();
  const [good] = filled;
  await pictures("full", ["/", "/?tag=hills", "/?q=the+last+light", "/?q=nothing", "/upload", "/insights", "/api", ...filled]);
  await pictures("chosen", ["/"], (page) => tick(page, 3));
  await pictures("compared", [good], (page) => page.getByText("Compare with the original").click());
} finally {
  await browser.close();
  await stack.stop();
}

/** Ticks the first images of the gallery. */
async function tick(page, count) {
  for (let at = 0; at < count; at += 1) await page.locator(".tick input").nth(at).check();
}

/** Uploads everything, and returns the addresses of a processed image, a rejected image, a copy, and their list. */
async function fill() {
  const page = await visitor(browser, stack.local, LOOKS["light-wide"]);
  await page.goto("/upload");
  for (const [at, [title, tags, [width, height]]] of SUBJECTS.entries()) {
    await page.getByLabel("Title").fill(title);
    await page.getByLabel("Tags").fill(tags);
    const type = at % 3 === 2 ? "image/png" : at % 3 === 1 ? "image/webp" : "image/jpeg";
    const buffer = await draw(page, { width, height, seed: at + 1, type });
    const name = `${title.toLowerCase().replaceAll(" ", "-")}.${type.slice(6)}`;
    const files = [{ name, mimeType: type, buffer }];
    if (at === 3) files.push({ ...files[0], name: "copy of the-last-light.jpeg" });
    if (at === 4) files.push({ name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from(buffer.subarray(0, 900)) });
    if (at === 5) files.push({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") });
    await page.getByLabel("Choose images").setInputFiles(files);
  }
  await page.getByText(/9 of 11 processed, 2 failed|8 of 11 processed, 3 failed/).waitFor();
  await page.screenshot({ path: join(folder, "upload-queue-light-wide.png"), fullPage: true });
  await page.setViewportSize(LOOKS["dark-narrow"].viewport);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: join(folder, "upload-queue-dark-narrow.png"), fullPage: true });
  const link = (name) => page.getByRole("link", { name, exact: true }).getAttribute("href");
  const addresses = [await link("hills-above-the-fjord.jpeg"), await link("broken.jpg"), await link("copy of the-last-light.jpeg")];
  // The totals of the day are cached for half a minute, and were requested when there were no images.
  await page.goto("/insights");
  for (let tries = 0; tries < 60 && (await page.locator(".headlines").count()) === 0; tries += 1) {
    await page.waitForTimeout(1000);
    await page.reload();
  }
  await page.context().close();
  const ids = addresses.map((address) => `id=${encodeURIComponent(address.split("/").at(-1))}`);
  return [...addresses, `/uploads?${ids.join("&")}`];
}

async function pictures(state, addresses, prepare = async () => {}) {
  for (const [look, options] of Object.entries(LOOKS)) {
    const page = await visitor(browser, stack.local, options);
    for (const [at, address] of addresses.entries()) {
      await page.goto(address);
      await prepare(page);
      // Pictures further down are loaded when they become visible.
      await page.evaluate(async () => {
        for (const image of document.querySelectorAll("img")) image.loading = "eager";
        await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
      });
      const words = address.split("?")[0].replaceAll(/[^a-z]+/g, "-").slice(0, 20).replaceAll(/^-|-$/g, "");
      await page.screenshot({ path: join(folder, `${state}-${at}-${words || "gallery"}-${look}.png`), fullPage: true });
    }
    await page.context().close();
  }
}
