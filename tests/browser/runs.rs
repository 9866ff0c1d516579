//! A run from beginning to end, and again from its address.

use image::GenericImageView;
use regex_lite::Regex;

use super::{
    browser::{Setup, browse},
    faults::Fault,
    page::Page,
};

/// What the curve says of the run: its first and its last activation.
async fn climb(page: &Page) -> (f64, f64) {
    let curve = Regex::new(r"^Activation over (\d+) steps, from (-?[\d.]+) to (-?[\d.]+)$").unwrap();
    let state = page.state().await;
    let climb = state.pictures.iter().find_map(|name| curve.captures(name));
    let climb = climb.unwrap_or_else(|| panic!("no curve tells the activations\n{}", state.describe()));
    (climb[2].parse().unwrap(), climb[3].parse().unwrap())
}

#[test]
fn the_page_runs_its_neuron_at_once_and_lifts_its_logit_by_more_than_ten() {
    browse(Setup::default(), async |page| {
        page.open("").await;
        let last = page.until_done().await;
        assert_eq!((last.neuron.as_str(), last.step, last.steps), ("goldfish (n01443537)", 100, 100));
        let (first, end) = climb(&page).await;
        assert!(end - first >= 10.0, "from {first} to {end}");
        assert_eq!(end, last.activation);
        let state = page.until("the guesses are there", |state| state.text.contains("this neuron")).await;
        assert!(state.text.contains("goldfish"), "{}", state.describe());
        page.until_said(&["Done", "activation went from"]).await;
        assert!(!page.pixels().await.is_blank());
    });
}

#[test]
fn a_neuron_is_found_by_its_name_and_run() {
    browse(Setup::default(), async |page| {
        page.open("steps=3").await;
        page.until_done().await;
        page.expect("searchbox", "Neuron").await.click().await.unwrap();
        page.keys("teap").await;
        page.keys("\u{e007}").await;
        page.until_said(&["Run draws teapot"]).await;
        page.press("Run").await;
        let drawn = page.until_picture("a teapot", |picture| picture.neuron.starts_with("teapot")).await;
        assert_eq!(drawn.neuron, "teapot (n04398044)");
        let address = page.until("the address has it", |state| state.address.contains("unit=fc8:160")).await.address;
        for part in ["pack=caffenet-64", "seed=0", "steps=3", "lr=0.05,0", "decay=0.99", "clip=3"] {
            assert!(address.contains(part), "{address} does not hold {part}");
        }
    });
}

#[test]
fn an_address_gives_the_same_picture_again() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&seed=7&steps=20&lr=0.2,0.05&decay=0.98&clip=2.5&start=mean").await;
        let first = page.until_done().await;
        let (pixels, address) = (page.pixels().await, page.state().await.address);
        let (_, query) = address.split_once('?').expect("the address holds no run");
        page.open("steps=1").await;
        page.until_done().await;
        assert!(page.pixels().await.difference(&pixels) > 50, "another run is another picture");
        page.open(query).await;
        let again = page.until_done().await;
        assert_eq!((&again.neuron, again.steps), (&first.neuron, first.steps));
        assert!((again.activation - first.activation).abs() < 0.11, "{first:?}, then {again:?}");
        assert!(page.pixels().await.difference(&pixels) <= 2);
    });
}

#[test]
fn who_comes_back_to_a_page_that_was_not_kept_finds_its_run_drawn_again() {
    browse(Setup::default(), async |page| {
        // No browser keeps a page that has to hear of its end.
        page.before_scripts("addEventListener('unload', () => {})").await;
        page.open("unit=fc8:34&seed=3&steps=2").await;
        page.until_done().await;
        page.run_script("document.querySelector('#neuron-145').click()", vec![]).await;
        page.press("Run").await;
        let before = page.until_picture("the other neuron", |picture| !picture.neuron.starts_with("lion")).await.neuron;
        page.until_done().await;
        let (pixels, address) = (page.pixels().await, page.state().await.address);
        page.run_script("window.kept = true", vec![]).await;
        page.site.break_file("icon.svg", Fault::Html);
        page.open_path("icon.svg").await;
        page.run_script("history.back()", vec![]).await;
        assert_eq!(page.until_done().await.neuron, before);
        assert_eq!(page.run_script("return window.kept ?? null", vec![]).await, serde_json::json!(null));
        assert_eq!(page.state().await.address, address);
        assert_eq!(page.pixels().await.difference(&pixels), 0);
    });
}

