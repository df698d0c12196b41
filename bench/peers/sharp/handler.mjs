// A custom handler for Azure Functions as a good Node programmer writes it: what `./dev bench` measures
// Darkroom against. It does the renditions of the default presets and only a small record: less
// than Darkroom does, never more. sharp, libvips and Node keep their own defaults throughout.

import http from 'node:http';
import sharp from 'sharp';

// presets.toml in sharp's terms. sharp's WebP effort stays at its default (4), as does its resize kernel
// (Lanczos3). mozjpeg's options are off by default; progressive and optimised Huffman tables
// are what Darkroom writes.
const contain = (side) => ({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
const presets = {
  thumb: (image) =>
    image.resize({ width: 250, height: 250, fit: 'cover', withoutEnlargement: true }).webp({ quality: 80 }),
  small: (image) => image.resize(contain(640)).webp({ quality: 80 }),
  medium: (image) => image.resize(contain(1280)).webp({ quality: 80 }),
  large: (image) =>
    image.resize(contain(1920)).jpeg({
      quality: 80,
      progressive: true,
      optimiseCoding: true,
      chromaSubsampling: '4:2:0',
    }),
};

/** Every rendition at once, each with a pipeline of its own: sharp's documented way to several sizes. */
async function render(original) {
  const renditions = Object.entries(presets).map(async ([name, preset]) => {
    const { data, info } = await preset(sharp(original).rotate()).toBuffer({ resolveWithObject: true });
    return { name, data, width: info.width, height: info.height };
  });
  return Promise.all(renditions);
}

/** The answer to one invocation: an output for each rendition, base64 as the host wants it, and a record. */
async function processMessage({ Data, Metadata }) {
  const name = JSON.parse(Metadata.Key);
  const original = Buffer.from(Data.original, 'base64');
  const record = { id: encodeURIComponent(name), bytes: original.length };
  try {
    const renditions = await render(original);
    const outputs = renditions.map(({ name, data }) => [name, data.toString('base64')]);
    record.status = 'processed';
    record.renditions = renditions.map(({ name, data, width, height }) => ({
      preset: name,
      width,
      height,
      bytes: data.length,
    }));
    return { Outputs: { record, ...Object.fromEntries(outputs) }, Logs: [] };
  } catch (error) {
    // sharp's errors are about the image: another try would not help.
    record.status = 'rejected';
    record.error = { code: 'corrupt', message: error.message };
    return { Outputs: { record }, Logs: [] };
  }
}

async function json(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function answer(response, status, type, body) {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

const about =
  `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}, Node.js ${process.versions.node}, ` +
  `sharp.concurrency() ${sharp.concurrency()}`;

const server = http.createServer(async (request, response) => {
  try {
    if (request.method === 'POST' && request.url === '/ProcessMessage') {
      const result = await processMessage(await json(request));
      answer(response, 200, 'application/json', JSON.stringify(result));
    } else if (request.method === 'GET' && request.url === '/') {
      answer(response, 200, 'text/plain', about);
    } else {
      answer(response, 404, 'text/plain', 'there is no such function');
    }
  } catch (error) {
    answer(response, 500, 'text/plain', error.message);
  }
});

server.listen(Number(process.env.FUNCTIONS_CUSTOMHANDLER_PORT), '127.0.0.1');
