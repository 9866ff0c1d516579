//! What is seen at first sight: everything that matters, without scrolling, on a laptop and on a phone.

use super::{
    browser::{Setup, browse},
    page::Page,
    state::Picture,
};

/// What has to be in sight.
const ESSENTIALS: &str =
    "#search, .buttons button, .run, .frame canvas[role=img], .status, .counter, .plot, .guesses li, .engine .line";

/// The run that is looked at.
const RUN: &str = "unit=fc8:goldfish&steps=40";

/// Keeps a screenshot where DGN_SCREENSHOTS says; they are for people to look at.
pub async fn keep_screenshot(page: &Page, name: &str) {
    let Some(folder) = std::env::var_os("DGN_SCREENSHOTS").map(std::path::PathBuf::from) else {
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.png")), page.screenshot().await).unwrap();
}

/// The run of a query, with everything that matters in sight on a screen of that width and height.
pub async fn first_view(page: &Page, query: &str, [width, height]: [u32; 2], scheme: &str, least_picture: f64) {
    page.show_at(width, height, scheme).await;
    page.open(query).await;
    page.until_done().await;
    let places = page.places(ESSENTIALS).await;
    assert!(places.len() >= 15, "{places:?}");
    for place in &places {
        let inside = place.left >= -0.5
            && place.top >= -0.5
            && place.right <= f64::from(width) + 0.5
            && place.bottom <= f64::from(height) + 0.5;
        assert!(inside, "{width}×{height}: not in sight: {place:?}");
    }
    let pictures = page.places(".frame canvas[role=img]").await;
    let picture = &pictures[0];
    let (w, h) = (picture.right - picture.left, picture.bottom - picture.top);
    assert!(w >= least_picture && (w - h).abs() < 1.0, "{width}×{height}: the picture is {w}×{h}");
    let wide = page.run_script("return document.documentElement.scrollWidth > innerWidth", vec![]).await;
    assert_eq!(wide, serde_json::json!(false), "{width}×{height}: the page is wider than the screen");
    let rendering =
        page.run_script("return getComputedStyle(document.querySelector('.frame canvas')).imageRendering", vec![]);
    assert_eq!(rendering.await, serde_json::json!("pixelated"));
    let pixels = page.pixels().await.width;
    keep_screenshot(page, &format!("{pixels}-{width}x{height}-{scheme}")).await;
}

#[test]
fn a_laptop_shows_everything_at_once() {
    browse(Setup::default(), async |page| {
        first_view(&page, RUN, [1366, 768], "light", 384.0).await;
        first_view(&page, RUN, [1366, 768], "dark", 384.0).await;
    });
}

#[test]
fn a_phone_shows_everything_at_once() {
    browse(Setup::default(), async |page| {
        first_view(&page, RUN, [390, 844], "light", 256.0).await;
        first_view(&page, RUN, [390, 844], "dark", 256.0).await;
    });
}

#[test]
fn a_projector_shows_it_larger() {
    browse(Setup::default(), async |page| {
        first_view(&page, RUN, [1920, 1080], "light", 768.0).await;
    });
}

#[test]
fn a_comparison_is_seen_at_once() {
    browse(Setup::default(), async |page| {
        for (width, height, scheme) in [(1366, 768, "light"), (390, 844, "dark")] {
            page.show_at(width, height, scheme).await;
            page.open("unit=fc8:goldfish&steps=12&compare=none&compare=tv,jitter&compare=blur").await;
            let last = |name: &String| Picture::parse(name).is_some_and(|picture| picture.is_last());
            page.until("four pictures", |state| state.pictures.iter().filter(|name| last(name)).count() == 4).await;
            let lanes = page.places(".lane:not([hidden]) canvas[role=img]").await;
            assert_eq!(lanes.len(), 4);
            for lane in &lanes {
                let (w, h) = (lane.right - lane.left, lane.bottom - lane.top);
                assert!(w >= 120.0 && (w - h).abs() < 1.5, "{width}×{height}: a picture is {w}×{h}");
                let inside =
                    lane.left >= -0.5 && lane.right <= f64::from(width) + 0.5 && lane.bottom <= f64::from(height);
                assert!(inside, "{width}×{height}: not in sight: {lane:?}");
            }
            keep_screenshot(&page, &format!("compare-{width}x{height}-{scheme}")).await;
        }
    });
}

#[test]
fn nothing_moves_when_the_run_begins() {
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        let saves = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })";
        page.before_scripts(saves).await;
        page.open("steps=3").await;
        page.until_said(&["saves data"]).await;
        let before = page.places(".run, .frame, .plot, .guesses").await;
        page.press("Run").await;
        page.until_done().await;
        let after = page.places(".run, .frame, .plot, .guesses").await;
        for (before, after) in before.iter().zip(&after) {
            assert!(
                (before.top - after.top).abs() < 2.0 && (before.left - after.left).abs() < 2.0,
                "{before:?} {after:?}"
            );
        }
    });
}
