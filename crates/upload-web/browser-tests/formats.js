// Compares our renditions of public suites of images with what a browser displays.
//
//     node formats.js FOLDER [REPORT]
//
// FOLDER/originals/SUITE has the files, FOLDER/ours/SUITE the same as PNG, and FOLDER/ours/SUITE.tsv the result for each.
// REPORT is a page in Markdown. `./dev check formats` does all of it.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { launch, visitor } from "./support/browser.js";

/** The largest mean difference of a channel, of 255, with which two pictures count as the same. */
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

/** Intended differences, with a reason that a user would accept. */
const MEANT = [
  [/^bmpsuite-bad\/(badplanes|badrle|rletopdown|shortfile)\.bmp$/, "the file is damaged on purpose, and incomplete pictures are refused (`DARKROOM_ACCEPT_DAMAGED` accepts some of them)"],
  [/\/(broken_data_stream|truncated_image)\.png$|\/ultrahdr\.jpg$/, "the file is cut off or damaged, and incomplete pictures are refused (`DARKROOM_ACCEPT_DAMAGED` accepts it)"],
  [/_orientation_\d\.webp$|_imagemagick_orientation\.png$/, "EXIF states the orientation, which the browser reads only in JPEG and AVIF"],
  [/\/(exif|exif_imagemagick|hopper|hopper-XYZ|hopper_webp)\.png$/, "a gamma of 1/2.2 is treated as sRGB's curve, for which editors write it, while the browser darkens shadows"],
  [/\/pil_sample_cmyk\.jpg$/, "inks without a profile: printed colours, where the browser shows pure ones"],
  [/\/app13\.jpg$/, "4 by 4 pixels, whose subsampled colours are interpolated in another way"],
  [/\/issue_2811\.gif$/, "the browser draws nothing of a damaged file, although all pixels are present"],
  [/\/hopper_unexpected\.ico$/, "the browser counts the mask as half of the picture"],
  [/\/decompression_bomb\.ico$/, "a side of more than 16,384 pixels is refused"],
];

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
  for (const { name, verdict, reason } of files.filter(isOdd)) console.log(`${suite}/${name}: ${verdict}, ${reason}`);
}
console.log(table(suites));
if (report) await writeFile(report, page(suites));
if (suites.some(([, files]) => files.some((file) => isOdd(file) && !file.meant))) process.exitCode = 1;

/** Whether the browser draws something else. */
function isOdd({ verdict }) {
  return verdict === "different" || verdict === "refused";
}

/** Every file of a suite with its verdict. */
async function judge(page, suite) {
  const lines = (await readFile(join(folder, "ours", `${suite}.tsv`), "utf8")).trim().split("\n");
  const files = [];
  for (const line of lines) {
    const [name, code, said] = line.split("\t");
    const original = still(await readFile(join(folder, "originals", suite, name))).toString("base64");
    const ours = code === "ok" ? await readFile(join(folder, "ours", suite, `${name}.png`), "base64") : null;
    const meant = MEANT.find(([names]) => names.test(`${suite}/${name}`))?.[1];
    files.push({ name, ...verdict(await page.evaluate(compare, [original, ours]), code, said), meant });
  }
  return files;
}

/**
 * A PNG without the chunk that makes it an animation: a browser never shows the still image of an animation if the frames come after it, but a rendition shows the still image.
 */
function still(file) {
  if (file.readUInt32BE(0) !== 0x89504e47) return file;
  const kept = [file.subarray(0, 8)];
  for (let at = 8, end; at + 8 <= file.length; at = end) {
    end = at + 12 + file.readUInt32BE(at);
    if (file.toString("latin1", at + 4, at + 8) !== "acTL") kept.push(file.subarray(at, end));
  }
  return Buffer.concat(kept);
}

function verdict({ drawn, sizes, difference }, code, said) {
  if (!drawn) {
    return code === "ok"
      ? { verdict: "read, but not drawn by the browser", reason: said }
      : { verdict: "refused, and not drawn by the browser", reason: said };
  }
  if (code !== "ok") return { verdict: "refused", reason: said };
  if (sizes[0] !== sizes[1]) return { verdict: "different", reason: `size ${sizes[1]}, in the browser ${sizes[0]}` };
  if (difference > MAX_DIFFERENCE) return { verdict: "different", reason: `by ${difference.toFixed(1)} of 255` };
  return { verdict: "same", reason: "" };
}

/** Runs in the page: draws both on grey, so that transparency counts, and returns the mean difference of a channel. */
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
    const meant = files.filter((file) => isOdd(file) && file.meant).length;
    const rate = `${((100 * (count("same") + meant)) / drawn).toFixed(1)} %`;
    const rest = [count("read, but not drawn by the browser"), count("refused, and not drawn by the browser")];
    return [TITLES[suite] ?? suite, files.length, drawn, count("same"), meant, drawn - count("same") - meant, rate, ...rest];
  });
  const heads = [
    "suite", "files", "drawn by the browser", "the same", "different on purpose", "wrong", "pass rate",
    "not drawn, read by us", "not drawn, refused by us",
  ];
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function page(suites) {
  const odd = suites.flatMap(([suite, files]) => files.filter(isOdd).map((file) => ({ suite: TITLES[suite] ?? suite, ...file })));
  const reasons = new Map();
  for (const file of odd) {
    const reason = file.meant ?? `**wrong**: ${file.reason}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), `${file.suite}: \`${file.name}\``]);
  }
  return `# Formats: what we make of public suites

\`./dev check formats --update\` writes this page, and \`./dev check formats\` fails if a file is wrong. Every file of public suites of test images is converted to a PNG in full size
and drawn in Chromium beside the original, both on grey. Two pictures are the same when they have the same size and a channel differs by at most ${MAX_DIFFERENCE} of 255 in the mean.
Files that the browser does not draw (TIFF, and files that are damaged on purpose) cannot be compared, and are only counted.

${table(suites)}

A photo of high dynamic range and a HEIC photo of a phone in the gallery:

![Two pictures in the gallery: a bright day in HDR, and an evening in HEIC](images/gallery-hdr-heic.webp)

## Different on purpose

| why | files |
|---|---|
${[...reasons].map(([reason, files]) => `| ${reason} | ${files.join(", ")} |`).join("\n")}
`;
}
