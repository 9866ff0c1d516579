//! The notebook of kept pictures: what is kept stays, can be taken away as a file, and is lost only with a word.

use std::{path::PathBuf, time::Duration};

use serde_json::{Value as Json, json};

use super::{
    browser::{Setup, browse},
    faults::Fault,
    page::Page,
    parts::part,
    state::State,
};

const RUN: &str = "unit=fc8:goldfish&steps=2&engine=cpu";
/// A note that would do harm if it were read as anything but a text.
const NOTE: &str = "</p><script>alert(1)</script> \"a\" & 'b' ]]>";
/// What the notebook says.
const SAID: &str = "return document.querySelector('.notebook').innerText";
/// The notes of the pictures that are shown.
const NOTES: &str =
    "return [...document.querySelectorAll('.notebook .kept:not([hidden]) textarea')].map((note) => note.value)";
/// The bytes of the first picture that is shown, once it is decoded, and its size: what the browser makes of its file.
const PICTURE: &str = r#"
const image = document.querySelector(".notebook img");
fetch(image.src).then((answer) => answer.arrayBuffer()).then((bytes) =>
  window.__result = [image.naturalWidth, ...new Uint8Array(bytes)]);
"#;
/// A browser that gives pages no database.
const REFUSED: &str = "indexedDB.open = () => { throw new DOMException('', 'SecurityError'); }";
/// A database that takes nothing more.
const FULL: &str = r#"
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...values) {
  if (window.full ?? true) throw new DOMException("", "QuotaExceededError");
  return put.apply(this, values);
};
"#;

/// Draws a picture and keeps it.
async fn keep(page: &Page) {
    page.open(RUN).await;
    page.until_done().await;
    press_keep(page, "Keep in notebook").await;
}

/// Chooses it in the list of what can be saved.
pub async fn press_keep(page: &Page, name: &str) {
    page.run_script("document.querySelector('.saves').open = true", vec![]).await;
    page.press(name).await;
    let is_open = page.run_script("return document.querySelector('.saves').open", vec![]).await;
    assert_eq!(is_open, json!(false), "the list closes");
}

/// Opens the notebook.
pub async fn open_notebook(page: &Page) {
    page.run_script("document.querySelector('.notebook').open = true", vec![]).await;
}

/// Types a text into a field, by its name.
pub async fn note(page: &Page, name: &str, text: &str) {
    page.expect("textbox", name).await.send_keys(text).await.unwrap();
}

/// Waits until the notebook says this.
async fn until_in_notebook(page: &Page, words: &str) -> State {
    page.until(&format!("“{words}”"), |state| state.text.contains(words)).await
}

/// The file that was saved.
async fn exported(page: &Page) -> (PathBuf, String) {
    let path = page.saved().await;
    let html = std::fs::read_to_string(&path).unwrap();
    (path, html)
}

/// The first picture's file, and its width.
async fn picture(page: &Page) -> (u64, Vec<u8>) {
    page.run_script(PICTURE, vec![]).await;
    let found = page.until_result().await;
    let mut numbers = found.as_array().unwrap().iter().map(|number| number.as_u64().unwrap());
    (numbers.next().unwrap(), numbers.map(|byte| byte as u8).collect())
}

#[test]
fn a_picture_and_its_note_are_still_there_when_the_page_is_opened_again() {
    browse(Setup::default(), async |page| {
        keep(&page).await;
        page.until_said(&["The picture is in the notebook"]).await;
        open_notebook(&page).await;
        note(&page, "Note on goldfish", NOTE).await;
        note(&page, "Title of the notebook", "What I have seen").await;
        // Typed, and at once left.
        page.reload().await;
        page.until_done().await;
        open_notebook(&page).await;
        page.until("the picture", |state| state.text.contains("Kept pictures: 1")).await;
        assert_eq!(page.run_script(NOTES, vec![]).await, json!([NOTE]));
        let title = page.run_script("return document.querySelector('#notebook-title').value", vec![]).await;
        assert_eq!(title, json!("What I have seen"));
        // The picture holds its run, and the link is to it.
        let (width, bytes) = picture(&page).await;
        assert_eq!(width, 4 * 64, "as large as pictures are saved");
        let run = dgn::stamp::read(&bytes).unwrap().unwrap();
        assert!(run.contains("unit=fc8:0") && run.contains("steps=2"), "{run}");
        let link = page.expect("link", "Draw it again: goldfish").await;
        assert_eq!(link.attr("href").await.unwrap().unwrap(), format!("?{run}"));
    });
}

