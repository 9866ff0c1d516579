//! How the site is completed (`tools/site.mjs`, which Trunk runs): the files of packs, and one style sheet; that needs
//! Node.js. And that it needs no younger browsers than it says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(not(target_arch = "wasm32"))]

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use regex_lite::Regex;
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
        r#"<meta name="engine-bytes" content="0" /><meta name="engine-version" content="0" /><meta name="importer-bytes" content="0" /><meta name="importer-version" content="0" /><link rel="stylesheet" href="style.css" /><script defer src="./start.js"></script>"#,
    );
    write("site/start.js", "const LANGUAGES = {};");
    write("src/words/languages/en.txt", "start.starting = Starting\na.run = Run\n");
    write("src/words/languages/zh.txt", "start.starting = 正在启动\na.run = 运行\n");
    write("src/words/languages/classes/zh.txt", "cat = 猫\n");
    write("site/engine.js", "engine");
    write("site/engine_bg.wasm", "program");
    write("site/importer.js", "importer");
    write("site/importer_bg.wasm", "programme");
    folder
}

fn complete(checkout: &TempDir) -> Output {
    complete_with(checkout, &[])
}

/// Completes a site with more to know of it.
fn complete_with(checkout: &TempDir, known: &[(&str, &str)]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/site.mjs");
    let site = checkout.path().join("site");
    let mut node = Command::new("node");
    node.arg(script).current_dir(checkout.path()).env("TRUNK_STAGING_DIR", site);
    node.env_remove("SITE_URL").env_remove("PARTS").envs(known.iter().copied());
    node.output().expect("Node.js does not start")
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
    for part in [
        r#"name="engine-bytes" content="7""#,
        r#"name="engine-version" content=""#,
        r#"name="importer-bytes" content="9""#,
        r#"src="./start.js?v="#,
    ] {
        assert!(index.contains(part), "{index}");
    }
}

#[test]
fn the_languages_are_files_that_the_start_knows() {
    let checkout = checkout("network.safetensors", WEIGHTS);
    assert!(complete(&checkout).status.success());
    let start = fs::read_to_string(checkout.path().join("site/start.js")).unwrap();
    let languages = start.strip_prefix("const LANGUAGES = ").unwrap().trim_end_matches(';');
    let languages: serde_json::Value = serde_json::from_str(languages).unwrap();
    let read = |name: &serde_json::Value| {
        fs::read_to_string(checkout.path().join("site").join(name.as_str().unwrap())).unwrap()
    };
    let chinese = &languages["zh"];
    assert_eq!(chinese["said"], json!({ "starting": "正在启动" }));
    assert_eq!(read(&chinese["words"]), "start.starting = 正在启动\na.run = 运行\n");
    assert_eq!(chinese["letters"], json!(read(&chinese["words"]).encode_utf16().count()));
    assert_eq!(read(&chinese["classes"]), "cat = 猫\n");
    assert_eq!(languages["en"]["classes"], json!(""));
    fs::write(checkout.path().join("site/start.js"), "start").unwrap();
    assert!(refusal(&checkout).contains("to fill in"));
}

