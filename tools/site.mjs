// Trunk's last step (Trunk.toml, post_build): completes the site that is about to become dist/. It adds public/ as it
// is, the style sheets of src/page as one, the parts of the page's program, the languages, the list of lessons, and of weights/ what a visitor needs:
// each pack's description, the files that it names, and the notices. And it writes into index.html what the page must
// know of the engine before fetching it, and into the engine's script what that must know of itself.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const site = process.env.TRUNK_STAGING_DIR;
if (!site) fail("TRUNK_STAGING_DIR is not set: Trunk runs this script; use make dist.");

const index = join(site, "index.html");
let html = readFileSync(index, "utf8");
if (existsSync("public")) cpSync("public", site, { recursive: true });
joinStyles("src/page");
copyPacks("weights", join(site, "weights"));
listLessons("public/lessons", join(site, "lessons"));
/** Of programs whose files always have the same names, by these. */
const versions = {};
describeProgram("engine", copyThreads(process.env.THREADS));
describeProgram("importer", "");
addParts(process.env.PARTS);
fillInLanguages("src/words/languages");
renewStart();
if (process.env.SITE_URL) placeAt(process.env.SITE_URL);
writeFileSync(index, html);
describeSite();

/** Ends the build with a sentence. */
function fail(sentence) {
  console.error(`error: ${sentence}`);
  process.exit(1);
}

/**
 * Joins the page's style sheets to one file, so that one request brings them before the first paint: the page's own, then
 * those of the parts, then those of the rooms.
 */
function joinStyles(page) {
  const sheets = [join(page, "style.css"), ...styleSheets(join(page, "parts")), ...styleSheets(join(page, "rooms"))];
  const style = sheets.map((sheet) => readFileSync(sheet, "utf8")).join("\n");
  const name = `style-${hash(style)}.css`;
  writeFileSync(join(site, name), style);
  replace(/(<link rel="stylesheet" href=")style\.css(")/, name, 'link to "style.css"');
}

/** The style sheets in a folder and in its folders, by name. */
function styleSheets(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return styleSheets(path);
    return entry.name.endsWith(".css") ? [path] : [];
  });
}

function copyPacks(from, to) {
  mkdirSync(to, { recursive: true });
  for (const notice of ["NOTICE", "LICENSE-APACHE"]) {
    if (existsSync(join(from, notice))) cpSync(join(from, notice), join(to, notice));
  }
  const packs = [];
  for (const pack of readdirSync(from).sort()) {
    const manifest = join(from, pack, "pack.json");
    if (!existsSync(manifest)) continue; // recipe/ is no pack
    const description = JSON.parse(readFileSync(manifest, "utf8"));
    packs.push({ name: description.name, title: description.title });
    mkdirSync(join(to, pack), { recursive: true });
    cpSync(manifest, join(to, pack, "pack.json"));
    for (const entry of namedFiles(description)) copyNamed(manifest, entry, join(from, pack), join(to, pack));
  }
  // A static host has no list of its folders, so the packs that the page offers stand in a file.
  writeFileSync(join(to, "packs.json"), JSON.stringify(packs));
}

/** Writes the list of the lessons, by their numbers: a static host has no list of its folders. */
function listLessons(from, to) {
  if (!existsSync(from)) return;
  const lessons = readdirSync(from).filter((file) => file.endsWith(".json")).map((file) => {
    const { number, title, about, minutes } = JSON.parse(readFileSync(join(from, file), "utf8"));
    return { number, name: basename(file, ".json"), title, about, minutes };
  });
  lessons.sort((a, b) => a.number - b.number);
  const entries = lessons.map(({ number, ...entry }) => entry);
  writeFileSync(join(to, "index.json"), JSON.stringify(entries));
}

/** The files that a pack's description names, as `FileEntry` of src/pack/manifest.rs has them: name, size and checksum. */
function namedFiles(value) {
  if (value === null || typeof value !== "object") return [];
  const { file, bytes, sha256 } = value;
  if (typeof file === "string" && typeof bytes === "number" && typeof sha256 === "string") return [value];
  return Object.values(value).flatMap(namedFiles);
}

/** Copies a file that a pack's description names, if it is what the description says. */
function copyNamed(manifest, { file, bytes, sha256 }, from, to) {
  if (file !== basename(file)) fail(`${manifest} names "${file}", which is not a file of its own folder.`);
  const path = join(from, file);
  if (!existsSync(path)) fail(`${manifest} names ${file}, but ${path} does not exist. Put it there, or take it out of pack.json.`);
  const content = readFileSync(path);
  if (content.length !== bytes || createHash("sha256").update(content).digest("hex") !== sha256) {
    fail(`${path} is not the file that ${manifest} describes: its size or its checksum is another.`);
  }
  writeFileSync(join(to, file), content);
}

