//! The page as a person knows it: by the roles and names of what is on it.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fantoccini::{
    Client, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    error::CmdError,
    wd::WindowHandle,
};
use serde_json::{Value as Json, json};

use super::{
    browser::Vendor,
    site::Site,
    state::{COLLECT, Picture, State},
};

/// How long the page may take for what a loaded machine can hold up: loading networks, taking some steps.
const PATIENCE: Duration = Duration::from_secs(240);
/// Between two looks at the page.
const LOOK: Duration = Duration::from_millis(100);

/// An open page.
#[derive(Debug, Clone)]
pub struct Page {
    client: Client,
    downloads: PathBuf,
    /// The host that it comes from.
    pub site: Site,
}

impl Page {
    /// The page in a browser's only tab.
    pub fn new(client: Client, site: Site, downloads: PathBuf) -> Self {
        Self { client, downloads, site }
    }

    /// Opens the page at a query (without its `?`); where that names no pack, with the small one, whose runs take less time.
    pub async fn open(&self, query: &str) {
        let pack = if query.contains("pack=") { "" } else { "pack=caffenet-64&" };
        self.open_as_it_is(&format!("{pack}{query}")).await;
    }

    /// Opens the page at a query (without its `?`), as a visitor's link has it.
    pub async fn open_as_it_is(&self, query: &str) {
        self.client.goto(&self.site.address(query)).await.expect("the page does not open");
    }

    /// Opens the copy of the page that lies in another folder of the host, at a query.
    pub async fn open_copy(&self, query: &str) {
        self.client.goto(&self.site.address_of_copy(query)).await.expect("the page's copy does not open");
    }

    /// Opens another page of the host, by its path and query within the folder that is served.
    pub async fn open_path(&self, path: &str) {
        let address = format!("{}{path}", self.site.address(""));
        self.client.goto(&address).await.expect("the page does not open");
    }

    /// Opens another tab in front of this one, empty, and tells both: this one and the new one.
    pub async fn open_tab(&self) -> [WindowHandle; 2] {
        let here = self.client.window().await.expect("the browser does not tell its tab");
        let there = self.client.new_window(true).await.expect("the browser opens no tab").handle;
        self.turn_to(&there).await;
        [here, there]
    }

    /// Brings a tab to the front.
    pub async fn turn_to(&self, tab: &WindowHandle) {
        self.client.switch_to_window(tab.clone()).await.expect("the browser does not turn to the tab");
    }

    /// Opens a file of the site as it lies on the disk, without the host.
    pub async fn open_file(&self, path: &str) {
        self.client.goto(&self.site.file_address(path)).await.expect("the file does not open");
    }

    /// Opens a file of this machine.
    pub async fn open_own_file(&self, path: &Path) {
        let address = url::Url::from_file_path(path).expect("the file has a whole path");
        self.client.goto(address.as_str()).await.expect("the file does not open");
    }

    /// Goes into the only frame of what is open.
    pub async fn enter_frame(&self) {
        self.client.enter_frame(0).await.expect("there is no frame");
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page does not reload");
    }

    /// What the page says now.
    pub async fn state(&self) -> State {
        let state = self.run_script(COLLECT, vec![]).await;
        serde_json::from_value(state).expect("the page's state has another form")
    }

