//! The browser's own storage, where networks are kept that a visitor wants to find again. Workers can write there in all
//! browsers; pages cannot.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DedicatedWorkerGlobalScope, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemSyncAccessHandle, StorageManager,
};

use super::protocol::{Unkept, folder};

impl From<JsValue> for Unkept {
    fn from(error: JsValue) -> Self {
        let name = Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
        match name.as_deref() {
            Some("QuotaExceededError") => Self::Full,
            Some("NoModificationAllowedError" | "InvalidStateError") => Self::Busy,
            _ => Self::None,
        }
    }
}

/// Writes a network: its weights, and its description once these are whole; without that it is not there.
///
/// # Errors
/// [`Unkept`].
pub(super) async fn keep(
    scope: &DedicatedWorkerGlobalScope,
    name: &str,
    weights: &[u8],
    json: &str,
) -> Result<(), Unkept> {
    let storage = Reflect::get(&scope.navigator(), &"storage".into())?;
    let storage: StorageManager = storage.dyn_into().map_err(|_| Unkept::None)?;
    if Reflect::get(&storage, &"getDirectory".into())?.is_undefined() {
        return Err(Unkept::None);
    }
    let root: FileSystemDirectoryHandle = JsFuture::from(storage.get_directory()).await?.dyn_into()?;
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(true);
    let folder = folder(&scope.location().pathname());
    let folder = JsFuture::from(root.get_directory_handle_with_options(&folder, &options)).await?;
    let folder: FileSystemDirectoryHandle = folder.dyn_into()?;
    let (file, description) = (format!("{name}.safetensors"), format!("{name}.json"));
    // What tells the same is the same; only what people call it may have changed.
    let is_there =
        size(&folder, &file).await == Some(weights.len() as f64) && size(&folder, &description).await.is_some();
    if !is_there {
        put(&folder, &file, weights).await?;
    }
    put(&folder, &description, json.as_bytes()).await
}

/// Bytes of a file that is there.
async fn size(folder: &FileSystemDirectoryHandle, file: &str) -> Option<f64> {
    let handle: FileSystemFileHandle = JsFuture::from(folder.get_file_handle(file)).await.ok()?.dyn_into().ok()?;
    let file: web_sys::File = JsFuture::from(handle.get_file()).await.ok()?.dyn_into().ok()?;
    Some(file.size())
}

/// Writes a file; where that fails, nothing is left of it, unless it was there before or somebody else is writing it.
async fn put(folder: &FileSystemDirectoryHandle, file: &str, bytes: &[u8]) -> Result<(), Unkept> {
    let was_there = size(folder, file).await.is_some_and(|size| size > 0.0);
    let written = write(folder, file, bytes).await;
    if let (Err(Unkept::None | Unkept::Full), false) = (written, was_there) {
        // What was not begun is not there.
        let _ = JsFuture::from(folder.remove_entry(file)).await;
    }
    written
}

async fn write(folder: &FileSystemDirectoryHandle, file: &str, bytes: &[u8]) -> Result<(), Unkept> {
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let file: FileSystemFileHandle =
        JsFuture::from(folder.get_file_handle_with_options(file, &options)).await?.dyn_into()?;
    if Reflect::get(&file, &"createSyncAccessHandle".into())?.is_undefined() {
        return Err(Unkept::None);
    }
    let handle: FileSystemSyncAccessHandle = JsFuture::from(file.create_sync_access_handle()).await?.dyn_into()?;
    let written = (|| -> Result<f64, JsValue> {
        handle.truncate_with_u32(0)?;
        let written = handle.write_with_u8_array(bytes)?;
        handle.flush()?;
        Ok(written)
    })();
    handle.close();
    match written {
        Ok(written) if written as usize == bytes.len() => Ok(()),
        Ok(_) => Err(Unkept::Full),
        Err(error) => Err(Unkept::from(error)),
    }
}
