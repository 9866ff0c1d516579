use crate::import::Damage;

/// What is wrong with a file of Protocol Buffers.
pub(super) fn damage(damage: &Damage) -> String {
    match damage {
        Damage::Protobuf { said } => said.trim_end_matches('.').to_owned(),
        Damage::Short => "it is cut short".into(),
        Damage::Parts => "it has more parts than any network".into(),
        Damage::Deep => "its parts lie deeper within one another than those of any network".into(),
        Damage::NoGraph => "it holds no graph".into(),
        Damage::NoOpset => "it names no version of ONNX's operators".into(),
    }
}
