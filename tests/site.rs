//! How the site is completed (`tools/site.mjs`, which Trunk runs): the files of packs, and one style sheet. Needs Node.js.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(not(target_arch = "wasm32"))]

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::json;
use tempfile::TempDir;

/// SHA-256 of `weights`.
const WEIGHTS: &str = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c";

/// A checkout in which one pack names one file that is there.
fn checkout(file: &str, sha256: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, content: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    let entry = json!({ "file": file, "bytes": 7, "sha256": sha256 });
    let pack = json!({ "name": "one", "title": "One", "classifiers": [{ "weights": entry, "title": "a \"file\"" }] });
    write("weights/one/pack.json", &pack.to_string());
    write("weights/one/network.safetensors", "weights");
    write("weights/one/notes.txt", "weights");
    write("weights/NOTICE", "whose they are");
    write("weights/recipe/README.md", "how they are made");
    write("src/page/style.css", "first {}");
    write("src/page/rooms/b/style.css", "fourth {}");
    write("src/page/rooms/a.css", "third {}");
    write("src/page/parts/z.css", "second {}");
    write("src/page/parts/z.rs", "// no style");
    write(
        "site/index.html",
        r#"<meta name="engine-bytes" content="0" /><meta name="engine-version" content="0" /><link rel="stylesheet" href="style.css" /><script defer src="./start.js"></script>"#,
    );
    write("site/start.js", "start");
    write("site/engine.js", "engine");
    write("site/engine_bg.wasm", "program");
    folder
}

fn complete(checkout: &TempDir) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/site.mjs");
    let site = checkout.path().join("site");
    let mut node = Command::new("node");
    node.arg(script)
        .current_dir(checkout.path())
        .env("TRUNK_STAGING_DIR", site)
        .output()
        .expect("Node.js does not start")
}

/// The names in a folder of the site.
fn names(checkout: &TempDir, folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(checkout.path().join("site").join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// What the build says when it fails.
fn refusal(checkout: &TempDir) -> String {
    let output = complete(checkout);
    assert!(!output.status.success(), "the build went on");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_visitor_gets_the_files_that_a_pack_names_and_no_others() {
    let checkout = checkout("network.safetensors", WEIGHTS);
    let output = complete(&checkout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names(&checkout, "weights"), set(&["NOTICE", "one", "packs.json"]));
    assert_eq!(names(&checkout, "weights/one"), set(&["network.safetensors", "pack.json"]));
}

#[test]
fn a_file_that_a_pack_names_and_that_is_not_there_ends_the_build_with_a_sentence() {
    let said = refusal(&checkout("generator.safetensors", WEIGHTS));
    assert!(said.contains("names generator.safetensors, but") && said.contains("does not exist"), "{said}");
    assert!(!said.contains("    at "), "a sentence, and not where the script failed: {said}");
    let said = refusal(&checkout("../NOTICE", WEIGHTS));
    assert!(said.contains("not a file of its own folder"), "{said}");
    let said = refusal(&checkout("network.safetensors", &"0".repeat(64)));
    assert!(said.contains("its size or its checksum is another"), "{said}");
}

#[test]
fn all_style_sheets_are_one_file_the_pages_own_before_those_of_parts_and_rooms() {
    let checkout = checkout("network.safetensors", WEIGHTS);
    assert!(complete(&checkout).status.success());
    let index = fs::read_to_string(checkout.path().join("site/index.html")).unwrap();
    let (_, link) = index.split_once(r#"href=""#).unwrap();
    let (name, _) = link.split_once('"').unwrap();
    assert!(name.starts_with("style-") && name != "style.css", "{name}");
    let style = fs::read_to_string(checkout.path().join("site").join(name)).unwrap();
    assert_eq!(style, "first {}\nsecond {}\nthird {}\nfourth {}");
    for part in [r#"name="engine-bytes" content="7""#, r#"name="engine-version" content=""#, r#"src="./start.js?v="#] {
        assert!(index.contains(part), "{index}");
    }
}
