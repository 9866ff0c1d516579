//! Networks without branches: AlexNet and VGG.

use super::writer::{Form, Map, Writer};
use crate::{import::ImportError, nets::ops::MaxPool};

/// The array that both begin with; by its kernel they are told apart.
pub(super) const SIGN: &str = "features.0.weight";
/// Rows and columns of the first kernel of AlexNet.
pub(super) const ALEXNET: usize = 11;
/// Rows and columns of all kernels of VGG.
pub(super) const VGG: usize = 3;

/// Writes AlexNet, in the form of one column that torchvision has (Krizhevsky 2014).
pub(super) fn alexnet(writer: &mut Writer<'_>, image: &Map) -> Result<String, ImportError> {
    let first = Form { padding: 2, ..Form::same(0, ALEXNET, 4) };
    let forms = [
        (0, first),
        (3, Form::same(0, 5, 1)),
        (6, Form::same(0, 3, 1)),
        (8, Form::same(0, 3, 1)),
        (10, Form::same(0, 3, 1)),
    ];
    let mut x = image.clone();
    for (place, form) in forms {
        x = writer.convolution(&format!("features.{place}"), None, &x, form)?;
        x = writer.relu(&x)?;
        if [0, 3, 10].contains(&place) {
            x = writer.pool(&format!("features.{}", place + 2), MaxPool::square(3, 2, 0), &x)?;
        }
    }
    classifier(writer, &x, 6, ["classifier.1", "classifier.4", "classifier.6"])?;
    Ok("AlexNet".to_owned())
}

/// Writes a VGG of any number of convolutions: behind each of them is a rectification, with a batch normalisation before
/// it or not, and between them poolings, which take a number each in the names.
pub(super) fn vgg(writer: &mut Writer<'_>, image: &Map) -> Result<String, ImportError> {
    let is_normalised = writer.dims("features.1.running_mean").is_some();
    let (mut x, mut place, mut convolutions) = (image.clone(), 0, 0);
    loop {
        if writer.dims(&format!("features.{place}.weight")).is_none() {
            // No convolution; so there is a pooling.
            let pooled = place;
            x = writer.pool(&format!("features.{place}"), MaxPool::square(2, 2, 0), &x)?;
            place += 1;
            if writer.dims(&format!("features.{place}.weight")).is_none() {
                if writer.left().any(|name| name.starts_with("features.")) {
                    return Err(writer.missing(format!("features.{pooled}.weight")));
                }
                break;
            }
        }
        let norm = is_normalised.then(|| format!("features.{}", place + 1));
        x = writer.convolution(&format!("features.{place}"), norm.as_deref(), &x, Form::same(0, VGG, 1))?;
        x = writer.relu(&x)?;
        convolutions += 1;
        place += if is_normalised { 3 } else { 2 };
    }
    classifier(writer, &x, 7, ["classifier.0", "classifier.3", "classifier.6"])?;
    let norm = if is_normalised { "-BN" } else { "" };
    Ok(format!("VGG-{}{norm}", convolutions + 3))
}

/// Means over so many windows along each side, and three fully connected layers.
fn classifier(writer: &mut Writer<'_>, x: &Map, side: usize, names: [&str; 3]) -> Result<(), ImportError> {
    let [first, second, last] = names;
    let x = writer.pooled_linear(first, side, x)?;
    let x = writer.relu(&x)?;
    let x = writer.linear(second, &x)?;
    let x = writer.relu(&x)?;
    writer.linear(last, &x).map(|_| ())
}
