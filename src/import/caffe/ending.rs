//! What a network ends in, and the graph of what that needs.

use std::collections::{HashMap, HashSet};

use super::{
    definition::{Definition, is_loss, is_outside},
    translator::{Map, Translator, Value},
};
use crate::{
    import::{ImportError, Imported},
    nets::{
        graph::{Graph, INPUT},
        layer::LayerKind,
        ops::Op,
    },
};

/// What the network ends in.
pub(super) struct End {
    pub output: Map,
    /// Whether a softmax stood behind it.
    pub is_before_softmax: bool,
}

impl<'m> Translator<'m> {
    /// The result that is asked for, or the only one that nobody reads, without a softmax.
    ///
    /// # Errors
    /// [`ImportError::Outputs`], [`ImportError::NoOutput`], [`ImportError::Unknown`].
    pub fn end(&self, definition: &Definition<'m>, output: Option<&str>) -> Result<End, ImportError> {
        // Which layer has written a name last.
        let mut writers: HashMap<&str, usize> = HashMap::new();
        for (number, layer) in definition.layers.iter().enumerate().filter(|(_, layer)| !is_outside(layer)) {
            writers.extend(layer.tops.iter().map(|top| (*top, number)));
        }
        let mut last: Vec<(usize, &str)> = writers.into_iter().map(|(name, number)| (number, name)).collect();
        last.retain(|result| self.readers.get(result).is_none_or(|readers| *readers == 0));
        last.sort_unstable();
        let is_after =
            |name: &str| definition.layers.iter().any(|layer| is_loss(layer) && layer.bottoms.contains(&name));
        let name = match (output, last.as_slice()) {
            (Some(name), _) => name,
            (None, [(_, name)]) => name,
            (None, _) => return Err(ImportError::Outputs(last.iter().map(|(_, name)| (*name).to_owned()).collect())),
        };
        let map = match self.values.get(name) {
            Some(Value::Map(map)) if map.node != INPUT => map.clone(),
            Some(Value::Unknown(needs)) => {
                let operations = needs.iter().filter_map(|number| self.unknown.get(*number).cloned()).collect();
                return Err(ImportError::Unknown { operations, usable: self.usable(definition) });
            }
            Some(Value::Map(_)) | None => return Err(ImportError::NoOutput { name: name.to_owned() }),
        };
        let node = self.nodes.iter().find(|node| node.name == map.node);
        let before =
            node.filter(|node| node.op == Op::Softmax && output.is_none()).and_then(|node| node.inputs.first());
        let is_before_softmax = before.is_some() || output.is_none() && is_after(name);
        let output = match before.and_then(|before| Some((before, *self.shapes.get(before)?))) {
            Some((before, shape)) => Map { node: before.clone(), shape, ..map },
            None => map,
        };
        Ok(End { output, is_before_softmax })
    }

    /// Results that could be the output.
    fn usable(&self, definition: &Definition<'m>) -> Vec<String> {
        let is_features = |name: &&&str| match self.values.get(**name) {
            Some(Value::Map(map)) => (map.shape.height, map.shape.width) == (1, 1) && map.node != INPUT,
            _ => false,
        };
        let mut known = HashSet::new();
        let names = definition.layers.iter().flat_map(|layer| &layer.tops).filter(is_features);
        names.filter(|name| known.insert(**name)).map(|name| (*name).to_owned()).collect()
    }

    /// The graph of what the output needs.
    ///
    /// # Errors
    /// [`ImportError::Graph`].
    pub fn finish(mut self, end: End, kind: Option<LayerKind>) -> Result<Imported, ImportError> {
        let mut needed = HashSet::from([end.output.node.clone()]);
        for node in self.nodes.iter().rev() {
            if needed.contains(&node.name) {
                needed.extend(node.inputs.iter().cloned());
            }
        }
        self.nodes.retain(|node| needed.contains(&node.name));
        for node in &mut self.nodes {
            node.layer = match kind {
                Some(kind) if node.name == end.output.node => Some(kind),
                Some(_) => node.layer,
                None => None,
            };
        }
        self.arrays.retain(|name, _| name.rsplit_once('.').is_some_and(|(node, _)| needed.contains(node)));
        let graph = Graph { input: self.shapes[INPUT], nodes: self.nodes };
        graph.clone().check()?;
        let is_before_softmax = end.is_before_softmax;
        Ok(Imported { graph, arrays: self.arrays, is_averaged: false, is_before_softmax, metadata: Vec::new() })
    }
}
