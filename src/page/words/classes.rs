//! What classes and their kinds are called in the visitor's language. Packs name them in English; other languages have a file
//! of names, `src/words/languages/classes/TAG.txt`, by WordNet id where the class has one, by English name where not.

use std::cell::Cell;

use super::numbered_class;
use crate::pack::manifest::Class;

/// Names, in the order of what is named.
type Names = &'static [(&'static str, &'static str)];

thread_local! {
    static NAMES: Cell<Names> = const { Cell::new(&[]) };
}

/// Has classes called so from now on: a text of lines `ID OR ENGLISH NAME = NAME`, in the order of the former.
pub fn name_classes(text: &str) {
    let text: &'static str = Box::leak(text.into());
    NAMES.set(Vec::leak(text.lines().filter_map(|line| line.split_once(" = ")).collect()));
}

/// A class by name.
pub fn class(class: &Class) -> String {
    let name = named(&class.id).or_else(|| named(&class.name));
    name.map_or_else(|| numbered(&class.name).unwrap_or_else(|| class.name.clone()), str::to_owned)
}

/// A kind of classes by name.
pub fn kind(name: &str) -> String {
    named(name).unwrap_or(name).to_owned()
}

fn named(of: &str) -> Option<&'static str> {
    let names = NAMES.get();
    names.binary_search_by_key(&of, |(named, _)| named).ok().and_then(|place| names.get(place)).map(|(_, name)| *name)
}

/// A class that has no name but its number, as the importer writes it.
fn numbered(name: &str) -> Option<String> {
    let number: usize = name.strip_prefix("class ")?.parse().ok()?;
    Some(numbered_class(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHINESE: &str = include_str!("../../words/languages/classes/zh.txt");

    #[test]
    fn classes_are_called_what_the_language_has_for_them() {
        let (fish, shirt, own) =
            (Class::new("n01443537", "goldfish"), Class::new("6", "shirt"), Class::new("0", "class 12"));
        assert_eq!([&fish, &shirt, &own].map(class), ["goldfish", "shirt", "class 12"]);
        name_classes(CHINESE);
        assert_eq!([&fish, &shirt].map(class), ["金鱼", "衬衫"]);
        assert_eq!((kind("animals").as_str(), kind("of mine").as_str()), ("动物", "of mine"));
        assert_eq!(class(&Class::new("n01443538", "of mine")), "of mine");
    }

    #[test]
    fn every_class_and_kind_of_the_packs_has_a_chinese_name() {
        let known: Vec<&str> = CHINESE.lines().filter_map(|line| line.split_once(" = ")).map(|(of, _)| of).collect();
        assert!(known.windows(2).all(|pair| pair[0] < pair[1]), "out of order, or named twice");
        for pack in ["caffenet-64", "fashion-mnist-28", "imagenet-128", "tiny-imagenet-64"] {
            let json = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("weights").join(pack).join("pack.json");
            let pack = crate::pack::manifest::Manifest::parse(&std::fs::read(json).unwrap()).unwrap();
            for class in pack.classifiers.iter().flat_map(|entry| &entry.classes) {
                let has = |of: &str| known.binary_search(&of).is_ok();
                assert!(has(&class.id) || has(&class.name), "{}", class.name);
                assert!(class.branch.iter().all(|kind| has(kind)), "{:?}", class.branch);
            }
        }
        assert!(CHINESE.lines().all(|line| line.split_once(" = ").is_some_and(|(_, name)| !name.is_empty())));
    }
}
