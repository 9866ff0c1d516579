//! The pack that a visitor sees first: pictures of 128 pixels, classifiers that look at them each in its own size, one of
//! them with a thousand classes.

use serde_json::json;

use super::{
    browser::{Served, Setup, browse},
    layout::{first_view, keep_screenshot},
};

#[test]
fn a_first_visit_draws_a_picture_of_128_pixels_and_the_address_says_all_of_the_run() {
    browse(Setup::default(), async |page| {
        page.open_as_it_is("steps=3").await;
        let picture = page.until_done().await;
        assert_eq!(picture.neuron, "goldfish (n01443537)");
        let pixels = page.pixels().await;
        assert_eq!((pixels.width, pixels.height), (128, 128));
        assert!(!pixels.is_blank());
        let address = page.state().await.address;
        for part in ["pack=imagenet-128", "classifier=caffenet", "start=near-mean", "epsilon1=1&", "jitter=8"] {
            assert!(address.contains(part), "{address} does not hold {part}");
        }
        // Only the generator and this classifier are loaded, and that one once, although it is the encoder too.
        let asked = |file: &str| page.site.requests(&format!("weights/imagenet-128/{file}.safetensors"));
        assert_eq!((asked("generator"), asked("classifier-caffenet")), (1, 1));
        assert_eq!((asked("classifier-resnet18"), asked("classifier-efficientnet-lite1")), (0, 0));
    });
}

#[test]
fn everything_is_in_sight_with_it_too() {
    browse(Setup::default(), async |page| {
        // Where somebody looks at them, the pictures are drawn to their end.
        let steps = if std::env::var_os("DGN_SCREENSHOTS").is_some() { 100 } else { 6 };
        let query = format!("pack=imagenet-128&unit=fc8:goldfish&steps={steps}");
        let sizes = [(1366, 768, "light", 384.0), (390, 844, "dark", 256.0), (1920, 1080, "dark", 768.0)];
        for (width, height, scheme, least) in sizes {
            first_view(&page, &query, [width, height], scheme, least).await;
        }
    });
}

#[test]
fn webgpu_draws_it_as_the_processor_does() {
    let webgpu = Setup { served: Served::Site, webgpu: true, ..Setup::default() };
    browse(webgpu, async |page| {
        page.open_as_it_is("steps=2&engine=cpu").await;
        let wanted = page.until_done().await.activation;
        page.open_as_it_is("steps=2&engine=webgpu").await;
        page.until("WebGPU runs", |state| state.text.contains("WebGPU engine on")).await;
        let found = page.until_done().await.activation;
        assert!((found - wanted).abs() < 0.3, "{wanted} on the processor, {found} on WebGPU");
    });
}

#[test]
fn a_picture_is_seen_and_saved_smooth_or_pixel_by_pixel() {
    browse(Setup::default(), async |page| {
        page.open_as_it_is("steps=2").await;
        page.until_done().await;
        let large =
            "const large = document.querySelector('.lane .large'); return [large.checkVisibility(), large.width]";
        assert_eq!(page.run_script(large, vec![]).await, json!([true, 768]));
        page.press("Save image").await;
        page.until_said(&["saved"]).await;
        let file = page.saved().await;
        let smooth = image::open(&file).unwrap().to_rgba8();
        std::fs::remove_file(file).unwrap();
        assert_eq!(smooth.dimensions(), (512, 512));
        page.exact_pixels().await;
        assert_eq!(page.run_script(large, vec![]).await, json!([false, 768]));
        page.choose("saved-size", "2").await;
        page.press("Save image").await;
        let saved = image::open(page.saved().await).unwrap().to_rgba8();
        assert_eq!(saved.dimensions(), (256, 256));
        let pixels = page.pixels().await;
        let blocky = saved.enumerate_pixels().all(|(x, y, pixel)| {
            let at = ((y / 2 * pixels.width + x / 2) * 4) as usize;
            pixel.0[..] == pixels.rgba[at..at + 4]
        });
        assert!(blocky, "each pixel is a square of four");
        // The smooth one has what lies between its pixels.
        let middle = |x: u32, y: u32| (0..3).map(|c| u32::from(smooth.get_pixel(x, y).0[c])).sum::<u32>();
        let stairs = (8..500).filter(|&x| x % 4 != 0 && middle(x, 256) == middle(x - 1, 256)).count();
        assert!(stairs < 250, "{stairs} of 369 neighbours are equal");
    });
}

