//! Networks of torchvision from their arrays alone: state dicts in checkpoints of PyTorch and in safetensors files.
//!
//! A state dict has no operations. Those of the networks that are known stand here, and which of them the arrays are of is
//! told by their names and shapes: ResNet (He et al. 2015), AlexNet (Krizhevsky 2014), VGG (Simonyan & Zisserman 2014) and MobileNetV2
//! (Sandler et al. 2018), of any width and number of classes. Names are those of torchvision, behind whatever all of a
//! dictionary have before them. Every array has to be used, and none may be missing.
//!
//! It is all done in memory, from bytes to a graph, so that a browser can do it too. No array takes more memory than it has
//! bytes in the file, save that halves become floats, and a layer that a pooling has become part of.

mod archive;
mod checkpoint;
mod mobilenet;
mod pickle;
mod plain;
mod rebuilt;
mod resnet;
mod stored;
mod writer;

use checkpoint::{Arrays, Groups};
use writer::{MOST_NAMED, Writer};

use super::{Family, ImportError, Imported, Kind, MAX_FILE_BYTES, Options, StateDictError};

/// Reads a network from a file of some kind, which [`kind_of`](super::kind_of) tells.
///
/// Images have [`Options::size`], or 224 × 224 pixels where nobody says it. The arrays of the result are named as in the state
/// dict, without what all names there begin with; batch normalisation has become part of the convolution before it. The metadata says what
/// the network was recognised as, under “torchvision”: a name like
/// `ResNet-18`, `ResNet-18-small`, `VGG-16-BN`.
///
/// # Errors
/// [`ImportError::StateDict`] where the file is damaged, or is of none of these networks or of nearly one;
/// [`ImportError::Large`], [`ImportError::Array`], [`ImportError::Graph`]; and [`ImportError::Size`] where nobody says
/// the size of images of a network for small ones.
pub fn read(bytes: Vec<u8>, kind: Kind, options: &Options) -> Result<Imported, ImportError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ImportError::Large { found: bytes.len() });
    }
    let groups = checkpoint::groups(&bytes, kind).map_err(StateDictError::Broken)?;
    let (family, arrays) = recognised(groups)?;
    let (mut writer, image) = Writer::new(&bytes, family, arrays, options)?;
    let architecture = match family {
        Family::AlexNet => plain::alexnet(&mut writer, &image)?,
        Family::Vgg => plain::vgg(&mut writer, &image)?,
        Family::ResNet => resnet::write(&mut writer, &image, options.size.is_some())?,
        Family::MobileNetV2 => mobilenet::write(&mut writer, &image)?,
    };
    writer.finish(architecture, options)
}

/// What a dictionary of arrays is of, with what all its names begin with.
fn family(arrays: &Arrays) -> Option<(Family, String)> {
    let before = |signs: &[&str]| {
        let prefixes = arrays.keys().flat_map(|name| signs.iter().filter_map(|sign| name.strip_suffix(sign)));
        prefixes.filter(|prefix| prefix.is_empty() || prefix.ends_with('.')).min_by_key(|prefix| prefix.len())
    };
    if let Some(prefix) = before(&resnet::SIGNS) {
        return Some((Family::ResNet, prefix.to_owned()));
    }
    if let Some(prefix) = before(&mobilenet::SIGNS) {
        return Some((Family::MobileNetV2, prefix.to_owned()));
    }
    let prefix = before(&[plain::SIGN])?;
    let sides = |name: &str| arrays.get(&format!("{prefix}{name}")).map_or(&[][..], |stored| &stored.dims);
    // SqueezeNet begins like VGG, and a classifier of convolutions follows.
    let is_flat = ["classifier.0.weight", "classifier.1.weight", "classifier.6.weight"].map(sides);
    if !is_flat.iter().any(|sides| sides.len() == 2) {
        return None;
    }
    match sides(plain::SIGN) {
        [_, _, plain::ALEXNET, plain::ALEXNET] => Some((Family::AlexNet, prefix.to_owned())),
        [_, _, plain::VGG, plain::VGG] => Some((Family::Vgg, prefix.to_owned())),
        _ => None,
    }
}

/// Which network is in a file, and its arrays by torchvision's names. Of several dictionaries it is the one with the shortest
/// way to it, as the averages that some keep beside the weights have longer ones.
fn recognised(groups: Groups) -> Result<(Family, Arrays), StateDictError> {
    let mut groups: Vec<(String, Arrays)> = groups.into_iter().collect();
    groups.sort_by_key(|(way, _)| way.len());
    let Some((place, (family, prefix))) =
        groups.iter().enumerate().find_map(|(place, (_, arrays))| Some((place, family(arrays)?)))
    else {
        let largest = groups.iter().map(|(_, arrays)| arrays).max_by_key(|arrays| arrays.len());
        let arrays = largest.into_iter().flatten();
        let found = arrays.clone().take(MOST_NAMED).map(|(name, stored)| (writer::short(name), stored.dims.clone()));
        return Err(StateDictError::Unknown {
            found: found.collect(),
            more: arrays.count().saturating_sub(MOST_NAMED),
        });
    };
    let (_, arrays) = groups.swap_remove(place);
    // Counters of batches mean nothing once the network is fixed.
    let arrays = arrays.into_iter().filter(|(name, _)| !name.ends_with("num_batches_tracked"));
    // What does not begin like the others keeps its name, and is found to be too many.
    let named = |name: String| name.strip_prefix(&prefix).map(str::to_owned).unwrap_or(name);
    Ok((family, arrays.map(|(name, stored)| (named(name), stored)).collect()))
}
