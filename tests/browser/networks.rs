//! A network of the visitor's own: opened, asked for, shown two pictures, climbed, kept and taken away; and files that are none.

use std::fs;

use serde_json::{Value as Json, json};

use super::{
    browser::{Setup, browse, checkout},
    faults::Fault,
    own::{CHOOSE, DROP},
    page::Page,
    state::{Picture, State},
};

/// What the room says: the form's sentences, and what the network sees in the pictures.
const ROOM: &str = "return document.querySelector('.own-network').innerText";
/// The classes that the network sees in the first picture.
const SEEN: &str =
    "return [...document.querySelectorAll('.own-network figure:first-child li')].map((li) => li.innerText)";
/// The classifier of the address.
const CLASSIFIER: &str = "return new URL(location).searchParams.get('classifier')";
/// Opens the room.
const OPEN: &str = "document.querySelector('.own-network').open = true";
/// The networks of the list.
const LIST: &str = "return [...document.querySelectorAll('.own-network ul li')].map((li) => li.innerText)";

fn fixture(name: &str) -> Vec<u8> {
    fs::read(checkout().join("tests/fixtures/onnx").join(name)).unwrap()
}

async fn choose(page: &Page, name: &str, bytes: &[u8]) {
    page.run_script(OPEN, vec![]).await;
    page.run_script(CHOOSE, vec![json!("Choose a network …"), json!([[name, bytes]])]).await;
}

