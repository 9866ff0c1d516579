// Starts the page's program, whose hashed file names the build writes into this script's own tag. It is a file, and not
// an inline script, so that the site works under a content security policy that forbids those.

const placeholder = document.getElementById("starting");
try {
  const { page, wasm } = document.querySelector("script[data-page]").dataset;
  const { default: start } = await import(new URL(page, document.baseURI));
  await start({ module_or_path: new URL(wasm, document.baseURI) });
  placeholder?.remove();
} catch (error) {
  console.error(error);
  if (placeholder) {
    placeholder.textContent =
      "The page could not start. It needs a browser of 2023 or newer; if yours is, reload the page, as a file may not have arrived.";
  }
}
