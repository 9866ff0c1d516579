//! Networks that a visitor has brought along: how they are named, and how they join a pack.

use serde::Deserialize;

use super::{ClassifierEntry, Defect, ImageShape, MAX_CLASSIFIERS, Manifest, ManifestError};
use crate::nets::{
    config::ClassifierConfig,
    ops::{Filter, Op, Resize},
};

/// What the name of such a network begins with; 16 hexadecimal digits follow, which tell what it computes.
pub const OWN: &str = "own-";

/// Whether a classifier's name is that of a network which somebody has brought along.
pub fn is_own(name: &str) -> bool {
    let digits = name.strip_prefix(OWN).unwrap_or_default();
    digits.len() == 16 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// Name of a network's file of weights.
pub fn file_of(name: &str) -> String {
    format!("classifier-{name}.safetensors")
}

/// The name in a description by itself, if it is one of such a network.
pub fn own_name(json: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    serde_json::from_slice(json).ok().map(|Named { name }| name).filter(|name| is_own(name))
}

impl ClassifierEntry {
    /// Has a network that is a graph see images of this size, resized to its own where that is another.
    pub(in crate::pack) fn resize_to(&mut self, image: ImageShape) {
        if let ClassifierConfig::Graph(graph) = &self.architecture {
            let own = graph.input;
            let resize = Op::Resize(Resize { height: own.height, width: own.width, filter: Filter::Bilinear });
            self.view = ((own.height, own.width) != (image.height, image.width)).then_some(resize);
        }
    }
}

impl Manifest {
    /// Takes one more classifier, the last one, from its description by itself, in place of one of its name. Gives that.
    ///
    /// # Errors
    /// [`ManifestError::Misfit`].
    pub fn join(&mut self, json: &[u8]) -> Result<String, ManifestError> {
        let misfit = |defect: Defect| ManifestError::Misfit { pack: self.name.clone(), defect: Box::new(defect) };
        let syntax = |error: serde_json::Error| misfit(Defect::Syntax { said: error.to_string() });
        let mut entry: ClassifierEntry = serde_json::from_slice(json).map_err(syntax)?;
        if !is_own(&entry.name) {
            return Err(misfit(Defect::ClassifierName));
        }
        // Files of the pack are none of its business.
        if entry.weights.file != file_of(&entry.name)
            || entry.strongest.is_some()
            || entry.examples.is_some()
            || entry.atlas.is_some()
        {
            return Err(misfit(Defect::TwoOfFile { file: entry.weights.file }));
        }
        let others = self.classifiers.iter().filter(|other| other.name != entry.name).count();
        if others >= MAX_CLASSIFIERS {
            return Err(misfit(Defect::Classifiers { found: others + 1 }));
        }
        entry.resize_to(self.image);
        let name = entry.name.clone();
        let of_it = |defect| misfit(Defect::Classifier { name: name.clone(), defect: Box::new(defect) });
        entry.find_layers(self.image).map_err(of_it)?;
        self.part(&name);
        self.classifiers.push(entry);
        Ok(name)
    }

    /// Leaves out a classifier that has joined.
    pub fn part(&mut self, name: &str) {
        if is_own(name) {
            self.classifiers.retain(|entry| entry.name != name);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::nets::graph::INPUT;

    fn pack() -> Manifest {
        Manifest::parse(include_bytes!("../../../weights/fashion-mnist-28/pack.json")).unwrap()
    }

    fn newcomer(name: &str, side: usize) -> Json {
        let class = |id: &str| json!({ "id": id, "name": id });
        json!({
            "name": name,
            "title": "mine",
            "weights": { "file": file_of(name), "bytes": 100, "sha256": "0".repeat(64) },
            "architecture": {
                "kind": "graph",
                "input": [3, side, side],
                "nodes": [{ "name": "fc", "op": { "linear": { "units": 2, "bias": true } }, "inputs": [INPUT], "layer": "output" }],
            },
            "preprocessing": { "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5] },
            "classes": [class("0"), class("1")],
            "licence": "LicenseRef-own",
            "origin": "",
        })
    }

    #[test]
    fn a_network_joins_as_the_last_classifier_and_leaves_again() {
        let (whole, name) = (pack(), "own-0123456789abcdef");
        let mut joined = whole.clone();
        assert_eq!(joined.join(newcomer(name, 8).to_string().as_bytes()).unwrap(), name);
        assert_eq!(joined.classifiers.len(), whole.classifiers.len() + 1);
        let entry = joined.classifier(name).unwrap();
        assert!(matches!(entry.view, Some(Op::Resize(_))), "images are resized to its own size");
        assert_eq!((entry.own.height, entry.layers.len()), (8, 1));
        // Another of its name takes its place.
        let mut other = newcomer(name, 28);
        other["title"] = json!("again");
        joined.join(other.to_string().as_bytes()).unwrap();
        assert_eq!(joined.classifiers.len(), whole.classifiers.len() + 1);
        let entry = joined.classifier(name).unwrap();
        assert_eq!((entry.title.as_str(), &entry.view), ("again", &None));
        joined.part(name);
        assert_eq!(joined, whole);
        joined.part("caffenet");
        assert_eq!(joined, whole, "the pack's own stay");
    }

    #[test]
    fn what_is_no_network_of_ones_own_leaves_the_pack_as_it_was() {
        let whole = pack();
        let mut changed = whole.clone();
        let name = "own-0123456789abcdef";
        let mut few = newcomer(name, 8);
        few["classes"] = json!([]);
        let mut wide = newcomer(name, 8);
        wide["architecture"]["input"] = json!([3, 8, 9]);
        let mut other = newcomer(name, 8);
        other["weights"]["file"] = json!("generator.safetensors");
        let mut shown = newcomer(name, 8);
        shown["strongest"] = shown["weights"].clone();
        for json in [newcomer("caffenet", 8), newcomer("mine", 8), few, wide, other, shown, json!({}), json!([])] {
            assert!(changed.join(json.to_string().as_bytes()).is_err(), "{json}");
        }
        assert!(changed.join(b"\xff").is_err());
        assert_eq!(own_name(newcomer(name, 8).to_string().as_bytes()).as_deref(), Some(name));
        assert_eq!(own_name(newcomer("caffenet", 8).to_string().as_bytes()), None);
        assert_eq!(changed, whole);
    }
}
