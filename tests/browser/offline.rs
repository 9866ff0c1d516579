//! What the browser keeps of the site, and what becomes of it without the host, with a new version, and without room.

use std::time::Duration;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::{
    browser::{Setup, browse},
    faults::Fault,
    lessons,
    own::open_more,
    page::Page,
    state::State,
};

/// A host that gives the service worker.
const KEEPS: Setup = Setup { keeps: true, ..Setup::PLAIN };

/// What is said of it.
const TOLD: &str = "return document.querySelector('.offline').textContent";

/// Waits until the page says these words of what is kept.
async fn until_told(page: &Page, words: &str) -> String {
    open_more(page).await;
    for _ in 0..600 {
        let told = page.run_script(TOLD, vec![]).await.as_str().unwrap_or_default().to_owned();
        if told.contains(words) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("waited in vain for “{words}”: {}", page.run_script(TOLD, vec![]).await);
}

/// Has all of the pack kept, if it is not.
async fn keep_all(page: &Page, pack: &str) {
    until_told(page, "That takes").await;
    page.run_script("document.querySelector('.offline button:not([hidden])').click()", vec![]).await;
    until_told(page, &format!("pack {pack} are kept: all of it works")).await;
}

/// A short run of the smallest pack, and all of it kept.
async fn kept(page: &Page) {
    page.open("pack=fashion-mnist-28&engine=cpu&steps=2").await;
    page.until_done().await;
    keep_all(page, "fashion-mnist-28").await;
}

/// How much is not kept, in MB.
async fn missing(page: &Page) -> f64 {
    let button = page.run_script("return document.querySelector('.offline button').textContent", vec![]).await;
    let text = button.as_str().unwrap().to_owned();
    text.split(['(', ' ']).find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}

/// Waits until what a run of a pack needs is kept, and only that.
async fn until_used(page: &Page, pack: &str) {
    until_told(page, &format!("Of the pack {pack}")).await;
    for _ in 0..300 {
        // Another classifier is; with engine, generator and the run's own classifier it would be twice as much.
        if missing(page).await < 30.0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{} MB are not kept", missing(page).await);
}

fn address(query: &str) -> impl Fn(&State) -> bool {
    move |state| state.address.contains(query)
}

#[test]
fn what_was_used_opens_without_the_host_and_has_threads() {
    browse(KEEPS, async |page| {
        page.open("pack=caffenet-64&engine=cpu&steps=2").await;
        page.until_done().await;
        until_used(&page, "caffenet-64").await;
        let isolated = "return window.crossOriginIsolated";
        assert_eq!(page.run_script(isolated, vec![]).await, json!(false), "the host sends no headers for that");
        page.site.go_down(true);
        page.open("pack=caffenet-64&engine=cpu&steps=3&seed=5").await;
        let picture = page.until_done().await;
        assert_eq!(picture.steps, 3);
        assert!(!page.pixels().await.is_blank());
        assert_eq!(page.run_script(isolated, vec![]).await, json!(true));
        if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
            let text = page.state().await.text;
            assert!(text.contains(" threads)"), "{text}");
        }

        // What was never loaded cannot be there.
        page.open("pack=fashion-mnist-28&engine=cpu&steps=2").await;
        page.until("a sentence", |state| !state.alerts.is_empty()).await;
        page.site.go_down(false);
        page.reload().await;
        page.until_done().await;
    });
}

#[test]
fn all_of_a_pack_is_kept_on_request_and_changed_to_without_the_host() {
    browse(KEEPS, async |page| {
        page.open("pack=caffenet-64&engine=cpu&steps=2").await;
        page.until_done().await;
        until_used(&page, "caffenet-64").await;
        // A connection that ends midway is told as that, and gone on with.
        page.site.break_file("weights/caffenet-64/classifier-resnet18.safetensors", Fault::Broken);
        page.run_script("document.querySelector('.offline button').click()", vec![]).await;
        until_told(&page, "could not be fetched").await;
        page.site.mend();
        keep_all(&page, "caffenet-64").await;
        let told = page.run_script(TOLD, vec![]).await;
        assert!(!told.to_string().contains("could not be fetched"), "{told}");
        page.site.go_down(true);
        page.reload().await;
        page.until_done().await;
        page.open("pack=caffenet-64&classifier=resnet18&engine=cpu&steps=1").await;
        page.until_done().await;
        assert!(page.state().await.alerts.is_empty());
    });
}

/// A classroom whose network has gone: what is fetched as it is wanted is there all the same.
#[test]
fn a_lesson_goes_on_without_the_host_and_so_do_other_rooms() {
    browse(KEEPS, async |page| {
        page.open("pack=caffenet-64&engine=cpu&steps=1").await;
        page.until_done().await;
        keep_all(&page, "caffenet-64").await;
        page.site.go_down(true);
        let (name, lesson) = lessons::lessons().remove(0);
        page.open_as_it_is(&format!("lesson={name}&engine=cpu")).await;
        for step in &lesson.steps[..2] {
            lessons::until_told(&page, step.say.of("en")).await;
            page.until_picture("a step of its run", |picture| picture.step > 0).await;
            page.press("Next").await;
        }
        page.press("See all").await;
        page.until("a wall", |state| state.text.contains("Drawn beforehand; choose one")).await;
        let first = "return [...document.querySelectorAll('.wall img')].slice(0, 4).every((image) => image.naturalWidth === 320)";
        while page.run_script(first, vec![]).await != json!(true) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        page.keys("\u{e00c}").await;
        page.choose("layer", "fc7").await;
        page.press("See all").await;
        page.until("a layer", |state| state.text.contains("pictures to draw")).await;
        page.keys("\u{e00c}").await;
        page.run_script("document.querySelector('.notebook > summary').click()", vec![]).await;
        page.until("the notebook", |state| state.text.contains("Nothing is kept yet")).await;
        assert!(page.state().await.alerts.is_empty());
    });
}

#[test]
fn what_is_no_description_replaces_none_and_nobody_is_asked_again_and_again() {
    browse(KEEPS, async |page| {
        kept(&page).await;
        page.site.break_file("weights/fashion-mnist-28/pack.json", Fault::Replaced(b"sign in first".to_vec()));
        page.reload().await;
        page.until_done().await;
        until_told(&page, "pack fashion-mnist-28 are kept: all of it works").await;
        let asked = page.site.requests("weights/fashion-mnist-28/pack.json");
        tokio::time::sleep(Duration::from_secs(3)).await;
        let more = page.site.requests("weights/fashion-mnist-28/pack.json") - asked;
        assert!(more <= 1, "{more} times in three seconds");
    });
}

/// The site with one more word in its page, as a host would have it once it was renewed: the page, and the script that names it.
fn renewed(page: &Page) -> [(&'static str, Vec<u8>); 2] {
    let old = page.site.read("index.html");
    let new =
        String::from_utf8(old.clone()).unwrap().replace("<head>", "<head><meta name=\"renewed\" content=\"1\" />");
    let sum = |content: &[u8]| Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let entry = |content: &[u8]| format!("\"index.html\":[\"{}\",{}]", sum(content), content.len());
    let script = String::from_utf8(page.site.read("sw.js")).unwrap();
    assert!(script.contains(&entry(&old)), "the service worker does not name the page");
    let script = script.replace(&entry(&old), &entry(new.as_bytes()));
    [("index.html", new.into_bytes()), ("sw.js", script.into_bytes())]
}

const UPDATE: &str = "navigator.serviceWorker.getRegistration().then((it) => it.update()).catch(() => {})";
const IS_RENEWED: &str = "return document.querySelector('meta[name=renewed]') !== null";

#[test]
fn a_new_version_is_offered_during_a_run_and_taken_as_a_whole() {
    browse(KEEPS, async |page| {
        kept(&page).await;
        page.open("pack=caffenet-64&engine=cpu&steps=1000").await;
        page.until_picture("some steps", |picture| picture.step > 2).await;

        // Half of it is on the host: nothing is taken, and nothing is said.
        let [index, script] = renewed(&page);
        page.site.break_file(script.0, Fault::Replaced(script.1));
        page.run_script(UPDATE, vec![]).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        let offered = |state: &State| state.offers("Reload");
        assert!(!offered(&page.state().await));

        // All of it is.
        page.site.break_file(index.0, Fault::Replaced(index.1));
        page.run_script(UPDATE, vec![]).await;
        let step = page.until("the new version is offered", offered).await.picture().unwrap().step;
        page.until_picture("the run goes on", |picture| picture.step > step + 2).await;
        assert_eq!(page.run_script(IS_RENEWED, vec![]).await, json!(false));
        page.press("Reload").await;
        let renewed = async || page.run_script(IS_RENEWED, vec![]).await == json!(true);
        for _ in 0..300 {
            if renewed().await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert!(renewed().await, "the new version is not there");
        page.until("the address has kept its run", address("steps=1000")).await;
        assert!(!offered(&page.state().await));
    });
}

#[test]
fn a_browser_without_room_keeps_what_it_has_and_the_page_runs() {
    browse(KEEPS, async |page| {
        page.open("pack=caffenet-64&engine=cpu&steps=2").await;
        page.until_done().await;
        until_used(&page, "caffenet-64").await;
        let origin = page.run_script("return location.origin", vec![]).await;
        page.devtools("Storage.overrideQuotaForOrigin", json!({ "origin": origin, "quotaSize": 1 })).await;
        page.run_script("document.querySelector('.offline button').click()", vec![]).await;
        until_told(&page, "no more room").await;
        page.press("Run").await;
        page.until_done().await;
    });
}

#[test]
fn a_host_without_the_service_worker_is_told_and_nothing_else_lacks() {
    browse(Setup::default(), async |page| {
        page.open("engine=cpu&steps=2").await;
        page.until_done().await;
        until_told(&page, "could not keep this page").await;
        assert!(page.state().await.alerts.is_empty());
    });
}

const LEFT: &str = "
    Promise.all([navigator.serviceWorker.getRegistrations(), caches.keys()])
      .then(([workers, stores]) => { window.__result = [workers.length, stores.length]; });
";

async fn left(page: &Page) -> Json {
    page.run_script("window.__result = undefined", vec![]).await;
    page.run_script(LEFT, vec![]).await;
    page.until_result().await
}

#[test]
fn it_goes_away_with_all_that_it_keeps_on_one_press_or_by_the_address() {
    browse(KEEPS, async |page| {
        kept(&page).await;
        assert_eq!(left(&page).await, json!([1, 1]));
        page.press("Keep nothing").await;
        until_told(&page, "Nothing is kept in this browser").await;
        assert_eq!(left(&page).await, json!([0, 0]));
        page.reload().await;
        page.until_done().await;
        until_told(&page, "Nothing is kept in this browser").await;
        page.press("Keep the page").await;
        keep_all(&page, "fashion-mnist-28").await;

        page.open("pack=fashion-mnist-28&engine=cpu&steps=2&sw=off").await;
        page.until_done().await;
        until_told(&page, "Nothing is kept in this browser").await;
        assert_eq!(left(&page).await, json!([0, 0]));
        assert!(page.state().await.alerts.is_empty());
    });
}

#[test]
fn what_is_not_kept_of_a_copy_is_kept_of_the_page() {
    const COPY: &str = "pack=fashion-mnist-28&engine=cpu&steps=2";
    browse(KEEPS, async |page| {
        page.open_copy(&format!("{COPY}&sw=off")).await;
        page.until_done().await;
        until_told(&page, "Nothing is kept in this browser").await;
        kept(&page).await;
        page.open_copy(COPY).await;
        page.until_done().await;
        until_told(&page, "Nothing is kept in this browser").await;
    });
}
