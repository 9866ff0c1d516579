//! A Chromium for one test: started with a fresh profile, driven through chromedriver, gone afterwards.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, wd::WebDriverCompatibleCommand};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{
    page::Page,
    site::{INSECURE_HOST, Site},
    turns::Turn,
};

/// How long one test may take on a loaded machine before it counts as stuck.
const LIMIT: Duration = Duration::from_secs(300);
/// The same of one whose graphics processor is imitated: on a busy machine a step takes ten seconds.
const WEBGPU_LIMIT: Duration = Duration::from_secs(900);
/// How long chromedriver and Chromium may take to start.
const START: Duration = Duration::from_secs(60);

/// Which folder the host serves.
#[derive(Debug, Clone, Copy)]
pub enum Served {
    /// The built site.
    Site,
    /// The small stand-in page next to these tests, which proves the tests' own tools.
    StandIn,
    /// The whole checkout, the built site in `dist/` included.
    Checkout,
}

/// What a test needs to be different; the default is the built site on a laptop.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// What the host serves.
    pub served: Served,
    /// Give the browser WebGPU: on a graphics processor imitated in software, or on this machine's own where `DGN_ADAPTER`
    /// is `own`.
    pub webgpu: bool,
    /// Open the page under a name that makes it an insecure context.
    pub insecure: bool,
    /// Let no other test run meanwhile.
    pub alone: bool,
    /// Give the browser a camera, which shows a moving test picture, and let pages use it.
    pub camera: bool,
    /// Isolate the page from other origins, as threads take it.
    pub isolated: bool,
    /// The content security policy that the host sends, where it sends one.
    pub policy: Option<&'static str>,
    /// Have the host give the service worker, which keeps the page.
    pub keeps: bool,
    /// Give no program in WebAssembly more memory than so many pages of 64 KiB.
    pub memory_pages: Option<u32>,
}

impl Default for Setup {
    fn default() -> Self {
        Self::PLAIN
    }
}

impl Setup {
    /// The default, for constants.
    pub const PLAIN: Self = Self {
        served: Served::Site,
        webgpu: false,
        insecure: false,
        alone: false,
        camera: false,
        isolated: false,
        policy: None,
        keeps: false,
        memory_pages: None,
    };
}

/// Runs a test in a browser of its own.
pub fn browse(setup: Setup, test: impl AsyncFnOnce(Page)) {
    let _turn = Turn::wait(setup.alone);
    let checkout = checkout();
    let folder = match setup.served {
        Served::Site => dist(),
        Served::StandIn => checkout.join("tests/browser/fixture"),
        Served::Checkout => checkout,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("no runtime");
    let files = tempfile::tempdir().expect("no folder for the browser's profile");
    let (driver, page) = runtime.block_on(async {
        let site = Site::serve(&folder, setup.insecure, setup.keeps, headers(&setup)).await;
        let driver = Driver::start().await;
        let client = driver.open_browser(&setup, files.path()).await;
        (driver, Page::new(client, site, files.path().join("downloads")))
    });
    // The browser has to go whatever becomes of the test, and what the page said last is wanted when it fails.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let limit = if setup.webgpu { WEBGPU_LIMIT } else { LIMIT };
        let done = runtime.block_on(async { timeout(limit, test(page.clone())).await });
        assert!(done.is_ok(), "the test was not done after {limit:?}");
    }));
    runtime.block_on(async {
        if outcome.is_err() {
            eprintln!("--- the page when the test failed:\n{}", page.last_words().await);
        }
        let _ = timeout(START, page.close()).await;
        driver.stop().await;
    });
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// What the host sends beside each file.
fn headers(setup: &Setup) -> Vec<(&'static str, &'static str)> {
    let isolating = [("cross-origin-opener-policy", "same-origin"), ("cross-origin-embedder-policy", "require-corp")];
    let isolating = isolating.into_iter().filter(|_| setup.isolated);
    isolating.chain(setup.policy.map(|policy| ("content-security-policy", policy))).collect()
}

