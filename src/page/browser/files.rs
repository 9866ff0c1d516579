//! Files that a person takes away, and the beginnings of those that a person brings.

use js_sys::{Array, Uint8Array};
use leptos::prelude::{document, set_timeout};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, HtmlInputElement, Url};

/// A file of a kind, a MIME type.
///
/// # Errors
/// What the browser says.
pub fn file(bytes: &[u8], kind: &str) -> Result<Blob, JsValue> {
    joined(&Array::of1(&Uint8Array::from(bytes)), kind)
}

/// A file of a kind, made of parts: bytes, texts and other files.
///
/// # Errors
/// What the browser says.
pub fn joined(parts: &Array, kind: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_u8_array_sequence_and_options(parts, &options)
}

/// The file that was chosen in a field, which may be chosen again.
pub fn chosen(event: &web_sys::Event) -> Option<File> {
    chosen_in(event, 1).into_iter().next()
}

/// The files that were chosen in a field, so many at most; they may be chosen again.
pub fn chosen_in(event: &web_sys::Event, most: u32) -> Vec<File> {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = input else { return Vec::new() };
    let files = input.files();
    let files = files.iter().flat_map(|files| (0..files.length().min(most)).filter_map(|index| files.get(index)));
    let files = files.collect();
    input.set_value("");
    files
}

/// Saves a file under a name.
///
/// # Errors
/// What the browser says.
pub fn download(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser reads the file after the click; there is no event that says when it has.
    set_timeout(move || drop(Url::revoke_object_url(&address)), std::time::Duration::from_secs(60));
    Ok(())
}

/// Reads a file from its beginning, so many bytes at most; `None` where it cannot be read.
pub async fn beginning(file: &Blob, most: u32) -> Option<Vec<u8>> {
    let part = file.slice_with_f64_and_f64(0.0, f64::from(most)).ok()?;
    let buffer = JsFuture::from(part.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
