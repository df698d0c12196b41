// A custom handler for Azure Functions as a good Node programmer writes it; what makes renditions is handed in.

import http from 'node:http';
import sharp from 'sharp';

/** Serves `render`, which gets the bytes of an original and gives `[{ name, data, width, height }]`. */
export function serve(render) {
  const server = http.createServer(async (request, response) => {
    try {
      if (request.method === 'POST' && request.url === '/ProcessMessage') {
        const result = await processMessage(await json(request), render);
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
}

/** The answer to one invocation: an output for each rendition, base64 as the host wants it, and a record. */
async function processMessage({ Data, Metadata }, render) {
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
