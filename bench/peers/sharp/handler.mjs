// sharp as most people write it: what `./dev bench` measures Darkroom against. It does the renditions of the
// default presets and only a small record: less than Darkroom does, never more. sharp, libvips and Node keep
// their own defaults throughout.

import sharp from 'sharp';
import { serve } from './serve.mjs';

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

serve(render);