/// The page's script and that of its parts name each other, so these and the program get new names with any change of any of them.
#[test]
fn the_parts_of_the_pages_program_are_found_by_names_that_change_with_them() {
    const LINK: &str = r#"import { initSync } from "./page.js"; fetch(new URL("./split_lessons.wasm", import.meta.url)); WebAssembly.instantiateStreaming(src, imports)"#;
    const SCRIPT: &str = r#"import * as one from "./__wasm_split.js"; import * as two from "./__wasm_split.js"; const imports = { "./__wasm_split.js": one }"#;
    let with = |program: &str, link: &str, parts: &[&str], known: &[(&str, &str)]| {
        let checkout = checkout("network.safetensors", WEIGHTS);
        let write = |path: &str, content: &str| fs::write(checkout.path().join(path), content).unwrap();
        let page = r#"<link rel="modulepreload" href="./page-0a1b.js" /><script data-page="./page-0a1b.js" data-wasm="./page-0a1b_bg.wasm"></script>"#;
        let html = fs::read_to_string(checkout.path().join("site/index.html")).unwrap();
        write("site/index.html", &format!("{html}{page}"));
        write("site/page-0a1b_bg.wasm", program);
        write("site/page-0a1b.js", SCRIPT);
        fs::create_dir(checkout.path().join("parts")).unwrap();
        write("parts/__wasm_split.js", link);
        parts.iter().for_each(|part| write("parts/split_lessons.wasm", part));
        (complete_with(&checkout, known), checkout)
    };
    let there = [("PARTS", "parts")];
    let found = |program: &str, part: &str| {
        let (output, checkout) = with(program, LINK, &[part], &there);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = |path: &str| fs::read_to_string(checkout.path().join("site").join(path)).unwrap();
        let index = read("index.html");
        let told = |attribute: &str| {
            let (_, after) = index.split_once(&format!(r#"{attribute}="./"#)).unwrap();
            after.split_once('"').unwrap().0.to_owned()
        };
        let [page, wasm, parts] = ["data-page", "data-wasm", "data-parts"].map(told);
        let folder = parts.strip_suffix("/parts.js").unwrap();
        assert_eq!(read(&page).matches(&format!("from \"./{parts}\"")).count(), 2);
        assert!(read(&page).contains(r#"{ "./__wasm_split.js": one }"#), "the program's own name of it");
        assert_eq!([read(&wasm), read(&format!("{folder}/split_lessons.wasm"))], [program, part]);
        let script = read(&parts);
        assert!(script.contains(&format!("\"../{page}\"")) && !script.contains("instantiateStreaming"), "{script}");
        assert!(script.contains("import.meta.url), { signal:"), "{script}");
        assert!(index.contains(&format!(r#"<link rel="modulepreload" href="./{parts}" />"#)), "{index}");
        assert!(!index.contains("0a1b") && !names(&checkout, ".").iter().any(|name| name.contains("0a1b")), "{index}");
        [page, wasm, parts]
    };
    let one = found("program", "part");
    assert_eq!(found("program", "part"), one);
    for other in [found("program", "another"), found("another", "part")] {
        assert!((0..3).all(|place| other[place] != one[place]), "{one:?} {other:?}");
    }
    for (link, parts, known, words) in [
        ("another splitter's", &["part"][..], &there[..], "has no \"./page.js\""),
        (LINK, &[], &there, "there are no parts"),
        (LINK, &["part"], &[], "PARTS does not say where"),
    ] {
        let (output, _checkout) = with("program", link, parts, known);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{said}");
    }
    let without_program = checkout("network.safetensors", WEIGHTS);
    let said = String::from_utf8_lossy(&complete_with(&without_program, &there).stderr).into_owned();
    assert!(said.contains("has no page-"), "{said}");
}

/// The addresses that other sites read are whole where the build knows where the site will lie.
#[test]
fn what_other_sites_show_is_found_at_the_sites_own_address() {
    let shared = r#"<meta property="og:url" content="./" /><meta property="og:image" content="preview.jpg" />"#;
    let completed = |address: Option<&str>| {
        let checkout = checkout("network.safetensors", WEIGHTS);
        let index = checkout.path().join("site/index.html");
        fs::write(&index, fs::read_to_string(&index).unwrap() + shared).unwrap();
        let known: Vec<_> = address.iter().map(|&address| ("SITE_URL", address)).collect();
        let output = complete_with(&checkout, &known);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(fs::read_to_string(index).unwrap()) } else { Err(said) }
    };
    assert!(completed(None).unwrap().ends_with(shared));
    for address in ["https://school.example/some/where", "https://school.example/some/where/"] {
        let index = completed(Some(address)).unwrap();
        assert!(index.contains(r#"og:url" content="https://school.example/some/where/""#), "{index}");
        assert!(index.contains(r#"og:image" content="https://school.example/some/where/preview.jpg""#), "{index}");
    }
    let refused = completed(Some("school.example")).unwrap_err();
    assert!(refused.contains("SITE_URL") && refused.contains("school.example"), "{refused}");
}

/// Width and height of a PNG, or of a JPEG, as its file states them.
fn dimensions(file: &[u8]) -> (u32, u32) {
    if file.starts_with(b"\x89PNG") {
        let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
        return (number(16), number(20));
    }
    // Segment by segment to the one that says how large the picture is.
    let mut at = 2;
    while !(0xc0..=0xc2).contains(&file[at + 1]) {
        at += 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
    }
    let number = |at: usize| u32::from(u16::from_be_bytes([file[at], file[at + 1]]));
    (number(at + 7), number(at + 5))
}

/// Whoever installs the page, or shows it elsewhere, finds the files that it names, in the sizes that it says.
#[test]
fn icons_and_preview_are_what_the_page_says_of_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("public");
    let read = |name: &str| fs::read(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let manifest: serde_json::Value = serde_json::from_slice(&read("manifest.webmanifest")).unwrap();
    let mut purposes = BTreeSet::new();
    for icon in manifest["icons"].as_array().unwrap() {
        let file = read(icon["src"].as_str().unwrap());
        assert!(file.len() < 10_000, "{icon}");
        if icon["type"] == "image/png" {
            let (width, height) = dimensions(&file);
            assert_eq!(icon["sizes"], format!("{width}x{height}"));
            purposes.insert((width, icon["purpose"].as_str().unwrap().to_owned()));
        }
    }
    let needed = [(192, "any"), (512, "any"), (512, "maskable")].map(|(width, purpose)| (width, purpose.to_owned()));
    assert_eq!(purposes, BTreeSet::from(needed));
    // Relative, so that the site works under any path.
    for key in ["start_url", "scope", "id"] {
        assert_eq!(manifest[key], "./", "{key}");
    }
    let index = source("index.html");
    let content = |pattern: &str| Regex::new(pattern).unwrap().captures(&index).expect(pattern)[1].to_owned();
    let title = content("<title>(.*)</title>");
    let description = content(r#"name="description" content="([^"]*)""#);
    assert_eq!((manifest["name"].as_str(), manifest["description"].as_str()), (Some(&*title), Some(&*description)));
    assert_eq!(content(r#"og:title" content="([^"]*)""#), title);
    assert_eq!(content(r#"og:description" content="([^"]*)""#), description);
    let light = content(r#"name="theme-color" content="([^"]*)" media="\(prefers-color-scheme: light"#);
    assert_eq!(
        (manifest["theme_color"].as_str(), manifest["background_color"].as_str()),
        (Some(&*light), Some(&*light))
    );
    assert_eq!(content(r#"rel="manifest" href="([^"]*)""#), "manifest.webmanifest");
    assert_eq!(dimensions(&read(&content(r#"rel="apple-touch-icon" href="([^"]*)""#))), (180, 180));
    let preview = read(&content(r#"og:image" content="([^"]*)""#));
    assert_eq!(dimensions(&preview), (1200, 630));
    assert!(preview.len() <= 150_000, "{} bytes", preview.len());
}

/// Something that browsers have learned, and the first versions of Chrome and Edge, of Firefox and of Safari that know it, on
/// telephones too, as @mdn/browser-compat-data 8.1.9 has them; of several things, those that know the last.
type Feature = (&'static str, [f32; 3]);

/// What each program may be made of, by the names that wasm-opt has for it. Anything younger, such as extended constant
/// expressions (114, 112, 17.4), is switched off. (The data knows nothing of mutable globals; they are older than most.)
const IN_PROGRAMS: [Feature; 7] = [
    ("simd", [91.0, 89.0, 16.4]),
    ("bulk-memory", [75.0, 79.0, 15.1]),
    ("sign-ext", [69.0, 62.0, 14.1]),
    ("nontrapping-float-to-int", [75.0, 64.0, 15.1]),
    ("mutable-globals", [74.0, 61.0, 13.1]),
    ("reference-types", [96.0, 79.0, 15.1]),
    ("multivalue", [86.0, 78.0, 13.1]),
];

/// What else the page breaks without: the youngest of it.
const BESIDE_PROGRAMS: [Feature; 8] = [
    ("a worker that is a module", [80.0, 114.0, 15.0]),
    ("await at a module's top", [89.0, 89.0, 15.0]),
    ("TransformStream", [67.0, 102.0, 14.1]),
    ("reportError", [95.0, 93.0, 15.4]),
    ("createImageBitmap, to a size", [54.0, 98.0, 15.0]),
    ("inset", [87.0, 66.0, 14.1]),
    ("aspect-ratio", [88.0, 89.0, 15.0]),
    ("image-rendering: pixelated", [41.0, 93.0, 10.0]),
];

/// What no style sheet may use save where `@supports` has found it, as patterns. Not among them is what the page is only less
/// pretty without, or closer together: :has, container queries, accent-color, text-wrap, colours of scroll bars.
const TOO_YOUNG: [Feature; 26] = [
    // With a variable in it, it takes the colour away where it is not known, and what stands before it does not help.
    (r"color-mix\(", [111.0, 113.0, 16.2]),
    (r"\b(ok)?l(ab|ch)\(", [111.0, 113.0, 15.4]),
    (r"\bcolor\(", [111.0, 113.0, 15.0]),
    (r"light-dark\(", [123.0, 120.0, 17.5]),
    (r"\d[dsl]v(h|w|i|b|min|max)\b", [108.0, 101.0, 15.4]),
    (r"\dcq(w|h|i|b|min|max)\b", [105.0, 110.0, 16.0]),
    (r"\dr?lh\b", [111.0, 120.0, 16.4]),
    (r"\b(round|mod|rem)\(", [125.0, 118.0, 15.4]),
    (r"\b(abs|sign)\(", [138.0, 118.0, 15.4]),
    (r"\b(sin|cos|tan|atan2?)\(", [111.0, 108.0, 15.4]),
    (r"\b(pow|sqrt|hypot|log|exp)\(", [120.0, 118.0, 15.4]),
    (r"[ :]if\(", [137.0, f32::MAX, 27.3]),
    (r"\banchor(-size)?\(|position-area|anchor-name", [129.0, 147.0, 26.0]),
    (r"image-set\(", [113.0, 89.0, 17.0]),
    (r"[ ,]linear\(", [113.0, 112.0, 17.2]),
    (r"(?m)^\s*&", [120.0, 117.0, 17.2]),
    (r"@layer\b", [99.0, 97.0, 15.4]),
    (r"@scope\b", [118.0, 146.0, 26.4]),
    (r"@starting-style\b", [117.0, 129.0, 17.5]),
    (r"@media[^{]*[<>]", [104.0, 102.0, 16.4]),
    (r":(open|popover-open|user-invalid|user-valid|modal|dir)\b", [133.0, 136.0, 26.5]),
    (r"\bsubgrid\b", [117.0, 71.0, 16.0]),
    (r"(?m)^\s*(translate|rotate|scale):", [104.0, 72.0, 14.1]),
    (r"(?m)^\s*mask(-image)?:", [120.0, 53.0, 15.4]),
    (r"field-sizing|interpolate-size|animation-timeline", [129.0, 159.0, 26.2]),
    (r"content-visibility|backdrop-filter|(?m)^\s*zoom:", [85.0, 126.0, 18.0]),
];

fn source(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The oldest versions that the site says it runs in, in the order of [`Feature`].
fn oldest() -> [f32; 3] {
    let index = source("index.html");
    let named =
        Regex::new(r#"<meta name="browsers" content="Chrome/Edge ([\d.]+), Firefox ([\d.]+), Safari ([\d.]+)""#);
    let (_, versions) = named.unwrap().captures(&index).expect("index.html names the browsers").extract::<3>();
    versions.map(|version| version.parse().unwrap())
}

/// A style sheet without its comments and without what stands under `@supports`.
fn unconditional(sheet: &str) -> String {
    let sheet = Regex::new(r"(?s)/\*.*?\*/").unwrap().replace_all(sheet, "");
    let mut parts = sheet.split("@supports");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut depth = 0;
        let end = part.char_indices().find(|&(_, letter)| {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            letter == '}' && depth == 0
        });
        rest += end.map_or("", |(end, _)| &part[end + 1..]);
    }
    rest
}

#[test]
fn the_oldest_browsers_are_those_that_know_all_that_the_site_needs() {
    let features = || IN_PROGRAMS.iter().chain(&BESIDE_PROGRAMS);
    let needed = [0, 1, 2].map(|browser| features().map(|(_, first)| first[browser]).fold(0.0, f32::max));
    assert_eq!(oldest(), needed);
    // Rust and wasm-opt are told of nothing else. (What a compiler uses without being told is not seen here.)
    let (index, cargo) = (source("index.html"), source(".cargo/config.toml"));
    let allowed: Vec<_> =
        Regex::new("--enable-([a-z-]+)").unwrap().captures_iter(&index).map(|c| c[1].to_owned()).collect();
    assert_eq!(allowed.len(), 3 * IN_PROGRAMS.len(), "{allowed:?}");
    for (name, _) in IN_PROGRAMS {
        assert_eq!(allowed.iter().filter(|allowed| *allowed == name).count(), 3, "{name}");
    }
    let (_, features) = cargo.split_once("-Ctarget-feature=").unwrap();
    assert_eq!(features.split('"').next(), Some("+simd128"));
}

#[test]
fn no_style_sheet_breaks_in_the_oldest_browsers() {
    let young = TOO_YOUNG.map(|(pattern, first)| {
        let is_young = first.iter().zip(oldest()).any(|(first, oldest)| *first > oldest);
        assert!(is_young, "the oldest browsers all know {pattern}: take it out of the list");
        (Regex::new(pattern).unwrap(), first)
    });
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page")];
    let mut sheets = 0;
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "css") {
                sheets += 1;
                let sheet = unconditional(&fs::read_to_string(&path).unwrap());
                for (pattern, first) in &young {
                    let found = pattern.find(&sheet).map(|found| found.as_str());
                    let [chrome, firefox, safari] = first;
                    let since = format!("Chrome {chrome}, Firefox {firefox}, Safari {safari}");
                    assert_eq!(found, None, "{}: known since {since}", path.display());
                }
            }
        }
    }
    assert!(sheets > 10, "{sheets} style sheets were read");
}

#[test]
fn what_is_too_young_is_found_save_under_supports() {
    let sheet = "a { b: 1dvh } @supports (c: 1dvh) { d { e: color-mix(f) } } /* @layer */ g { h: var(--i) }";
    let sheet = unconditional(sheet);
    let found = |(pattern, _): &&Feature| Regex::new(pattern).unwrap().is_match(&sheet);
    assert_eq!(TOO_YOUNG.iter().filter(found).map(|(pattern, _)| *pattern).collect::<Vec<_>>(), [TOO_YOUNG[4].0]);
    assert_eq!(sheet, "a { b: 1dvh }   g { h: var(--i) }");
}
