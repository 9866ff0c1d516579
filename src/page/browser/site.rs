//! The page and its site: the pack's description, the address, and what the visitor's browser asks for.

use js_sys::{Reflect, Uint8Array};
use leptos::prelude::{document, window};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStreamDefaultReader, RequestCache, RequestInit, Response, Url, UrlSearchParams};

use crate::{
    lesson::{self, Lesson},
    pack::{
        Examples, MAX_INDEX_BYTES,
        manifest::{ClassifierEntry, MAX_MANIFEST_BYTES, Manifest},
    },
    page::words,
    spec::query::is_pack_name,
};

/// Largest picture that comes with the page, in bytes.
const MAX_SAMPLE_BYTES: u64 = 1 << 20;

/// How an address asks to be a small part of another page.
const EMBEDDED: &str = "embed=1";
/// What an address asks of the page itself, by its beginning.
const OWN: [&str; 2] = ["lang=", "embed="];
/// How it asks for a lesson and for one of its steps.
const LESSON: [&str; 2] = ["lesson=", "step="];
/// State of the history where nobody has asked for the run that the address names.
const UNASKED: &str = "unasked";

/// Where a pack's files are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Address of its folder, ending in `/`.
    pub folder: String,
    /// Files that are elsewhere, by name and address.
    pub files: Vec<(String, String)>,
}

impl Place {
    /// A pack of the site.
    pub fn of(pack: &str) -> Self {
        Self { folder: folder(pack), files: Vec::new() }
    }

    /// Address of a file.
    pub fn address(&self, file: &str) -> String {
        let elsewhere = self.files.iter().find(|(name, _)| name == file);
        elsewhere.map_or_else(|| format!("{}{file}", self.folder), |(_, address)| address.clone())
    }
}

/// A name for what the browser keeps for all of a host, with the page's folder in it: another copy of the page, in another folder
/// of the host, has its own. The service worker's store has it too (`public/sw.js`).
pub fn in_own_folder(name: &str) -> String {
    format!("{name} {}", own_folder())
}

/// Path of the page's folder, ending in `/`.
pub fn own_folder() -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    Url::new_with_base("./", &base).map(|url| url.pathname()).unwrap_or_default()
}

/// Absolute address of a pack's folder, ending in `/`. The worker could not resolve a relative one as the page does.
fn folder(pack: &str) -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let relative = format!("weights/{pack}/");
    Url::new_with_base(&relative, &base).map_or(relative, |url| url.href())
}

/// Fetches and checks a pack's description.
///
/// # Errors
/// A sentence for people.
pub async fn manifest(pack: &str) -> Result<Manifest, String> {
    let bytes = file(&format!("{}pack.json", folder(pack)), MAX_MANIFEST_BYTES).await?;
    Manifest::parse(&bytes).map_err(|error| words::manifest(&error))
}

/// Fetches and checks the index of a classifier's examples.
///
/// # Errors
/// A sentence for people.
pub async fn examples(place: &Place, classifier: &ClassifierEntry) -> Result<Option<Examples>, String> {
    let Some(files) = &classifier.examples else {
        return Ok(None);
    };
    let address = place.address(&files.index.file);
    let bytes = file(&address, MAX_INDEX_BYTES).await?;
    Examples::parse(&bytes, classifier).map(Some).map_err(|error| words::unusable(&address, &error))
}

/// A pack that the site has.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PackName {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
}

/// The packs that the site has, as its build has listed them; none where there is no list.
pub async fn packs() -> Vec<PackName> {
    let list = file("weights/packs.json", MAX_MANIFEST_BYTES).await.unwrap_or_default();
    let packs: Vec<PackName> = serde_json::from_slice(&list).unwrap_or_default();
    packs.into_iter().filter(|pack| is_pack_name(&pack.name)).collect()
}

/// The lessons that the site has, as its build has listed them.
///
/// # Errors
/// A sentence for people.
pub async fn lessons() -> Result<Vec<lesson::Entry>, String> {
    let address = "lessons/index.json";
    let list = file(address, lesson::MAX_BYTES).await?;
    serde_json::from_slice(&list).map_err(|error| words::unreadable(&address, &error))
}

