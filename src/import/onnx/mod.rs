//! ONNX files: opset 11 to 21, weights of 16, 32 or 64 bits in the file itself.

mod attributes;
mod constants;
mod layers;
mod operators;
mod patterns;
mod schema;
mod sides;
mod tensor;
mod translator;

use prost::bytes::Bytes;

use super::{Damage, ImportError, Imported, MAX_FILE_BYTES, Options};

/// The versions of ONNX's own operators that are known.
const OPSETS: std::ops::RangeInclusive<i64> = 11..=21;

/// Reads a network.
///
/// # Errors
/// [`ImportError`].
pub fn read(bytes: Vec<u8>, options: &Options) -> Result<Imported, ImportError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ImportError::Large { found: bytes.len() });
    }
    let model = schema::decode(Bytes::from(bytes)).map_err(ImportError::Damaged)?;
    let own = model.opsets.iter().find(|opset| matches!(opset.domain.as_str(), "" | "ai.onnx"));
    let version = own.map(|opset| opset.version);
    let graph = model.graph.as_ref().ok_or(ImportError::Damaged(Damage::NoGraph))?;
    let version = version.ok_or(ImportError::Damaged(Damage::NoOpset))?;
    if !OPSETS.contains(&version) {
        return Err(ImportError::Opset { found: version });
    }
    let metadata = model.metadata.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect();
    translator::translate(graph, version, options).map(|imported| Imported { metadata, ..imported })
}