/// Waits until the room says all these words.
async fn until_room(page: &Page, words: &[&str]) -> String {
    for _ in 0..1200 {
        let said = page.run_script(ROOM, vec![]).await.as_str().unwrap_or_default().to_owned();
        if words.iter().all(|word| said.contains(word)) {
            return said;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("waited in vain for {words:?}: {}", page.run_script(ROOM, vec![]).await);
}

/// Waits until the run is of a neuron.
async fn until_neuron(page: &Page, name: &str) {
    page.until_picture(name, |picture| picture.neuron.contains(name)).await;
}

/// How many pictures of runs are shown.
fn runs(state: &State) -> usize {
    state.pictures.iter().filter(|name| Picture::parse(name).is_some()).count()
}

async fn text(page: &Page, script: &str) -> String {
    page.run_script(script, vec![]).await.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_network_of_ones_own_is_looked_into_from_its_file_alone() {
    browse(Setup::default(), async |page| {
        page.open("engine=cpu&steps=4").await;
        let neuron = page.until_done().await.neuron;
        // Dropped anywhere.
        page.run_script(DROP, vec![json!("Open.ONNX"), json!(fixture("open.onnx"))]).await;
        until_room(&page, &["any size", "Image size"]).await;
        page.press("Read it so").await;
        let said = until_room(&page, &["200 outputs", "224 × 224", "What it sees"]).await;
        let pixels = text(&page, "return document.getElementById('network-pixels').value").await;
        assert_eq!(
            (pixels.as_str(), said.contains("224 × 224")),
            ("0 to 255", true),
            "what the file says of its pixels is taken"
        );
        let seen = page.run_script(SEEN, vec![]).await;
        assert_eq!(seen.as_array().unwrap().len(), 5);
        // The names are those of the pack's own classifier with as many classes.
        assert!(!seen.to_string().contains("class "), "{seen}");
        page.choose("network-pixels", "-1 to 1").await;
        let changed = |now: &Json| *now != seen && now.as_array().is_some_and(|now| now.len() == 5);
        let mut now = Json::Null;
        for _ in 0..600 {
            now = page.run_script(SEEN, vec![]).await;
            if changed(&now) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert!(changed(&now), "other pixels are seen as something else: {now}");
        page.choose("network-names", "").await;
        until_room(&page, &["class 1"]).await;
        page.choose("network-names", "caffenet").await;
        page.press("Look into it").await;
        page.until("the address is the network's", |state| state.address.contains("classifier=own-")).await;
        assert_eq!(page.until_done().await.neuron, neuron);
        let name = text(&page, CLASSIFIER).await;
        assert!(name.starts_with("own-"), "{name}");
        let list = page.run_script(LIST, vec![]).await;
        assert!(list.to_string().contains("until this page is closed"), "{list}");

        // Beside the same class of the pack's own classifiers.
        page.press("Prior or neuron?").await;
        page.until("four pictures are there", |state| runs(state) == 4).await;
        page.until_done().await;

        // Not kept, so a link to it finds nothing, and says the way on; the same choices bring its run.
        page.reload().await;
        page.until_said(&["somebody’s own network", &name, "Open its file"]).await;
        choose(&page, "again.onnx", &fixture("open.onnx")).await;
        page.press("Read it so").await;
        until_room(&page, &["What it sees"]).await;
        page.choose("network-pixels", "-1 to 1").await;
        page.press("Look into it").await;
        page.until("the link's run is there", |state| runs(state) == 4).await;
        page.until_done().await;
        assert_eq!(text(&page, CLASSIFIER).await, name);
        assert!(page.state().await.alerts.is_empty(), "{}", page.state().await.describe());
    });
}

#[test]
fn a_network_that_is_kept_is_there_again_until_it_is_deleted() {
    browse(Setup::default(), async |page| {
        page.open("engine=cpu&steps=3").await;
        page.until_done().await;
        choose(&page, "mobile.onnx", &fixture("mobile.onnx")).await;
        let said = until_room(&page, &["5 outputs", "What it sees"]).await;
        assert!(said.contains("24 × 24"), "{said}");
        // Names from a list; one of another length is refused.
        page.run_script(CHOOSE, vec![json!("Names from a file …"), json!([["few.txt", b"one\ntwo"]])]).await;
        until_room(&page, &["names 2 classes, and the network has 5 outputs"]).await;
        let names = r#"["anise", "basil", "chive", "dill", "endive"]"#.as_bytes();
        page.run_script(CHOOSE, vec![json!("Names from a file …"), json!([["herbs.json", names]])]).await;
        until_room(&page, &["basil"]).await;
        let keep = page.all(".own-network .form input[type=checkbox]").await.pop().expect("it can be kept");
        keep.click().await.unwrap();
        page.press("Look into it").await;
        until_neuron(&page, "anise").await;
        page.until_done().await;
        let name = text(&page, CLASSIFIER).await;
        // A copy of the page in another folder of the host keeps others.
        page.open_copy(&format!("pack=caffenet-64&classifier={name}&engine=cpu&steps=3")).await;
        page.until_said(&["somebody’s own network", &name]).await;
        page.open(&format!("classifier={name}&engine=cpu&steps=3")).await;
        until_neuron(&page, "anise").await;
        page.until_done().await;
        page.run_script(OPEN, vec![]).await;
        assert!(until_room(&page, &["kept in this browser"]).await.contains("mobile"));
        page.press("Delete mobile").await;
        page.until("another classifier is chosen", |state| !state.text.contains("anise")).await;
        let list = page.run_script(LIST, vec![]).await;
        assert_eq!(list, json!([]));
        page.open(&format!("classifier={name}&engine=cpu&steps=3")).await;
        page.until_said(&["somebody’s own network", &name]).await;
    });
}

#[test]
fn what_is_not_known_is_named_and_what_stands_before_it_can_be_looked_into() {
    browse(Setup::default(), async |page| {
        page.open("engine=cpu&steps=3").await;
        page.until_done().await;
        choose(&page, "odd.onnx", &fixture("unknown.onnx")).await;
        let said = until_room(&page, &["Softsign", "Output"]).await;
        assert!(said.contains("Celu (node “bend”)") && said.contains("choose one of its results below"), "{said}");
        page.choose("network-output", "edges").await;
        until_room(&page, &["6 outputs", "the means of its channels", "What it sees"]).await;
        page.press("Look into it").await;
        until_neuron(&page, "class 0").await;
        page.until_done().await;
    });
}

#[test]
fn a_file_that_is_no_network_costs_a_sentence_and_not_the_run() {
    browse(Setup::default(), async |page| {
        page.open("engine=cpu&steps=1000").await;
        page.until_picture("the run goes on", |picture| picture.step > 2).await;
        let whole = fixture("mobile.onnx");
        // The program that reads does not come.
        page.site.break_file("importer_bg.wasm", Fault::Missing);
        choose(&page, "mobile.onnx", &whole).await;
        until_room(&page, &["importer_bg.wasm is missing"]).await;
        page.site.mend();
        let mut files = vec![b"no network".to_vec(), Vec::new(), whole[..whole.len() / 2].to_vec()];
        files.push([&whole[..whole.len() / 2], &[0xff; 64], &whole[whole.len() / 2..]].concat());
        for file in files {
            choose(&page, "broken.onnx", &file).await;
            until_room(&page, &["no ONNX file, or it is damaged"]).await;
            page.press("Cancel").await;
        }
        let step = page.state().await.picture().expect("the picture is there").step;
        page.until_picture("the run still goes on", |picture| picture.step > step).await;
        let state = page.state().await;
        assert!(state.alerts.is_empty(), "{}", state.describe());
        choose(&page, "mobile.onnx", &whole).await;
        until_room(&page, &["5 outputs"]).await;
    });
}

#[test]
fn a_browser_without_room_says_so_and_the_network_is_used_without_being_kept() {
    browse(Setup::default(), async |page| {
        page.open("engine=cpu&steps=3").await;
        page.until_done().await;
        let origin = page.run_script("return location.origin", vec![]).await;
        page.devtools("Storage.overrideQuotaForOrigin", json!({ "origin": origin, "quotaSize": 1 })).await;
        choose(&page, "mobile.onnx", &fixture("mobile.onnx")).await;
        until_room(&page, &["What it sees"]).await;
        page.all(".own-network .form input[type=checkbox]").await.pop().expect("it can be kept").click().await.unwrap();
        page.press("Look into it").await;
        until_room(&page, &["no room for the network"]).await;
        page.press("Look into it").await;
        until_neuron(&page, "class 0").await;
        page.until_done().await;
        let list = page.run_script(LIST, vec![]).await;
        assert!(list.to_string().contains("until this page is closed"), "{list}");
    });
}

#[test]
fn a_state_dict_is_known_by_its_arrays() {
    browse(Setup::default(), async |page| {
        page.open("engine=cpu&steps=3").await;
        page.until_done().await;
        let file = checkout().join("tests/fixtures/torchvision/resnet18.pth");
        page.run_script(DROP, vec![json!("mine.pth"), json!(fs::read(file).unwrap())]).await;
        until_room(&page, &["ResNet-18", "What it sees"]).await;
        page.press("Look into it").await;
        until_neuron(&page, "class 0").await;
        page.until_done().await;
    });
}

#[test]
fn a_pack_is_opened_from_its_folder() {
    browse(Setup::default(), async |page| {
        page.open("engine=cpu&steps=3").await;
        page.until_done().await;
        page.run_script(OPEN, vec![]).await;
        let weights = checkout().join("weights");
        page.choose_path("Choose a pack’s folder …", &weights.join("recipe/caffenet-64")).await;
        until_room(&page, &["no pack.json"]).await;
        page.choose_path("Choose a pack’s folder …", &weights.join("fashion-mnist-28")).await;
        page.until("its run is there", |state| state.address.contains("pack=fashion-mnist-28")).await;
        until_neuron(&page, "sneaker").await;
        page.until_done().await;
        // Nothing of it came from the host.
        assert_eq!(page.site.requests("fashion-mnist-28/pack.json"), 0);
    });
}
