//! Descriptions with one thing changed: each number, name and reference is refused when it is another one, by the reader or
//! by what the pack holds, or it stands in [`HARMLESS`] with the reason why nothing can contradict it.

use std::collections::BTreeSet;

use burn::tensor::Device;
use serde_json::{Value as Json, json};

use super::*;
use crate::pack::{Examples, Files, NaturalArrays, Source, Strongest, classifier, disk::Folder, networks};

/// Where another value is no wrong one, or nothing else in a pack speaks of it; which changes are meant (all, if none is
/// named); and why.
const HARMLESS: &[(&str, &str, &str)] = &[
    ("/format", "", "formats 1 to 3 are read alike"),
    ("/name", "changed", "a run names its pack, and is refused by any other"),
    ("/title", "changed", "a text for people"),
    ("/licence", "changed", "a text for people"),
    ("/tuning", "", "a text for people, which may be empty"),
    ("/generator/licence", "changed", "a text for people"),
    ("/generator/origin", "", "a text for people, which may be empty"),
    ("/classifiers/*/title", "changed", "a text for people"),
    ("/classifiers/*/licence", "changed", "a text for people"),
    ("/classifiers/*/origin", "", "a text for people, which may be empty"),
    (
        "/classifiers/*",
        "removed",
        "a pack of fewer classifiers, of which neither the generator nor the defaults need that one",
    ),
    ("/classifiers/*/name", "changed", "a pack's classifiers are its own to name, where nothing refers to them"),
    ("/classifiers/*/strongest", "removed", "a pack need not have it"),
    ("/classifiers/*/examples", "removed", "a pack need not have it"),
    ("/classifiers/*/atlas", "removed", "a pack need not have it"),
    ("/classifiers/*/atlas/weights", "emptied, changed, long", "pictures by other weights are not shown"),
    ("/classifiers/*/atlas/run", "emptied, changed, long", "pictures of another run are not shown"),
    ("/classifiers/*/atlas/sheets/*", "removed", "not every unit needs a picture"),
    (
        "/classifiers/*/atlas/sheets/*/first",
        "one more",
        "of a layer with more units only the drawing knows which they are",
    ),
    (
        "/classifiers/*/atlas/sheets/*/units",
        "one more, one less",
        "as for the first; and not every unit needs a picture",
    ),
    ("/natural", "removed", "a pack need not have it"),
    ("/classifiers/*/preprocessing/mean/*", "zero", "within the range of pixels; only the training knows"),
    ("/classifiers/*/view", "removed", "a network that ends in a global average looks at images of any size"),
    ("/classifiers/*/view/average_pool/padding", "removed", "none is what it is where nothing is said"),
    ("/classifiers/*/view/average_pool/count_padding", "removed, turned", "there is no padding to count"),
    ("/classifiers/*/architecture/stem/transposed", "removed", "false is what it is where nothing is said"),
    ("/classifiers/*/architecture/stem/stride", "one more", "a residual network may begin with either; no array tells"),
    ("/classifiers/*/architecture/convolutions/*/transposed", "removed", "false is what it is where nothing is said"),
    (
        "/classifiers/*/architecture/convolutions/*/padding",
        "one more, one less, zero",
        "a row or column that a pooling behind it leaves out again; no array tells",
    ),
    ("/generator/architecture/convolutions/*/transposed", "removed", "false is what it is where nothing is said"),
    ("/generator/architecture/code_scale", "one more, one less", "within its range; only the training knows"),
    ("/generator/architecture/negative_slope", "zero", "within its range; only the training knows"),
    ("/defaults/unit/index", "", "another unit that there is"),
    ("/defaults/steps", "one more, one less", "within its range"),
    ("/defaults/schedule/start", "one more", "within its range"),
    ("/defaults/schedule/end", "one more, zero", "within its range"),
    ("/defaults/bound", "", "within its range, or no bound at all"),
    ("/defaults/epsilon1", "", "within its range, or 0"),
    ("/defaults/epsilon3", "", "within its range, or 0"),
    ("/defaults/jitter", "", "within its range, or 0"),
    ("/defaults/rescale", "", "within its range, or 0"),
    ("/classifiers/*/classes/*/id", "changed", "a pack's classes are its own to name"),
    ("/classifiers/*/classes/*/name", "changed", "a pack's classes are its own to name"),
    ("/classifiers/*/classes/*/synonyms/*", "changed, removed, doubled", "as many other names as one likes"),
    ("/classifiers/*/classes/*/chinese/*", "changed, removed, doubled", "as many other names as one likes"),
    ("/classifiers/*/classes/*/branch/*", "changed, removed, doubled", "what classes are sorted by is theirs to name"),
    ("/classifiers/*/classes/*/synonyms", "removed", "a class need not have other names"),
    ("/classifiers/*/classes/*/chinese", "removed", "a class need not have other names"),
    ("/classifiers/*/classes/*/branch", "removed", "a class need not stand in a branch"),
];

