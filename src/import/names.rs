//! Names of a graph's nodes, made of whatever a file calls them.

use std::collections::HashMap;

use crate::nets::graph::INPUT;

/// Longest name that a node is given, in bytes.
const LONGEST_NAME: usize = 100;

/// Names that are given, and how often one was asked for.
#[derive(Debug)]
pub(super) struct Names(HashMap<String, usize>);

impl Default for Names {
    /// None but the image's.
    fn default() -> Self {
        Self(HashMap::from([(INPUT.to_owned(), 1)]))
    }
}

impl Names {
    /// A name that can stand in addresses and that no other node has, near `hint`, or `other` where nothing of that can stand there.
    pub(super) fn give(&mut self, hint: &str, other: &str) -> String {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() || "_-.".contains(letter) { letter } else { '.' };
        let name: String = hint.chars().map(plain).take(LONGEST_NAME).collect();
        let name = name.split('.').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
        let name = if name.is_empty() { other.to_owned() } else { name };
        let mut free = name.clone();
        while self.0.contains_key(&free) {
            let times = self.0.entry(name.clone()).or_default();
            *times += 1;
            free = format!("{name}.{times}");
        }
        self.0.insert(free.clone(), 1);
        free
    }
}
