//! Several pictures side by side: seeds, and priors that are compared.

use serde_json::{Value as Json, json};

use super::{
    browser::{Setup, browse},
    faults::Fault,
    page::Page,
    state::{Picture, State},
};

const MANIFEST: &str = "weights/caffenet-64/pack.json";
/// The sum of each shown picture's pixels.
const SUMS: &str = r#"
return [...document.querySelectorAll(".lane:not([hidden]) canvas[role=img]")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, value) => sum + value, 0);
});
"#;

#[test]
fn four_seeds_are_drawn_at_once_and_a_press_chooses_the_one_that_is_read() {
    browse(Setup::default(), async |page| {
        page.open("seeds=4&seed=7&steps=3").await;
        let state = page
            .until("all are done", |state| {
                state.pictures.iter().filter_map(|name| Picture::parse(name)).filter(Picture::is_last).count() == 4
            })
            .await;
        let pictures: Vec<Picture> = state.pictures.iter().filter_map(|name| Picture::parse(name)).collect();
        for (picture, seed) in pictures.iter().zip(7..) {
            assert!(picture.neuron.ends_with(&format!("seed {seed}")), "{picture:?}");
        }
        let sums: Vec<f64> = serde_json::from_value(page.run_script(SUMS, vec![]).await).unwrap();
        assert!(sums.len() == 4 && sums.windows(2).all(|pair| pair[0] != pair[1]), "{sums:?}");
        // The curve is the chosen one's, and ends at its activation.
        for (picture, seed) in pictures.iter().zip(7..11).rev() {
            page.press(&format!("seed {seed}")).await;
            let ends = format!("to {:.1}", picture.activation);
            page.until(&ends, |state| state.pictures.iter().any(|name| name.ends_with(&ends))).await;
        }
        assert!(page.state().await.address.contains("seeds=4"));
        page.press("Save image").await;
        page.until_said(&["saved"]).await;
        assert!(page.saved().await.to_str().unwrap().ends_with("seed-7.png"));
    });
}

#[test]
fn a_run_is_the_same_alone_and_among_four() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&seed=7&steps=12&seeds=4&engine=cpu").await;
        page.until("all are done", |state| {
            state.pictures.iter().filter(|name| name.contains("step 12 of 12")).count() == 4
        })
        .await;
        let among = page.pixels().await;
        page.open("unit=fc8:lion&seed=7&steps=12&engine=cpu").await;
        page.until_done().await;
        assert_eq!(page.pixels().await.difference(&among), 0);
    });
}

#[test]
fn one_press_sets_the_neuron_beside_other_priors_and_another_ends_it() {
    browse(Setup::default(), async |page| {
        page.open("steps=4").await;
        page.until_done().await;
        page.press("Compare priors").await;
        let labels = ["no prior", "total variation + jitter", "blur", "learned generator"];
        let state = page
            .until("four pictures", |state| {
                let last = state.pictures.iter().filter_map(|name| Picture::parse(name)).filter(Picture::is_last);
                last.count() == 4 && state.pictures.iter().any(|name| name.contains("no prior"))
            })
            .await;
        // Each shows what it has come to: a high activation alone means nothing.
        let shown =
            "return [...document.querySelectorAll('.lane:not([hidden]) .choose .number')].map((n) => n.innerText)";
        let shown: Vec<String> = serde_json::from_value(page.run_script(shown, vec![]).await).unwrap();
        let reached = state.pictures.iter().filter_map(|name| Picture::parse(name));
        let reached: Vec<_> = reached.map(|picture| format!("{:.1}", picture.activation).replace('-', "−")).collect();
        assert_eq!(shown, reached);
        for label in labels {
            assert!(state.offers(label), "{label}\n{}", state.describe());
        }
        for part in ["compare=none", "compare=tv:2:1,jitter:9", "compare=blur:0.28:4", "prior=generator"] {
            assert!(state.address.contains(part), "{} does not hold {part}", state.address);
        }
        assert!(state.text.contains("A generator network redraws"), "the generator's picture is the one that is read");
        page.press("no prior").await;
        page.until("its explanation", |state| state.text.contains("Without a generator")).await;
        // The address opens the same again.
        let (_, query) = state.address.split_once('?').unwrap();
        page.open(query).await;
        let again = page.until("four pictures again", |state| labels.iter().all(|label| state.offers(label))).await;
        assert!(again.text.contains("A generator network redraws"), "{}", again.describe());
        page.press("Generator alone").await;
        let state = page.until("one picture", |state| !state.offers("no prior") && state.picture().is_some()).await;
        assert!(!state.address.contains("compare"), "{}", state.address);
    });
}

