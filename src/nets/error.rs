//! Why there is no network: plain data, in every build.

use super::{builders::ConfigError, graph::GraphError, shape::WeightsError};

/// Why a configuration and arrays do not make a network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{self:?}")]
pub enum NetworkError {
    /// The configuration is that of none, or of one for images of another size.
    Config(#[from] ConfigError),
    /// The arrays are others.
    Weights(#[from] WeightsError),
}

impl From<GraphError> for NetworkError {
    fn from(error: GraphError) -> Self {
        Self::Config(error.into())
    }
}
