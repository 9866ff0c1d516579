// Draws public/icon-*.png, and with a folder of twelve pictures, and the number of units that they were taken from,
// public/preview.jpg: a page of the browser draws them onto canvases, and its document is read back (tools/pictures.sh).

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Sizes in pixels, and how much of it the drawing takes: systems cut a maskable icon to any shape that holds a circle of 80 %,
 * in which the drawing, whose own margin is an eighth, fits with 75 %.
 */
const ICONS = [
  { name: "icon-180.png", size: 180, part: 1 },
  { name: "icon-192.png", size: 192, part: 1 },
  { name: "icon-512.png", size: 512, part: 1 },
  { name: "icon-maskable-512.png", size: 512, part: 0.75 },
];
/** The preview: its pixels are 1200 × 630, which most sites show uncut; its pictures stand in four columns and three rows. */
const [COLUMNS, ROWS] = [4, 3];

/** A file as an address that holds it. */
function inline(path, type) {
  return `data:${type};base64,${readFileSync(path).toString("base64")}`;
}

/** What a page has to draw. */
function orders(folder, units) {
  const icon = inline("public/icon.svg", "image/svg+xml");
  const [, background] = /fill="(#[0-9a-f]+)" d="M0 0h8v8/.exec(readFileSync("public/icon.svg", "utf8"));
  const icons = ICONS.map((order) => ({ ...order, icon, background }));
  if (!folder) return { icons };
  const html = readFileSync("index.html", "utf8");
  const pictures = readdirSync(folder).filter((name) => name.endsWith(".png")).sort();
  if (pictures.length !== COLUMNS * ROWS) throw new Error(`${folder} has ${pictures.length} pictures, not ${COLUMNS * ROWS}.`);
  return {
    icons,
    preview: {
      title: /<title>(.*)<\/title>/.exec(html)[1],
      lines: ["Pick a neuron of an image", "network, and watch the image it", "prefers grow in your browser."],
      note: [`${COLUMNS * ROWS} of ${units} neurons at even`, "distances, not picked by eye"],
      pictures: pictures.map((name) => inline(join(folder, name), "image/png")),
      columns: COLUMNS,
      icon,
    },
  };
}

/** Runs in the page once its images are there: draws all that is ordered, and leaves it in the document. */
function draw({ icons, preview }) {
  for (const script of document.scripts) script.remove();
  const images = new Map(Array.from(document.images, (image) => [image.src, image]));
  const canvas = (width, height) => Object.assign(document.createElement("canvas"), { width, height });
  const leave = (name, address) => {
    const left = document.createElement("pre");
    left.dataset.name = name;
    left.textContent = address;
    document.body.append(left);
  };
  for (const { name, size, part, icon, background } of icons) {
    const drawn = canvas(size, size);
    const context = drawn.getContext("2d");
    context.fillStyle = background;
    context.fillRect(0, 0, size, size);
    context.drawImage(images.get(icon), (size * (1 - part)) / 2, (size * (1 - part)) / 2, size * part, size * part);
    leave(name, drawn.toDataURL("image/png"));
  }
  if (preview) {
    const drawn = canvas(1200, 630);
    const context = drawn.getContext("2d");
    context.fillStyle = "#131210";
    context.fillRect(0, 0, 1200, 630);
    context.imageSmoothingQuality = "high";
    const [tile, gap, left] = [190, 10, 1200 - 25 - 4 * 200 + 10];
    for (const [index, picture] of preview.pictures.entries()) {
      const [column, row] = [index % preview.columns, Math.floor(index / preview.columns)];
      context.drawImage(images.get(picture), left + column * (tile + gap), 20 + row * (tile + gap), tile, tile);
    }
    context.drawImage(images.get(preview.icon), 40, 60, 80, 80);
    context.fillStyle = "#f7f5f0";
    context.font = "600 50px system-ui, sans-serif";
    let line = "";
    let y = 220;
    for (const word of [...preview.title.split(" "), ""]) {
      if (word === "" || context.measureText(`${line} ${word}`).width > left - 70) {
        context.fillText(line, 40, y);
        [line, y] = [word, y + 60];
      } else line = line ? `${line} ${word}` : word;
    }
    context.font = "20px system-ui, sans-serif";
    context.fillStyle = "#c9c3b5";
    for (const [index, text] of preview.lines.entries()) context.fillText(text, 40, y + 20 + index * 30);
    context.font = "15px system-ui, sans-serif";
    context.fillStyle = "#8f897c";
    for (const [index, text] of preview.note.entries()) context.fillText(text, 40, 575 + index * 22);
    leave("preview.jpg", drawn.toDataURL("image/jpeg", 0.85));
  }
}

const work = mkdtempSync(join(tmpdir(), "pictures-"));
try {
  const page = join(work, "page.html");
  const ordered = orders(...process.argv.slice(2));
  const needed = [ordered.icons[0].icon, ...(ordered.preview?.pictures ?? [])];
  const images = needed.map((address) => `<img src="${address}" />`).join("");
  const script = `window.onload = () => (${draw})(${JSON.stringify(ordered)});`;
  writeFileSync(page, `<!doctype html><meta charset="utf-8" /><body>${images}<script>${script}</script></body>`);
  const options = ["--headless=new", "--no-sandbox", "--disable-gpu", `--user-data-dir=${join(work, "profile")}`];
  const read = ["--dump-dom", pathToFileURL(page).href];
  const document = execFileSync(process.env.CHROMIUM, [...options, ...read], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const left = [...document.matchAll(/<pre data-name="([^"]+)">data:[^,]+,([^<]+)<\/pre>/g)];
  if (left.length < ICONS.length + Number(process.argv.length > 2)) throw new Error("The browser has not drawn all of it.");
  for (const [, name, content] of left) {
    const bytes = Buffer.from(content, "base64");
    writeFileSync(join("public", name), bytes);
    console.error(`public/${name}: ${bytes.length} bytes`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
