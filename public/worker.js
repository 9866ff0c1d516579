// The engine's worker, as far as it is not Rust: brings the engine in, and threads where the engine asks for them. The
// importer's worker too, whose program is another and comes in the same way.
//
// The page starts it as a module worker, `worker.js?program=engine&bytes=N&version=V`: the name of the program, the size of
// its engine_bg.wasm, which the page counts in (a server that compresses announces another size or none), and its version,
// so that a browser never joins an old half of the engine from its cache with a new one. What comes is of whatever version the server
// has, so the first that the page hears is which one that is. Then the page sends its requests at once. They are kept
// here until the engine is up: `init` runs the engine's `main`, which puts its own handler in place of the one below
// before `init` returns, and gets what was kept through it, in order. Until then this script speaks for the engine,
// with the same events (src/engine/protocol.rs, src/importer/protocol.rs); and again when the engine has ended for want of memory.

const early = [];
self.onmessage = (event) => early.push(event);

const asked = new URL(self.location.href).searchParams;
const total = Number(asked.get("bytes")) || 0;
const version = encodeURIComponent(asked.get("version") ?? "");
const name = asked.get("program") === "importer" ? "importer" : "engine";
const script = `./${name}.js?v=${version}`;
const program = `./${name}_bg.wasm?v=${version}`;
/** The page hears of progress whenever this many more bytes have come. */
const PROGRESS_BYTES = 256 * 1024;

/** Why a file of the engine is not there, as the page is told (`End` in src/engine/protocol.rs). */
class Failure extends Error {
  constructor(end) {
    super(JSON.stringify(end));
    this.end = end;
  }
}

/** Whether the engine has been refused memory. Its allocator calls this (src/engine/allocator.rs). */
let exhausted = false;
self.outOfMemory = () => {
  exhausted = true;
};

/** Whether that is the end of an engine that needs more memory than it gets. */
const isForMemory = (error) =>
  exhausted || (error instanceof RangeError && /memory|allocat/i.test(error.message));

// What ends the engine while it runs. Without memory it cannot say anything itself; of anything else the page is told by
// the browser, unless a promise has swallowed it.
self.addEventListener("error", (event) => {
  if (!isForMemory(event.error)) return;
  event.preventDefault();
  self.postMessage("OutOfMemory");
});
self.addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof WebAssembly.RuntimeError || isForMemory(reason)) self.reportError(reason);
});

/** Milliseconds that threads may take to start. A worker that does not start says nothing. */
const LONGEST_START = 10_000;
/** Most threads: each has its part of every operation, and more than these wait for each other. */
const MOST_THREADS = 8;

/** The folder of the threads; the engine's script tells. "" where there are none. */
let threads = "";
let started;
/** Their workers. */
let pool = [];

/** Starts the threads once; the engine asks for it before it computes on the processor. */
self.startThreads = () => {
  started ??= Promise.race([startThreads(), late()]).catch((error) => {
    console.warn("No threads:", error);
    self.endThreads();
  });
  return started;
};

/** Fails once threads have had their time to start. */
function late() {
  return new Promise((_, reject) => setTimeout(reject, LONGEST_START, new Error("they did not start in time")));
}

/** Ends the threads for good. */
self.endThreads = () => {
  threads = "";
  for (const worker of pool) worker.terminate();
  pool = [];
  started = Promise.resolve();
};

/** What keeps operations where there are threads (src/threads), and how many these are; nothing where there are none. */
async function startThreads() {
  const count = Math.min(navigator.hardwareConcurrency, MOST_THREADS);
  if (!threads || !self.crossOriginIsolated || !(count > 1)) return undefined;
  await blobsAreAllowed();
  const { default: init, initThreadPool, Host } = await import(`./${threads}/threads.js`);
  await init();
  // What came too late is left alone.
  if (!threads) return undefined;
  // Whoever starts workers does not tell which: they are kept here to be ended.
  const { Worker } = self;
  self.Worker = class extends Worker {
    constructor(...what) {
      super(...what);
      pool.push(this);
    }
  };
  await initThreadPool(count).finally(() => (self.Worker = Worker));
  return { host: new Host(), count };
}

/** Threads start from blobs, which a host's content security policy may forbid; of that only this one would hear at once. */
function blobsAreAllowed() {
  return new Promise((resolve, reject) => {
    const address = URL.createObjectURL(new Blob(["postMessage(0)"], { type: "text/javascript" }));
    const worker = new Worker(address);
    const end = (then, value) => {
      worker.terminate();
      URL.revokeObjectURL(address);
      then(value);
    };
    worker.onmessage = () => end(resolve);
    worker.onerror = () => end(reject, new Error("the host's policy forbids workers from blobs"));
  });
}

try {
  const response = get(program, `${name}_bg.wasm`);
  response.catch(() => {}); // told below, should the script fail first
  const { default: init, version: found, threads: folder } = await import(script).catch(explain);
  threads = folder ?? "";
  self.postMessage({ Hello: { version: found ?? "" } });
  await init({ module_or_path: counted(await response) });
  for (const event of early) self.onmessage(event);
} catch (error) {
  console.error(error);
  self.postMessage(event(error));
}

/** What the page is told of an engine that does not start. */
function event(error) {
  if (isForMemory(error)) return "OutOfMemory";
  // A script and a program that are of two versions.
  if (error instanceof WebAssembly.LinkError) return "Renewed";
  return { Ended: error instanceof Failure ? error.end : { Broken: error?.message ?? String(error) } };
}

/** Fetches a file of the engine, or says why that failed. */
async function get(address, name) {
  const response = await fetch(address).catch((error) => {
    throw new Failure({ Unreachable: [name, error.message] });
  });
  if (response.status === 404 || response.status === 410) throw new Failure({ Missing: name });
  if (!response.ok) throw new Failure({ Status: [name, response.status] });
  if (response.headers.get("content-type")?.startsWith("text/html")) throw new Failure({ Page: name });
  return response;
}

/** Why the script cannot be imported: the browser does not tell, so the file is looked at. */
async function explain(error) {
  await get(script, `${name}.js`);
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
