// Holds what we make of public suites of images to what a browser draws of them.
//
//     node formats.js FOLDER [REPORT]
//
// FOLDER/originals/SUITE has the files, FOLDER/ours/SUITE the same as PNG, and FOLDER/ours/SUITE.tsv says what became of each.
// REPORT is a page in Markdown. `./dev check formats` does all of it.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { launch, visitor } from "./support/browser.js";

/** The mean difference of a channel, of 255, up to which two pictures are the same. */
const MAX_DIFFERENCE = 2;

const TITLES = {
  "bmpsuite-bad": "bmpsuite, bad",
  "bmpsuite-good": "bmpsuite, good",
  "bmpsuite-questionable": "bmpsuite, questionable",
  pillow: "Pillow",
  "pillow-apng": "Pillow, APNG",
  "pillow-avif": "Pillow, AVIF",
  pngsuite: "PngSuite",
};

const [folder, report] = process.argv.slice(2);
const browser = await launch();
const suites = [];
try {
  const page = await visitor(browser, "about:blank");
  for (const suite of (await readdir(join(folder, "originals"))).sort()) suites.push([suite, await judge(page, suite)]);
} finally {
  await browser.close();
}
for (const [suite, files] of suites) {
  for (const { name, verdict, reason } of files.filter(({ verdict }) => verdict !== "same")) {
    console.log(`${suite}/${name}: ${verdict}, ${reason}`);
  }
}
console.log(table(suites));
if (report) await writeFile(report, page(suites));

/** Every file of a suite with its verdict. */
async function judge(page, suite) {
  const lines = (await readFile(join(folder, "ours", `${suite}.tsv`), "utf8")).trim().split("\n");
  const files = [];
  for (const line of lines) {
    const [name, code, said] = line.split("\t");
    const original = await readFile(join(folder, "originals", suite, name), "base64");
    const ours = code === "ok" ? await readFile(join(folder, "ours", suite, `${name}.png`), "base64") : null;
    files.push({ name, code, ...verdict(await page.evaluate(compare, [original, ours]), code, said) });
  }
  return files;
}

function verdict({ drawn, sizes, difference }, code, said) {
  if (!drawn) {
    return code === "ok"
      ? { verdict: "read, and not drawn by the browser", reason: said }
      : { verdict: "refused, and not drawn by the browser", reason: said };
  }
  if (code !== "ok") return { verdict: "refused", reason: said };
  if (sizes[0] !== sizes[1]) return { verdict: "different", reason: `size ${sizes[1]}, in the browser ${sizes[0]}` };
  if (difference > MAX_DIFFERENCE) return { verdict: "different", reason: `by ${difference.toFixed(1)} of 255` };
  return { verdict: "same", reason: "" };
}

/** Runs in the page: draws both on grey, so that transparency counts, and takes the mean difference of a channel. */
async function compare([original, ours]) {
  const image = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const picture = new Image();
    picture.src = URL.createObjectURL(new Blob([bytes]));
    await picture.decode();
    return picture;
  };
  const pixels = (picture) => {
    const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#808080";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  const size = (picture) => `${picture.naturalWidth}×${picture.naturalHeight}`;
  let theirs;
  try {
    theirs = await image(original);
  } catch {
    return { drawn: false };
  }
  if (!ours) return { drawn: true };
  const picture = await image(ours);
  const sizes = [size(theirs), size(picture)];
  if (sizes[0] !== sizes[1]) return { drawn: true, sizes };
  const [a, b] = [pixels(theirs), pixels(picture)];
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs(a[at] - b[at]);
  return { drawn: true, sizes, difference: sum / (a.length * 0.75) };
}

function table(suites) {
  const rows = suites.map(([suite, files]) => {
    const count = (verdict) => files.filter((file) => file.verdict === verdict).length;
    const drawn = count("same") + count("different") + count("refused");
    const rate = drawn ? `${((100 * count("same")) / drawn).toFixed(1)} %` : "–";
    const rest = [count("read, and not drawn by the browser"), count("refused, and not drawn by the browser")];
    return [TITLES[suite] ?? suite, files.length, drawn, count("same"), count("different"), count("refused"), rate, ...rest];
  });
  const heads = [
    "suite", "files", "drawn by the browser", "the same", "different", "refused by us", "pass rate",
    "not drawn, read by us", "not drawn, refused by us",
  ];
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function page(suites) {
  const rest = suites.flatMap(([suite, files]) =>
    files
      .filter(({ verdict }) => verdict === "different" || verdict === "refused")
      .map(({ name, verdict, reason }) => `| ${TITLES[suite] ?? suite} | ${name} | ${verdict}: ${reason.replaceAll("|", "\\|")} |`),
  );
  return `# Formats: what we make of public suites

\`./dev check formats --update\` wrote this page. It takes every file of public suites of test images at full size, and draws the original in Chromium beside what we made
of it, both on grey. Two pictures are the same when they have the same size and a channel differs by at most ${MAX_DIFFERENCE} of 255 in the mean. What the browser does not
draw at all (TIFF, and files that are broken on purpose) has nothing to be held to, and is only counted.

${table(suites)}

## What is not the same

| suite | file | what happened |
|---|---|---|
${rest.join("\n")}
`;
}
