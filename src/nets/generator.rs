//! Generators: from a code to an image.

use std::rc::Rc;

use burn::tensor::{Device, Tensor};

use super::{config::GeneratorConfig, error::NetworkError, graph::Network, weights::Weights};

/// A generator held fixed, on a device.
#[derive(Debug, Clone)]
pub struct Generator {
    network: Rc<Network>,
}

impl GeneratorConfig {
    /// Builds the generator from its weights.
    ///
    /// # Errors
    /// [`NetworkError`] where an array is missing, superfluous or of another shape, or where no network has that shape.
    pub fn init(&self, weights: Weights, device: &Device) -> Result<Generator, NetworkError> {
        let (graph, _) = self.checked()?;
        let network = graph.init(weights, device)?;
        Ok(Generator { network: Rc::new(network) })
    }
}

impl Generator {
    /// The network itself, for whoever computes it by other means.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// A code `[batch, code]` to an image `[batch, 3, height, width]`, RGB; natural images lie in -1..=1, but the
    /// output is not clamped to it.
    pub fn forward(&self, code: Tensor<2>) -> Tensor<4> {
        let [batch, units] = code.dims();
        self.network.forward(code.reshape([batch, units, 1, 1]), &[]).output
    }
}