/// A pack on disk, with the files of its networks read.
struct Pack {
    folder: Folder,
    json: Json,
    manifest: Manifest,
    files: Vec<Files>,
}

impl Pack {
    fn open(name: &str) -> Self {
        let folder = Folder::new(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("weights").join(name));
        let text = pollster::block_on(folder.read("pack.json", MAX_MANIFEST_BYTES, &mut |_| {})).unwrap();
        let manifest = Manifest::parse(&text).unwrap();
        let load = |entry| pollster::block_on(Files::load(&folder, &manifest, entry, |_| {})).unwrap();
        let files = manifest.classifiers.iter().map(load).collect();
        Self { json: serde_json::from_slice(&text).unwrap(), folder, files, manifest }
    }

    /// Whether another description of the pack is read, and all that the pack holds is what it says.
    fn is(&self, text: &[u8]) -> bool {
        let Ok(other) = Manifest::parse(text) else { return false };
        self.holds(&other).is_some()
    }

    /// Loads whatever the other description says differently; the rest loads as it did.
    fn holds(&self, other: &Manifest) -> Option<()> {
        let Self { folder, manifest, files, .. } = self;
        let known: Vec<&FileEntry> = manifest.files().collect();
        for file in other.files().filter(|file| !known.contains(file)) {
            pollster::block_on(crate::pack::verified(folder, file, &mut |_| {})).ok()?;
        }
        let same_generator = other.generator.architecture == manifest.generator.architecture;
        for entry in &other.classifiers {
            let place = manifest.classifiers.iter().position(|before| before.name == entry.name);
            // One by another name may be any of them.
            let (before, files) = place.map(|place| (&manifest.classifiers[place], &files[place])).unzip();
            let same = |before: &ClassifierEntry| {
                (&before.architecture, before.own, &before.weights) == (&entry.architecture, entry.own, &entry.weights)
            };
            let same = before.is_some_and(same);
            match files {
                Some(files) if !same || !same_generator => {
                    networks(other, entry, files, &Device::flex()).ok()?;
                }
                None => {
                    pollster::block_on(classifier(folder, other, entry, &Device::flex(), |_| {})).ok()?;
                }
                Some(_) => {}
            }
            let layers = before.is_some_and(|before| before.layers == entry.layers);
            if !layers || before.is_some_and(|before| before.strongest != entry.strongest) {
                pollster::block_on(Strongest::load(folder, entry)).ok()?;
            }
            if let Some(ExampleFiles { index, .. }) = entry.examples.as_ref().filter(|_| !layers) {
                let index = pollster::block_on(folder.read(&index.file, index.bytes, &mut |_| {})).ok()?;
                Examples::parse(&index, entry).ok()?;
            }
        }
        if other.natural != manifest.natural
            || other.classifiers[0].classes.len() != manifest.classifiers[0].classes.len()
        {
            pollster::block_on(NaturalArrays::load(folder, other)).ok()?;
        }
        Some(())
    }
}

/// One thing changed: where, how, and into what; nothing where it is gone.
type Change = (String, &'static str, Option<Json>);

/// Every change of a value and of all that it holds. Of many classes the first two and the last are changed, since all are
/// read alike; of other long lists the first item and the last.
fn changes(pointer: &str, value: &Json, found: &mut Vec<Change>) {
    let mut add = |how, changed: Json| {
        if changed != *value {
            found.push((pointer.to_owned(), how, Some(changed)));
        }
    };
    match value {
        Json::Null => {}
        Json::Bool(yes) => add("turned", json!(!yes)),
        Json::Number(number) => {
            if let Some(whole) = number.as_u64() {
                add("one more", json!(whole + 1));
                add("one less", json!(whole as i64 - 1));
                add("huge", json!(u64::MAX));
                add("negative", json!(-(whole as i64) - 1));
            } else if let Some(number) = number.as_f64() {
                add("one more", json!(number + 1.0));
                add("one less", json!(number - 1.0));
                add("huge", json!(1e30));
                add("negative", json!(-number - 0.5));
            }
            add("zero", json!(0));
        }
        Json::String(text) => {
            add("emptied", json!(""));
            add("changed", json!(format!("x{text}")));
            add("long", json!(text.repeat(100_000)));
            if text.len() == 64 {
                let (first, rest) = text.split_at(1);
                add("changed", json!(format!("{}{rest}", if first == "0" { "1" } else { "0" })));
            }
        }
        Json::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                if items.len() <= 16 || place < 2 || place + 1 == items.len() {
                    let pointer = format!("{pointer}/{place}");
                    found.push((pointer.clone(), "removed", None));
                    found.push((pointer.clone(), "doubled", Some(item.clone())));
                    changes(&pointer, item, found);
                }
            }
        }
        Json::Object(fields) => {
            for (key, field) in fields {
                let pointer = format!("{pointer}/{key}");
                found.push((pointer.clone(), "removed", None));
                changes(&pointer, field, found);
            }
        }
    }
}

