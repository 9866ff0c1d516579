use super::{builders::ConfigError, weights::WeightsError};

/// Why a configuration and arrays do not make a network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// The configuration is that of none, or of one for images of another size.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The arrays are others.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}
