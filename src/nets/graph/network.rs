//! The executor: a checked graph with its weights on a device, run forward on Burn; autodiff finds the gradient.

use std::cell::OnceCell;

use burn::tensor::{Device, Tensor};

use super::Checked;
use crate::nets::{
    ops::Computation,
    weights::{Array, Weights, WeightsError},
};

/// A network held fixed, on a device.
pub struct Network {
    graph: Checked,
    /// For each node, the last one that reads it.
    last_reader: Vec<usize>,
    /// Those of each node, by name, as they came.
    arrays: Vec<Vec<(String, Array)>>,
    device: Device,
    /// The nodes on the device, from when somebody asks for their results: whoever computes them by other means needs none.
    nodes: OnceCell<Vec<Computation>>,
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Outputs {
    /// The last node's result, `[batch, channels, height, width]`.
    pub output: Tensor<4>,
    /// For each tap in order, its node's result, `[batch, channels, height, width]`.
    pub taps: Vec<Tensor<4>>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("graph", &self.graph).finish_non_exhaustive()
    }
}

impl Checked {
    /// Takes the arrays that the nodes need out of the weights, for a device.
    ///
    /// # Errors
    /// [`WeightsError`] where an array is missing, superfluous or of another shape.
    pub fn init(self, mut weights: Weights, device: &Device) -> Result<Network, WeightsError> {
        let mut arrays = Vec::new();
        let mut last_reader: Vec<usize> = (0..self.sources.len()).collect();
        let nodes = self.graph.nodes.iter().zip(&self.sources).zip(self.shapes());
        for (number, ((node, sources), shape)) in nodes.enumerate() {
            let inputs: Vec<_> = sources.iter().map(|source| self.read(*source)).collect();
            arrays.push(node.op.take(&node.name, &inputs, *shape, &mut weights)?);
            for source in sources.iter().flatten() {
                last_reader[*source] = number;
            }
        }
        weights.finish()?;
        Ok(Network { graph: self, last_reader, arrays, device: device.clone(), nodes: OnceCell::new() })
    }
}

impl Network {
    /// The graph.
    pub fn graph(&self) -> &Checked {
        &self.graph
    }

    /// Its arrays by name.
    pub fn arrays(&self) -> impl Iterator<Item = (&str, &Array)> {
        self.arrays.iter().flatten().map(|(name, array)| (name.as_str(), array))
    }

    /// The nodes on the device.
    fn nodes(&self) -> &[Computation] {
        self.nodes.get_or_init(|| {
            let graph = &self.graph;
            let mut loaded = Vec::new();
            for (number, (node, arrays)) in graph.graph.nodes.iter().zip(&self.arrays).enumerate() {
                let inputs: Vec<_> = graph.sources[number].iter().map(|source| graph.read(*source)).collect();
                loaded.push(node.op.load(arrays, &inputs, graph.shapes()[number], &self.device));
            }
            loaded
        })
    }

    /// Runs inputs `[batch, channels, height, width]` of the graph's input shape through all nodes, and reads those in
    /// `taps`, each of which is a node, on the way.
    ///
    /// A result is let go behind its last reader; under autodiff those that a gradient needs stay.
    pub fn forward(&self, input: Tensor<4>, taps: &[&str]) -> Outputs {
        self.forward_behind(None, input, taps)
    }

    /// The same, with the first node's result given in place of the input.
    pub fn forward_behind_first(&self, result: Tensor<4>, taps: &[&str]) -> Outputs {
        self.forward_behind(Some(0), result, taps)
    }

    /// What the first node makes of the network's input.
    pub fn first(&self, input: Tensor<4>) -> Tensor<4> {
        match self.nodes().first() {
            Some(compute) => compute(&[input]),
            None => input,
        }
    }

    /// Runs the nodes behind one whose result is given; all of them where it is the input that is given.
    fn forward_behind(&self, known: Option<usize>, input: Tensor<4>, taps: &[&str]) -> Outputs {
        let taps: Vec<_> = taps.iter().map(|tap| self.graph.place(tap)).collect();
        let mut seen: Vec<Option<Tensor<4>>> = vec![None; taps.len()];
        let mut results: Vec<Option<Tensor<4>>> = Vec::with_capacity(self.arrays.len());
        let mut output = input.clone();
        for (number, (compute, sources)) in self.nodes().iter().zip(&self.graph.sources).enumerate() {
            let inputs: Vec<Tensor<4>> = sources
                .iter()
                .map(|source| source.and_then(|source| results[source].clone()).unwrap_or_else(|| input.clone()))
                .collect();
            for source in sources.iter().flatten() {
                if self.last_reader[*source] == number {
                    results[*source] = None;
                }
            }
            output = if known == Some(number) { input.clone() } else { compute(&inputs) };
            for (tap, seen) in taps.iter().zip(&mut seen) {
                if *tap == Some(number) {
                    *seen = Some(output.clone());
                }
            }
            results.push(Some(output.clone()));
        }
        Outputs { output, taps: seen.into_iter().flatten().collect() }
    }
}