/**
 * Adds the parts of the page's program that are fetched as they are wanted (tools/bin/wasm-bindgen), and the script that fetches
 * them. It and the page's script name each other, so these and the program have names that change with any of them: Trunk's are of
 * what the compiler made, before it was split.
 */
function addParts(from) {
  const [page] = /page-[0-9a-f]+\.js/.exec(html) ?? [];
  const script = page ? readFileSync(join(site, page), "utf8") : "";
  if (!from && !script.includes("__wasm_split")) return;
  if (!page) fail("index.html has no page-….js.");
  if (!from) fail("the page's program has parts, and PARTS does not say where they are; use make dist.");
  const wasm = page.replace(".js", "_bg.wasm");
  const files = readdirSync(from).filter((file) => file.endsWith(".wasm")).sort();
  const link = readFileSync(join(from, "__wasm_split.js"), "utf8");
  if (files.length === 0) fail(`there are no parts of the page's program in ${from}.`);
  const contents = [...files.map((file) => join(from, file)), join(site, wasm)].map((file) => readFileSync(file));
  const version = hash(script, link, ...contents);
  const [folder, name] = [`parts-${version}`, `page-${version}.js`];
  mkdirSync(join(site, folder));
  for (const file of files) cpSync(join(from, file), join(site, folder, file));
  // Not every host knows what type a program has, and streaming would insist on it.
  const fetched = "WebAssembly.instantiateStreaming(src, imports)";
  const taken = "src.then((response) => response.arrayBuffer()).then((bytes) => WebAssembly.instantiate(bytes, imports))";
  // And nobody waits for one for ever; browsers that have no such clock do.
  const bounded = "import.meta.url), { signal: AbortSignal.timeout?.(120000) })";
  const changes = [['"./page.js"', `"../${name}"`], [fetched, taken], ["import.meta.url))", bounded]];
  const renewed = changes.reduce((text, [before, after]) => renamed(text, before, after), link);
  writeFileSync(join(site, folder, "parts.js"), renewed);
  // The program goes on to call it what it did.
  const linked = renamed(script, 'from "./__wasm_split.js"', `from "./${folder}/parts.js"`);
  writeFileSync(join(site, name), linked);
  rmSync(join(site, page));
  renameSync(join(site, wasm), join(site, `page-${version}_bg.wasm`));
  html = html.replaceAll(page.replace(".js", ""), `page-${version}`);
  const preload = new RegExp(`(<link rel="modulepreload" href="[^"]*${name}" />)()`);
  replace(preload, `<link rel="modulepreload" href="./${folder}/parts.js" />`, "modulepreload of the page");
  // For what the script that starts the page says where it does not start.
  replace(/(<script [^>]*data-page="[^"]*")()/, ` data-parts="./${folder}/parts.js"`, "script with data-page");
}

/** A script with another name in place of one that it must have. */
function renamed(script, before, after) {
  if (!script.includes(before)) fail(`the page's script, or that of its parts, has no ${before}.`);
  return script.replaceAll(before, () => after);
}

/** Copies what computes by threads into a folder whose name changes with it, and tells that name; "" where there is none. */
function copyThreads(from) {
  if (!from) return "";
  const name = `threads-${hash(...["threads_bg.wasm", "threads.js"].map((file) => readFileSync(join(from, file))))}`;
  cpSync(from, join(site, name), { recursive: true });
  return name;
}

/**
 * `engine-bytes`: the size of what the page will count in, because a server that compresses announces another length or
 * none. `engine-version`: changes whenever the engine does, to be asked for as `engine.js?v=…`, because the engine's file
 * names are always the same, and a browser might join an old half from its cache with a new one. The engine itself is told
 * its version too, so that it can greet the page with it: a page that was opened before the site was renewed asks for the
 * version it knows, and gets what is there. And it is told where the threads are, if there are any. The importer likewise.
 */
function describeProgram(name, threads) {
  const wasm = readFileSync(join(site, `${name}_bg.wasm`));
  const script = readFileSync(join(site, `${name}.js`), "utf8");
  const version = hash(wasm, script, threads);
  const told = `export const version = "${version}";\nexport const threads = "${threads}";\n`;
  writeFileSync(join(site, `${name}.js`), `${script}\n${told}`);
  setMeta(`${name}-bytes`, String(wasm.length));
  setMeta(`${name}-version`, version);
  versions[name] = version;
}

/**
 * Adds the languages, `TAG.txt` in their folder, under names that change with them, and tells them to the script that starts
 * the page: where they are, how many letters one has, and those sentences that the script itself says. `classes/TAG.txt` are
 * the names of classes in a language, for those that need not be told in English.
 */
function fillInLanguages(folder) {
  const add = (file, kind, tag) => {
    const content = readFileSync(file, "utf8");
    const name = `${kind}-${tag}-${hash(content)}.txt`;
    writeFileSync(join(site, name), content);
    return { name, content };
  };
  const languages = {};
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(".txt")) continue;
    const tag = basename(file, ".txt");
    const { name, content } = add(join(folder, file), "words", tag);
    const classes = join(folder, "classes", file);
    const said = [...content.matchAll(/^start\.(\w+) = (.*)$/gm)].map(([, key, text]) => [key, text]);
    languages[tag] = {
      words: name,
      letters: content.length,
      classes: existsSync(classes) ? add(classes, "classes", tag).name : "",
      said: Object.fromEntries(said),
    };
  }
  const start = join(site, "start.js");
  const script = readFileSync(start, "utf8");
  const place = "const LANGUAGES = {};";
  if (!script.includes(place)) fail(`public/start.js has no “${place}” to fill in.`);
  writeFileSync(start, script.replace(place, () => `const LANGUAGES = ${JSON.stringify(languages)};`));
}