#[test]
fn a_thousand_classes_are_found_by_any_name_by_kind_and_seen_on_a_wall() {
    browse(Setup::default(), async |page| {
        page.open_as_it_is("classifier=efficientnet-lite1&unit=fc:1&steps=2").await;
        let picture = page.until_done().await;
        assert_eq!(picture.neuron, "goldfish (n01443537)");
        page.expect("searchbox", "Neuron").await.click().await.unwrap();
        // A name that WordNet has and the list does not show.
        page.keys("carcharodon").await;
        page.until("the shark", |state| state.text.contains("great white shark")).await;
        page.keys("\u{e00c}").await;
        page.choose("branch", "instruments and tools/musical instruments").await;
        let kinds = "return document.querySelectorAll('#neurons li').length";
        page.until("instruments", |state| state.text.contains("accordion")).await;
        assert_eq!(page.run_script(kinds, vec![]).await, json!(26));
        // What pulls the run towards natural codes was loaded, and once.
        assert_eq!(page.site.requests("weights/imagenet-128/classifier-caffenet.safetensors"), 1);
        page.press("See all").await;
        page.until("branches", |state| state.text.contains("animals · fish")).await;
        keep_screenshot(&page, "thousand").await;
        let wall = "return [document.querySelectorAll('.wall a').length, \
                    new Set(performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => /atlas-efficientnet/.test(name))).size]";
        let wall = page.run_script(wall, vec![]).await;
        assert!(wall[0] == json!(1000) && (1..50).contains(&wall[1].as_u64().unwrap()), "{wall} of 100 sheets");
        page.keys("\u{e00c}").await;
        page.until("the page again", |state| !state.text.contains("animals · fish")).await;
    });
}

#[test]
fn a_thousand_units_are_drawn_as_they_are_seen() {
    browse(Setup::default(), async |page| {
        page.open_as_it_is("classifier=efficientnet-lite1&unit=head:1&steps=2").await;
        page.until_done().await;
        page.press("See all").await;
        page.until("units and how many are left", |state| state.text.contains("pictures to draw")).await;
        let drawn = "return document.querySelectorAll('.tile.drawn').length";
        while page.run_script(drawn, vec![]).await.as_u64() < Some(4) {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        keep_screenshot(&page, "thousand-drawn").await;
        page.run_script("document.querySelector('.tile').focus()", vec![]).await;
        // However far one scrolls, only what is in sight and a little more is there.
        for share in [0.5, 1.0] {
            let scroll =
                "const tiles = document.querySelector('.tiles'); tiles.scrollTop = tiles.scrollHeight * arguments[0]";
            page.run_script(scroll, vec![json!(share)]).await;
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let there = "const tiles = [...document.querySelectorAll('.tile')], grid = document.querySelector('.tiles').getBoundingClientRect(); \
                         const seen = tiles.map((tile) => tile.getBoundingClientRect()); \
                         return [tiles.length, Math.min(...seen.map((tile) => tile.top)) <= grid.top + 60, Math.max(...seen.map((tile) => tile.bottom)) >= grid.bottom - 60]";
            let there = page.run_script(there, vec![]).await;
            assert!(there[0].as_u64() < Some(300) && there[1] == json!(true) && there[2] == json!(true), "{there}");
        }
        page.until("the last unit", |state| state.text.contains("unit 1279")).await;
        // The tile that had the focus is long gone; the keyboard still speaks to the view.
        page.keys("\u{e00c}").await;
        page.until("the page again", |state| !state.text.contains("pictures to draw")).await;
        assert!(page.all("dialog").await.is_empty());
    });
}

#[test]
fn pixels_are_climbed_at_the_size_that_the_classifier_takes() {
    browse(Setup::default(), async |page| {
        page.open_as_it_is("steps=2&unit=fc8:goldfish&compare=none&compare=random-code").await;
        page.until("three pictures", |state| {
            state.pictures.iter().filter(|name| name.contains("step 2 of 2")).count() == 3
        })
        .await;
        let sizes = "return [...document.querySelectorAll('.lane:not([hidden]) canvas[role=img]')].map((canvas) => canvas.width)";
        assert_eq!(page.run_script(sizes, vec![]).await, json!([64, 128, 128]));
        page.press("no prior").await;
        page.until("the size", |state| state.text.contains("64 × 64 pixels")).await;
        // On a sheet they are of one size, two to a row.
        page.run_script("document.querySelector('.saves').open = true", vec![]).await;
        page.choose("saved-size", "1").await;
        page.press("All pictures").await;
        let sheet = image::open(page.saved().await).unwrap().to_rgba8();
        assert_eq!(sheet.dimensions(), (256, 256));
        let corners = [(127, 127), (255, 127), (127, 255)].map(|(x, y)| sheet.get_pixel(x, y).0[3]);
        assert_eq!(corners, [255; 3], "each picture fills its place");
        // The judge looks at all of them.
        page.until("a verdict", |state| state.text.contains("ResNet-18")).await;
    });
}

#[test]
fn who_saves_data_is_offered_the_small_pack() {
    browse(Setup::default(), async |page| {
        let saves = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })";
        page.before_scripts(saves).await;
        page.open_as_it_is("").await;
        page.until_said(&["save data", "MB"]).await;
        let offer = "document.querySelector('.small-pack').click()";
        page.run_script(offer, vec![]).await;
        page.until("the small pack", |state| state.address.contains("pack=caffenet-64")).await;
        page.until_said(&["save data", "MB"]).await;
        assert_eq!(page.run_script("return document.querySelector('.small-pack')", vec![]).await, json!(null));
    });
}
