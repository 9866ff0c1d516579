//! What a person drops onto the page: files, and folders, which are walked through.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

/// One of the things that were dropped.
#[derive(Debug, Clone)]
pub enum Dropped {
    /// A file.
    File(File),
    /// A folder, not looked into yet.
    Folder(FileSystemDirectoryEntry),
}

/// What a drop brought, of which a browser tells only while the event is handled.
pub fn of(event: &DragEvent) -> Vec<Dropped> {
    let Some(data) = event.data_transfer() else { return Vec::new() };
    let items = data.items();
    let dropped = |index| {
        let item = items.get(index).filter(|item| item.kind() == "file")?;
        match item.webkit_get_as_entry() {
            Ok(Some(entry)) if entry.is_directory() => Some(Dropped::Folder(entry.unchecked_into())),
            _ => item.get_as_file().ok().flatten().map(Dropped::File),
        }
    };
    (0..items.length()).filter_map(dropped).collect()
}

/// Whether a file of this name is one that systems leave in folders unseen.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || matches!(name, "Thumbs.db" | "desktop.ini")
}

/// Files that were found in folders.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The files, in the browser's order.
    pub files: Vec<File>,
    /// Names of files and folders that could not be read.
    pub unread: Vec<String>,
}

/// Looks for files in what was dropped and in all folders below it, until `goes_on`, which is told how many there are so
/// far, says no.
pub async fn walk(dropped: Vec<Dropped>, goes_on: impl Fn(usize) -> bool) -> Found {
    let mut found = Found::default();
    let mut folders = Vec::new();
    for dropped in dropped {
        match dropped {
            Dropped::File(file) => found.files.push(file),
            Dropped::Folder(folder) => folders.push(folder),
        }
    }
    // One folder after the other, so that a deep tree costs no stack.
    while let Some(folder) = folders.pop() {
        if !goes_on(found.files.len()) {
            break;
        }
        let reader = folder.create_reader();
        // A reader gives a folder's entries in parts, the last of which is empty.
        loop {
            let part = answer(|yes, no| reader.read_entries_with_callback_and_callback(yes, no)).await;
            let Ok(part) = part.and_then(JsCast::dyn_into::<Array>) else {
                found.unread.push(folder.name());
                break;
            };
            if part.length() == 0 {
                break;
            }
            // Chromium knows the kinds of entries by no name that a cast could ask for.
            for entry in part.iter().map(JsCast::unchecked_into::<FileSystemEntry>) {
                let name = entry.name();
                if is_hidden(&name) {
                    continue;
                }
                if entry.is_directory() {
                    folders.push(entry.unchecked_into());
                    continue;
                }
                let entry: FileSystemFileEntry = entry.unchecked_into();
                let file = answer(|yes, no| {
                    entry.file_with_callback_and_callback(yes, no);
                    Ok(())
                });
                match file.await.and_then(JsCast::dyn_into::<File>) {
                    Ok(file) => found.files.push(file),
                    Err(_) => found.unread.push(name),
                }
                if !goes_on(found.files.len()) {
                    return found;
                }
            }
        }
    }
    found
}

/// Asks a function of the browser that answers by calling back.
async fn answer(ask: impl Fn(&Function, &Function) -> Result<(), JsValue>) -> Result<JsValue, JsValue> {
    let answer = Promise::new(&mut |yes, no| {
        if let Err(error) = ask(&yes, &no) {
            // Nobody is left who could be told.
            let _ = no.call1(&JsValue::UNDEFINED, &error);
        }
    });
    JsFuture::from(answer).await
}
