// sharp as its experts write it: the original is decoded once, reduced while it is decoded, each size is made of
// the next larger one, and WebP is written with the effort that Darkroom uses. The cache, which never hits, is off.

import sharp from 'sharp';
import { serve } from './serve.mjs';

const EFFORT = 2;

sharp.cache(false);

const raw = (image) => image.raw().toBuffer({ resolveWithObject: true });
const from = ({ data, info }) => sharp(data, { raw: info });
const contain = (image, side) => image.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
const webp = (image) => image.webp({ quality: 80, effort: EFFORT });

/** Encoding begins as soon as a size is there, and goes on while the next one is made. */
async function render(original) {
  const large = await raw(contain(sharp(original).rotate(), 1920));
  const encoded = [
    encode('large', from(large).jpeg({ quality: 80, progressive: true, optimiseCoding: true, chromaSubsampling: '4:2:0' })),
  ];
  const medium = await raw(contain(from(large), 1280));
  encoded.push(encode('medium', webp(from(medium))));
  const small = await raw(contain(from(medium), 640));
  encoded.push(encode('small', webp(from(small))));
  const thumb = from(small).resize({ width: 250, height: 250, fit: 'cover', withoutEnlargement: true });
  encoded.push(encode('thumb', webp(thumb)));
  return Promise.all(encoded);
}

async function encode(name, image) {
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { name, data, width: info.width, height: info.height };
}

serve(render);