#[test]
fn what_is_kept_is_what_was_seen_however_late_the_notebook_comes() {
    browse(Setup::default(), async |page| {
        page.site.break_file(&part(&page, "pictures"), Fault::Slow(1 << 20, Duration::from_secs(5)));
        page.open("pack=caffenet-64&engine=cpu&steps=1000").await;
        let seen = page.until_picture("some steps", |picture| picture.step >= 3).await.step;
        press_keep(&page, "Keep in notebook").await;
        let pressed = page.state().await.picture().unwrap().step;
        page.until_said(&["The picture is in the notebook"]).await;
        assert!(page.state().await.picture().unwrap().step > pressed, "it was kept before the notebook was there");
        open_notebook(&page).await;
        until_in_notebook(&page, "Kept pictures: 1").await;
        let said = page.run_script(SAID, vec![]).await.as_str().unwrap().to_owned();
        let (_, after) = said.split_once("step ").unwrap();
        let kept: u32 = after.split(' ').next().unwrap().parse().unwrap();
        assert!((seen..=pressed).contains(&kept), "{seen} {kept} {pressed}");
    });
}

#[test]
fn the_notebook_is_taken_away_as_one_file() {
    browse(Setup::default(), async |page| {
        keep(&page).await;
        page.until_said(&["The picture is in the notebook"]).await;
        open_notebook(&page).await;
        note(&page, "Note on goldfish", NOTE).await;
        note(&page, "Title of the notebook", "<b>Mine</b>").await;
        page.press("Export as one HTML file").await;
        page.until_said(&["The notebook is saved as a file"]).await;
        let (path, html) = exported(&page).await;
        assert_eq!(path.file_name().unwrap(), "notebook.html");
        // The browser reads in it what was written, and no more.
        let read = r#"
const file = new DOMParser().parseFromString(arguments[0], "text/html");
const text = (selector) => file.querySelector(selector).textContent;
return [file.documentElement.lang, file.title, text("h1"), text("h2"), text(".note"), file.scripts.length,
  file.querySelectorAll("article").length, file.querySelector("img").src, file.querySelector("a").href];
"#;
        let found = page.run_script(read, vec![json!(html)]).await;
        let wanted = json!(["en", "<b>Mine</b>", "<b>Mine</b>", "goldfish", NOTE, 0, 1]);
        assert_eq!(found.as_array().unwrap()[..7], wanted.as_array().unwrap()[..], "{html}");
        // The link that it holds draws the picture again.
        let address = found[8].as_str().unwrap().to_owned();
        assert!(address.starts_with("http") && address.contains("unit=fc8:0"), "{address}");
        let (_, png) = picture(&page).await;
        let decoded = "fetch(arguments[0]).then((answer) => answer.arrayBuffer()).then((bytes) => \
                       window.__result = [...new Uint8Array(bytes)])";
        page.run_script("window.__result = null", vec![]).await;
        page.run_script(decoded, vec![found[7].clone()]).await;
        let kept: Vec<u8> = serde_json::from_value(page.until_result().await).unwrap();
        assert_eq!(kept, png);
        // By itself, from the disk, it shows the picture.
        page.open_own_file(&path).await;
        let shown = "return [document.images[0].naturalWidth, document.querySelector('.note').textContent]";
        assert_eq!(page.run_script(shown, vec![]).await, json!([4 * 64, NOTE]));
    });
}

#[test]
fn what_is_deleted_can_be_brought_back_until_the_page_is_left() {
    browse(Setup::default(), async |page| {
        keep(&page).await;
        page.until_said(&["The picture is in the notebook"]).await;
        open_notebook(&page).await;
        note(&page, "Note on goldfish", "mine").await;
        page.press("Delete goldfish").await;
        until_in_notebook(&page, "Deleted: goldfish").await;
        page.until_focus("button", "Undo").await;
        page.press("Undo").await;
        until_in_notebook(&page, "Kept pictures: 1").await;
        page.until_focus("textbox", "Note on goldfish").await;
        page.reload().await;
        page.until_done().await;
        open_notebook(&page).await;
        until_in_notebook(&page, "Kept pictures: 1").await;
        assert_eq!(page.run_script(NOTES, vec![]).await, json!(["mine"]));
        page.press("Delete goldfish").await;
        until_in_notebook(&page, "Nothing is kept yet").await;
        page.reload().await;
        page.until_done().await;
        open_notebook(&page).await;
        until_in_notebook(&page, "Nothing is kept yet").await;
        assert_eq!(page.run_script(NOTES, vec![]).await, json!([]));
    });
}

