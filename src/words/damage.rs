use super::say::damage as say;
use crate::import::Damage;

/// What is wrong with a file of Protocol Buffers.
pub(super) fn damage(damage: &Damage) -> String {
    let said = match damage {
        Damage::Protobuf { said } => said.trim_end_matches('.'),
        Damage::Short => say::cut_short(),
        Damage::Parts => say::too_many_parts(),
        Damage::Deep => say::too_deep(),
        Damage::NoGraph => say::no_graph(),
        Damage::NoOpset => say::no_opset(),
    };
    said.to_owned()
}