/// Gives the pack its classifier a second time, under another name, in place of its second one.
fn add_twin(page: &Page) {
    let mut manifest: Json = serde_json::from_slice(&page.site.read(MANIFEST)).unwrap();
    let mut twin = manifest["classifiers"][0].clone();
    (twin["name"], twin["title"]) = (json!("twin"), json!("The Twin"));
    manifest["classifiers"][1] = twin;
    page.site.break_file(MANIFEST, Fault::Replaced(manifest.to_string().into_bytes()));
}

#[test]
fn another_classifier_judges_what_is_compared() {
    browse(Setup::default(), async |page| {
        add_twin(&page);
        page.open("unit=fc8:goldfish&steps=6&compare=none").await;
        let state = page.until("both are judged", |state| state.text.matches("The Twin sees").count() == 2).await;
        // The twin is the same network, so it sees in each picture what the network itself sees.
        let sees = |state: &State| state.text.contains("The Twin sees goldfish");
        assert!(sees(&state), "{}", state.describe());
        page.press("Run").await;
        page.until("a new run is not judged yet", |state| !state.text.contains("The Twin sees")).await;
        page.until("and then it is", sees).await;
    });
}

#[test]
fn a_neurons_picture_stands_beside_another_networks_and_beside_a_random_code() {
    browse(Setup::default(), async |page| {
        add_twin(&page);
        page.open("unit=fc8:lion&steps=3").await;
        page.until_done().await;
        page.press("Prior or neuron?").await;
        let labels = ["neuron of The Twin", "random code", "learned generator"];
        let state = page
            .until("three pictures", |state| {
                let last = state.pictures.iter().filter_map(|name| Picture::parse(name)).filter(Picture::is_last);
                last.count() == 3 && labels.iter().all(|label| state.offers(label))
            })
            .await;
        for part in ["compare=classifier/twin/fc8:34", "compare=random-code"] {
            assert!(state.address.contains(part), "{} does not hold {part}", state.address);
        }
        // The twin is the same network, so its picture is the same; the code that nobody changes is another.
        let sums: Vec<f64> = serde_json::from_value(page.run_script(SUMS, vec![]).await).unwrap();
        assert!((sums[0] - sums[2]).abs() <= 1e-4 * sums[0] && (sums[1] - sums[2]).abs() > 1e-3 * sums[1], "{sums:?}");
        // The judge is the twin, and does not judge what was made for itself.
        let state = page.until("judged", |state| state.text.contains("The Twin sees")).await;
        assert_eq!(state.text.matches("The Twin sees").count(), 2, "{}", state.describe());
    });
}

#[test]
fn another_classifier_of_the_pack_can_be_chosen() {
    browse(Setup::default(), async |page| {
        add_twin(&page);
        page.open("unit=fc8:lion&steps=2").await;
        page.until_done().await;
        page.run_script("document.querySelector('.more summary').click()", vec![]).await;
        page.choose("classifier", "twin").await;
        page.until_said(&["Run draws lion"]).await;
        page.press("Run").await;
        let state = page.until("the twin's lion", |state| state.text.contains("output 34 of The Twin")).await;
        assert!(state.address.contains("classifier=twin"), "{}", state.address);
    });
}
