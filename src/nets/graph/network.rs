//! The executor: a checked graph with its weights on a device, run forward on Burn; autodiff finds the gradient.

use burn::tensor::{Device, Tensor};

use super::Checked;
use crate::nets::{
    ops::Computation,
    weights::{Placed, Weights, WeightsError},
};

/// A network held fixed, on a device.
pub struct Network {
    graph: Checked,
    nodes: Vec<Computation>,
    /// For each node, the last one that reads it.
    last_reader: Vec<usize>,
    arrays: Vec<Placed>,
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
    /// Takes the arrays that the nodes need out of the weights, onto a device.
    ///
    /// # Errors
    /// [`WeightsError`] where an array is missing, superfluous or of another shape.
    pub fn init(self, mut weights: Weights, device: &Device) -> Result<Network, WeightsError> {
        let mut computations = Vec::new();
        let mut last_reader: Vec<usize> = (0..self.sources.len()).collect();
        let nodes = self.graph.nodes.iter().zip(&self.sources).zip(self.shapes());
        for (number, ((node, sources), shape)) in nodes.enumerate() {
            let inputs: Vec<_> = sources.iter().map(|source| self.read(*source)).collect();
            computations.push(node.op.load(&node.name, &inputs, *shape, &mut weights, device)?);
            for source in sources.iter().flatten() {
                last_reader[*source] = number;
            }
        }
        let arrays = weights.finish()?;
        Ok(Network { graph: self, nodes: computations, last_reader, arrays })
    }
}

impl Network {
    /// The graph.
    pub fn graph(&self) -> &Checked {
        &self.graph
    }

    /// Its arrays, on its device.
    pub fn arrays(&self) -> &[Placed] {
        &self.arrays
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
        match self.nodes.first() {
            Some(compute) => compute(&[input]),
            None => input,
        }
    }

    /// Runs the nodes behind one whose result is given; all of them where it is the input that is given.
    fn forward_behind(&self, known: Option<usize>, input: Tensor<4>, taps: &[&str]) -> Outputs {
        let taps: Vec<_> = taps.iter().map(|tap| self.graph.place(tap)).collect();
        let mut seen: Vec<Option<Tensor<4>>> = vec![None; taps.len()];
        let mut results: Vec<Option<Tensor<4>>> = Vec::with_capacity(self.nodes.len());
        let mut output = input.clone();
        for (number, (compute, sources)) in self.nodes.iter().zip(&self.graph.sources).enumerate() {
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
