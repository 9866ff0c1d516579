// The service worker: keeps the site for use without a network.
//
// What is kept is found by its content: the build writes down each file of the site with its SHA-256, a pack's description
// names its files with theirs, and nothing enters the store that has another. So a page is never put together of two
// versions, a file that a new version has unchanged isn't fetched again, and a site that is being renewed while it is
// installed is not installed, and tried again later.
//
// The page's own files are kept when this is installed; programs and the files of packs as they pass, and all of a pack
// when the page asks for it. A new version waits until the page is opened or loaded anew (start.js tells it). Whatever fails
// here (no room, storage that the browser does not give) leaves the page to the network.
//
// It also gives pages the two headers by which browsers let them compute by threads, as many hosts can't send any.

/** The site's files by their paths: SHA-256 and size in bytes. The build fills these in (tools/site.mjs). */
const PAGE = {};
/** The same of programs, which are fetched when they are needed; and what versions are asked for by. */
const PROGRAMS = {};

const scope = self.registration.scope;
/** Others' pages of the same host have their own. */
const STORE = `dgn ${scope}`;
/** What tells of packs: asked for anew each time, as long as there is a network. */
const DESCRIPTION = /^weights\/(packs|[^/]+\/pack)\.json$/;
/** Milliseconds that a host may take to answer where an answer is kept. */
const LONGEST_WAIT = 4000;
/** The page hears of progress whenever this many more bytes have come. */
const PROGRESS_BYTES = 256 * 1024;

/** Whether this has been sent away, so that nothing is kept any more for the page that is still open. */
let removed = false;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(clear().finally(() => self.clients.claim())));
self.addEventListener("message", (event) => event.waitUntil(hear(event.data, (told) => event.source?.postMessage(told))));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (removed || request.method !== "GET" || !url.href.startsWith(scope) || request.headers.has("range")) return;
  if (request.mode === "navigate" && url.searchParams.get("sw") === "off") return;
  const path = pathOf(url);
  event.respondWith(DESCRIPTION.test(path) ? describe(path, request) : answer(event, path, request));
});

/** A file's path below the page's; the page itself has a name too. */
function pathOf(url) {
  return url.pathname.slice(new URL(scope).pathname.length) || "index.html";
}

/** What a store knows a file by. */
function key([sha256]) {
  return `${scope}kept/${sha256}`;
}

async function install() {
  const store = await caches.open(STORE);
  await Promise.all(Object.entries(PAGE).map(([path, entry]) => fetchKept(store, path, entry)));
}

/** Forgets what neither this version nor any pack names. */
async function clear() {
  const store = await caches.open(STORE);
  const named = [...Object.values(PAGE), ...Object.values(PROGRAMS)];
  const kept = await store.keys();
  const descriptions = kept.filter(({ url }) => DESCRIPTION.test(pathOf(new URL(url))));
  for (const { url } of descriptions) named.push(...Object.values(await filesOf(store, pathOf(new URL(url)))));
  const wanted = new Set([...named.map(key), ...descriptions.map(({ url }) => url)]);
  await Promise.all(kept.filter(({ url }) => !wanted.has(url)).map((request) => store.delete(request)));
}

/** What is kept of a file, or what the network says, which is kept if it is what it should be. */
async function answer(event, path, request) {
  const [store, entry] = await known(path).catch(() => []);
  const kept = entry && (await store.match(key(entry)).catch(() => undefined));
  if (kept) return isolated(kept);
  const response = await fetch(request);
  if (entry && response.ok) {
    const copy = response.clone();
    event.waitUntil(keep(store, entry, copy, () => {}).catch(() => {}));
  }
  return isolated(response);
}

/** The store, and what a file should be: of the site, or of a pack whose description is kept. */
async function known(path) {
  if (await isGone()) return [];
  const store = await caches.open(STORE);
  const site = [PAGE, PROGRAMS].find((files) => Object.hasOwn(files, path))?.[path];
  const [, pack] = path.match(/^weights\/([^/]+)\//) ?? [];
  return [store, site ?? (pack && (await filesOf(store, `weights/${pack}/pack.json`))[path])];
}

/** A description as the host has it; as it is kept, where the host has none or does not answer. */
async function describe(path, request) {
  const store = await isGone().then((gone) => (gone ? undefined : caches.open(STORE))).catch(() => undefined);
  const kept = await store?.match(`${scope}${path}`).catch(() => undefined);
  try {
    const response = await (kept ? inTime(fetch(request)) : fetch(request));
    if (!response.ok || isPage(response)) return isolated(kept && response.status !== 404 ? kept : response);
    // It is there before the files that it names are asked for; an answer that is no description changes nothing.
    const bytes = await response.arrayBuffer();
    JSON.parse(new TextDecoder().decode(bytes));
    await store?.put(`${scope}${path}`, copied(bytes, response)).catch(() => {});
    return isolated(copied(bytes, response));
  } catch (error) {
    if (kept) return isolated(kept);
    throw error;
  }
}

/** The files that a pack's kept description names, by their paths. */
async function filesOf(store, path, accepted = () => true) {
  const description = await store.match(`${scope}${path}`).then((kept) => kept?.json()).catch(() => undefined);
  const folder = path.replace(/[^/]*$/, "");
  const files = {};
  const collect = (value, key) => {
    if (value === null || typeof value !== "object" || !accepted(value, key)) return;
    const { file, bytes, sha256 } = value;
    if (typeof file === "string" && typeof bytes === "number" && typeof sha256 === "string") {
      files[folder + file] = [sha256, bytes];
    } else {
      Object.entries(value).forEach(([key, value]) => collect(value, key));
    }
  };
  collect(description, "");
  return files;
}

/** Why a file can't be kept, as the page is told (src/page/browser/offline.rs). */
class Failure extends Error {
  constructor(told) {
    super(JSON.stringify(told));
    this.told = told;
  }
}

/** Fetches a file into the store, unless it is there. */
async function fetchKept(store, path, entry, options = { cache: "no-cache" }, count = () => {}) {
  if (await store.match(key(entry))) return;
  const [, , version = ""] = entry;
  const response = await fetch(scope + path + version, options).catch(() => {
    throw new Failure({ Unreachable: path });
  });
  if (!response.ok || isPage(response) !== path.endsWith(".html")) throw new Failure({ Missing: path });
  await keep(store, entry, response, count, path).catch((error) => {
    // The connection may have ended midway.
    throw error instanceof Failure ? error : new Failure({ Unreachable: path });
  });
}

/** Keeps a response if it is what it should be. */
async function keep(store, [sha256, size], response, count, path = "") {
  const bytes = new Uint8Array(size);
  let length = 0;
  const reader = response.body.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    if (length + step.value.length > size) {
      reader.cancel().catch(() => {});
      throw new Failure({ Renewed: path });
    }
    bytes.set(step.value, length);
    length += step.value.length;
    count(step.value.length);
  }
  if (length !== size || (await digest(bytes)) !== sha256) throw new Failure({ Renewed: path });
  await store.put(key([sha256]), copied(bytes, response)).catch(() => {
    throw new Failure("NoRoom");
  });
}

