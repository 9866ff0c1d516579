//! What the map in `src/lib.rs` says of who may know whom is so: reads the imports of every file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use regex_lite::Regex;

/// A module's path below `src`.
type Module = Vec<String>;
/// Whom each module imports.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// Whom each part may know, as the arrows of the map go.
const ARROWS: [(&str, &[&str]); 18] = [
    ("spec", &[]),
    ("stamp", &[]),
    ("lesson", &["spec"]),
    ("picture", &[]),
    ("nets", &[]),
    ("processor", &[]),
    ("threads", &["processor"]),
    ("serve", &[]),
    ("kernels", &["nets", "processor"]),
    ("ascent", &["nets", "spec"]),
    ("import", &["nets"]),
    ("pack", &["nets", "spec"]),
    ("importer", &["engine", "import", "nets", "pack", "words"]),
    ("engine", &["ascent", "kernels", "nets", "pack", "picture", "processor", "spec"]),
    ("evaluate", &["ascent", "engine", "nets", "pack", "picture", "spec"]),
    // Plain data only, as in the page: nothing that the feature `networks` has.
    ("words", &["ascent", "engine", "import", "nets", "pack", "spec"]),
    (
        "cli",
        &[
            "ascent", "engine", "evaluate", "import", "kernels", "lesson", "nets", "pack", "picture", "serve", "spec",
            "stamp", "words",
        ],
    ),
    ("page", &["engine", "import", "importer", "lesson", "nets", "pack", "picture", "spec", "stamp", "words"]),
];

/// Every file below a folder with its module's path, those of tests left out.
fn files(folder: &Path, module: &Module, found: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let inner = [module.as_slice(), std::slice::from_ref(&name)].concat();
        if path.is_dir() {
            files(&path, &inner, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !["main", "tests", "fuzz"].contains(&name.as_str())
            && (name != "lib" || !module.is_empty())
            && module.first().is_none_or(|m| m != "bin")
        {
            let text = fs::read_to_string(&path).unwrap();
            let is_folder = name == "mod" || name == "lib";
            found.insert(if is_folder { module.clone() } else { inner }, text);
        }
    }
}

/// The paths that a tree of imports stands for: `a::{b, c::{d, e}}` for three.
fn paths(tree: &str) -> Vec<String> {
    let Some((before, inner)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for letter in inner.strip_suffix('}').unwrap_or(inner).chars() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        match letter {
            ',' if depth == 0 => parts.push(String::new()),
            letter => parts.last_mut().unwrap().push(letter),
        }
    }
    parts.iter().filter(|part| !part.is_empty()).flat_map(|part| paths(&format!("{before}{part}"))).collect()
}

fn imports() -> Imports {
    let mut sources = BTreeMap::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &Module::new(), &mut sources);
    let (comment, space) = (Regex::new("//[^\n]*").unwrap(), Regex::new(r"\s+").unwrap());
    let tree = Regex::new(r"\buse ([^;]+);").unwrap();
    let renamed = Regex::new(r"\s+as\s+\w+").unwrap();
    let inline = Regex::new(r"\b(?:crate|super|self)(?:::\w+)+").unwrap();
    let mut imports = Imports::new();
    for (module, text) in &sources {
        let text = comment.replace_all(text, "");
        // A file's tests may know more.
        let text = text.split("mod tests {").next().unwrap();
        let trees = tree
            .captures_iter(text)
            .flat_map(|found| paths(&space.replace_all(&renamed.replace_all(&found[1], ""), "")));
        let named = inline.find_iter(text).map(|found| found.as_str().to_owned());
        let known = imports.entry(module.clone()).or_default();
        for path in trees.chain(named) {
            let mut parts = path.split("::").map(str::to_owned).collect::<Vec<_>>();
            let mut from = match parts[0].as_str() {
                // A package of its own in a folder of its own.
                "dgn_processor" => vec!["processor".to_owned()],
                "dgn_serve" => vec!["serve".to_owned()],
                "crate" if module.first().is_some_and(|first| first == "processor") => vec!["processor".to_owned()],
                "crate" => Module::new(),
                "self" | "super" => module.clone(),
                // A child of its own, or another crate.
                first if sources.contains_key(&[module.as_slice(), &[first.to_owned()]].concat()) => {
                    parts.insert(0, "self".into());
                    module.clone()
                }
                _ => continue,
            };
            let ups = parts.iter().take_while(|part| *part == "super").count();
            from.truncate(from.len() - ups);
            from.extend(parts.into_iter().skip(ups.max(1)));
            // As much of it as is a module; the rest is a name in it.
            while !from.is_empty() && !sources.contains_key(&from) {
                from.pop();
            }
            if !from.is_empty() && from != *module {
                known.insert(from);
            }
        }
    }
    imports
}

/// What comes back to itself, if anything does.
fn circle(imports: &Imports) -> Option<Vec<Module>> {
    let mut left: BTreeMap<_, BTreeSet<_>> =
        imports.iter().map(|(module, known)| (module, known.iter().collect())).collect();
    // Whoever knows nobody that is left is in no circle.
    while let Some(free) = left.iter().find(|(_, known)| !known.iter().any(|known| left.contains_key(known))) {
        let free = (*free.0).clone();
        left.remove(&free);
    }
    (!left.is_empty()).then(|| left.into_keys().cloned().collect())
}

