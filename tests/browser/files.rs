//! Files that are missing, cut short, damaged, or something else: a sentence, and a page that works once they are mended.

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::{
    browser::{Setup, browse},
    faults::Fault,
    page::Page,
};

const RUN: &str = "unit=fc8:goldfish&steps=2";
const MANIFEST: &str = "weights/caffenet-64/pack.json";
const GENERATOR: &str = "weights/caffenet-64/generator.safetensors";
const CLASSIFIER: &str = "weights/caffenet-64/classifier-caffenet.safetensors";

/// Opens the page with a file at fault, and waits for the sentence.
async fn fails(page: &Page, file: &str, fault: Fault, words: &[&str]) {
    page.site.mend();
    page.site.break_file(file, fault);
    page.open(RUN).await;
    let said = page.until_said(words).await;
    let name = file.rsplit('/').next().unwrap();
    assert!(said.contains(name), "the sentence does not name the file {name}: {said}");
}

/// Mends the files; pressing Run is all that a person has to do then.
async fn recovers(page: &Page) {
    page.site.mend();
    page.press("Run").await;
    page.until_done().await;
}

#[test]
fn weights_that_cannot_be_used_end_in_a_sentence() {
    browse(Setup::default(), async |page| {
        fails(&page, GENERATOR, Fault::Missing, &["missing", "folder there as a whole"]).await;
        fails(&page, GENERATOR, Fault::Flipped, &["sha256"]).await;
        fails(&page, CLASSIFIER, Fault::Truncated, &["bytes long instead of", "try again"]).await;
        fails(&page, CLASSIFIER, Fault::Broken, &["could not be read", "check the connection"]).await;
        fails(&page, CLASSIFIER, Fault::Html, &["web page instead", "check how the site is hosted"]).await;
        fails(&page, GENERATOR, Fault::Replaced(vec![0; 14_000_000]), &["bytes long instead of"]).await;
        recovers(&page).await;
    });
}

#[test]
fn an_engine_that_does_not_arrive_ends_in_a_sentence() {
    browse(Setup::default(), async |page| {
        // In the order in which they are fetched, since the browser keeps what has arrived.
        fails(&page, "worker.js", Fault::Missing, &["did not arrive", "check the connection"]).await;
        fails(&page, "engine.js", Fault::Missing, &["missing on the server"]).await;
        fails(&page, "engine_bg.wasm", Fault::Missing, &["missing on the server"]).await;
        fails(&page, "engine_bg.wasm", Fault::Html, &["web page instead"]).await;
        // These two break in the browser's own compiler, which names no file.
        for fault in [Fault::Truncated, Fault::Broken] {
            page.site.mend();
            page.site.break_file("engine_bg.wasm", fault);
            page.open(RUN).await;
            page.until_said(&["could not be started", "press run"]).await;
        }
        recovers(&page).await;
    });
}

/// The pack's description with one value changed.
fn changed(page: &Page, pointer: &str, value: Json) -> Fault {
    let mut manifest: Json = serde_json::from_slice(&page.site.read(MANIFEST)).unwrap();
    *manifest.pointer_mut(pointer).unwrap() = value;
    Fault::Replaced(serde_json::to_vec(&manifest).unwrap())
}

#[test]
fn a_description_that_cannot_be_used_ends_in_a_sentence() {
    browse(Setup::default(), async |page| {
        fails(&page, MANIFEST, Fault::Missing, &["no file at"]).await;
        fails(&page, MANIFEST, Fault::Html, &["web page instead"]).await;
        fails(&page, MANIFEST, Fault::Truncated, &["cannot be read"]).await;
        fails(&page, MANIFEST, Fault::Replaced(b"[]".to_vec()), &["cannot be read"]).await;
        let newer = changed(&page, "/format", json!(99));
        fails(&page, MANIFEST, newer, &["format 99", "newer version of this program"]).await;
        for (pointer, value) in [
            ("/generator/architecture/base", json!([384, 4, 5])),
            ("/generator/architecture/code", json!(1025)),
            ("/image/width", json!(32)),
            ("/generator/weights/file", json!("../../secret")),
            ("/defaults/decay", json!(7)),
        ] {
            page.site.mend();
            page.site.break_file(MANIFEST, changed(&page, pointer, value));
            page.open(RUN).await;
            page.until_said(&["does not fit together"]).await;
        }
        // Shapes that make a network, only not the one that the weights are for.
        let other = changed(&page, "/generator/architecture/linear/0/units", json!(256));
        page.site.mend();
        page.site.break_file(MANIFEST, other);
        page.open(RUN).await;
        page.until_said(&["do not fit the network", "fc7.weight"]).await;
        recovers(&page).await;
    });
}

#[test]
fn a_gradient_of_zero_stops_the_run_with_a_sentence() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:3&unit=fc8:3*-1&steps=5").await;
        page.until_said(&["its gradient is 0", "another seed"]).await;
        assert_eq!(page.state().await.picture().map(|picture| picture.step), Some(1), "the picture is kept");
        page.open(RUN).await;
        page.until_done().await;
    });
}

#[test]
fn a_gradient_that_is_no_number_stops_the_run_with_a_sentence() {
    browse(Setup::default(), async |page| {
        // The factors of the last layer's weights, so that the pictures are sound and the activation is not.
        let mut weights = page.site.read(CLASSIFIER);
        let header = u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
        let names: Json = serde_json::from_slice(&weights[8..8 + header]).unwrap();
        let start = 8 + header + names["fc8.weight.scale"]["data_offsets"][0].as_u64().unwrap() as usize;
        let end = 8 + header + names["fc8.weight.scale"]["data_offsets"][1].as_u64().unwrap() as usize;
        for value in weights[start..end].chunks_exact_mut(4) {
            value.copy_from_slice(&f32::NAN.to_le_bytes());
        }
        let digest: String = Sha256::digest(&weights).iter().map(|byte| format!("{byte:02x}")).collect();
        page.site.break_file(MANIFEST, changed(&page, "/classifiers/0/weights/sha256", json!(digest)));
        page.site.break_file(CLASSIFIER, Fault::Replaced(weights));
        page.open(RUN).await;
        page.until_said(&["gradient is not a number", "learning rate"]).await;
        assert!(!page.pixels().await.is_blank());
        page.site.mend();
        page.reload().await;
        page.until_done().await;
    });
}