#[test]
fn a_hidden_unit_and_several_units_can_be_run_from_an_address() {
    browse(Setup::default(), async |page| {
        page.open("unit=conv4:17@mean&steps=3").await;
        assert_eq!(page.until_done().await.neuron, "conv4:17@mean");
        page.open("unit=fc8:0&unit=fc8:lion*-0.5&steps=3").await;
        assert_eq!(page.until_done().await.neuron, "goldfish − 0.5 × lion");
    });
}

#[test]
fn a_link_to_the_earlier_pack_still_opens() {
    browse(Setup::default(), async |page| {
        page.open("pack=tiny-imagenet-64&classifier=resnet18&unit=fc:lion&seed=3&steps=3&lr=0.15,0&decay=0.99&clip=3")
            .await;
        assert_eq!(page.until_done().await.neuron, "lion (n02129165)");
        let state = page.state().await;
        assert!(state.alerts.is_empty() && state.address.contains("pack=tiny-imagenet-64"), "{}", state.describe());
    });
}

#[test]
fn the_saved_file_is_the_picture_enlarged() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:goldfish&seed=5&steps=4").await;
        page.until_done().await;
        let pixels = page.pixels().await;
        page.exact_pixels().await;
        page.press("Save image").await;
        page.until_said(&["saved"]).await;
        let file = page.saved().await;
        assert_eq!(file.file_name().unwrap(), "n01443537-fc8-0-seed-5.png");
        let saved = image::open(file).unwrap();
        let factor = saved.width() / pixels.width;
        assert!(factor >= 4 && saved.width() == factor * pixels.width && saved.height() == factor * pixels.height);
        for (index, pixel) in pixels.rgba.chunks(4).enumerate() {
            let (x, y) = (index as u32 % pixels.width, index as u32 / pixels.width);
            for corner in [0, factor - 1] {
                assert_eq!(saved.get_pixel(factor * x + corner, factor * y + corner).0, pixel, "at {x}, {y}");
            }
        }
    });
}

#[test]
fn the_units_of_any_layer_can_be_listed_and_run() {
    browse(Setup::default(), async |page| {
        page.open("steps=2").await;
        page.until_done().await;
        page.choose("layer", "conv3").await;
        page.until("its units", |state| state.text.contains("unit 159")).await;
        page.expect("searchbox", "Neuron").await.click().await.unwrap();
        page.keys("unit 17").await;
        page.keys("\u{e007}").await;
        page.until_said(&["Run draws conv3:17"]).await;
        page.press("Run").await;
        page.until_picture("the centre's picture", |picture| picture.neuron == "conv3:17" && picture.is_last()).await;
        page.run_script("document.querySelector('.more summary').click()", vec![]).await;
        page.choose("position", "its mean").await;
        page.until_said(&["Run draws conv3:17@mean"]).await;
        page.press("Run").await;
        page.until_picture("the mean's picture", |picture| picture.neuron == "conv3:17@mean").await;
        // A run from an address lists the layer of its unit.
        page.open("unit=fc7:3&steps=2").await;
        page.until_done().await;
        page.until("the layer's units", |state| state.text.contains("unit 1023")).await;
    });
}

#[test]
fn a_person_can_go_back_to_any_step_of_a_run() {
    browse(Setup::default(), async |page| {
        page.open("steps=9").await;
        let last = page.until_done().await;
        let pixels = page.pixels().await;
        let slider = page.expect("slider", "Go to a step of the run").await;
        // Home is the first step, and an arrow one more.
        slider.send_keys("\u{e011}").await.unwrap();
        page.until_picture("the first step", |picture| picture.step == 1).await;
        assert!(page.pixels().await.difference(&pixels) > 20);
        slider.send_keys("\u{e014}").await.unwrap();
        page.until_picture("the second step", |picture| picture.step == 2).await;
        slider.send_keys("\u{e010}").await.unwrap();
        assert_eq!(page.until_picture("the last step", |picture| picture.step == 9).await, last);
        assert_eq!(page.pixels().await.difference(&pixels), 0);
    });
}

