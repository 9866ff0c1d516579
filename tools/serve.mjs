// Serves dist/ on this machine only, on PORT or, where that is taken, on another, and prints the address. With each file
// go the two headers that isolate the page from other origins: browsers give threads only to pages that are.

import { createServer } from "node:http";
import sirv from "sirv";

// dev: files are looked up at each request, so that make dist may run meanwhile.
const files = sirv("dist", {
  dev: true,
  setHeaders(response) {
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
  },
});
const server = createServer(files);
server.on("error", (error) => {
  if (error.code !== "EADDRINUSE") throw error;
  server.listen(0, "127.0.0.1");
});
server.on("listening", () => {
  console.log(`The page is at http://127.0.0.1:${server.address().port}/ (Ctrl+C stops the server)`);
});
server.listen(Number(process.env.PORT) || 8080, "127.0.0.1");
