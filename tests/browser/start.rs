//! How the page and its engine start, and what is said where they cannot: a page without a host or in a sandbox, a site that
//! was renewed, a browser that gives no memory.

use super::{
    browser::{Setup, browse},
    faults::Fault,
    page::Page,
};

/// A file of the site whose name begins and ends so.
pub fn file(page: &Page, begins: &str, ends: &str) -> String {
    let html = String::from_utf8(page.site.read("index.html")).unwrap();
    let names = html.split('"').map(|part| part.trim_start_matches("./"));
    names.into_iter().find(|name| name.starts_with(begins) && name.ends_with(ends)).unwrap().to_owned()
}

#[test]
fn a_page_that_is_opened_as_a_file_says_how_to_serve_it() {
    browse(Setup::default(), async |page| {
        page.open_file("index.html").await;
        page.until_said(&["web server", "python3 -m http.server"]).await;
    });
}

#[test]
fn a_page_in_a_sandbox_names_the_permission_and_a_way_out() {
    browse(Setup::default(), async |page| {
        let frame = br#"<iframe sandbox="allow-scripts" src="./?steps=2"></iframe>"#;
        page.site.break_file("icon.svg", Fault::Html);
        page.open_path("icon.svg").await;
        let put = "document.body.innerHTML = arguments[0]";
        page.run_script(put, vec![String::from_utf8_lossy(frame).into()]).await;
        page.enter_frame().await;
        page.until_said(&["sandboxed", "allow-same-origin"]).await;
        let link = "const link = document.querySelector('a'); return [link.href, link.target]";
        let link = page.run_script(link, vec![]).await;
        assert_eq!(link, serde_json::json!([page.site.address("steps=2"), "_blank"]));
    });
}

#[test]
fn a_frame_with_both_permissions_runs() {
    browse(Setup::default(), async |page| {
        page.site.break_file("icon.svg", Fault::Html);
        page.open_path("icon.svg").await;
        let put = "document.body.innerHTML = '<iframe sandbox=\"allow-scripts allow-same-origin\" width=1200 height=800 \
                   src=\"./?pack=caffenet-64&steps=2\"></iframe>'";
        page.run_script(put, vec![]).await;
        page.enter_frame().await;
        page.until_done().await;
    });
}

#[test]
fn a_file_of_the_page_that_is_not_there_is_not_taken_for_an_old_browser() {
    // Each in a browser of its own, as what has once arrived is kept there.
    for (beginning, ending, fault, words) in [
        ("page-", ".js", Fault::Missing, "renewed"),
        ("page-", ".js", Fault::Html, "web page instead"),
        ("page-", ".wasm", Fault::Missing, "renewed"),
        ("page-", ".wasm", Fault::Truncated, "reload"),
        ("parts-", "/parts.js", Fault::Missing, "parts.js"),
    ] {
        browse(Setup::default(), async |page| {
            page.site.break_file(&file(&page, beginning, ending), fault);
            page.open("steps=2").await;
            let said = page.until_said(&[words]).await;
            assert!(!said.contains("browser is too old"), "{said}");
            page.site.mend();
            page.press("Reload").await;
            page.until_done().await;
        });
    }
}

#[test]
fn an_old_browser_is_told_which_ones_run() {
    browse(Setup::default(), async |page| {
        page.before_scripts("WebAssembly.validate = () => false").await;
        page.open("steps=2").await;
        page.until_said(&["too old", "Firefox"]).await;
    });
}

#[test]
fn a_page_from_before_the_site_was_renewed_asks_to_be_reloaded() {
    browse(Setup::default(), async |page| {
        let engine = String::from_utf8(page.site.read("engine.js")).unwrap();
        let (before, version) = engine.rsplit_once("export const version = \"").unwrap();
        let other = format!("{before}export const version = \"other{version}");
        page.site.break_file("engine.js", Fault::Replaced(other.into()));
        page.open("unit=fc8:lion&steps=2&seed=5").await;
        page.until_said(&["renewed", "reload"]).await;
        assert_eq!(page.site.requests("weights/caffenet-64/generator.safetensors"), 0, "the weights were fetched");
        page.site.mend();
        page.press("Reload").await;
        assert!(page.until_done().await.neuron.starts_with("lion"));
        assert!(page.state().await.address.contains("seed=5"), "the run is lost");
    });
}

#[test]
fn what_the_page_does_not_know_of_the_engine_is_not_swallowed() {
    browse(Setup::default(), async |page| {
        page.site.break_file("worker.js", Fault::Prepended("postMessage({ Painted: { stroke: 1 } });".into()));
        page.open("steps=2").await;
        page.until_said(&["renewed", "reload"]).await;
        page.site.mend();
        page.press("Reload").await;
        page.until_done().await;
    });
}

