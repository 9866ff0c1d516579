//! Where the notebook's pictures and texts are kept: the browser's own database (IndexedDB). Each stands there by itself,
//! so that pages which are open at once do not undo each other's work.

use js_sys::{Array, Promise, Reflect};
use leptos::prelude::{set_timeout, window};
use wasm_bindgen::{
    JsCast, JsValue,
    prelude::{Closure, wasm_bindgen},
};
use wasm_bindgen_futures::JsFuture;

use super::site::in_own_folder;

/// The database, of which each copy of the page has its own, and its version: another one would have other stores.
const NAME: &str = "dgn notebook";
const VERSION: u32 = 1;
/// Longest wait for an answer, in milliseconds: some browsers give none.
const LONGEST_WAIT: u64 = 5000;

#[wasm_bindgen]
extern "C" {
    /// Whoever opens databases.
    type Factory;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Factory, name: &str, version: u32) -> Result<Request, JsValue>;

    /// A question to a database.
    #[derive(Debug, Clone)]
    type Request;
    #[wasm_bindgen(method, getter, catch)]
    fn result(this: &Request) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, setter)]
    fn set_onupgradeneeded(this: &Request, make: &JsValue);

    /// A database.
    #[derive(Debug, Clone)]
    type Database;
    #[wasm_bindgen(method, catch, js_name = createObjectStore)]
    fn create_store(this: &Database, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn transaction(this: &Database, stores: &Array, mode: &str) -> Result<Transaction, JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &Database);
    #[wasm_bindgen(method, setter)]
    fn set_onversionchange(this: &Database, close: &JsValue);

    /// Questions that are answered together or not at all.
    type Transaction;
    #[wasm_bindgen(method, catch, js_name = objectStore)]
    fn store(this: &Transaction, name: &str) -> Result<Store, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn commit(this: &Transaction) -> Result<(), JsValue>;

    /// Values by their keys.
    type Store;
    #[wasm_bindgen(method, catch)]
    fn put(this: &Store, value: &JsValue, key: &str) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn delete(this: &Store, key: &str) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getAll)]
    fn values(this: &Store) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getAllKeys)]
    fn keys(this: &Store) -> Result<Request, JsValue>;
}

/// Why something is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The browser has no room for it.
    NoRoom,
    /// The browser gives pages no database here, or does not answer.
    Refused,
}

impl From<JsValue> for Failure {
    /// By what the browser says.
    fn from(error: JsValue) -> Self {
        let name = Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
        if name.as_deref() == Some("QuotaExceededError") { Self::NoRoom } else { Self::Refused }
    }
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Pictures.
    Pictures,
    /// Texts: the notes on them, by the same keys, and others.
    Texts,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Pictures => "pictures",
            Self::Texts => "texts",
        }
    }
}

/// The database, once it is open.
#[derive(Debug, Clone)]
pub struct Shelf(Database);

impl Shelf {
    /// Opens it, and makes it where there is none.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn open() -> Result<Self, Failure> {
        let factory = Reflect::get(&window(), &"indexedDB".into())?;
        if !factory.is_object() {
            return Err(Failure::Refused);
        }
        let request = factory.unchecked_into::<Factory>().open(&in_own_folder(NAME), VERSION)?;
        let made = request.clone();
        let make = Closure::once_into_js(move || {
            let database = made.result().map(JsCast::unchecked_into::<Database>);
            if let Ok(database) = database {
                let _ = [Place::Pictures, Place::Texts].map(|place| database.create_store(place.name()));
            }
        });
        request.set_onupgradeneeded(&make);
        settled(&request, "onsuccess", "onerror").await?;
        let database: Database = request.result()?.unchecked_into();
        // A later version of the page, in another tab, need not wait for this one.
        let closed = database.clone();
        database.set_onversionchange(&Closure::once_into_js(move || closed.close()));
        Ok(Self(database))
    }

    /// Keeps a value under a key, in place of what is there.
    ///
    /// # Errors
    /// Why it is not kept.
    pub async fn put(&self, place: Place, key: &str, value: &JsValue) -> Result<(), Failure> {
        let transaction = self.begin("readwrite")?;
        transaction.store(place.name())?.put(value, key)?;
        finished(&transaction).await
    }

    /// Deletes a picture and the text under the same key.
    ///
    /// # Errors
    /// Why they are still there.
    pub async fn delete(&self, key: &str) -> Result<(), Failure> {
        let transaction = self.begin("readwrite")?;
        for place in [Place::Pictures, Place::Texts] {
            transaction.store(place.name())?.delete(key)?;
        }
        finished(&transaction).await
    }

    /// All that is kept, with its keys: pictures and texts.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub async fn all(&self) -> Result<[Vec<(String, JsValue)>; 2], Failure> {
        let transaction = self.begin("readonly")?;
        let ask = |place: Place| -> Result<[Request; 2], JsValue> {
            let store = transaction.store(place.name())?;
            Ok([store.keys()?, store.values()?])
        };
        let asked = [ask(Place::Pictures)?, ask(Place::Texts)?];
        finished(&transaction).await?;
        let pairs = |[keys, values]: &[Request; 2]| -> Result<Vec<_>, JsValue> {
            let [keys, values] = [keys.result()?, values.result()?].map(JsCast::unchecked_into::<Array>);
            Ok(keys.iter().map(|key| key.as_string().unwrap_or_default()).zip(values.iter()).collect())
        };
        Ok([pairs(&asked[0])?, pairs(&asked[1])?])
    }

    fn begin(&self, mode: &str) -> Result<Transaction, JsValue> {
        let stores = [Place::Pictures, Place::Texts].map(|place| JsValue::from(place.name()));
        self.0.transaction(&stores.into_iter().collect(), mode)
    }
}

/// Waits for the end of a transaction: only then is kept what it has put there.
async fn finished(transaction: &Transaction) -> Result<(), Failure> {
    // No more is asked in it. Otherwise it would wait to hear that, and what is put there while the page is left be lost.
    let _ = transaction.commit();
    settled(transaction, "oncomplete", "onabort").await
}

/// Waits for one of two events.
async fn settled(asked: &JsValue, done: &str, failed: &str) -> Result<(), Failure> {
    let event = Promise::new(&mut |is_done, has_failed| {
        let _ = Reflect::set(asked, &done.into(), &is_done);
        let _ = Reflect::set(asked, &failed.into(), &has_failed);
        let late = move || drop(has_failed.call0(&JsValue::NULL));
        set_timeout(late, std::time::Duration::from_millis(LONGEST_WAIT));
    });
    match JsFuture::from(event).await {
        Ok(_) => Ok(()),
        // What has not ended has no error yet.
        Err(_) => Err(Reflect::get(asked, &"error".into()).unwrap_or_default().into()),
    }
}