#[test]
fn two_pages_do_not_take_each_others_pictures_away() {
    browse(Setup::default(), async |page| {
        keep(&page).await;
        page.until_said(&["The picture is in the notebook"]).await;
        open_notebook(&page).await;
        let [first, second] = page.open_tab().await;
        page.open("unit=fc8:lion&steps=2&engine=cpu").await;
        page.until_done().await;
        press_keep(&page, "Keep in notebook").await;
        page.until_said(&["The picture is in the notebook"]).await;
        open_notebook(&page).await;
        until_in_notebook(&page, "Kept pictures: 2").await;
        let names = "return [...document.querySelectorAll('.notebook .name')].map((name) => name.innerText)";
        assert_eq!(page.run_script(names, vec![]).await, json!(["lion", "goldfish"]), "the newest first");
        page.press("Delete goldfish").await;
        until_in_notebook(&page, "Deleted: goldfish").await;
        page.turn_to(&first).await;
        page.run_script("dispatchEvent(new Event('focus'))", vec![]).await;
        page.until("the other page's picture, and not the one that it deleted", |state| {
            state.text.contains("lion") && state.text.contains("Kept pictures: 1")
        })
        .await;
        assert_eq!(page.run_script(names, vec![]).await, json!(["lion"]));
        page.turn_to(&second).await;
    });
}

#[test]
fn a_copy_of_the_page_on_the_same_host_has_a_notebook_of_its_own() {
    browse(Setup::default(), async |page| {
        keep(&page).await;
        page.until_said(&["The picture is in the notebook"]).await;
        page.open_copy(&format!("pack=caffenet-64&{RUN}")).await;
        page.until_done().await;
        open_notebook(&page).await;
        until_in_notebook(&page, "Nothing is kept yet").await;
        page.open(RUN).await;
        page.until_done().await;
        open_notebook(&page).await;
        until_in_notebook(&page, "Kept pictures: 1").await;
    });
}

#[test]
fn where_the_browser_keeps_nothing_the_notebook_says_so_and_is_not_lost() {
    browse(Setup::default(), async |page| {
        page.before_scripts(REFUSED).await;
        keep(&page).await;
        page.until_said(&["does not keep anything", "until this page is closed"]).await;
        open_notebook(&page).await;
        until_in_notebook(&page, "Only until this page is closed").await;
        note(&page, "Note on goldfish", "still here").await;
        press_keep(&page, "Keep in notebook").await;
        until_in_notebook(&page, "Kept pictures: 2").await;
        page.press("Export as one HTML file").await;
        let (_, html) = exported(&page).await;
        assert!(html.contains("still here") && html.matches("data:image/png;base64,iVBOR").count() == 2, "{html}");
    });
}

#[test]
fn a_database_that_is_full_is_told_and_tried_again() {
    browse(Setup::default(), async |page| {
        page.before_scripts(FULL).await;
        keep(&page).await;
        page.until_said(&["no more room", "until this page is closed"]).await;
        open_notebook(&page).await;
        until_in_notebook(&page, "Only until this page is closed").await;
        page.run_script("window.full = false; dispatchEvent(new Event('focus'))", vec![]).await;
        page.until("it is kept", |state| !state.text.contains("Only until this page is closed")).await;
        let said = page.run_script(SAID, vec![]).await;
        assert!(!said.as_str().unwrap().contains("no more room"), "{said}");
    });
}

#[test]
fn printed_is_the_notebook_and_nothing_else() {
    browse(Setup::default(), async |page| {
        keep(&page).await;
        page.until_said(&["The picture is in the notebook"]).await;
        open_notebook(&page).await;
        note(&page, "Note on goldfish", "a note on paper").await;
        // What is seen is looked at while it would be printed.
        let look = r#"
window.print = () => { window.marked = document.documentElement.dataset.print; };
"#;
        page.run_script(look, vec![]).await;
        page.press("Print").await;
        assert_eq!(page.run_script("return window.marked", vec![]).await, json!("notebook"));
        page.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
        let text = page.state().await.text;
        assert!(text.contains("goldfish") && text.contains("a note on paper"), "{text}");
        assert!(!text.contains("Export") && !text.contains("Step") && !text.contains("More"), "{text}");
        page.devtools("Emulation.setEmulatedMedia", json!({ "media": "" })).await;
        page.run_script("dispatchEvent(new Event('afterprint'))", vec![]).await;
        let mark = page.run_script("return document.documentElement.dataset.print ?? null", vec![]).await;
        assert_eq!(mark, Json::Null);
    });
}

#[test]
fn the_notebook_is_chinese_too() {
    browse(Setup::default(), async |page| {
        page.open(&format!("lang=zh&{RUN}")).await;
        page.until("a run that is done", |state| state.offers("运行") && state.text.contains("完成。")).await;
        press_keep(&page, "收入笔记本").await;
        page.until_said(&["图像已收入笔记本"]).await;
        open_notebook(&page).await;
        note(&page, "关于“金鱼”的笔记", "很像").await;
        page.press("导出为单个 HTML 文件").await;
        let (_, html) = exported(&page).await;
        for said in ["<html lang=\"zh\">", "很像", "金鱼", "激活值", "随机种子"] {
            assert!(html.contains(said), "{said}: {html}");
        }
    });
}