/// Fetches and checks a lesson.
///
/// # Errors
/// A sentence for people.
pub async fn lesson(name: &str) -> Result<Lesson, String> {
    if !lesson::is_name(name) {
        return Err(words::no_lesson(&name));
    }
    let bytes = file(&format!("lessons/{name}.json"), lesson::MAX_BYTES).await?;
    Lesson::parse(&bytes).map_err(|flaw| words::lesson(name, &flaw))
}

/// Fetches a picture that comes with the page.
///
/// # Errors
/// A sentence for people.
pub async fn sample(name: &str) -> Result<Blob, String> {
    picture(&format!("samples/{name}.jpg"), MAX_SAMPLE_BYTES).await
}

/// Fetches a picture file of at most so many bytes.
///
/// # Errors
/// A sentence for people.
pub async fn picture(address: &str, limit: u64) -> Result<Blob, String> {
    let bytes = file(address, limit).await?;
    let parts = js_sys::Array::of1(&Uint8Array::from(bytes.as_slice()));
    Blob::new_with_u8_array_sequence(&parts).map_err(|error| words::unreachable(&address, &reason(&error)))
}

/// Fetches a small file.
///
/// # Errors
/// A sentence for people.
async fn file(address: &str, limit: u64) -> Result<Vec<u8>, String> {
    let failed = |error: JsValue| words::unreachable(&address, &reason(&error));
    // A copy that the browser has kept may be older than the files it describes.
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoCache);
    let response = JsFuture::from(window().fetch_with_str_and_init(address, &options)).await.map_err(failed)?;
    let response: Response = response.dyn_into().map_err(failed)?;
    match response.status() {
        200 => {}
        404 | 410 => return Err(words::missing(&address)),
        status => return Err(words::unreachable(&address, &words::status(&status))),
    }
    let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    if kind.starts_with("text/html") {
        return Err(words::a_page_instead(&address));
    }
    let bytes = read(&response, limit).await.map_err(failed)?;
    bytes.ok_or_else(|| words::too_large(address, limit))
}

/// Reads a body up to a limit; `None` for one that is longer.
async fn read(response: &Response, limit: u64) -> Result<Option<Vec<u8>>, JsValue> {
    let mut bytes = Vec::new();
    let Some(body) = response.body() else {
        return Ok(Some(bytes));
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into()?;
    loop {
        let chunk = JsFuture::from(reader.read()).await?;
        if Reflect::get(&chunk, &"done".into())?.is_truthy() {
            return Ok(Some(bytes));
        }
        let chunk: Uint8Array = Reflect::get(&chunk, &"value".into())?.dyn_into()?;
        if bytes.len() as u64 + u64::from(chunk.length()) > limit {
            // What is still to come is of no interest.
            let _ = reader.cancel();
            return Ok(None);
        }
        bytes.extend(chunk.to_vec());
    }
}

/// What an exception says, for the middle of a sentence.
fn reason(error: &JsValue) -> String {
    let message = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    message.unwrap_or_else(|| format!("{error:?}")).trim_end_matches('.').to_owned()
}

/// Size of a program of the site in bytes and its version, which the build writes into the page; 0 and empty if not.
pub fn program(name: &str) -> (u64, String) {
    (meta(&format!("{name}-bytes")).parse().unwrap_or(0), meta(&format!("{name}-version")))
}

/// The oldest browsers that the program runs in, in words, as index.html has them.
pub fn browsers() -> String {
    meta("browsers")
}

/// What the page's file says of itself under a name; empty where it says nothing.
fn meta(name: &str) -> String {
    let tag = document().query_selector(&format!("meta[name='{name}']")).ok().flatten();
    tag.and_then(|tag| tag.get_attribute("content")).unwrap_or_default()
}

/// Loads the page anew, asking the host whether it still is the same.
pub fn reload() {
    let _ = window().location().reload();
}

/// The address's query.
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// A query, without its `?`, with what the address asks of the page itself: who has chosen that by hand keeps it, and passes it on.
pub fn with_own(query: &str) -> String {
    let asked = self::query();
    let asked = asked.trim_start_matches('?').split('&').filter(|part| OWN.iter().any(|own| part.starts_with(own)));
    [query].into_iter().chain(asked).collect::<Vec<_>>().join("&")
}

/// The same, with the lesson that the address asks for and its step.
fn with_lesson(query: &str) -> String {
    let asked = self::query();
    let asked = asked.trim_start_matches('?').split('&').filter(|part| is_lesson(part));
    [with_own(query)].into_iter().chain(asked.map(str::to_owned)).collect::<Vec<_>>().join("&")
}

/// Whether the page stands in another, of which it is to be a small part.
pub fn is_embedded() -> bool {
    query().trim_start_matches('?').split('&').any(|part| part == EMBEDDED)
}

/// The query of the whole page, with its `?`.
pub fn whole_query() -> String {
    query().replace(&format!("&{EMBEDDED}"), "").replace(EMBEDDED, "")
}

fn is_lesson(part: &str) -> bool {
    LESSON.iter().any(|key| part.starts_with(key))
}

/// What the address says under a key of the page's own.
pub fn asked(key: &str) -> Option<String> {
    UrlSearchParams::new_with_str(&query()).ok()?.get(key)
}

/// Writes a lesson and its step, counted from 1, into the address, or takes them out of it; the run in it stays.
pub fn write_lesson(lesson: Option<(&str, usize)>) {
    let query = query();
    let run = query.trim_start_matches('?').split('&').filter(|part| !part.is_empty() && !is_lesson(part));
    let own = lesson.map(|(name, step)| format!("lesson={name}&step={step}"));
    replace_query(&run.map(str::to_owned).chain(own).collect::<Vec<_>>().join("&"));
}

/// Writes a query, without its `?`, into the address bar. Where the browser forbids that (a page opened from a file, a
/// sandboxed frame), the run goes on without.
pub fn write_query(query: &str) {
    replace_query(&with_lesson(query));
}

fn replace_query(query: &str) {
    if let Ok(history) = window().history() {
        // What the visitor has had a hand in is theirs.
        let state = if is_used() { JsValue::NULL } else { history.state().unwrap_or_default() };
        let _ = history.replace_state_with_url(&state, "", Some(&format!("?{query}")));
    }
}

/// Remembers, until the visitor has done something, that the address names a run which nobody has asked for; the page that is
/// loaded again knows that too.
pub fn mark_unasked() {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&UNASKED.into(), "", None);
    }
}

