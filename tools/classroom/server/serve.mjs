// Serves the page, where neither dgn-serve nor Python can run: node serve.mjs FOLDER [--port N] [--lan]
// [--open]. Needs Node.js 18 and nothing else.

import { spawn } from "node:child_process";
import { createReadStream, existsSync, realpathSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".jpg": "image/jpeg",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

// The first two isolate the page from other origins: browsers give threads only to pages that are.
const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

const [folder, ...options] = process.argv.slice(2);
if (!folder || !existsSync(join(folder, "index.html"))) {
  console.error(`${folder} holds no index.html, so it is no site.`);
  process.exit(1);
}
const root = realpathSync(folder);
const asked = options.indexOf("--port");
const ports = asked >= 0 ? [Number(options[asked + 1])] : [...Array.from({ length: 20 }, (_, tried) => 8765 + tried), 0];

/** The file that an address means, if it is one of the site's. */
function find(address) {
  try {
    const path = decodeURIComponent(new URL(address, "http://localhost").pathname);
    const file = realpathSync(join(root, path.endsWith("/") ? `${path}index.html` : path));
    const status = statSync(file);
    return file.startsWith(root + sep) && status.isFile() ? { file, status } : undefined;
  } catch {
    return undefined;
  }
}

function answer(request, response) {
  const found = find(request.url);
  if (!found || !["GET", "HEAD"].includes(request.method)) {
    response.writeHead(found ? 405 : 404, { ...HEADERS, "Content-Type": "text/plain; charset=utf-8" });
    response.end(found ? "This server only gives files away.\n" : "There is no such file in this site.\n");
    return;
  }
  const { file, status } = found;
  const modified = new Date(Math.floor(status.mtimeMs / 1000) * 1000);
  const headers = { ...HEADERS, "Last-Modified": modified.toUTCString() };
  if (modified <= new Date(request.headers["if-modified-since"])) {
    response.writeHead(304, headers).end();
    return;
  }
  headers["Content-Type"] = TYPES[extname(file)] ?? "application/octet-stream";
  headers["Content-Length"] = status.size;
  response.writeHead(200, headers);
  if (request.method === "HEAD") response.end();
  else createReadStream(file).on("error", () => response.destroy()).pipe(response);
}

function open(address) {
  const [program, ...first] = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] }[process.platform] ?? ["xdg-open"];
  spawn(program, [...first, address], { detached: true, stdio: "ignore" }).on("error", () => {}).unref();
}

const server = createServer(answer);
server.timeout = 30_000;
server.on("error", (error) => {
  if (error.code !== "EADDRINUSE" || ports.length === 0) throw error;
  listen();
});
server.on("listening", () => {
  const own = `http://localhost:${server.address().port}/`;
  console.log(`On this computer: ${own}\nClose this window, or press Ctrl+C, to end.`);
  if (options.includes("--lan")) console.log(`For the class: this computer's address, with :${server.address().port}/ behind it.`);
  if (options.includes("--open")) open(own);
});
const listen = () => server.listen(ports.shift(), options.includes("--lan") ? undefined : "127.0.0.1");
listen();
