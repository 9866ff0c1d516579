//! Packs in a folder of a web site, from inside a Web Worker.

use std::collections::HashMap;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, ReadableStreamDefaultReader, RequestCache, RequestInit, Response};

use super::{PackError, load::Source};

/// A pack's folder on the web.
#[derive(Debug, Clone)]
pub struct Site {
    scope: DedicatedWorkerGlobalScope,
    /// Address of the folder, ending in `/`.
    folder: String,
    /// Files that are elsewhere, by their names.
    elsewhere: HashMap<String, String>,
}

impl Site {
    /// The folder at an address that ends in `/`.
    pub fn new(scope: DedicatedWorkerGlobalScope, folder: impl Into<String>) -> Self {
        Self { scope, folder: folder.into(), elsewhere: HashMap::new() }
    }

    /// Has a file of that name read from an address of its own.
    pub fn put(&mut self, file: String, address: String) {
        self.elsewhere.insert(file, address);
    }

    fn unreadable(&self, file: &str, error: &JsValue) -> PackError {
        let reason =
            error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |e| String::from(e.message()));
        PackError::Unreadable { file: file.into(), place: self.folder.clone(), reason }
    }
}

impl Source for Site {
    /// Streams the file, so that bytes can be counted as they come and a body that never ends is cut off at the limit.
    /// A copy that the browser has kept is used only after the host has said that it is still the same, since a pack's
    /// files change together or not at all.
    async fn read(&self, file: &str, limit: u64, arrived: &mut dyn FnMut(u64)) -> Result<Vec<u8>, PackError> {
        let failed = |error: JsValue| self.unreadable(file, &error);
        let own = self.elsewhere.get(file).cloned();
        let address = own.unwrap_or_else(|| format!("{}{file}", self.folder));
        let options = RequestInit::new();
        options.set_cache(RequestCache::NoCache);
        let response = self.scope.fetch_with_str_and_init(&address, &options);
        let response = JsFuture::from(response).await.map_err(failed)?;
        let response: Response = response.dyn_into().map_err(failed)?;
        match response.status() {
            200 => {}
            404 | 410 => {
                return Err(PackError::NotFound { file: file.into(), place: self.folder.clone() });
            }
            status => {
                return Err(PackError::Status { file: file.into(), place: self.folder.clone(), status });
            }
        }
        let content_type = response.headers().get("content-type").ok().flatten().unwrap_or_default();
        if content_type.starts_with("text/html") {
            return Err(PackError::Page { file: file.into(), place: Some(self.folder.clone()) });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(limit).unwrap_or(0).min(1 << 26));
        let Some(body) = response.body() else {
            return Ok(bytes);
        };
        let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into().map_err(|o| failed(o.into()))?;
        loop {
            let chunk = JsFuture::from(reader.read()).await.map_err(failed)?;
            let done = js_sys::Reflect::get(&chunk, &"done".into()).map_err(failed)?;
            if done.is_truthy() {
                return Ok(bytes);
            }
            let chunk = js_sys::Reflect::get(&chunk, &"value".into()).map_err(failed)?;
            let chunk: Uint8Array = chunk.dyn_into().map_err(failed)?;
            let before = bytes.len();
            let found = before as u64 + u64::from(chunk.length());
            if found > limit {
                // What is still to come is of no interest.
                let _ = reader.cancel();
                return Err(PackError::Size { file: file.into(), found, wanted: limit });
            }
            bytes.resize(before + chunk.length() as usize, 0);
            chunk.copy_to(&mut bytes[before..]);
            arrived(found);
        }
    }
}
