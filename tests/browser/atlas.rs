//! Pictures that were drawn beforehand: there at once, named as what they are, and replaced by what is drawn here.

use serde_json::json;

use super::{
    access::{bring_axe, glance},
    browser::{Setup, browse},
    faults::Fault,
    layout::keep_screenshot,
    page::Page,
    state::Picture,
};

const SAVES: &str = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })";
const PACK: &str = "weights/imagenet-128/pack.json";
const FIRST_SHEET: &str = "weights/imagenet-128/atlas-caffenet-000.jpg";
const ENGINE: &str = "engine_bg.wasm";

/// Waits for the picture of a neuron that was drawn beforehand.
async fn until_beforehand(page: &Page, neuron: &str) {
    let wanted = |name: &String| name.contains(neuron) && name.contains("drawn beforehand");
    page.until(&format!("{neuron}, drawn beforehand"), |state| {
        state.pictures.iter().any(wanted) && state.text.contains("Drawn beforehand")
    })
    .await;
}

/// The pixels of the picture shown, red, green and blue.
async fn seen(page: &Page) -> Vec<f64> {
    let read = "const canvas = document.querySelector('.frame canvas[role=img]'); \
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height); \
                return [...data].filter((_, place) => place % 4 < 3)";
    serde_json::from_value(page.run_script(read, vec![]).await).unwrap()
}

/// The mean difference of two pictures, of 255.
fn off(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / a.len() as f64
}

#[test]
fn the_picture_is_there_before_the_engine_and_gives_way_to_the_same_run() {
    browse(Setup::default(), async |page| {
        page.site.break_file(ENGINE, Fault::Stalled);
        page.open_as_it_is("").await;
        until_beforehand(&page, "goldfish").await;
        keep_screenshot(&page, "beforehand").await;
        let beforehand = seen(&page).await;
        assert_eq!(beforehand.len(), 128 * 128 * 3);
        // One sheet, and no weights.
        assert_eq!(page.site.requests(FIRST_SHEET), 1);
        assert_eq!(page.site.requests("weights/imagenet-128/atlas-caffenet-001.jpg"), 0);
        page.press("Cancel").await;
        page.site.mend();
        page.press("Run").await;
        let picture = page.until_done().await;
        assert_eq!((picture.neuron.as_str(), picture.steps), ("goldfish (n01443537)", 100));
        assert!(!page.state().await.text.contains("Drawn beforehand"));
        // On the processor it is the picture that was drawn beforehand, up to what JPEG has made of that one.
        let live = seen(&page).await;
        assert_ne!(live, beforehand, "what is seen now was drawn here");
        assert!(off(&live, &beforehand) < 4.0, "{} of 255", off(&live, &beforehand));
        let sheet = image::load_from_memory(&page.site.read(FIRST_SHEET)).unwrap();
        let next: Vec<f64> = sheet.crop_imm(128, 0, 128, 128).to_rgb8().iter().copied().map(f64::from).collect();
        assert!(off(&live, &next) > 20.0, "{} of 255 from another neuron's", off(&live, &next));
        // It is that very run.
        let pack: serde_json::Value = serde_json::from_slice(&page.site.read(PACK)).unwrap();
        let run = pack["classifiers"][0]["atlas"]["run"].as_str().unwrap().to_owned();
        let address = page.state().await.address;
        assert!(address.ends_with(&format!("?pack=imagenet-128&classifier=caffenet&unit=fc8:0&{run}")), "{address}");
    });
}

#[test]
fn other_packs_and_classifiers_have_the_pictures_that_are_drawn_too() {
    browse(Setup::default(), async |page| {
        page.before_scripts(SAVES).await;
        for query in ["pack=caffenet-64", "pack=caffenet-64&classifier=resnet18", "pack=tiny-imagenet-64"] {
            page.open_as_it_is(query).await;
            until_beforehand(&page, "goldfish").await;
            let beforehand = seen(&page).await;
            page.press("Run").await;
            page.until_done().await;
            let live = seen(&page).await;
            assert_ne!(live, beforehand, "{query}");
            // Of 64 pixels in a row JPEG keeps less.
            assert!(off(&live, &beforehand) < 6.0, "{query}: {} of 255", off(&live, &beforehand));
        }
    });
}

#[test]
fn whoever_saves_data_sees_each_picture_that_is_picked_and_loads_nothing_large() {
    browse(Setup::default(), async |page| {
        page.before_scripts(SAVES).await;
        page.show_at(1366, 768, "light").await;
        page.open_as_it_is("unit=fc8:lion").await;
        until_beforehand(&page, "lion").await;
        page.until_said(&["save data", "MB"]).await;
        let before = page.places(".run, .frame, .plot, .guesses").await;
        page.run_script("document.querySelector('#neuron-0').click()", vec![]).await;
        until_beforehand(&page, "goldfish").await;
        // Of another run there is none.
        page.run_script("document.querySelector('.more').open = true", vec![]).await;
        page.choose("start", "zeros").await;
        page.until("an empty frame", |state| state.pictures.iter().any(|name| name == "No picture yet")).await;
        page.choose("start", "near the mean code").await;
        until_beforehand(&page, "goldfish").await;
        page.run_script("document.querySelector('.more').open = false", vec![]).await;
        let loaded = "return performance.getEntriesByType('resource').filter(({ name }) => /engine_bg|safetensors/.test(name)).length";
        assert_eq!(page.run_script(loaded, vec![]).await, json!(0));
        for (before, after) in before.iter().zip(&page.places(".run, .frame, .plot, .guesses").await) {
            assert!(
                (before.top - after.top).abs() < 2.0 && (before.left - after.left).abs() < 2.0,
                "{before:?} {after:?}"
            );
        }
    });
}

