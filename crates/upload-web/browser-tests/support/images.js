// Makes real images in the browser.

/** A picture with visible content, as the bytes of a file. Another seed gives another picture. */
export async function draw(page, { width = 800, height = 600, seed = 1, type = "image/jpeg" } = {}) {
  const base64 = await page.evaluate(async ({ width, height, seed, type }) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    const sky = context.createLinearGradient(0, 0, 0, height);
    sky.addColorStop(0, `hsl(${(seed * 67) % 360} 60% 45%)`);
    sky.addColorStop(1, `hsl(${(seed * 67 + 60) % 360} 70% 80%)`);
    context.fillStyle = sky;
    context.fillRect(0, 0, width, height);
    for (let hill = 0; hill < 4; hill++) {
      context.fillStyle = `hsl(${(seed * 31 + hill * 25) % 360} 35% ${45 - hill * 8}%)`;
      context.beginPath();
      context.moveTo(0, height);
      for (let x = 0; x <= width; x += 8) {
        const wave = Math.sin((x / width) * (3 + hill + seed % 5) + seed + hill * 2);
        context.lineTo(x, height * (0.5 + hill * 0.13) + wave * height * 0.07);
      }
      context.lineTo(width, height);
      context.fill();
    }
    context.fillStyle = "#fff3c4";
    context.beginPath();
    context.arc(width * (0.2 + (seed % 6) / 10), height * 0.22, height * 0.08, 0, 7);
    context.fill();
    const blob = await canvas.convertToBlob({ type, quality: 0.9 });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  }, { width, height, seed, type });
  return Buffer.from(base64, "base64");
}