#[test]
fn nobody_imports_against_the_arrows_of_the_map() {
    let imports = imports();
    let parts: BTreeSet<_> = imports.keys().map(|module| module[0].as_str()).collect();
    assert_eq!(parts, ARROWS.iter().map(|(part, _)| *part).collect());
    for (module, known) in &imports {
        let allowed = ARROWS.iter().find(|(part, _)| *part == module[0]).unwrap().1;
        for other in known.iter().filter(|other| other[0] != module[0]) {
            assert!(allowed.contains(&other[0].as_str()), "{} imports {}", module.join("::"), other.join("::"));
        }
    }
}

#[test]
fn no_file_and_no_folder_imports_itself_by_way_of_others() {
    let imports = imports();
    let within = |a: &Module, b: &Module| a.starts_with(b) || b.starts_with(a);
    // A folder and its own files are one family.
    let files: Imports = imports
        .iter()
        .map(|(module, known)| (module.clone(), known.iter().filter(|other| !within(module, other)).cloned().collect()))
        .collect();
    assert_eq!(circle(&files), None, "files");
    let folders: BTreeSet<Module> = imports.keys().map(|module| module[..module.len() - 1].to_vec()).collect();
    for folder in &folders {
        let depth = folder.len() + 1;
        let inside = |module: &Module| module.starts_with(folder) && module.len() >= depth;
        let mut members = Imports::new();
        for (module, known) in imports.iter().filter(|(module, _)| inside(module)) {
            let known = known.iter().filter(|other| inside(other) && other[..depth] != module[..depth]);
            members.entry(module[..depth].to_vec()).or_default().extend(known.map(|other| other[..depth].to_vec()));
        }
        assert_eq!(circle(&members), None, "within {}", folder.join("::"));
    }
}

/// Errors are data below those who speak to people, and no text that somebody has already put into words.
#[test]
fn no_error_below_words_is_a_sentence() {
    let mut sources = BTreeMap::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &Module::new(), &mut sources);
    let said = Regex::new(r#"#\[error\(\s*"[^"]* "#).unwrap();
    let worded = Regex::new(r"-> Result<[^{;]*, String> \{").unwrap();
    let speakers = ["cli", "importer", "page", "serve", "words"];
    // Whom serde asks for a text reads what it says as part of what its own reader says.
    let asked = |module: &Module| ["nets::config", "spec::prior", "spec::rival"].contains(&module.join("::").as_str());
    for (module, text) in sources.iter().filter(|(module, _)| !speakers.contains(&module[0].as_str())) {
        let found = said.find(text).or_else(|| worded.find(text).filter(|_| !asked(module)));
        assert_eq!(found.map(|found| found.as_str()), None, "{} puts an error into words", module.join("::"));
    }
    assert!(worded.is_match(&sources[&vec!["spec".to_owned(), "prior".to_owned()]]), "a worded error is known as one");
    let knows_one = |module: &str| said.is_match(&sources[&vec![module.to_owned()]]);
    assert!(knows_one("cli"), "a sentence is known as one");
}

/// Within the page: rooms know the root, its parts and the browser, and no other room; only the app knows rooms.
#[test]
fn the_root_of_the_page_knows_no_room_and_no_room_another() {
    let part = |module: &Module| module.get(1).cloned().unwrap_or_default();
    let room = |module: &Module| module.get(2).cloned().unwrap_or_default();
    let allowed = |from: &Module, to: &Module| match part(from).as_str() {
        "words" => part(to) == "words",
        "browser" => ["browser", "words"].contains(&part(to).as_str()),
        "root" => ["root", "browser", "words"].contains(&part(to).as_str()),
        "parts" => ["parts", "root", "browser", "words"].contains(&part(to).as_str()),
        "rooms" => part(to) != "app" && (part(to) != "rooms" || room(from) == room(to)),
        "app" | "" => true,
        other => panic!("page::{other} is not on the map"),
    };
    let imports = imports();
    let within = imports.iter().filter(|(module, _)| module[0] == "page");
    let mut seen = 0;
    for (module, known) in within {
        for other in known.iter().filter(|other| other[0] == "page" && other.len() > 1) {
            // A folder names its files.
            if !other.starts_with(module) {
                assert!(allowed(module, other), "{} imports {}", module.join("::"), other.join("::"));
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

/// Each way to write an import is read.
#[test]
fn imports_are_read_however_they_are_written() {
    assert_eq!(
        paths("crate::a::{b,c::{d,e},self}"),
        ["crate::a::b", "crate::a::c::d", "crate::a::c::e", "crate::a::self"]
    );
    let module = |path: &str| path.split("::").map(str::to_owned).collect::<Module>();
    let imports = imports();
    let knows = |a: &str, b: &str| imports[&module(a)].contains(&module(b));
    // By `use crate`, by `use super`, from a folder to its file, and by a path in the midst of code.
    assert!(knows("engine::networks", "pack"));
    assert!(knows("nets::graph", "nets::shape"));
    assert!(knows("nets::graph", "nets::graph::check"));
    assert!(knows("pack::strongest", "nets::weights"));
    let pair = |a: &str, b: &str| (module(a), BTreeSet::from([module(b)]));
    assert_eq!(circle(&Imports::from([pair("a", "b"), pair("b", "c")])), None);
    assert!(circle(&Imports::from([pair("a", "b"), pair("b", "a"), pair("c", "a")])).is_some());
}