async function digest(bytes) {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A response of the same kind that has these bytes, as they are. */
function copied(bytes, response) {
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.set("content-length", bytes.byteLength);
  return new Response(bytes, { headers });
}

/** A response with the headers by which a page is isolated from others, as threads need it. */
function isolated(response) {
  if (response.type === "opaqueredirect" || response.type === "error" || response.headers.has("cross-origin-opener-policy")) {
    return response;
  }
  const headers = new Headers(response.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

function isPage(response) {
  return /^text\/html/.test(response.headers.get("content-type"));
}

/** What comes in time. */
function inTime(promise) {
  return Promise.race([promise, new Promise((_, reject) => setTimeout(reject, LONGEST_WAIT, new Error("too late")))]);
}

/** Does what the page asks for, and tells it what it is to know. */
async function hear({ ask, pack, classifier }, tell) {
  if (ask === "Renew") return self.skipWaiting();
  if (ask === "Remove") return remove();
  try {
    if (await isGone()) return;
    const store = await caches.open(STORE);
    if (ask === "Keep") await keepPack(store, await filesFor(store, pack), tell);
    // What this page has used already passed without coming by here, before this was installed; most is still in the browser's
    // other store. Nobody has asked for it, so nobody is told what of it fails.
    if (ask === "Used") {
      await keepPack(store, await filesFor(store, pack, classifier), () => {}, { cache: "force-cache" }).catch(() => {});
    }
    const told = { State: await state(store, pack) };
    if (!removed) tell(told);
  } catch (error) {
    if (!removed && ask === "Keep") tell({ Failed: error instanceof Failure ? error.told : "NoRoom" });
  }
}

/** Whether the store was deleted, which a service worker that the browser has started anew has forgotten. */
async function isGone() {
  removed ||= !(await caches.has(STORE));
  return removed;
}

/** Goes away, with all that is kept, and tells all pages. */
async function remove() {
  removed = true;
  await self.registration.unregister();
  await caches.delete(STORE).catch(() => {});
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) {
    if (client.url.startsWith(scope)) client.postMessage("Removed");
  }
}

/** What a page needs for a pack, or for one of its classifiers. */
async function filesFor(store, pack, classifier) {
  const path = `weights/${pack}/pack.json`;
  for (const wanted of ["weights/packs.json", path]) {
    if (await store.match(scope + wanted)) continue;
    const response = await describe(wanted, new Request(scope + wanted)).catch(() => undefined);
    if (!response?.ok) throw new Failure({ Unreachable: wanted });
  }
  const files = { ...PROGRAMS, ...(await filesOf(store, path)) };
  if (!classifier) return files;
  // Others have weights and names of classes; pictures that were drawn beforehand, or are real, and patches are not needed
  // for a run.
  const others = (value, key) => ["atlas", "examples", "natural"].includes(key) || (value.classes && value.name !== classifier);
  return { ...PROGRAMS, ...(await filesOf(store, path, (value, key) => !others(value, key))) };
}

async function keepPack(store, files, tell, options) {
  const missing = await missingOf(store, files);
  const total = bytesOf(missing);
  let loaded = 0;
  let told = 0;
  const count = (bytes) => {
    loaded += bytes;
    if (loaded - told < PROGRESS_BYTES) return;
    told = loaded;
    tell({ Progress: { loaded, total } });
  };
  tell({ Progress: { loaded, total } });
  for (const [path, entry] of missing) await fetchKept(store, path, entry, options, count);
}

/** Those files that are not kept. */
async function missingOf(store, files) {
  const found = await Promise.all(Object.values(files).map((entry) => store.match(key(entry))));
  return Object.entries(files).filter((_, index) => !found[index]);
}

function bytesOf(files) {
  return files.reduce((sum, [, [, bytes]]) => sum + bytes, 0);
}

/** Bytes that are kept in all, and those that a pack still lacks. */
async function state(store, pack) {
  const all = await Promise.all((await store.keys()).map((request) => store.match(request)));
  const kept = all.reduce((sum, response) => sum + Number(response?.headers.get("content-length") ?? 0), 0);
  const missing = bytesOf(await missingOf(store, await filesFor(store, pack)));
  return { pack, kept, missing };
}