#[test]
fn all_pictures_of_a_layer_are_a_wall_of_links_by_branch() {
    browse(Setup::default(), async |page| {
        page.before_scripts(SAVES).await;
        page.open_as_it_is("").await;
        until_beforehand(&page, "goldfish").await;
        bring_axe(&page).await;
        glance(&page, "a picture that was drawn beforehand").await;
        page.press("See all").await;
        page.until("branches", |state| state.text.contains("animals · fish")).await;
        keep_screenshot(&page, "wall").await;
        glance(&page, "a wall of pictures").await;
        let links = "return [...document.querySelectorAll('.wall a')].map((link) => new URL(link.href).searchParams.get('unit'))";
        let mut links: Vec<String> = serde_json::from_value(page.run_script(links, vec![]).await).unwrap();
        links.sort();
        links.dedup();
        assert_eq!(links.len(), 200);
        // A sheet is fetched once it is near what is seen, and what is seen at last is far below.
        let sheets = "return new Set(performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => /atlas-caffenet/.test(name))).size";
        let first = page.run_script(sheets, vec![]).await.as_u64().unwrap();
        assert!((1..20).contains(&first), "{first} of 20 sheets");
        page.run_script("document.querySelector('.branch:last-child a:last-child').scrollIntoView()", vec![]).await;
        let there = "return [...document.querySelectorAll('.branch:last-child img')].every((image) => image.complete && image.naturalWidth === 640)";
        while page.run_script(there, vec![]).await != json!(true) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        // A press picks in place, and the engine stays where it is.
        page.run_script("document.querySelector('.wall a[href*=\"unit=fc8:34&\"]').click()", vec![]).await;
        until_beforehand(&page, "lion").await;
        assert_eq!(page.site.requests(ENGINE), 0);
        // The keyboard opens it and leaves it again.
        page.press("See all").await;
        page.until("branches", |state| state.text.contains("animals · fish")).await;
        page.keys("\u{e00c}").await;
        page.until("the page again", |state| !state.text.contains("animals · fish")).await;
    });
}

/// Of a hidden layer some units were drawn beforehand; the whole layer is drawn here, as of any other.
#[test]
fn of_a_hidden_layer_there_are_some_and_the_way_to_all() {
    browse(Setup::default(), async |page| {
        page.before_scripts(SAVES).await;
        page.open_as_it_is("unit=conv3:7").await;
        until_beforehand(&page, "conv3").await;
        keep_screenshot(&page, "beforehand-hidden").await;
        page.press("20 drawn beforehand").await;
        page.until("how many there are", |state| state.text.contains("20 of the layer’s 160 neurons")).await;
        keep_screenshot(&page, "wall-hidden").await;
        let count = "return document.querySelectorAll('.wall a').length";
        assert_eq!(page.run_script(count, vec![]).await, json!(20));
        page.run_script("document.querySelector('.wall a[href*=\"unit=conv3:19&\"]').click()", vec![]).await;
        until_beforehand(&page, "conv3:19").await;
        assert_eq!(page.site.requests(ENGINE), 0);
        // Of the first that has no picture there is none, and of those read elsewhere none at all.
        page.run_script("document.querySelector('#neuron-20').click()", vec![]).await;
        page.until("an empty frame", |state| state.pictures.iter().any(|name| name == "No picture yet")).await;
        assert!(page.state().await.offers("20 drawn beforehand"));
        for (query, there) in [("unit=conv3:7@mean&steps=2", false), ("unit=conv3:7&steps=2", true)] {
            page.open_as_it_is(query).await;
            page.press("Run").await;
            page.until_done().await;
            assert_eq!(page.state().await.offers("20 drawn beforehand"), there, "{query}");
        }
        // All of the layer are drawn here.
        page.press("See all").await;
        let last = "const tiles = document.querySelector('.tiles'); if (!tiles) return false; tiles.scrollTop = tiles.scrollHeight; \
            return tiles.innerText.includes('159')";
        while page.run_script(last, vec![]).await != json!(true) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
}

#[test]
fn a_unit_of_the_wall_is_run_where_nothing_speaks_against_it() {
    browse(Setup::default(), async |page| {
        page.open_as_it_is("steps=2").await;
        page.until_done().await;
        page.press("See all").await;
        page.until("branches", |state| state.text.contains("animals · fish")).await;
        page.run_script("document.querySelector('.wall a[href*=\"unit=fc8:34&\"]').click()", vec![]).await;
        page.until_picture("it is run", |picture| picture.neuron.starts_with("lion")).await;
        assert!(page.state().await.address.contains("unit=fc8:34"));
    });
}

#[test]
fn pictures_that_cannot_be_had_cost_nothing() {
    for fault in [Fault::Missing, Fault::Html, Fault::Truncated, Fault::Stalled] {
        browse(Setup::default(), async |page| {
            // Without the engine the frame has nothing else to show.
            page.site.break_file(FIRST_SHEET, fault.clone());
            page.site.break_file(ENGINE, Fault::Stalled);
            page.open_as_it_is("").await;
            page.until("the engine is on its way", |state| !state.progress.is_empty()).await;
            tokio::time::sleep(std::time::Duration::from_secs(3)).await;
            assert_eq!(page.site.requests(FIRST_SHEET), 1, "{fault:?}");
            let state = page.state().await;
            assert!(state.alerts.is_empty() && !state.text.contains("Drawn beforehand"), "{}", state.describe());

            page.site.mend();
            page.site.break_file(FIRST_SHEET, fault);
            page.reload().await;
            page.until_picture("the run goes its way", |picture: &Picture| picture.step >= 2).await;
            assert!(page.state().await.alerts.is_empty());
        });
    }
}
