//! What the page says of networks that a visitor brings.

use super::{megabytes, shortened};
pub use crate::words::say::own::{
    another_than_linked, as_file_says, as_in, blue_first, by_number, choose_output, class_names, delete, delete_button,
    ended_while_checked, image_size, keeping_network, look_into_it, network_too_early, network_too_large, no_list,
    no_pack, no_room_to_check, not_deleted, open_list, open_network, open_pack_folder, output, own_network_explained,
    own_networks, pixels, read_so, reading_network, seen_later, seen_soon, several_packs, use_again, use_network,
    what_it_sees,
};
use crate::{
    engine::protocol::End,
    import::Pixels,
    importer::protocol::{Found, Unkept},
    pack::manifest::ManifestError,
    words::{
        manifest,
        say::{joints, own as say},
        sentences,
    },
};

/// What the pixels of a network can be, as it is offered.
pub fn pixel_kinds() -> [(Pixels, &'static str); 4] {
    [
        (Pixels::Imagenet, say::pixels_imagenet()),
        (Pixels::Signed, say::pixels_signed()),
        (Pixels::Unit, say::pixels_unit()),
        (Pixels::Bytes, say::pixels_bytes()),
    ]
}

/// Alert.
pub fn lacks_file(file: &str) -> String {
    say::lacks_file(&shortened(file))
}

/// Alert.
pub fn other_file(file: &str, found: u64, wanted: u64) -> String {
    say::other_file(&shortened(file), &found, &wanted)
}

/// Check box; the network's size in bytes follows.
pub fn keep(bytes: u64) -> String {
    say::keep(&megabytes(bytes))
}

/// A network of the visitor's own in the list, behind its name.
pub fn own_network(bytes: u64, is_kept: bool, fits: bool) -> String {
    let size = megabytes(bytes);
    let kept = if is_kept { say::kept(&size) } else { say::kept_for_now(&size) };
    if fits { kept } else { say::kept_misfit(&kept) }
}

/// What a file holds.
pub fn found(found: &Found) -> String {
    let Found { input: [height, width], units, layers, parameters, is_before_softmax, is_averaged, .. } = found;
    let weights = match parameters {
        0..100_000 => parameters.to_string(),
        _ => say::millions(&format_args!("{:.1}", *parameters as f64 / 1e6)),
    };
    let said = say::found(units, layers, &weights, width, height);
    let said = match &found.recognised {
        Some(name) => say::found_as(&shortened(name), &said),
        None => said,
    };
    let mut said = vec![said];
    if *is_before_softmax {
        said.push(say::softmax_left_out().into());
    }
    if *is_averaged {
        said.push(say::output_averaged().into());
    }
    sentences(&said)
}

/// Alert: a link is to a network that somebody has opened from a file.
pub fn network_is_not_here(name: &str) -> String {
    say::network_is_not_here(&shortened(name), &own_networks())
}

/// Why a network is not in the browser's storage.
pub fn unkept(why: Unkept) -> String {
    let why = match why {
        Unkept::None => say::unkept_none(),
        Unkept::Full => say::unkept_full(),
        Unkept::Busy => say::unkept_busy(),
    };
    joints::sentences(&why, &say::used_without())
}

/// A network and the pack do not go together.
pub fn does_not_fit(error: &ManifestError) -> String {
    say::does_not_fit(&manifest(error))
}

/// There is no importer, or no more.
pub fn importer_ended(end: &End) -> String {
    match end {
        End::NoWorker | End::Broken(_) => say::importer_missing().into(),
        End::Missing(file) => say::importer_lacks(file),
        End::Page(file) => say::importer_page(file),
        End::Status(file, status) => say::importer_status(file, status),
        End::Unreachable(file, said) => say::importer_unreachable(file, &shortened(said)),
        End::Fault { .. } | End::Unknown => say::importer_fault().into(),
    }
}