/// The description with one thing changed.
fn changed(json: &mut Json, (pointer, how, into): &Change) -> Vec<u8> {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let holder = json.pointer_mut(parent).unwrap();
    let before = holder.clone();
    match (holder, *how, into) {
        (Json::Object(fields), "removed", _) => drop(fields.remove(key)),
        (Json::Array(items), "removed", _) => drop(items.remove(key.parse().unwrap())),
        (Json::Array(items), "doubled", Some(item)) => items.insert(key.parse().unwrap(), item.clone()),
        (Json::Array(items), _, Some(value)) => items[key.parse::<usize>().unwrap()] = value.clone(),
        (Json::Object(fields), _, Some(value)) => drop(fields.insert(key.to_owned(), value.clone())),
        other => panic!("{other:?}"),
    }
    let text = serde_json::to_vec(json).unwrap();
    *json.pointer_mut(parent).unwrap() = before;
    text
}

/// Whether a pointer is of a pattern, in which `*` stands for any number.
fn matches(pattern: &str, pointer: &str) -> bool {
    let parts = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (pattern, pointer) = (parts(pattern), parts(pointer));
    pattern.len() == pointer.len()
        && pattern.iter().zip(&pointer).all(|(a, b)| a == b || a == "*" && b.parse::<usize>().is_ok())
}

/// Which of some changes are accepted: of those that are harmless the place in the list, and what should have been refused.
fn accepted(pack: &Pack, changes: &[Change]) -> (BTreeSet<usize>, Vec<String>) {
    let (mut met, mut wrong, mut json) = (BTreeSet::new(), Vec::new(), pack.json.clone());
    for change in changes {
        if !pack.is(&changed(&mut json, change)) {
            continue;
        }
        let (pointer, how, _) = change;
        let harmless = HARMLESS.iter().position(|(pattern, changes, _)| {
            matches(pattern, pointer) && (changes.is_empty() || changes.split(", ").any(|change| change == *how))
        });
        match harmless {
            Some(place) => drop(met.insert(place)),
            None => wrong.push(format!("{}: {pointer} {how}", pack.manifest.name)),
        }
    }
    assert_eq!(json, pack.json);
    (met, wrong)
}

#[test]
fn no_number_name_or_reference_can_be_another_one_but_where_nothing_contradicts_it() {
    let weights = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("weights");
    let (mut wrong, mut met, mut tried) = (Vec::new(), BTreeSet::new(), 0);
    for name in crate::pack::disk::list(&weights).unwrap() {
        let pack = Pack::open(&name);
        let mut all = Vec::new();
        changes("", &pack.json, &mut all);
        assert!(pack.is(&serde_json::to_vec(&pack.json).unwrap()), "{name} as it is");
        tried += all.len();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            let parts = all.chunks(all.len().div_ceil(cores)).map(|part| scope.spawn(|| accepted(&pack, part)));
            for part in parts.collect::<Vec<_>>() {
                let (also_met, also_wrong) = part.join().unwrap();
                met.extend(also_met);
                wrong.extend(also_wrong);
            }
        });
    }
    assert!(tried > 2000, "{tried}");
    assert!(wrong.is_empty(), "{} of {tried} are accepted:\n{}", wrong.len(), wrong.join("\n"));
    let stale: Vec<_> =
        HARMLESS.iter().enumerate().filter(|(place, _)| !met.contains(place)).map(|(_, row)| row.0).collect();
    assert!(stale.is_empty(), "refused by now: {stale:?}");
}
