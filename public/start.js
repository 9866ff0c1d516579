// Chooses the visitor's language and starts the page's program, whose hashed file names the build writes into this
// script's own tag, or says why it does not start. It is a file, and not an inline script, so that the site works under
// a content security policy that forbids those. And it is no module: a page opened as a file or in a sandboxed frame
// gets none, and has to say so; nor does it use anything newer than import(), so that browsers too old for the program
// can read this.

(function () {
  const placeholder = document.getElementById("starting");
  const { page, parts, wasm } = document.currentScript.dataset;

  /** The smallest program of the kind that page and engine are: a function that takes a reference and gives a vector. */
  const PROGRAM = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 111, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
  ]);

  /** Milliseconds that a new version may take to begin. */
  const LONGEST_RENEWAL = 5000;
  /** Whether the page's program is on its way. */
  let begun = false;

  /** The languages that the page speaks: of each its files, and what this script says in it. The build fills this in. */
  const LANGUAGES = {};
  const language = chosen();
  const { words, letters, classes, said } = LANGUAGES[language];
  const sentence = (name, values) => said[name].replace(/\{(\w+)\}/g, (_, value) => values[value]);
  greet();

  // A page without an origin of its own is given neither modules nor a worker.
  if (location.protocol === "file:") {
    say(sentence("as_a_file"));
  } else if (self.origin === "null") {
    const link = document.createElement("a");
    link.href = link.textContent = location.href;
    link.target = "_blank";
    say(sentence("in_a_sandbox"), link);
  } else if (typeof WebAssembly !== "object" || !WebAssembly.validate(PROGRAM)) {
    const browsers = document.querySelector("meta[name=browsers]");
    say(sentence("old_browser", { browsers: browsers.content }));
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
    const late = new Promise((resolve) => setTimeout(resolve, LONGEST_RENEWAL)).then(() => (begun = true));
    await Promise.race([renew(), late]).catch(() => {});
    begun = true;
    const texts = [text(words, letters), classes ? text(classes).catch(() => "") : ""];
    const [program, ...told] = await Promise.all([import(new URL(page, document.baseURI)), ...texts]);
    // The program asks for these when it starts (src/page/browser/language.rs).
    self.language = { words: told[0], classes: told[1] };
    await program.default({ module_or_path: new URL(wasm, document.baseURI) });
  }

  /**
   * Lets a version that the service worker (sw.js) has fetched begin, since nothing of the page is under way yet; or, where
   * the address says sw=off, sends the service worker away with all that it keeps, for good (src/page/browser/offline.rs).
   */
  async function renew() {
    const container = navigator.serviceWorker;
    const scope = new URL("./", document.baseURI).href;
    if (!container) return;
    const off = new URLSearchParams(location.search).get("sw") === "off";
    // Other copies of the page on this host are not meant.
    if (off) localStorage.setItem(`offline ${new URL(scope).pathname}`, "off");
    const registration = await container.getRegistration(scope);
    // Another page of the host may have one for all of it.
    if (!registration || registration.scope !== scope) return;
    if (off) {
      const worker = registration.active;
      if (!worker) return;
      const gone = new Promise((resolve) => container.addEventListener("message", resolve));
      container.startMessages();
      worker.postMessage({ ask: "Remove" });
      await gone;
    } else if (registration.waiting) {
      const changed = new Promise((resolve) => container.addEventListener("controllerchange", resolve));
      registration.waiting.postMessage({ ask: "Renew" });
      await changed;
      // Too late: the page is there, and is not taken away from whoever uses it.
      if (begun) return;
      location.reload();
      await new Promise(() => {});
    }
  }

  /** What the address asks for, else what was chosen here before, else the first of the visitor's own that is spoken. */
  function chosen() {
    const asked = [new URLSearchParams(location.search).get("lang")];
    try {
      asked.push(localStorage.getItem("language"));
    } catch (error) {
      // A page without an origin of its own remembers nothing.
    }
    for (const tag of asked.concat(navigator.languages)) {
      const known = String(tag).toLowerCase().split("-")[0];
      if (Object.keys(LANGUAGES).includes(known)) return known;
    }
    return "en";
  }

  /** Another language is chosen by a link of the page's: the address keeps the run, and who comes again finds the language. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a.language");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      localStorage.setItem("language", link.lang);
    } catch (error) {
      // Then the address alone knows.
    }
    const rest = location.search.slice(1).split("&").filter((part) => part && !part.startsWith("lang="));
    location.search = rest.concat(`lang=${link.lang}`).join("&");
  });

  /** Puts what index.html says in English into the language. */
  function greet() {
    document.documentElement.lang = language;
    document.title = sentence("title");
    document.querySelector("meta[name=description]").content = sentence("description");
    placeholder.querySelector("h1").textContent = sentence("title");
    say(sentence("starting"));
  }

  /** A text of the site, which has so many letters where that is known. */
  async function text(file, letters) {
    const response = await fetch(new URL(file, document.baseURI));
    const text = response.ok ? await response.text() : "";
    if (!text || (letters && text.length !== letters)) throw new Error(name(file));
    return text;
  }

  function name(file) {
    return file.replace(/^.*\//, "");
  }

  /** Puts a sentence where the page was to be, and what follows from it. */
  function say(sentence, way) {
    // A page that the browser has kept may have another placeholder.
    const status = placeholder.querySelector("[role=status]") || placeholder;
    status.textContent = `${sentence} `;
    if (way) status.append(way);
  }

  /** A way to load the page anew that asks the host whether it still is the same. */
  function reload() {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sentence("reload");
    button.onclick = () => location.reload();
    return button;
  }

  /** Why the program did not start: the browser does not tell, so the files are looked at. */
  async function explain(error) {
    for (const path of [page, parts, wasm, words].filter(Boolean)) {
      const file = name(path);
      try {
        const response = await fetch(new URL(path, document.baseURI), { cache: "no-cache" });
        if (response.body) response.body.cancel().catch(() => {});
        if (response.status === 404 || response.status === 410) return sentence("file_is_missing", { file });
        if (!response.ok) {
          return sentence("file_is_unreachable", { file, reason: sentence("status", { status: response.status }) });
        }
        if (/^text\/html/.test(response.headers.get("content-type"))) return sentence("file_is_a_page", { file });
      } catch (reason) {
        return sentence("file_is_unreachable", { file, reason: reason.message });
      }
    }
    return sentence("cannot_start", { reason: error && error.message ? error.message : String(error) });
  }
})();
