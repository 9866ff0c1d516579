//! Neurons by name: finding them in a list, and saying which ones a run climbs.

use crate::{
    nets::layer::{Layer, LayerKind},
    pack::manifest::{Class, ClassifierEntry},
    page::words,
    spec::{RunSpec, Unit},
};

/// Indices of the classes of a branch that a search finds, best first: names that begin so, then words that begin so, then
/// names that hold it; after those of their names, those of other names; then ids that begin so. An empty search finds
/// all, in their order. A branch is known by its whole path, since others may end in the same name; an empty one is all.
pub fn find(classes: &[Class], search: &str, branch: &[String]) -> Vec<usize> {
    let wanted = search.trim().to_lowercase();
    let mut found: Vec<(u8, usize)> = classes
        .iter()
        .enumerate()
        .filter(|(_, class)| class.branch.starts_with(branch))
        .filter_map(|(index, class)| rank(class, &wanted).map(|rank| (rank, index)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, index)| index).collect()
}

fn rank(class: &Class, wanted: &str) -> Option<u8> {
    let others = class.synonyms.iter().chain(&class.chinese);
    rank_of_name(&words::class(class), wanted)
        .or_else(|| rank_of_name(&class.name, wanted))
        .or_else(|| others.filter_map(|name| rank_of_name(name, wanted)).min().map(|rank| 3 + rank))
        .or_else(|| class.id.to_lowercase().starts_with(wanted).then_some(6))
}

fn rank_of_name(name: &str, wanted: &str) -> Option<u8> {
    let name = name.to_lowercase();
    if name.starts_with(wanted) {
        Some(0)
    } else if name.match_indices(wanted).any(|(at, _)| !name[..at].ends_with(char::is_alphanumeric)) {
        Some(1)
    } else {
        name.contains(wanted).then_some(2)
    }
}

/// The branches that classes belong to, each with its number of classes: those at the root in the order of their classes,
/// each followed by those in it.
pub fn branches(classes: &[Class]) -> Vec<(Vec<String>, usize)> {
    let mut found: Vec<(Vec<String>, usize)> = Vec::new();
    for class in classes {
        for depth in 1..=class.branch.len() {
            let branch = &class.branch[..depth];
            match found.iter_mut().find(|(known, _)| known == branch) {
                Some((_, count)) => *count += 1,
                None => {
                    // Behind the last one that begins as it does, save for its own name.
                    let within = |known: &Vec<String>| known.starts_with(&branch[..depth - 1]);
                    let place = found.iter().rposition(|(known, _)| depth > 1 && within(known));
                    found.insert(place.map_or(found.len(), |place| place + 1), (branch.to_vec(), 1));
                }
            }
        }
    }
    found
}

/// Which unit of a layer these units are, if they are one and nothing but that.
pub fn unit_of(units: &[Unit], layer: &str) -> Option<usize> {
    match units {
        [unit] if unit.weight == 1.0 && unit.layer == layer => Some(unit.index),
        _ => None,
    }
}

/// The units of a layer as they are listed: those of the output by class, others by number.
pub fn listing(layer: &Layer, entry: &ClassifierEntry) -> Vec<Class> {
    if layer.kind == LayerKind::Output {
        return entry.classes.clone();
    }
    let listed = |index| Class::new(format!("{}:{index}", layer.name), words::unit(&index));
    (0..layer.units).map(listed).collect()
}

/// The units by name, as in “goldfish” or “goldfish − lion” or “layer4.1:5”.
pub fn title(units: &[Unit], entry: &ClassifierEntry) -> String {
    let mut title = String::new();
    for unit in units {
        title.push_str(match (title.is_empty(), unit.weight < 0.0) {
            (true, false) => "",
            (true, true) => "−",
            (false, false) => " + ",
            (false, true) => " − ",
        });
        if unit.weight.abs() != 1.0 {
            title.push_str(&format!("{} × ", unit.weight.abs()));
        }
        let plain = Unit { weight: 1.0, ..unit.clone() };
        title.push_str(&entry.class(unit).map_or_else(|| plain.to_string(), words::class));
    }
    title
}

