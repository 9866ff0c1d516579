//! A layer's units by the branches of WordNet.

use crate::{pack::manifest::Class, page::root::neurons};

/// Units by the branch that they stand in and no deeper, by its whole path; those of none first, with an empty path.
pub fn sections(classes: &[Class]) -> Vec<(Vec<String>, Vec<usize>)> {
    let branches = neurons::branches(classes).into_iter().map(|(path, _)| path);
    let within = |path: Vec<String>| {
        let units = (0..classes.len()).filter(|&index| classes[index].branch == path).collect();
        (path, units)
    };
    let sections = std::iter::once(Vec::new()).chain(branches).map(within);
    sections.filter(|(_, units): &(_, Vec<usize>)| !units.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_stands_in_one_section() {
        let class = |name: &str, branch: &[&str]| Class {
            branch: branch.iter().map(|&name| name.to_owned()).collect(),
            ..Class::new(name, name)
        };
        let classes = [
            class("goldfish", &["animals", "fish"]),
            class("drum", &["things"]),
            class("unit", &[]),
            class("shark", &["animals", "fish"]),
            class("animal", &["animals"]),
        ];
        let path = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let wanted = [
            (path(&[]), vec![2]),
            (path(&["animals"]), vec![4]),
            (path(&["animals", "fish"]), vec![0, 3]),
            (path(&["things"]), vec![1]),
        ];
        assert_eq!(sections(&classes), wanted);
        assert_eq!(sections(&[]), []);
    }
}
