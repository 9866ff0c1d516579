//! A static host with faults.
//!
//! It serves a folder as the plainest host would: from a sub-path, with a content type and no other header that would
//! help. A test can set a [`Fault`] for a file and take it back while the page is open.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::services::ServeDir;

use super::faults::Fault;

/// Where on the host the site lies: deep, so that an address that starts at the root is found out.
pub const BASE: &str = "/some/where/";
/// Where else on the host it lies, as a copy.
const COPY: &str = "/elsewhere/";
/// A name that browsers do not take for this computer's own, so that pages from it are not a secure context.
pub const INSECURE_HOST: &str = "dgn.test";

/// A running server; it ends with the runtime it was started in.
#[derive(Debug, Clone)]
pub struct Site {
    address: SocketAddr,
    folder: Arc<PathBuf>,
    faults: Arc<Mutex<HashMap<String, Fault>>>,
    /// How often each file has been asked for.
    requests: Arc<Mutex<HashMap<String, usize>>>,
    insecure: bool,
    /// Whether it has the service worker.
    keeps: bool,
    /// Whether it answers nothing any more.
    down: Arc<AtomicBool>,
    headers: Vec<(&'static str, &'static str)>,
}

impl Site {
    /// Serves a folder on a free port of 127.0.0.1; `insecure` gives out addresses under [`INSECURE_HOST`]; without
    /// `keeps` it has no service worker, so that nothing is answered but by it; `headers` go with every file.
    pub async fn serve(folder: &Path, insecure: bool, keeps: bool, headers: Vec<(&'static str, &'static str)>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("no free port on 127.0.0.1");
        let address = listener.local_addr().expect("the server has no address");
        let site = Self {
            address,
            folder: Arc::new(folder.to_owned()),
            faults: Arc::default(),
            requests: Arc::default(),
            insecure,
            keeps,
            down: Arc::default(),
            headers,
        };
        let app = Router::new()
            .nest_service(BASE, ServeDir::new(folder))
            .nest_service(COPY, ServeDir::new(folder))
            .fallback(async || (StatusCode::NOT_FOUND, "outside the site"))
            .layer(from_fn_with_state(site.clone(), interfere));
        tokio::spawn(async move { axum::serve(listener, app).await });
        site
    }

    /// The address of the page, with a query (without its `?`) or, given "", without one.
    pub fn address(&self, query: &str) -> String {
        self.address_in(BASE, query)
    }

    /// The address of the page's copy in another folder of the host, with a query likewise.
    pub fn address_of_copy(&self, query: &str) -> String {
        self.address_in(COPY, query)
    }

    fn address_in(&self, folder: &str, query: &str) -> String {
        let host = if self.insecure { INSECURE_HOST } else { "127.0.0.1" };
        let mark = if query.is_empty() { "" } else { "?" };
        format!("http://{host}:{}{folder}{mark}{query}", self.address.port())
    }

    /// The address of a file of the site, given by its path within it, as it lies on the disk.
    pub fn file_address(&self, file: &str) -> String {
        let path = self.folder.join(file).canonicalize().unwrap_or_else(|error| panic!("{file} of the site: {error}"));
        url::Url::from_file_path(path).expect("an absolute path").into()
    }

    /// The site's folder whose name begins so.
    pub fn folder(&self, begin: &str) -> String {
        let entries = std::fs::read_dir(&*self.folder).unwrap_or_else(|error| panic!("the site's folder: {error}"));
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names
            .into_iter()
            .find(|name| name.starts_with(begin))
            .unwrap_or_else(|| panic!("the site has no folder {begin}…"))
    }

    /// Sets a fault for a file, given by its path within the site, in place of the one it had.
    pub fn break_file(&self, file: &str, fault: Fault) {
        assert!(self.folder.join(file).is_file(), "{file} is no file of the site, so it cannot be broken");
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).insert(file.to_owned(), fault);
    }

    /// Has it answer nothing any more, or again.
    pub fn go_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    /// Takes all faults back.
    pub fn mend(&self) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How often a file, given by its path within the site, has been asked for.
    pub fn requests(&self, file: &str) -> usize {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).get(file).copied().unwrap_or_default()
    }

    /// Content of a file of the site.
    pub fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(file)).unwrap_or_else(|error| panic!("{file} of the site: {error}"))
    }
}

async fn interfere(State(site): State<Site>, request: Request, next: Next) -> Response {
    let headers = site.headers.clone();
    let mut response = answer(site, request, next).await;
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn answer(site: Site, request: Request, next: Next) -> Response {
    if site.down.load(Ordering::Relaxed) {
        // Ends the connection without an answer, and without a word in the tests' output.
        std::panic::resume_unwind(Box::new(()));
    }
    let path = request.uri().path();
    let file = [BASE, COPY].iter().find_map(|folder| path.strip_prefix(folder)).unwrap_or_default().to_owned();
    if file == "sw.js" && !site.keeps {
        return (StatusCode::NOT_FOUND, "not here").into_response();
    }
    *site.requests.lock().unwrap_or_else(PoisonError::into_inner).entry(file.clone()).or_default() += 1;
    let fault = site.faults.lock().unwrap_or_else(PoisonError::into_inner).get(&file).cloned();
    let Some(fault) = fault else {
        return next.run(request).await;
    };
    let content_type = match Path::new(&file).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    match tokio::task::spawn_blocking(move || std::fs::read(site.folder.join(file))).await {
        Ok(content) => fault.answer(content.ok(), content_type),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