/// Whether nobody has asked for the run that the address names.
pub fn is_unasked() -> bool {
    window().history().and_then(|history| history.state()).is_ok_and(|state| state == UNASKED)
}

/// Opens the page anew with another query, given without its `?`; a lesson that is open stays so.
pub fn go_to(query: &str) {
    let _ = window().location().set_search(&with_lesson(query));
}

/// The page's address, with its query.
pub fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// Copies the page's address. Whether that worked.
pub async fn copy_address() -> bool {
    let copy = || {
        let clipboard = Reflect::get(&window().navigator(), &"clipboard".into())?;
        let write: js_sys::Function = Reflect::get(&clipboard, &"writeText".into())?.dyn_into()?;
        write.call1(&clipboard, &address().into())?.dyn_into::<js_sys::Promise>()
    };
    match copy() {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        Err(_) => false,
    }
}

/// Whether what is large is loaded only once the visitor asks for it: they have told the browser to save data, or are, as far as it
/// tells, on a line that is mostly paid for by what it carries.
pub fn saves_data() -> bool {
    let Ok(connection) = Reflect::get(&window().navigator(), &"connection".into()) else { return false };
    let told = |name: &str| Reflect::get(&connection, &name.into()).unwrap_or_default();
    told("saveData").is_truthy() || told("type") == "cellular"
}

/// Whether this computer has little memory, as far as the browser tells: 2 GB or less.
pub fn is_short_of_memory() -> bool {
    let memory = Reflect::get(&window().navigator(), &"deviceMemory".into()).ok();
    memory.and_then(|gigabytes| gigabytes.as_f64()).is_some_and(|gigabytes| gigabytes <= 2.0)
}

/// Whether the visitor has done something in the page yet, or may have: not every browser tells.
pub fn is_used() -> bool {
    let activation = Reflect::get(&window().navigator(), &"userActivation".into());
    let active = activation.and_then(|activation| Reflect::get(&activation, &"hasBeenActive".into()));
    active.map_or(true, |active| active != false)
}

/// Whether the visitor points with a finger, so that the keyboard had better go away after a choice.
pub fn is_touched() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|query| query.matches())
}
