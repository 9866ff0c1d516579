//! MobileNetV2 of any width.

use super::writer::{Form, Map, Writer};
use crate::{
    import::ImportError,
    nets::ops::{Activation, Op},
};

/// Arrays by which a network is known as this; one may be missing, and is missed by its name.
pub(super) const SIGNS: [&str; 2] = ["features.1.conv.0.0.weight", "features.2.conv.0.0.weight"];
/// Blocks of each stage, and the stride of its first (Sandler et al. 2018, table 2). Widths and expansions are read from the
/// arrays.
const STAGES: [(usize, usize); 7] = [(1, 1), (2, 2), (3, 2), (4, 2), (3, 1), (3, 2), (1, 1)];

/// Writes the network.
pub(super) fn write(writer: &mut Writer<'_>, image: &Map) -> Result<String, ImportError> {
    let x = writer.convolution("features.0.0", Some("features.0.1"), image, Form::same(0, 3, 2))?;
    let mut x = writer.activation(Activation::RELU6, &x)?;
    let mut place = 1;
    for (blocks, stride) in STAGES {
        for block in 0..blocks {
            let stride = if block == 0 { stride } else { 1 };
            x = self::block(writer, &format!("features.{place}"), stride, &x)?;
            place += 1;
        }
    }
    let (last, norm) = (format!("features.{place}.0"), format!("features.{place}.1"));
    let x = writer.convolution(&last, Some(&norm), &x, Form::same(0, 1, 1))?;
    let x = writer.activation(Activation::RELU6, &x)?;
    let x = writer.push("avgpool", Op::GlobalAverage, &[&x], None)?;
    writer.linear("classifier.1", &x)?;
    Ok("MobileNetV2".to_owned())
}

/// Expansion by a convolution of 1×1, where there is one; a convolution of each channel by itself; and a convolution of 1×1
/// that nothing rectifies. What has the shape of what it reads is added to that.
fn block(writer: &mut Writer<'_>, name: &str, stride: usize, x: &Map) -> Result<Map, ImportError> {
    let part = |part: &str| format!("{name}.conv.{part}");
    let is_expanded = ["1.0.weight", "3.weight"].iter().any(|name| writer.dims(&part(name)).is_some());
    let mut y = x.clone();
    let mut place = 0;
    if is_expanded {
        y = writer.convolution(&part("0.0"), Some(&part("0.1")), &y, Form::same(0, 1, 1))?;
        y = writer.activation(Activation::RELU6, &y)?;
        place = 1;
    }
    let channels = y.shape.channels;
    let each = Form { groups: channels, ..Form::same(channels, 3, stride) };
    y = writer.convolution(&part(&format!("{place}.0")), Some(&part(&format!("{place}.1"))), &y, each)?;
    y = writer.activation(Activation::RELU6, &y)?;
    let (last, norm) = (part(&format!("{}", place + 1)), part(&format!("{}", place + 2)));
    y = writer.convolution(&last, Some(&norm), &y, Form::same(0, 1, 1))?;
    match stride == 1 && y.shape.channels == x.shape.channels {
        true => writer.push(&format!("{name}.add"), Op::Add, &[&y, x], None),
        false => Ok(y),
    }
}