/// What stands under the title: ids, layer, index and network.
pub fn detail(units: &[Unit], entry: &ClassifierEntry) -> String {
    match units {
        [unit] => words::detail(unit, entry.class(unit).map(|class| class.id.as_str()), &entry.title),
        _ => words::detail_of_several(units.len(), &entry.title),
    }
}

/// Name and id, for the picture's accessible name.
pub fn spoken(units: &[Unit], entry: &ClassifierEntry) -> String {
    match units {
        [unit] if unit.weight == 1.0 => match entry.class(unit) {
            Some(class) => words::spoken(&words::class(class), &class.id),
            None => unit.to_string(),
        },
        _ => title(units, entry),
    }
}

/// Name of the file that a run's picture is saved in, without its ending; holds id, layer, unit and seed.
pub fn file_name(spec: &RunSpec, entry: &ClassifierEntry) -> String {
    let mut parts = Vec::new();
    for unit in spec.units.iter().take(4) {
        parts.extend(entry.class(unit).map(|class| class.id.clone()));
        parts.push(Unit { weight: 1.0, ..unit.clone() }.to_string());
    }
    parts.push(format!("seed-{}", spec.seed));
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }
    };
    parts.join("-").chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> Vec<Class> {
        ["lion", "sea lion", "dandelion", "goldfish"]
            .iter()
            .enumerate()
            .map(|(index, name)| Class::new(format!("n0000000{index}"), *name))
            .collect()
    }

    #[test]
    fn whole_words_come_before_parts_of_words() {
        assert_eq!(find(&classes(), " Lion", &[]), [0, 1, 2]);
        assert_eq!(find(&classes(), "li", &[]), [0, 1, 2]);
        assert_eq!(find(&classes(), "fish", &[]), [3]);
    }

    #[test]
    fn an_empty_search_finds_all_and_a_wrong_one_nothing() {
        assert_eq!(find(&classes(), "  ", &[]).len(), 4);
        assert_eq!(find(&classes(), "unicorn", &[]), [0_usize; 0]);
    }

    #[test]
    fn ids_are_found_too() {
        assert_eq!(find(&classes(), "N00000002", &[]), [2]);
    }

    #[test]
    fn other_names_are_found_after_names() {
        let mut classes = classes();
        classes[3].synonyms = vec!["Carassius lionicus".into()];
        classes[3].chinese = vec!["金鱼".into()];
        assert_eq!(find(&classes, "lion", &[]), [0, 1, 2, 3]);
        assert_eq!(find(&classes, "金", &[]), [3]);
    }

    #[test]
    fn branches_stand_under_those_that_they_are_in_and_hold_their_classes() {
        let mut classes = classes();
        let branch = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        classes[0].branch = branch(&["animals", "cats"]);
        classes[1].branch = branch(&["animals", "sea mammals"]);
        classes[2].branch = branch(&["plants"]);
        classes[3].branch = branch(&["animals"]);
        let found = branches(&classes);
        let wanted = [
            (branch(&["animals"]), 3),
            (branch(&["animals", "cats"]), 1),
            (branch(&["animals", "sea mammals"]), 1),
            (branch(&["plants"]), 1),
        ];
        assert_eq!(found, wanted);
        assert_eq!(find(&classes, "", &branch(&["animals"])), [0, 1, 3]);
        assert_eq!(find(&classes, "lion", &branch(&["animals", "cats"])), [0]);
    }

    #[test]
    fn branches_of_one_name_in_different_places_are_kept_apart() {
        let mut classes = classes();
        let branch = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        classes[0].branch = branch(&["animals", "others"]);
        classes[1].branch = branch(&["plants", "others"]);
        classes[2].branch = branch(&["others"]);
        for (index, class) in classes.iter().enumerate().take(3) {
            assert_eq!(find(&classes, "", &class.branch), [index]);
        }
        // Every branch that is offered holds as many as it says.
        for (path, count) in branches(&classes) {
            assert_eq!(find(&classes, "", &path).len(), count, "{path:?}");
        }
    }

    #[test]
    fn a_search_may_hold_anything() {
        for search in ["é", "(", "\\", "🐟", "n0000000"] {
            find(&classes(), search, &[]);
        }
    }
}