#[test]
fn weights_that_were_replaced_under_an_open_page_are_noticed() {
    const MANIFEST: &str = "weights/caffenet-64/pack.json";
    browse(Setup::default(), async |page| {
        page.open("steps=2").await;
        page.until_done().await;
        let mut manifest: serde_json::Value = serde_json::from_slice(&page.site.read(MANIFEST)).unwrap();
        manifest["generator"]["weights"]["sha256"] = "0".repeat(64).into();
        page.site.break_file(MANIFEST, Fault::Replaced(serde_json::to_vec(&manifest).unwrap()));
        page.choose("classifier", "resnet18").await;
        page.press("Run").await;
        page.until_said(&["renewed", "reload"]).await;
    });
}

#[test]
fn memory_that_the_browser_does_not_give_is_named_and_a_smaller_run_follows() {
    browse(Setup { memory_pages: Some(3600), ..Setup::default() }, async |page| {
        page.open("pack=tiny-imagenet-64&unit=fc:1&seeds=9&steps=2").await;
        page.until_said(&["no more memory", "one picture at once in place of 9"]).await;
        page.run_script("document.querySelector('.more').open = true", vec![]).await;
        page.choose("seeds", "1").await;
        page.press("Run").await;
        page.until_done().await;
        assert!(page.state().await.alerts.is_empty());
    });
}

#[test]
fn a_judge_that_does_not_fit_is_left_out_and_the_run_stays() {
    browse(Setup { memory_pages: Some(2100), ..Setup::default() }, async |page| {
        page.open("pack=caffenet-64&unit=fc8:34&steps=3&compare=none").await;
        page.until_said(&["The pictures are done", "ResNet-18", "no memory"]).await;
        let state = page.state().await;
        let done = state.pictures.iter().filter(|name| name.contains("step 3 of 3")).count();
        assert!(done == 2 && state.status.join(" ").contains("Done"), "{}", state.describe());
        // The engine is there as before.
        page.press("Run").await;
        page.until("it runs again", |state| state.alerts.is_empty() && !state.status.join(" ").contains("Done")).await;
        page.until_said(&["The pictures are done"]).await;
        assert_eq!(page.site.requests("weights/caffenet-64/classifier-caffenet.safetensors"), 1);
        assert_eq!(page.site.requests("weights/caffenet-64/classifier-resnet18.safetensors"), 0);
    });
}

#[test]
fn a_run_that_would_need_more_memory_than_there_may_be_is_refused_before_anything_is_loaded() {
    const MANIFEST: &str = "weights/tiny-imagenet-64/pack.json";
    browse(Setup::default(), async |page| {
        let mut manifest: serde_json::Value = serde_json::from_slice(&page.site.read(MANIFEST)).unwrap();
        let mut large = manifest["classifiers"][0].clone();
        large["name"] = "large".into();
        large["view"] = serde_json::json!({ "resize": { "height": 512, "width": 512, "filter": "bilinear" } });
        manifest["classifiers"].as_array_mut().unwrap().push(large);
        page.site.break_file(MANIFEST, Fault::Replaced(serde_json::to_vec(&manifest).unwrap()));
        page.open("pack=tiny-imagenet-64&classifier=large&unit=fc:1&seeds=9&steps=2").await;
        page.until_said(&["MB of memory", "one picture at once in place of 9"]).await;
        assert_eq!(page.site.requests("weights/tiny-imagenet-64/generator.safetensors"), 0);
        page.run_script("document.querySelector('.more').open = true", vec![]).await;
        page.choose("seeds", "1").await;
        page.until("it would fit", |state| state.alerts.is_empty() && state.offers("Run")).await;
    });
}

#[test]
fn an_engine_without_memory_for_its_networks_says_so_each_time() {
    browse(Setup { memory_pages: Some(500), ..Setup::default() }, async |page| {
        page.open("pack=imagenet-128&steps=2").await;
        page.until_said(&["no more memory", "smaller networks"]).await;
        page.press("Dismiss").await;
        page.press("Run").await;
        page.until_said(&["no more memory"]).await;
    });
}

#[test]
fn a_part_of_another_page_is_the_picture_its_neuron_run_and_the_way_to_the_whole() {
    browse(Setup::default(), async |page| {
        page.open("embed=1&unit=fc8:lion&steps=2&engine=cpu").await;
        page.until_done().await;
        let state = page.state().await;
        assert!(state.address.contains("embed=1") && state.address.contains("seed="), "{}", state.address);
        page.press("Run").await;
        page.until_done().await;
        for hidden in ["Pause", "Save image", "Copy link"] {
            assert!(page.find("button", hidden).await.is_none(), "{hidden}");
        }
        assert!(page.find("searchbox", "Neuron").await.is_none());
        page.expect("heading", "Lion").await;
        let whole = page.expect("link", "Open the whole page").await.attr("href").await.unwrap().unwrap();
        assert!(whole.contains("unit=fc8") && !whole.contains("embed"), "{whole}");
        for (width, height) in [(320, 420), (600, 760)] {
            page.show_at(width, height, "light").await;
            let wide = "return document.documentElement.scrollWidth <= innerWidth";
            assert_eq!(page.run_script(wide, vec![]).await, serde_json::json!(true), "{width}");
        }
    });
}
