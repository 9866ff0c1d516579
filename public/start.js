// Starts the page's program, whose hashed file names the build writes into this script's own tag, or says why it does not
// start. It is a file, and not an inline script, so that the site works under a content security policy that forbids
// those. And it is no module: a page opened as a file or in a sandboxed frame gets none, and has to say so; nor does it
// use anything newer than import(), so that browsers too old for the program can read this.

(function () {
  const placeholder = document.getElementById("starting");
  const { page, wasm } = document.currentScript.dataset;

  /** The smallest program of the kind that page and engine are: a function that takes a reference and gives a vector. */
  const PROGRAM = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 111, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
  ]);

  const AS_A_FILE =
    "This page cannot start from a file that is opened: browsers let programs come from a web server only. Run " +
    "“python3 -m http.server” in the folder that holds the page’s index.html, and open http://localhost:8000/. Any other " +
    "static server does as well.";
  const IN_A_SANDBOX =
    "This page cannot start in this frame: the page around it has sandboxed it without the permission allow-same-origin, " +
    "which it needs to load its programs. Open it by itself: ";
  const oldBrowser = (browsers) => `This browser is too old for the page. It takes ${browsers}, or anything newer.`;
  const missing = (file) =>
    `The page’s file ${file} is not on the server: either the site was renewed after this browser had kept the page, ` +
    "or it was not put there as a whole. Reload the page; its address keeps the run.";
  const aPage = (file) =>
    `The server answered with a web page instead of the page’s file ${file}: either the site was renewed after this ` +
    "browser had kept the page, or the host asks for something first. Reload the page; its address keeps the run.";
  const unreachable = (file, reason) =>
    `The page’s file ${file} could not be fetched: ${reason}. Check the connection, then reload the page.`;
  const broken = (reason) =>
    `The page could not be started: ${reason}. A file may not have arrived whole, or be of another version of the site; ` +
    "reload the page.";

  // A page without an origin of its own is given neither modules nor a worker.
  if (location.protocol === "file:") {
    say(AS_A_FILE);
  } else if (self.origin === "null") {
    const link = document.createElement("a");
    link.href = link.textContent = location.href;
    link.target = "_blank";
    say(IN_A_SANDBOX, link);
  } else if (typeof WebAssembly !== "object" || !WebAssembly.validate(PROGRAM)) {
    const browsers = document.querySelector("meta[name=browsers]");
    say(oldBrowser(browsers ? browsers.content : "a browser of these years"));
  } else {
    start().then(
      () => placeholder.remove(),
      (error) => {
        console.error(error);
        return explain(error).then((sentence) => say(sentence, reload()));
      },
    );
  }

  async function start() {
    const program = await import(new URL(page, document.baseURI));
    await program.default({ module_or_path: new URL(wasm, document.baseURI) });
  }

  /** Puts a sentence where the page was to be, and what follows from it. */
  function say(sentence, way) {
    // A page that the browser has kept may have another placeholder.
    const said = placeholder.querySelector("[role=status]") || placeholder;
    said.textContent = `${sentence} `;
    if (way) said.append(way);
  }

  /** A way to load the page anew that asks the host whether it still is the same. */
  function reload() {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Reload";
    button.onclick = () => location.reload();
    return button;
  }

  /** Why the program did not start: the browser does not tell, so the files are looked at. */
  async function explain(error) {
    for (const file of [page, wasm]) {
      const name = file.replace(/^.*\//, "");
      try {
        const response = await fetch(new URL(file, document.baseURI), { cache: "no-cache" });
        if (response.body) response.body.cancel().catch(() => {});
        if (response.status === 404 || response.status === 410) return missing(name);
        if (!response.ok) return unreachable(name, `the server answered with status ${response.status}`);
        if (/^text\/html/.test(response.headers.get("content-type"))) return aPage(name);
      } catch (reason) {
        return unreachable(name, reason.message);
      }
    }
    return broken(error && error.message ? error.message : String(error));
  }
})();