#[test]
fn a_saved_picture_makes_its_run_again_when_it_is_dropped() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&seed=7&steps=4&lr=0.2,0.05").await;
        page.until_done().await;
        let pixels = page.pixels().await;
        page.press("Save image").await;
        page.until_said(&["saved"]).await;
        let file = std::fs::read(page.saved().await).unwrap();
        page.open("steps=2").await;
        page.until_done().await;
        let drop = "const [bytes] = arguments; const data = new DataTransfer(); \
                    data.items.add(new File([new Uint8Array(bytes)], 'lion.png', { type: 'image/png' })); \
                    document.querySelector('main').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))";
        page.run_script(drop, vec![serde_json::json!(file)]).await;
        let done = |picture: &crate::state::Picture| picture.neuron.starts_with("lion") && picture.is_last();
        page.until_picture("the lion again", done).await;
        assert!(page.pixels().await.difference(&pixels) <= 2);
        // Anything else is answered with a sentence.
        page.run_script(drop, vec![serde_json::json!(b"no picture")]).await;
        page.until_said(&["cannot read that file as a picture"]).await;
    });
}

/// Keeps the sum of each small picture's pixels at the moment when 64 of them are there, in `window.sketches`.
const WATCH: &str = r#"
const drawn = () => [...document.querySelectorAll(".tile.drawn canvas")];
window.sums = () => drawn().map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, value) => sum + value, 0);
});
new MutationObserver((_, observer) => {
  if (drawn().length < 64) return;
  observer.disconnect();
  window.sketches = window.sums();
}).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["class"] });
"#;

#[test]
fn a_layer_is_sketched_as_a_whole_and_then_drawn() {
    browse(Setup::default(), async |page| {
        page.open("pack=fashion-mnist-28&unit=conv3:0&steps=2").await;
        page.until_done().await;
        page.run_script(WATCH, vec![]).await;
        page.press("See all").await;
        page.until("it is being drawn", |state| state.text.contains("pictures to draw")).await;
        page.until("all is drawn", |state| !state.text.contains("to draw")).await;
        let both = page.run_script("return [window.sketches, window.sums()]", vec![]).await;
        let [sketches, pictures]: [Vec<f64>; 2] = serde_json::from_value(both).unwrap();
        assert_eq!((sketches.len(), pictures.len()), (64, 64));
        let differ = sketches.iter().zip(&pictures).filter(|(sketch, picture)| sketch != picture).count();
        assert!(differ > 48, "{differ} of 64 pictures were drawn further after all were sketched");
    });
}

#[test]
fn a_layer_is_seen_at_once_and_a_unit_of_it_picked() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc6:0&steps=2").await;
        page.until_done().await;
        page.press("See all").await;
        page.until("units and how many are left", |state| state.text.contains("pictures to draw")).await;
        let drawn = "return [...document.querySelectorAll('.tile.drawn')].map((tile) => tile.innerText.trim())";
        let some = loop {
            let drawn: Vec<String> = serde_json::from_value(page.run_script(drawn, vec![]).await).unwrap();
            if drawn.len() >= 8 {
                break drawn;
            }
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        };
        assert!(some.iter().any(|name| name == "unit 0"), "{some:?}");
        super::layout::keep_screenshot(&page, "layer").await;
        let places = page.places(".tile").await;
        let (first, row) = (&places[0], places.iter().find(|place| place.top > places[0].top + 1.0).unwrap());
        assert!(first.bottom - first.top > first.right - first.left, "a square and a name under it: {first:?}");
        assert!(row.top >= first.bottom, "rows lie one under the other: {first:?} {row:?}");
        // Scrolling brings what is then in sight to the front.
        page.run_script("const tiles = document.querySelector('.tiles'); tiles.scrollTop = tiles.scrollHeight", vec![])
            .await;
        let beyond = "return Math.max(0, ...[...document.querySelectorAll('.tile.drawn')].map((tile) => parseInt(tile.innerText.trim().slice(5))))";
        let last = loop {
            let last = page.run_script(beyond, vec![]).await.as_u64().unwrap();
            if last > 100 {
                break last;
            }
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        };
        assert!(last > 300, "after unit {last} others come first");
        page.press("unit 1023").await;
        page.until_picture("it is run", |picture| picture.neuron == "fc6:1023").await;
        assert!(!page.state().await.text.contains("pictures to draw"));
    });
}