    /// Waits until the page's state is as wanted, and gives it back.
    pub async fn until(&self, what: &str, wanted: impl Fn(&State) -> bool) -> State {
        let begin = Instant::now();
        loop {
            let state = self.state().await;
            if wanted(&state) {
                return state;
            }
            assert!(begin.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain for this: {what}\n{}", state.describe());
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until the picture is as wanted.
    pub async fn until_picture(&self, what: &str, wanted: impl Fn(&Picture) -> bool) -> Picture {
        let fits = |state: &State| state.picture().is_some_and(|picture| wanted(&picture));
        self.until(what, fits).await.picture().expect("the picture was there")
    }

    /// Waits until the run has taken all its steps and another can be started.
    pub async fn until_done(&self) -> Picture {
        let done = |state: &State| state.picture().is_some_and(|picture| picture.is_last()) && state.offers("Run");
        self.until("the run is done", done).await.picture().expect("the picture was there")
    }

    /// Waits until the page says something, in an alert or a status, that contains all these words, in any case.
    pub async fn until_said(&self, words: &[&str]) -> String {
        let fits = |state: &State| {
            let said = state.said().to_lowercase();
            words.iter().all(|word| said.contains(&word.to_lowercase()))
        };
        self.until(&format!("a sentence with {words:?}"), fits).await.said()
    }

    /// The shown element of a role and accessible name, both as the browser computes them for a screen reader.
    pub async fn find(&self, role: &str, name: &str) -> Option<Element> {
        for element in self.elements(role).await {
            if self.role_and_name(&element).await.is_ok_and(|(r, n)| r == role && n == name) {
                return Some(element);
            }
        }
        None
    }

    /// All shown elements that may have a role, by selector.
    async fn elements(&self, role: &str) -> Vec<Element> {
        let selector = match role {
            "button" => "button, [role=button], input[type=button], input[type=submit]",
            "searchbox" => "input, [role=searchbox]",
            "textbox" => "input, textarea, [role=textbox]",
            "option" => "[role=option], option",
            "img" => "[role=img], img",
            "slider" => "input[type=range], [role=slider]",
            "link" => "a[href], [role=link]",
            "heading" => "h1, h2, h3, [role=heading]",
            other => return self.all(&format!("[role={other}]")).await,
        };
        self.all(selector).await
    }

    /// All shown elements of a selector.
    pub async fn all(&self, selector: &str) -> Vec<Element> {
        let mut shown = Vec::new();
        for element in self.client.find_all(Locator::Css(selector)).await.unwrap_or_default() {
            if element.is_displayed().await.unwrap_or(false) {
                shown.push(element);
            }
        }
        shown
    }

    /// Role and accessible name of an element, as computed for a screen reader.
    ///
    /// # Errors
    /// When the element has gone.
    pub async fn role_and_name(&self, element: &Element) -> Result<(String, String), CmdError> {
        let id = element.element_id();
        let text = |answer: Json| answer.as_str().unwrap_or_default().trim().to_owned();
        let role = self.client.issue_cmd(Vendor::get(format!("element/{id}/computedrole"))).await?;
        let name = self.client.issue_cmd(Vendor::get(format!("element/{id}/computedlabel"))).await?;
        // Newer versions of ARIA call the role img image, and so does Chromium.
        let role = text(role).replace("image", "img");
        Ok((role, text(name)))
    }

    /// The element, once it is there.
    pub async fn expect(&self, role: &str, name: &str) -> Element {
        let begin = Instant::now();
        loop {
            if let Some(element) = self.find(role, name).await {
                return element;
            }
            let state = self.state().await;
            assert!(begin.elapsed() < PATIENCE, "there is no {role} “{name}” on the page\n{}", state.describe());
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Presses a button, once it can be pressed.
    pub async fn press(&self, button: &str) {
        self.until(&format!("the button {button} can be pressed"), |state| state.offers(button)).await;
        let element = self.expect("button", button).await;
        element.click().await.unwrap_or_else(|error| panic!("the button {button} cannot be pressed: {error}"));
    }

    /// Chooses from a list, by its id and the choice's value; the list may be in a part that is closed.
    pub async fn choose(&self, list: &str, value: &str) {
        let choose = "const list = document.getElementById(arguments[0]); list.value = arguments[1]; \
                      list.dispatchEvent(new Event('change')); return list.value === arguments[1]";
        let chosen = self.run_script(choose, vec![json!(list), json!(value)]).await;
        assert_eq!(chosen, json!(true), "“{value}” is not in the list {list}");
    }

    /// Has pictures seen and saved pixel by pixel.
    pub async fn exact_pixels(&self) {
        let switch = "[...document.querySelectorAll('label.check')].find((label) => label.innerText.trim() === 'Exact pixels').click()";
        self.run_script("document.querySelector('.more').open = true", vec![]).await;
        self.run_script(switch, vec![]).await;
    }

    /// Types keys into whatever has the focus.
    pub async fn keys(&self, keys: &str) {
        for key in keys.chars() {
            let stroke =
                KeyActions::new("keys".into()).then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
            self.client.perform_actions(stroke).await.expect("keys cannot be typed");
        }
    }

    /// Role and accessible name of what has the focus.
    pub async fn focus(&self) -> (String, String) {
        let element = self.client.active_element().await.expect("nothing has the focus");
        self.role_and_name(&element).await.expect("the focus has gone")
    }

    /// Waits until something of that role and name has the focus.
    pub async fn until_focus(&self, role: &str, name: &str) {
        let begin = Instant::now();
        while self.focus().await != (role.to_owned(), name.to_owned()) {
            assert!(begin.elapsed().as_secs() < 20, "not {role} “{name}”, but {:?} has the focus", self.focus().await);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Presses Tab until something of that role and name has the focus.
    pub async fn tab_to(&self, role: &str, name: &str) {
        let mut passed = Vec::new();
        for _ in 0..40 {
            let focus = self.focus().await;
            if focus == (role.to_owned(), name.to_owned()) {
                return;
            }
            passed.push(focus);
            self.keys("\u{e004}").await;
        }
        panic!("Tab does not lead to the {role} “{name}”, but to {passed:?}");
    }

    /// Runs a script in the page.
    pub async fn run_script(&self, script: &str, arguments: Vec<Json>) -> Json {
        self.client.execute(script, arguments).await.expect("the script does not run in the page")
    }

    /// Waits for what a script leaves in `window.__result`.
    pub async fn until_result(&self) -> Json {
        let begun = Instant::now();
        loop {
            let result = self.run_script("return window.__result ?? null", vec![]).await;
            if !result.is_null() || begun.elapsed() > PATIENCE {
                return result;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Runs a script in every document that is opened from now on, before its own.
    pub async fn before_scripts(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// Shows the page at another size, on a small screen as a phone shows it, and in a colour scheme.
    pub async fn show_at(&self, width: u32, height: u32, scheme: &str) {
        let phone = width < 600;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Sends a command of Chromium's own protocol.
    pub async fn devtools(&self, command: &str, parameters: Json) -> Json {
        let body = json!({ "cmd": command, "params": parameters });
        let answer = self.client.issue_cmd(Vendor::post("goog/cdp/execute", &body)).await;
        answer.unwrap_or_else(|error| panic!("Chromium does not do {command}: {error}"))
    }

    /// Drops files and folders of this machine onto the middle of what is shown there, as from a file manager.
    pub async fn drop_onto(&self, selector: &str, paths: &[&Path]) {
        let middle = "const target = document.querySelector(arguments[0]); target.scrollIntoView({ block: 'center' }); \
                      const box = target.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]";
        let middle = self.run_script(middle, vec![json!(selector)]).await;
        let data = json!({ "items": [], "files": paths, "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": kind, "x": middle[0], "y": middle[1], "data": data });
            self.devtools("Input.dispatchDragEvent", event).await;
        }
    }

    /// Chooses files or a folder in a file field, by the words on it.
    pub async fn choose_path(&self, words: &str, path: &Path) {
        let begun = Instant::now();
        // What it stands in may be on its way.
        while begun.elapsed() < PATIENCE {
            for label in self.all("label.button").await {
                if label.text().await.is_ok_and(|text| text.trim() == words) {
                    let field = label.find(Locator::Css("input[type=file]")).await.expect("there is no field");
                    return field.send_keys(&path.to_string_lossy()).await.expect("the path cannot be chosen");
                }
            }
            tokio::time::sleep(LOOK).await;
        }
        panic!("there is no file field “{words}”");
    }

    /// What is seen of the page, as PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("no screenshot")
    }

    /// The file that the browser has saved, once it is whole.
    pub async fn saved(&self) -> PathBuf {
        let begin = Instant::now();
        // The browser puts an empty file in the place first, and the whole one last.
        let mut before = None;
        loop {
            let files = std::fs::read_dir(&self.downloads).into_iter().flatten().flatten().map(|entry| entry.path());
            let hidden =
                |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            let files: Vec<_> = files.filter(|path| !hidden(path)).collect();
            let on_its_way =
                files.iter().any(|path| path.extension().is_some_and(|extension| extension == "crdownload"));
            let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
            let now = files.first().map(|path| (path.clone(), size(path)));
            let whole = !on_its_way && now == before;
            if let Some((path, _)) = now.as_ref().filter(|(_, size)| whole && *size > 0) {
                return path.clone();
            }
            before = now;
            assert!(begin.elapsed() < PATIENCE, "the browser has saved no file");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What the page says and what it wrote into the console.
    pub async fn last_words(&self) -> String {
        let state = match self.client.execute(COLLECT, vec![]).await {
            Ok(state) => serde_json::from_value::<State>(state).unwrap_or_default().describe(),
            Err(error) => format!("(its state cannot be read: {error})"),
        };
        let log = self.client.issue_cmd(Vendor::post("se/log", &json!({ "type": "browser" }))).await;
        let lines = log.unwrap_or_default();
        let line = |entry: &Json| entry["message"].as_str().unwrap_or_default().to_owned();
        let lines: Vec<_> = lines.as_array().into_iter().flatten().map(line).collect();
        format!("{state}\nconsole:\n{}", lines.join("\n"))
    }

    /// Ends the browser.
    pub async fn close(self) {
        let _ = self.client.close().await;
    }
}