/// A running chromedriver.
struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    async fn start() -> Self {
        let program = program("CHROMEDRIVER", &["chromedriver", "chromium.chromedriver"]);
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        let mut lines = BufReader::new(process.stdout.take().expect("chromedriver has no output")).lines();
        let port = timeout(START, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, port)) = line.split_once("successfully on port ") {
                    return port.trim_end_matches('.').to_owned();
                }
            }
            panic!("{} ended before it said on which port it listens", program.display());
        });
        let port = port.await.expect("chromedriver does not say on which port it listens");
        // What else it says is read to keep it from waiting for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { process, address: format!("http://127.0.0.1:{port}") }
    }

    async fn open_browser(&self, setup: &Setup, files: &Path) -> Client {
        let options = json!({
            "binary": program("CHROMIUM", &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]),
            "args": arguments(setup, files),
            "prefs": { "download.default_directory": files.join("downloads"), "download.prompt_for_download": false },
        });
        let capabilities = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
            "pageLoadStrategy": "normal",
        });
        let Json::Object(capabilities) = capabilities else { unreachable!("an object is an object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = timeout(START, builder.capabilities(capabilities).connect(&self.address)).await;
        client
            .expect("Chromium does not start in time")
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}"))
    }

    async fn stop(mut self) {
        // Unlike a kill, this also ends a browser whose session was not closed.
        let _ = self.process.start_kill();
        let _ = self.process.wait().await;
    }
}

fn arguments(setup: &Setup, files: &Path) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--headless=new",
        "--no-sandbox",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
        // Pages opened over http stay on http.
        "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
        "--window-size=1366,900",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--user-data-dir={}", files.join("profile").display()));
    if setup.webgpu {
        arguments.push("--enable-unsafe-webgpu".to_owned());
        arguments.extend(adapter().iter().map(|&argument| argument.to_owned()));
    }
    if setup.camera {
        let camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
        arguments.extend(camera.map(str::to_owned));
    }
    if let Some(pages) = setup.memory_pages {
        arguments.push(format!("--js-flags=--wasm-max-mem-pages={pages}"));
    }
    if setup.insecure {
        arguments.push(format!("--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1"));
    }
    arguments
}

/// Whether WebGPU is to run on this machine's own graphics processor.
pub fn is_on_own_adapter() -> bool {
    std::env::var_os("DGN_ADAPTER").is_some_and(|adapter| adapter == "own")
}

/// What leads Chromium to the adapter that is wanted.
fn adapter() -> &'static [&'static str] {
    match is_on_own_adapter() {
        false => &["--use-webgpu-adapter=swiftshader"],
        // Without a display, Chromium finds a graphics processor through Vulkan only, and had better not draw pages on it.
        true if cfg!(target_os = "linux") => &[
            "--ignore-gpu-blocklist",
            "--use-angle=vulkan",
            "--enable-features=Vulkan",
            "--disable-vulkan-surface",
            "--disable-gpu-compositing",
            "--disable-gpu-rasterization",
        ],
        true => &["--ignore-gpu-blocklist"],
    }
}

/// The folder that the project is checked out in.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout is gone")
}

fn dist() -> PathBuf {
    let default = || checkout().join("dist");
    let folder = std::env::var_os("DGN_DIST").map_or_else(default, PathBuf::from);
    assert!(
        folder.join("index.html").is_file(),
        "There is no built site in {}. Build it with: make dist (or set DGN_DIST to its folder).",
        folder.display()
    );
    folder
}

fn program(variable: &str, names: &[&str]) -> PathBuf {
    if let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "{variable} is {}, where there is no program.", path.display());
        return path;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
        .unwrap_or_else(|| {
            panic!(
                "There is no {} on the path. Install it with: tools/browser.sh (on Debian: apt-get install chromium \
                 chromium-driver), or set {variable} to its path.",
                names[0]
            )
        })
}

/// A command of chromedriver that the library does not know.
#[derive(Debug)]
pub struct Vendor {
    path: String,
    body: Option<String>,
}

impl Vendor {
    /// Asks for something, by its path within the session.
    pub fn get(path: impl Into<String>) -> Self {
        Self { path: path.into(), body: None }
    }

    /// Does something, by its path within the session.
    pub fn post(path: impl Into<String>, body: &Json) -> Self {
        Self { path: path.into(), body: Some(body.to_string()) }
    }
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (if self.body.is_some() { Method::POST } else { Method::GET }, self.body.clone())
    }
}
