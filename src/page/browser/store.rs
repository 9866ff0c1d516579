//! Networks in the browser's own storage: those there are, and away with them. The importer writes them
//! ([`protocol::folder`]); a network is there once its description is.

use std::pin::pin;

use js_sys::Reflect;
use leptos::prelude::{set_timeout, window};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, FileSystemDirectoryHandle, FileSystemFileHandle, StorageManager, Url};

use super::{files::beginning, site::own_folder};
use crate::{
    importer::protocol,
    pack::manifest::{MAX_CLASSIFIERS, MAX_MANIFEST_BYTES, is_own},
};

/// Longest wait for the storage, in milliseconds: a page opens without it.
const LONGEST_WAIT: u64 = 3000;

/// A network that is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Its description.
    pub json: String,
    /// Where its weights are.
    pub address: String,
    /// Bytes of its weights.
    pub bytes: u64,
}

/// The networks that are kept; none where the browser has no such storage here.
pub async fn kept() -> Vec<Kept> {
    let (late, waited) = futures_channel::oneshot::channel();
    set_timeout(move || late.send(()).unwrap_or_default(), std::time::Duration::from_millis(LONGEST_WAIT));
    let (mut all, mut waited) = (pin!(all()), waited);
    let first = std::future::poll_fn(|context| {
        if let std::task::Poll::Ready(all) = all.as_mut().poll(context) {
            return std::task::Poll::Ready(all);
        }
        std::pin::Pin::new(&mut waited).poll(context).map(|_| Ok(Vec::new()))
    });
    first.await.unwrap_or_default()
}

async fn all() -> Result<Vec<Kept>, JsValue> {
    let folder = folder().await?;
    let (names, mut kept, mut alone) = (folder.keys(), Vec::new(), Vec::new());
    let next: js_sys::Function = Reflect::get(&names, &"next".into())?.dyn_into()?;
    while kept.len() < MAX_CLASSIFIERS {
        let promise: js_sys::Promise = next.call0(&names)?.dyn_into()?;
        let step = JsFuture::from(promise).await?;
        if Reflect::get(&step, &"done".into())?.is_truthy() {
            break;
        }
        let file = Reflect::get(&step, &"value".into())?.as_string().unwrap_or_default();
        let Some((name, kind)) = file.rsplit_once('.').filter(|(name, _)| is_own(name)) else { continue };
        match kind {
            "json" => kept.extend(one(&folder, name).await.ok().flatten()),
            _ => alone.push(name.to_owned()),
        }
    }
    // Weights whose description was never written are nobody's, unless they are being written now: then they stay.
    for name in alone {
        if file(&folder, &format!("{name}.json")).await.is_err() {
            let _ = JsFuture::from(folder.remove_entry(&format!("{name}.safetensors"))).await;
        }
    }
    kept.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(kept)
}

async fn one(folder: &FileSystemDirectoryHandle, name: &str) -> Result<Option<Kept>, JsValue> {
    let json = file(folder, &format!("{name}.json")).await?;
    let json = beginning(&json, MAX_MANIFEST_BYTES as u32).await;
    let weights = file(folder, &format!("{name}.safetensors")).await?;
    let Some(json) = json.and_then(|json| String::from_utf8(json).ok()) else { return Ok(None) };
    let address = Url::create_object_url_with_blob(&weights)?;
    Ok(Some(Kept { name: name.to_owned(), json, address, bytes: weights.size() as u64 }))
}

/// Asks the browser not to delete what is kept when it is short of room; it may refuse.
pub async fn persist() {
    let asked = storage().and_then(|storage| storage.persist());
    if let Ok(asked) = asked {
        let _ = JsFuture::from(asked).await;
    }
}

fn storage() -> Result<StorageManager, JsValue> {
    Reflect::get(&window().navigator(), &"storage".into())?.dyn_into()
}

/// Deletes a network that is kept. Whether it is gone.
pub async fn delete(name: &str) -> bool {
    let deleted = async {
        let folder = folder().await?;
        // The description first: a network is there as long as that is.
        JsFuture::from(folder.remove_entry(&format!("{name}.json"))).await?;
        JsFuture::from(folder.remove_entry(&format!("{name}.safetensors"))).await
    };
    deleted.await.is_ok()
}

async fn file(folder: &FileSystemDirectoryHandle, name: &str) -> Result<Blob, JsValue> {
    let handle: FileSystemFileHandle = JsFuture::from(folder.get_file_handle(name)).await?.dyn_into()?;
    JsFuture::from(handle.get_file()).await?.dyn_into()
}

async fn folder() -> Result<FileSystemDirectoryHandle, JsValue> {
    let storage = storage()?;
    if Reflect::get(&storage, &"getDirectory".into())?.is_undefined() {
        return Err(JsValue::UNDEFINED);
    }
    let root: FileSystemDirectoryHandle = JsFuture::from(storage.get_directory()).await?.dyn_into()?;
    JsFuture::from(root.get_directory_handle(&protocol::folder(&own_folder()))).await?.dyn_into()
}
