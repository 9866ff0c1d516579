// The engine's worker, as far as it is not Rust: brings the engine in and steps aside.
//
// The page starts it as a module worker, `worker.js?bytes=N&version=V`: the size of engine_bg.wasm, which the page counts
// in (a server that compresses announces another size or none), and the engine's version, so that a browser never joins an
// old half of the engine from its cache with a new one. Then the page sends its requests at once. They are kept here
// until the engine is up: `init` runs the engine's `main`, which puts its own handler in place of the one below before
// `init` returns, and gets what was kept through it, in order. Until then this script speaks for the engine, with the
// same events (src/engine/protocol.rs).

const early = [];
self.onmessage = (event) => early.push(event);

const asked = new URL(self.location.href).searchParams;
const total = Number(asked.get("bytes")) || 0;
const version = encodeURIComponent(asked.get("version") ?? "");
const script = `./engine.js?v=${version}`;
const program = `./engine_bg.wasm?v=${version}`;
/** The page hears of progress whenever this many more bytes have come. */
const PROGRESS_BYTES = 256 * 1024;

const OLD_BROWSER =
  "This browser cannot run the engine. It takes Chrome or Edge 91, Firefox 114, Safari 16.4, or anything newer.";
const missing = (file) =>
  `The engine’s file ${file} is missing on the server. The site has to be put there as a whole; then press Run.`;
const aPage = (file) =>
  `The server answered with a web page instead of the engine’s file ${file}. Check how the site is hosted, then press Run.`;
const unreachable = (file, reason) =>
  `The engine’s file ${file} could not be fetched: ${reason}. Check the connection, then press Run.`;
const broken = (reason) =>
  `The engine could not be started: ${reason}. A file may not have arrived whole; press Run to fetch it again.`;

/** A failure that already is a sentence for people. */
class Failure extends Error {}

/** The smallest program that uses SIMD: one function that fills a vector. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

try {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(SIMD)) throw new Failure(OLD_BROWSER);
  const response = get(program, "engine_bg.wasm");
  response.catch(() => {}); // told below, should the script fail first
  const { default: init } = await import(script).catch(explain);
  await init({ module_or_path: counted(await response) });
  for (const event of early) self.onmessage(event);
} catch (error) {
  console.error(error);
  const message = error instanceof Failure ? error.message : broken(error?.message ?? String(error));
  self.postMessage({ Failed: { message, fatal: true, graphics: false } });
}

/** Fetches a file of the engine, or says why that failed. */
async function get(address, name) {
  const response = await fetch(address).catch((error) => {
    throw new Failure(unreachable(name, error.message));
  });
  if (response.status === 404 || response.status === 410) throw new Failure(missing(name));
  if (!response.ok) throw new Failure(unreachable(name, `the server answered with status ${response.status}`));
  if (response.headers.get("content-type")?.startsWith("text/html")) throw new Failure(aPage(name));
  return response;
}

/** Why the script cannot be imported: the browser does not tell, so the file is looked at. */
async function explain(error) {
  await get(script, "engine.js");
  throw error;
}

/** The same response, its bytes counted as they pass. */
function counted(response) {
  let loaded = 0;
  let told = 0;
  const tell = () => {
    told = loaded;
    self.postMessage({ Progress: { part: "Engine", loaded, total: Math.max(total, loaded) } });
  };
  const counter = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      if (loaded - told >= PROGRESS_BYTES) tell();
      controller.enqueue(chunk);
    },
    flush: tell,
  });
  return new Response(response.body.pipeThrough(counter), { headers: { "content-type": "application/wasm" } });
}
