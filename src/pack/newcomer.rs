//! A network that somebody has brought along, as one more classifier of a pack.

use super::{
    integrity::sha256,
    manifest::{Class, ClassifierEntry, FileEntry, ImageShape, Preprocessing, file_of},
    rounding::{Arrays, serialize},
};
use crate::nets::{
    config::ClassifierConfig,
    graph::{Graph, Node},
    ops::Op,
};

pub use super::{
    manifest::OWN,
    rounding::{ContentError, Precision},
};

/// How many digits of a digest name a network.
const DIGITS: usize = 16;

/// A network's arrays as a file of a pack, a safetensors file, with matrices and kernels kept as said.
///
/// # Errors
/// [`ContentError::NotNumbers`], [`ContentError::Large`] where 16 bits are too few.
pub fn file(graph: &Graph, arrays: &Arrays, keep: Precision) -> Result<Vec<u8>, ContentError> {
    let is_transposed = |node: &&Node| matches!(node.op, Op::TransposedConvolution(_));
    let transposed: Vec<String> = graph.nodes.iter().filter(is_transposed).map(|node| node.name.clone()).collect();
    serialize(arrays, keep, &[], &transposed)
}

/// What a pack's description says of a network whose weights are these bytes.
#[derive(Debug, Clone)]
pub struct About {
    /// Its name in addresses; none for one that follows from what it computes, [`OWN`] and a digest's first digits.
    pub name: Option<String>,
    /// Its name for people.
    pub title: String,
    /// How an image is prepared for it.
    pub preprocessing: Preprocessing,
    /// The classes that its outputs stand for.
    pub classes: Vec<Class>,
    /// Where it comes from, in a sentence.
    pub origin: String,
}

/// The description of a network for a pack of images of a size: images of another size than its own are resized for it.
pub fn entry(graph: &Graph, weights: &[u8], about: About, image: ImageShape) -> ClassifierEntry {
    let digest = sha256(weights);
    let name = about.name.unwrap_or_else(|| name_of(graph, &digest, about.preprocessing));
    let mut entry = ClassifierEntry {
        title: about.title,
        weights: FileEntry { file: file_of(&name), bytes: weights.len() as u64, sha256: digest },
        strongest: None,
        examples: None,
        atlas: None,
        architecture: ClassifierConfig::Graph(graph.clone()),
        view: None,
        preprocessing: about.preprocessing,
        own: ImageShape::default(),
        layers: Vec::new(),
        classes: about.classes,
        licence: "LicenseRef-own".into(),
        origin: about.origin,
        name,
    };
    entry.resize_to(image);
    entry
}

/// Names a network by all that decides what it computes: its weights, its graph, and how an image is prepared for it.
fn name_of(graph: &Graph, weights: &str, preprocessing: Preprocessing) -> String {
    // A graph and a few numbers can always be written.
    let told = serde_json::to_string(&(weights, graph, preprocessing)).unwrap_or_default();
    format!("{OWN}{}", sha256(told.as_bytes()).get(..DIGITS).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        nets::{graph::INPUT, layer::LayerKind, ops::FullyConnected, shape::Shape},
        pack::manifest::is_own,
    };

    fn about(std: f32) -> About {
        let preprocessing = Preprocessing { mean: [0.5; 3], std: [std; 3] };
        let classes = vec![Class::new("0", "cat"), Class::new("1", "dog")];
        About { name: None, title: "mine".into(), preprocessing, classes, origin: String::new() }
    }

    #[test]
    fn a_network_is_named_by_what_it_computes() {
        let node = Node {
            name: "fc".into(),
            op: Op::Linear(FullyConnected { units: 2, bias: true }),
            inputs: vec![INPUT.into()],
            layer: Some(LayerKind::Output),
        };
        let graph = Graph { input: Shape::map(3, 4, 4), nodes: vec![node] };
        let image = ImageShape { height: 4, width: 4 };
        let one = entry(&graph, b"weights", about(0.5), image);
        assert!(is_own(&one.name), "{}", one.name);
        assert_eq!(one.weights.file, format!("classifier-{}.safetensors", one.name));
        let again = entry(&graph, b"weights", About { title: "other".into(), ..about(0.5) }, image);
        assert_eq!(one.name, again.name);
        for (weights, std) in [(&b"others"[..], 0.5), (b"weights", 0.25)] {
            assert_ne!(entry(&graph, weights, about(std), image).name, one.name);
        }
        assert_eq!(one.view, None);
        let larger = ImageShape { height: 8, width: 8 };
        assert!(matches!(entry(&graph, b"weights", about(0.5), larger).view, Some(Op::Resize(_))));
        for name in ["caffenet", "own-", "own-0123456789abcdeg", "own-0123456789abcdef0", "own-0123456789ABCDEF"] {
            assert!(!is_own(name), "{name}");
        }
    }
}
