//! The service worker (`public/sw.js`), which keeps the site for use without a network: started, asked and sent away.

use js_sys::{Promise, Reflect};
use leptos::prelude::window;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{
    JsCast, JsValue,
    prelude::{Closure, wasm_bindgen},
};
use wasm_bindgen_futures::JsFuture;

use super::site::in_own_folder;
use crate::page::words::{NotFetched, NotOffline};

/// The name under which the browser remembers that nothing is to be kept of this copy of the page; `public/start.js` writes it too.
const REMEMBERED: &str = "offline";
/// What stands there then.
const OFF: &str = "off";

#[wasm_bindgen]
extern "C" {
    /// What a page has of service workers.
    #[derive(Debug, Clone)]
    type ServiceWorkerContainer;
    #[wasm_bindgen(method, catch)]
    fn register(this: &ServiceWorkerContainer, address: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn controller(this: &ServiceWorkerContainer) -> JsValue;
    #[wasm_bindgen(method, setter)]
    fn set_onmessage(this: &ServiceWorkerContainer, hear: &JsValue);

    /// A service worker in all its versions.
    #[derive(Debug, Clone)]
    type ServiceWorkerRegistration;
    #[wasm_bindgen(method, getter)]
    fn installing(this: &ServiceWorkerRegistration) -> Option<ServiceWorker>;
    #[wasm_bindgen(method, getter)]
    fn waiting(this: &ServiceWorkerRegistration) -> Option<ServiceWorker>;
    #[wasm_bindgen(method, getter)]
    fn active(this: &ServiceWorkerRegistration) -> Option<ServiceWorker>;
    #[wasm_bindgen(method, setter)]
    fn set_onupdatefound(this: &ServiceWorkerRegistration, found: &JsValue);

    /// One of them.
    #[derive(Debug, Clone)]
    type ServiceWorker;
    #[wasm_bindgen(method, getter)]
    fn state(this: &ServiceWorker) -> String;
    #[wasm_bindgen(method, js_name = postMessage)]
    fn post_message(this: &ServiceWorker, message: &JsValue);
    #[wasm_bindgen(method, setter)]
    fn set_onstatechange(this: &ServiceWorker, changed: &JsValue);
}

/// What the service worker is asked for, of a pack.
#[derive(Debug, Clone, Serialize)]
struct Request<'a> {
    ask: Ask,
    pack: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    classifier: Option<&'a str>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Ask {
    /// Tell what is kept.
    State,
    /// Keep all of a pack, and the programs.
    Keep,
    /// Go away, with all that is kept.
    Remove,
    /// Keep what runs of a classifier need.
    Used,
}

/// What it tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub enum Told {
    /// What is kept.
    State {
        /// The pack that was asked for.
        pack: String,
        /// Bytes that are kept in all.
        kept: u64,
        /// Bytes that this pack still lacks.
        missing: u64,
    },
    /// Files are being fetched.
    Progress {
        /// Bytes that have come.
        loaded: u64,
        /// Of how many.
        total: u64,
    },
    /// Something was not kept.
    Failed(NotFetched),
    /// It is gone, with all that was kept.
    Removed,
}

/// What happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It works.
    Ready,
    /// It does not.
    Lacking(NotOffline),
    /// A new version of the site is there.
    Renewed,
    /// It tells something.
    Told(Told),
}

/// A service worker that was started.
#[derive(Debug, Clone)]
pub struct Keeper(ServiceWorkerRegistration);

impl Keeper {
    /// Asks for something; nobody hears it who is not there any more.
    pub fn ask(&self, ask: Ask, pack: &str, classifier: Option<&str>) {
        let request = serde_wasm_bindgen::to_value(&Request { ask, pack, classifier });
        if let (Some(worker), Ok(request)) = (self.0.active(), request) {
            worker.post_message(&request);
        }
    }

    /// Sends it away with all that it keeps, for good; it tells when it is gone.
    pub fn remove(&self) {
        remember(true);
        self.ask(Ask::Remove, "", None);
    }
}

/// Starts it, and tells what happens to it; and whether it works already.
///
/// # Errors
/// Why there is none.
pub async fn start(hear: impl Fn(Event) + Clone + 'static) -> Result<(Keeper, bool), NotOffline> {
    if is_off() {
        return Err(NotOffline::Off);
    }
    if !window().is_secure_context() {
        return Err(NotOffline::Insecure);
    }
    let container = Reflect::get(&window().navigator(), &"serviceWorker".into()).ok().filter(JsValue::is_object);
    let container: ServiceWorkerContainer = container.ok_or(NotOffline::NoSuchThing)?.unchecked_into();
    let promise = container.register("sw.js").map_err(|_| NotOffline::NoSuchThing)?;
    let registration = JsFuture::from(promise).await.map_err(|_| NotOffline::NotInstalled)?;
    let registration: ServiceWorkerRegistration = registration.unchecked_into();

    let hear_message = hear.clone();
    let message = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        // What this page does not know is said by a later version, which is another page's.
        if let Ok(told) = serde_wasm_bindgen::from_value(event.data()) {
            hear_message(Event::Told(told));
        }
    });
    container.set_onmessage(&message.into_js_value());
    let (found, hear_found, was_controlled) = (registration.clone(), hear.clone(), !container.controller().is_null());
    let update = move || {
        if let Some(worker) = found.installing() {
            follow(worker, was_controlled, hear_found.clone());
        }
    };
    let is_ready = registration.active().is_some();
    if let Some(worker) = registration.installing() {
        follow(worker, is_ready, hear.clone());
    }
    if is_ready && registration.waiting().is_some() {
        hear(Event::Renewed);
    }
    registration.set_onupdatefound(&Closure::<dyn FnMut()>::new(update).into_js_value());
    Ok((Keeper(registration), is_ready))
}

/// Tells what becomes of a version: the first begins at once, a later one when the page is loaded anew.
fn follow(worker: ServiceWorker, is_update: bool, hear: impl Fn(Event) + 'static) {
    let followed = worker.clone();
    let changed = Closure::<dyn FnMut()>::new(move || match followed.state().as_str() {
        "installed" if is_update => hear(Event::Renewed),
        "activated" => hear(Event::Ready),
        // An update that fails leaves the version that there is.
        "redundant" if !is_update => hear(Event::Lacking(NotOffline::NotInstalled)),
        _ => {}
    });
    worker.set_onstatechange(&changed.into_js_value());
}

/// Whether the visitor wants nothing to be kept.
fn is_off() -> bool {
    let name = in_own_folder(REMEMBERED).into();
    let remembered = storage().and_then(|storage| get(&storage, "getItem")?.call1(&storage, &name));
    remembered.is_ok_and(|remembered| remembered == OFF)
}

/// Remembers whether the visitor wants nothing to be kept, where the browser lets pages remember anything.
pub fn remember(is_off: bool) {
    let name = in_own_folder(REMEMBERED).into();
    let _ = storage().and_then(|storage| match is_off {
        true => get(&storage, "setItem")?.call2(&storage, &name, &OFF.into()),
        false => get(&storage, "removeItem")?.call1(&storage, &name),
    });
}

fn storage() -> Result<JsValue, JsValue> {
    Reflect::get(&window(), &"localStorage".into()).and_then(|storage| match storage.is_object() {
        true => Ok(storage),
        false => Err(storage),
    })
}

fn get(object: &JsValue, name: &str) -> Result<js_sys::Function, JsValue> {
    Reflect::get(object, &name.into())?.dyn_into()
}