/** The script that starts the page has a name that never changes, too. */
function renewStart() {
  const version = hash(readFileSync(join(site, "start.js")));
  replace(/(<script [^>]*src="[^"]*start\.js)(")/, `?v=${version}`, "script start.js (pattern_script in Trunk.toml)");
}

/**
 * Tells the service worker which files the site has: the page's own, which it keeps, and programs, with which lessons
 * go. Not those of packs, which their descriptions name, nor what only hosts and other sites look at.
 */
function describeSite() {
  const worker = join(site, "sw.js");
  if (!existsSync(worker)) return;
  const [page, programs] = [{}, {}];
  for (const path of readdirSync(site, { recursive: true }).map((path) => path.replaceAll("\\", "/")).sort()) {
    if (!statSync(join(site, path)).isFile() || /^weights\/|^sw\.js$|^preview\.|^_/.test(path)) continue;
    const content = readFileSync(join(site, path));
    const isProgram = /^(engine|importer)(_bg\.wasm|\.js)$|^(threads-|lessons\/)/.test(path);
    const entry = [createHash("sha256").update(content).digest("hex"), content.length];
    const version = versions[path.replace(/(_bg\.wasm|\.js)$/, "")];
    // As worker.js asks for it, so that what the browser has of it serves both.
    (isProgram ? programs : page)[path] = isProgram && version ? [...entry, `?v=${version}`] : entry;
  }
  let script = readFileSync(worker, "utf8");
  for (const [name, files] of Object.entries({ PAGE: page, PROGRAMS: programs })) {
    const empty = `const ${name} = {};`;
    if (!script.includes(empty)) fail(`public/sw.js has no "${empty}" to fill in.`);
    script = script.replace(empty, () => `const ${name} = ${JSON.stringify(files)};`);
  }
  writeFileSync(worker, script);
}

/** Makes the addresses whole that other sites read of this one. */
function placeAt(address) {
  const site = URL.canParse(address) ? new URL(address) : undefined;
  if (!site || !/^https?:$/.test(site.protocol)) fail(`SITE_URL is "${address}", which is not the address of a site.`);
  if (!site.pathname.endsWith("/")) site.pathname += "/";
  for (const property of ["og:url", "og:image"]) {
    const found = new RegExp(`<meta property="${property}" content="([^"]*)"`).exec(html);
    const whole = found ? new URL(found[1], site).href : "";
    const pattern = new RegExp(`(<meta property="${property}" content=")[^"]*(")`);
    replace(pattern, whole.replaceAll("&", "&amp;"), `<meta property="${property}" content="…">`);
  }
}

/** What tells one content from another in a name. */
function hash(...contents) {
  const sum = createHash("sha256");
  for (const content of contents) sum.update(content);
  return sum.digest("hex").slice(0, 16);
}

function setMeta(name, content) {
  replace(new RegExp(`(<meta name="${name}" content=")[^"]*(")`), content, `<meta name="${name}" content="…">`);
}

/** Puts a text between the two groups of a pattern in index.html. */
function replace(pattern, text, what) {
  if (!pattern.test(html)) fail(`index.html has no ${what} to fill in.`);
  html = html.replace(pattern, (_, before, after) => before + text + after);
}
