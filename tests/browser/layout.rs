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
    everything_is_in_sight(page, [width, height], least_picture).await;
    let pixels = page.pixels().await.width;
    keep_screenshot(page, &format!("{pixels}-{width}x{height}-{scheme}")).await;
}

/// Fails where something that matters is not in sight on a screen of that width and height, or the picture is smaller.
pub async fn everything_is_in_sight(page: &Page, [width, height]: [u32; 2], least_picture: f64) {
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
}

/// What is cut: buttons, labels and the like whose words are wider than they are, lists whose longest choice is, and what
/// stands out of its column.
const CUT: &str = r#"
const cut = [];
const tell = (element, wide, room) =>
  cut.push(`${element.tagName} ${element.id} “${(element.ariaLabel ?? element.innerText).trim().slice(0, 30)}”: ${wide}, ${room}`);
const shown = (element) => element.checkVisibility({ visibilityProperty: true });
for (const element of [...document.querySelectorAll("button, label, summary, legend, select")].filter(shown)) {
  if (element.matches("select")) {
    // By itself a list is as wide as its longest choice.
    const free = element.cloneNode(true);
    free.style.cssText = "position: absolute; width: max-content; visibility: hidden";
    element.after(free);
    if (free.offsetWidth > element.offsetWidth) tell(element, free.offsetWidth, element.offsetWidth);
    free.remove();
  } else if (getComputedStyle(element).display !== "inline" && element.clientWidth > 1) {
    if (element.scrollWidth > element.clientWidth) tell(element, element.scrollWidth, element.clientWidth);
  }
  if (element.clientWidth === 1) continue; // for screen readers only
  // What lies over the page has all of it.
  const column = element.closest(".list, .saves > div") ? null : element.closest(".controls, .extras");
  const around = column?.getBoundingClientRect() ?? { left: 0, right: innerWidth };
  const own = element.getBoundingClientRect();
  if (own.left < around.left - 1 || own.right > around.right + 1) tell(element, own.left, own.right);
}
if (document.documentElement.scrollWidth > innerWidth) cut.push(`the page: ${document.documentElement.scrollWidth}`);
return cut;
"#;

/// Widths of what is seen, in CSS pixels: at 200 % a screen shows half of its own.
const WIDTHS: [u32; 19] =
    [320, 360, 390, 480, 560, 600, 683, 751, 752, 800, 900, 959, 960, 1024, 1200, 1280, 1366, 1920, 2560];

/// Fails where something is cut, at any width.
pub async fn nothing_is_cut(page: &Page, state: &str) {
    for width in WIDTHS {
        for height in [540, 900] {
            page.show_at(width, height, "light").await;
            let cut = page.run_script(CUT, vec![]).await;
            assert_eq!(cut, serde_json::json!([]), "{state}, {width}×{height}");
        }
    }
}

#[test]
fn nothing_is_cut_at_any_width() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:goldfish&steps=2").await;
        page.until_done().await;
        nothing_is_cut(&page, "the first picture").await;
        let open = "for (const part of document.querySelectorAll('.extras details, .saves')) part.open = true";
        page.run_script(open, vec![]).await;
        nothing_is_cut(&page, "with everything open").await;
        page.choose("start", "a picture of mine").await;
        page.press("A cat").await;
        page.until("both pictures", |state| state.text.contains("what the generator can say of it")).await;
        // A unit with a long name, and beside it one with a place.
        page.run_script("document.querySelector('#neuron-150').click()", vec![]).await;
        page.press("Add a neuron").await;
        page.choose("layer", "conv3").await;
        page.choose("position", "one position").await;
        page.run_script("document.querySelector('#neuron-150').click()", vec![]).await;
        page.until("both neurons", |state| state.offers("Remove")).await;
        nothing_is_cut(&page, "with a picture, a place and two neurons").await;
        // The pack with the longest names.
        page.open("pack=imagenet-128&classifier=efficientnet-lite1&unit=fc:1&steps=1").await;
        page.until_done().await;
        page.run_script(open, vec![]).await;
        nothing_is_cut(&page, "with a thousand classes").await;
    });
}

#[test]
fn pictures_of_ones_own_are_seen_pixel_by_pixel() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:goldfish&steps=2&start=image&image=cat").await;
        page.until_done().await;
        page.run_script("document.querySelector('.more').open = true", vec![]).await;
        page.until("both pictures", |state| state.text.contains("what the generator can say of it")).await;
        let seen = r#"
return [...document.querySelectorAll(".own-image .pair canvas")].map((canvas) => {
  const { imageRendering, outlineStyle } = getComputedStyle(canvas);
  return [imageRendering, outlineStyle, canvas.offsetWidth === canvas.parentElement.clientWidth];
});
"#;
        let seen = page.run_script(seen, vec![]).await;
        assert_eq!(seen, serde_json::json!([["pixelated", "none", true], ["pixelated", "none", true]]));
    });
}

#[test]
fn a_laptop_shows_everything_at_once() {
    browse(Setup::default(), async |page| {
        first_view(&page, RUN, [1366, 768], "light", 384.0).await;
        first_view(&page, RUN, [1366, 768], "dark", 384.0).await;
    });
}

#[test]
fn a_laptop_need_not_scroll_in_any_language() {
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        for (language, done) in [("en", "Done."), ("zh", "完成。")] {
            page.open_as_it_is(&format!("lang={language}&steps=2&engine=cpu")).await;
            page.until("the run is done", |state| state.status.iter().any(|said| said.starts_with(done))).await;
            keep_screenshot(&page, &format!("laptop-{language}")).await;
            let beyond = "return document.documentElement.scrollHeight - innerHeight";
            assert_eq!(page.run_script(beyond, vec![]).await, serde_json::json!(0), "{language}");
            let last = page.places(".extras summary").await;
            assert!(last.len() == 5 && last.iter().all(|place| place.bottom <= 768.0), "{language}: {last:?}");
        }
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
        page.until_said(&["save data"]).await;
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
