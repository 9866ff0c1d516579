//! The executor: a checked graph with its weights on a device, run forward on Burn; autodiff finds the gradient.

use burn::tensor::{Device, Tensor};

use super::Checked;
use crate::nets::{
    ops::Loaded,
    weights::{Weights, WeightsError},
};

/// A network held fixed, on a device.
#[derive(Debug)]
pub struct Network {
    graph: Checked,
    loaded: Vec<Loaded>,
    /// For each node, the last one that reads it.
    last_reader: Vec<usize>,
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Outputs {
    /// The last node's result, `[batch, channels, height, width]`.
    pub output: Tensor<4>,
    /// For each tap in order, its node's result, `[batch, channels, height, width]`.
    pub taps: Vec<Tensor<4>>,
}

impl Checked {
    /// Takes the arrays that the nodes need out of the weights, onto a device.
    ///
    /// # Errors
    /// [`WeightsError`] where an array is missing, superfluous or of another shape.
    pub fn init(self, mut weights: Weights, device: &Device) -> Result<Network, WeightsError> {
        let mut loaded = Vec::new();
        let mut last_reader: Vec<usize> = (0..self.sources.len()).collect();
        let nodes = self.graph.nodes.iter().zip(&self.sources).zip(self.shapes());
        for (number, ((node, sources), shape)) in nodes.enumerate() {
            let inputs: Vec<_> = sources.iter().map(|source| self.read(*source)).collect();
            loaded.push(node.op.load(&node.name, &inputs, *shape, &mut weights, device)?);
            for source in sources.iter().flatten() {
                if let Some(last) = last_reader.get_mut(*source) {
                    *last = number;
                }
            }
        }
        weights.finish()?;
        Ok(Network { graph: self, loaded, last_reader })
    }
}

impl Network {
    /// The graph.
    pub fn graph(&self) -> &Checked {
        &self.graph
    }

    /// Runs inputs `[batch, channels, height, width]` of the graph's input shape through all nodes, and reads those in
    /// `taps` on the way. `None` where there is no such node, or the input is of another shape.
    ///
    /// A result is let go behind its last reader; under autodiff those that a gradient needs stay.
    pub fn forward(&self, input: Tensor<4>, taps: &[&str]) -> Option<Outputs> {
        let [_, channels, height, width] = input.dims();
        let wanted = self.graph.graph.input;
        if [channels, height, width] != [wanted.channels, wanted.height, wanted.width] {
            return None;
        }
        let taps = taps.iter().map(|tap| self.graph.place(tap)).collect::<Option<Vec<usize>>>()?;
        let mut results: Vec<Option<Tensor<4>>> = Vec::new();
        let mut seen: Vec<Option<Tensor<4>>> = vec![None; taps.len()];
        let nodes = self.graph.graph.nodes.iter().zip(&self.graph.sources).zip(&self.loaded);
        for (number, ((node, sources), loaded)) in nodes.enumerate() {
            let read = sources.iter().map(|source| match source {
                Some(source) => results.get(*source).cloned().flatten(),
                None => Some(input.clone()),
            });
            let inputs = read.collect::<Option<Vec<_>>>()?;
            let result = node.op.forward(&inputs, loaded)?;
            for (tap, seen) in taps.iter().zip(&mut seen) {
                if *tap == number {
                    *seen = Some(result.clone());
                }
            }
            for source in sources.iter().flatten() {
                if self.last_reader.get(*source) == Some(&number)
                    && let Some(result) = results.get_mut(*source)
                {
                    *result = None;
                }
            }
            results.push(Some(result));
        }
        Some(Outputs { output: results.pop().flatten()?, taps: seen.into_iter().collect::<Option<_>>()? })
    }
}
