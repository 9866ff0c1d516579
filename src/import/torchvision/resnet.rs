//! ResNets of basic blocks and of bottlenecks, and what is built like them: ResNeXt and wide ResNets.

use super::writer::{Form, Map, Writer};
use crate::{
    import::ImportError,
    nets::ops::{MaxPool, Op},
};

/// Arrays by which a network is known as one of these; one may be missing, and is missed by its name.
pub(super) const SIGNS: [&str; 2] = ["layer1.0.conv1.weight", "layer2.0.conv1.weight"];
/// Most blocks of a stage; ResNet-200 has 36.
const MOST_BLOCKS: usize = 256;
/// How many stages.
const STAGES: usize = 4;

/// Writes the network: what it is called.
///
/// A kernel of 3×3 at the beginning is that of networks for small images: its stride is 1, and no pooling follows. Any
/// other has torchvision's stride of 2 and its pooling. The shapes tell no more.
pub(super) fn write(writer: &mut Writer<'_>, image: &Map, is_sized: bool) -> Result<String, ImportError> {
    let stem = "conv1";
    let is_small = writer.dims("conv1.weight").is_some_and(|dims| dims.get(2..) == Some(&[3, 3]));
    let mut x = if is_small {
        if !is_sized {
            return Err(ImportError::Size);
        }
        let x = writer.convolution(stem, Some("bn1"), image, Form::same(0, 3, 1))?;
        writer.relu(&x)?
    } else {
        let x = writer.convolution(stem, Some("bn1"), image, Form::same(0, 7, 2))?;
        let x = writer.relu(&x)?;
        writer.pool("maxpool", MaxPool::square(3, 2, 1), &x)?
    };
    let is_deep = writer.left().any(|name| name.ends_with(".conv3.weight"));
    let mut layers = 2;
    for stage in 1..=STAGES {
        let blocks = blocks(writer, stage);
        if blocks == 0 {
            return Err(writer.missing(format!("layer{stage}.0.conv1.weight")));
        }
        layers += blocks * if is_deep { 3 } else { 2 };
        for block in 0..blocks {
            let stride = if block == 0 && stage > 1 { 2 } else { 1 };
            x = self::block(writer, &format!("layer{stage}.{block}"), is_deep, stride, &x)?;
        }
    }
    let x = writer.push("avgpool", Op::GlobalAverage, &[&x], None)?;
    let head = head(writer);
    writer.linear(&head, &x)?;
    Ok(format!("ResNet-{layers}{}", if is_small { "-small" } else { "" }))
}

/// How many blocks a stage has.
fn blocks(writer: &Writer<'_>, stage: usize) -> usize {
    let start = format!("layer{stage}.");
    let numbers = writer.left().filter_map(|name| name.strip_prefix(&start)?.split('.').next()?.parse::<usize>().ok());
    // Where one is missing among them, it is missed when it is written.
    numbers.filter(|number| *number < MOST_BLOCKS).max().map_or(0, |last| last + 1)
}

/// Two convolutions of 3×3, or one between two of 1×1, and the sum of what they make and what they read.
fn block(writer: &mut Writer<'_>, name: &str, is_deep: bool, stride: usize, x: &Map) -> Result<Map, ImportError> {
    let part = |part: &str| format!("{name}.{part}");
    let mut y = x.clone();
    let forms: &[Form] = match is_deep {
        false => &[Form::same(0, 3, stride), Form::same(0, 3, 1)],
        true => &[Form::same(0, 1, 1), Form::same(0, 3, stride), Form::same(0, 1, 1)],
    };
    for (form, number) in forms.iter().zip(1..) {
        let mut form = *form;
        if is_deep && number == 2 {
            // In groups, as ResNeXt has them, where each kernel reads a part of the channels.
            let dims = writer.dims(&part("conv2.weight")).unwrap_or_default();
            if let Some(inner) = dims.get(1).filter(|inner| **inner > 0 && y.shape.channels.is_multiple_of(**inner)) {
                form.groups = y.shape.channels / inner;
            }
        }
        // In the first of a stage of bottlenecks it is rather the way around them that is missing.
        let is_first = is_deep && name.ends_with(".0");
        if number == forms.len() && stride == 1 && !is_first && writer.dims(&part("downsample.0.weight")).is_none() {
            form.channels = x.shape.channels;
        }
        y = writer.convolution(&part(&format!("conv{number}")), Some(&part(&format!("bn{number}"))), &y, form)?;
        if number < forms.len() {
            y = writer.relu(&y)?;
        }
    }
    let changes = stride != 1 || y.shape.channels != x.shape.channels;
    let way = match changes {
        true => {
            let form = Form { padding: 0, ..Form::same(y.shape.channels, 1, stride) };
            writer.convolution(&part("downsample.0"), Some(&part("downsample.1")), x, form)?
        }
        false => x.clone(),
    };
    let sum = writer.push(&part("add"), Op::Add, &[&y, &way], None)?;
    writer.relu(&sum)
}

/// The layer of logits: `fc`, or the only fully connected one of several modules in its place.
fn head(writer: &Writer<'_>) -> String {
    let inner = |name: &str| {
        let number = name.strip_prefix("fc.")?.strip_suffix(".weight")?;
        number.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("fc.{number}"))
    };
    let mut inner = writer.left().filter_map(inner);
    match (inner.next(), inner.next()) {
        (Some(only), None) => only,
        _ => "fc".to_owned(),
    }
}
