use serde::{Deserialize, Serialize};

use super::SpecError;

/// Which engine a person asks for: `?engine=` in the address, `--engine` on the command line.
///
/// Not part of a [`RunSpec`](super::RunSpec): the engine changes how fast a picture comes, not which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineChoice {
    /// The faster of what is there.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The graphics processor, through WebGPU.
    WebGpu,
}

impl EngineChoice {
    /// The name used in addresses and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::WebGpu => "webgpu",
        }
    }
}

impl std::str::FromStr for EngineChoice {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        [Self::Auto, Self::Cpu, Self::WebGpu]
            .into_iter()
            .find(|choice| choice.name() == text)
            .ok_or_else(|| SpecError::Choice { name: "engine", value: text.to_owned(), choices: "auto, cpu, webgpu" })
    }
}
