// Trunk's last step (Trunk.toml, post_build): completes the site that is about to become dist/. It adds public/ as it is,
// and of weights/ what a visitor needs: each pack's description, the files it names, and the notices.
// And it writes into index.html what the page must know of the engine before fetching it, and into the engine's script
// what that must know of itself.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const site = process.env.TRUNK_STAGING_DIR;
if (!site) throw new Error("TRUNK_STAGING_DIR is not set: Trunk runs this script; use make dist");

if (existsSync("public")) cpSync("public", site, { recursive: true });
copyPacks("weights", join(site, "weights"));
describeEngine();
renewStart();

function copyPacks(from, to) {
  mkdirSync(to, { recursive: true });
  const notice = (folder) =>
    ["NOTICE", "LICENSE-APACHE"].map((name) => join(folder, name)).filter((file) => existsSync(join(from, file)));
  for (const file of notice("")) cpSync(join(from, file), join(to, file));
  const packs = [];
  for (const pack of readdirSync(from)) {
    const manifest = join(from, pack, "pack.json");
    if (!existsSync(manifest)) continue; // recipe/ is no pack
    const description = JSON.parse(readFileSync(manifest, "utf8"));
    packs.push({ name: description.name, title: description.title });
    const files = fileNames(description);
    for (const file of files) {
      if (file !== basename(file)) throw new Error(`${manifest} names "${file}", which is not a file of its own folder`);
    }
    mkdirSync(join(to, pack), { recursive: true });
    for (const file of ["pack.json", ...files].map((name) => join(pack, name)).concat(notice(pack))) {
      cpSync(join(from, file), join(to, file));
    }
  }
  // A static host has no list of its folders, so the packs that the page offers stand in a file.
  writeFileSync(join(to, "packs.json"), JSON.stringify(packs));
}

/** Every `"file": "…"` in a pack's description, at whatever depth. */
function fileNames(value) {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "file" && typeof inner === "string" ? [inner] : fileNames(inner),
  );
}

/**
 * `engine-bytes`: the size of what the page will count in, because a server that compresses announces another length or
 * none. `engine-version`: changes whenever the engine does, to be asked for as `engine.js?v=…`, because the engine's file
 * names are always the same, and a browser might join an old half from its cache with a new one. The engine itself is told
 * its version too, so that it can greet the page with it: a page that was opened before the site was renewed asks for the
 * version it knows, and gets what is there.
 */
function describeEngine() {
  const wasm = readFileSync(join(site, "engine_bg.wasm"));
  const script = readFileSync(join(site, "engine.js"), "utf8");
  const version = hash(wasm, script);
  writeFileSync(join(site, "engine.js"), `${script}\nexport const version = "${version}";\n`);
  editIndex((html) => setMeta(setMeta(html, "engine-bytes", String(wasm.length)), "engine-version", version));
}

/** The script that starts the page has a name that never changes, too. */
function renewStart() {
  const version = hash(readFileSync(join(site, "start.js")));
  const source = /(<script [^>]*src="[^"]*start\.js)(")/;
  editIndex((html) => {
    if (!source.test(html)) throw new Error("index.html does not load start.js: see pattern_script in Trunk.toml");
    return html.replace(source, `$1?v=${version}$2`);
  });
}

function editIndex(edit) {
  const index = join(site, "index.html");
  writeFileSync(index, edit(readFileSync(index, "utf8")));
}

/** A version: other contents have another. */
function hash(...contents) {
  const sum = createHash("sha256");
  for (const content of contents) sum.update(content);
  return sum.digest("hex").slice(0, 16);
}

function setMeta(html, name, content) {
  const tag = new RegExp(`(<meta name="${name}" content=")[^"]*(")`);
  if (!tag.test(html)) throw new Error(`index.html has no <meta name="${name}" content="…"> to fill in`);
  return html.replace(tag, `$1${content}$2`);
}
