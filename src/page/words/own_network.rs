//! What the page says of networks that a visitor brings.

use super::{megabytes, shortened};
use crate::{
    engine::protocol::End,
    import::Pixels,
    importer::protocol::{Found, Unkept},
    pack::manifest::ManifestError,
    words::manifest,
};

/// Opens the room.
pub const OWN_NETWORK: &str = "Your own network";
/// What that is.
pub const OWN_NETWORK_EXPLAINED: &str = "What has a neuron of your network learned? Choose the ONNX file of an image classifier, or a PyTorch file of one of torchvision’s, or drop it on this \
     page. It is read on this computer and never leaves it. The folder of a model pack, as “dgn import” makes it, can be opened too.";
/// Button.
pub const OPEN_NETWORK: &str = "Choose a network …";
/// Button.
pub const OPEN_PACK_FOLDER: &str = "Choose a pack’s folder …";
/// Alert.
pub const NO_PACK: &str = "This folder is no model pack: it has no pack.json that can be read. “dgn import” makes one.";
/// Alert.
pub const SEVERAL_PACKS: &str = "This folder holds several packs. Choose the folder of one.";
/// Alert.
pub fn lacks_file(file: &str) -> String {
    format!("The folder lacks the pack’s file {}. Choose the whole folder.", shortened(file))
}
/// Alert.
pub fn other_file(file: &str, found: u64, wanted: u64) -> String {
    format!("The file {} has {found} bytes instead of {wanted}: it is not whole, or of another pack.", shortened(file))
}
/// Alert.
pub const NETWORK_TOO_EARLY: &str = "The model pack that draws is not there yet. Open the network again in a moment.";
/// Root.
pub const READING_NETWORK: &str = "Reading the network …";
/// Root.
pub const KEEPING_NETWORK: &str = "Writing the network into the browser’s storage …";
/// Label: height and width of the network's images.
pub const IMAGE_SIZE: &str = "Image size";
/// Button behind it.
pub const READ_SO: &str = "Read it so";
/// Label: which result of the network is its output.
pub const OUTPUT: &str = "Output";
/// In the list of results, before one is chosen.
pub const CHOOSE_OUTPUT: &str = "choose one …";
/// Label: what the network's pixels are.
pub const PIXELS: &str = "Its pixels";
/// What they can be, as it is offered.
pub const PIXEL_KINDS: [(Pixels, &str); 4] = [
    (Pixels::Imagenet, "less ImageNet’s mean, by its deviation"),
    (Pixels::Signed, "-1 to 1"),
    (Pixels::Unit, "0 to 1"),
    (Pixels::Bytes, "0 to 255"),
];
/// Check box.
pub const BLUE_FIRST: &str = "blue before red (BGR)";
/// Label: what the outputs are called.
pub const CLASS_NAMES: &str = "Its classes";
/// As it is offered: by number.
pub const BY_NUMBER: &str = "class 0, class 1, …";
/// As it is offered.
pub const AS_FILE_SAYS: &str = "as the file says";
/// Button.
pub const OPEN_LIST: &str = "Names from a file …";
/// Alert.
pub const NO_LIST: &str = "The list of names is no text. Choose a text file with a name in each line, or a JSON file.";
/// Above what it sees.
pub const WHAT_IT_SEES: &str =
    "What it sees in two pictures. Where that is nonsense, its pixels or its classes are something else.";
/// In place of it.
pub const SEEN_LATER: &str = "What it sees in two pictures is shown here once the engine is loaded; Run loads it.";
/// In place of it.
pub const SEEN_SOON: &str = "Showing it two pictures …";
/// In place of it.
pub const NO_ROOM_TO_CHECK: &str = "There is no memory to show it two pictures beside the networks that are loaded.";
/// In place of it.
pub const ENDED_WHILE_CHECKED: &str = "The engine ended while the network was shown two pictures; it may need more memory than the \
     browser gives.";
/// Check box; the network's size follows.
pub fn keep(bytes: u64) -> String {
    format!("Keep it in this browser ({})", megabytes(bytes))
}
/// Button.
pub const USE_NETWORK: &str = "Look into it";
/// Button in the list, for those who hear it with the network's name.
pub fn use_network(title: &str) -> String {
    format!("Run {title}")
}
/// Button in the list.
pub const USE_AGAIN: &str = "Run";
/// Button in the list.
pub const DELETE: &str = "Delete";
/// The same, for those who hear it with the network's name.
pub fn delete(title: &str) -> String {
    format!("Delete {title}")
}
/// Alert.
pub const NOT_DELETED: &str =
    "The browser did not delete the network. Try again, or clear this site’s data in the browser’s settings.";
/// Alert.
pub const NETWORK_TOO_LARGE: &str = "The browser gave too little memory to read a network of this size. Close other tabs, or take \
     a computer with more memory.";

/// A network of the visitor's own in the list, behind its name.
pub fn own_network(bytes: u64, is_kept: bool, fits: bool) -> String {
    let kept = if is_kept { "kept in this browser" } else { "until this page is closed" };
    let fits = if fits { "" } else { "; it does not fit this model pack" };
    format!("{}, {kept}{fits}", megabytes(bytes))
}

/// What a file holds.
pub fn found(found: &Found) -> String {
    let Found { input: [height, width], units, layers, parameters, is_before_softmax, is_averaged, .. } = found;
    let recognised = found.recognised.as_ref().map(|name| format!("{}: ", shortened(name))).unwrap_or_default();
    let weights = match parameters {
        0..100_000 => format!("{parameters}"),
        _ => format!("{:.1} million", *parameters as f64 / 1e6),
    };
    let softmax = if *is_before_softmax { " The softmax behind the output is left out." } else { "" };
    let averaged = if *is_averaged { " Its output is a map: the means of its channels stand for it." } else { "" };
    format!(
        "{recognised}{units} outputs, {layers} layers, {weights} weights, images of {width} × {height}.{softmax}{averaged}"
    )
}

/// Alert: a link is to a network that somebody has opened from a file.
pub fn network_is_not_here(name: &str) -> String {
    format!(
        "This link is to a neuron of somebody’s own network ({}), which is not in this browser. Open its file under “{OWN_NETWORK}” with the \
         same choices, and the run begins.",
        shortened(name)
    )
}

/// Alert: a network was opened that is not the one of the link that was followed.
pub const ANOTHER_THAN_LINKED: &str = "This is not the network that the link is to, or its pixels are said to be others. Open the link’s again, and \
     answer as its owner did.";

/// Why a network is not in the browser's storage.
pub fn unkept(why: Unkept) -> String {
    let why = match why {
        Unkept::None => "This browser keeps no files for pages here; it may be a private window.",
        Unkept::Full => "There is no room for the network in the browser’s storage.",
        Unkept::Busy => "Another tab is writing this network at the moment.",
    };
    format!("{why} It can be used without being kept, until this page is closed.")
}

/// A network and the pack do not go together.
pub fn does_not_fit(error: &ManifestError) -> String {
    format!("The network cannot be used with this model pack. {}", manifest(error))
}

/// There is no importer, or no more.
pub fn importer_ended(end: &End) -> String {
    match end {
        End::NoWorker | End::Broken(_) => {
            "The program that reads networks does not start. Reload the page, or take a newer browser.".into()
        }
        End::Missing(file) => format!("The program that reads networks is not on the server: {file} is missing there."),
        End::Page(file) => {
            format!("The server answered with a web page instead of {file}. Check how the site is hosted.")
        }
        End::Status(file, status) => format!("The server answered with status {status} instead of {file}. Try again."),
        End::Unreachable(file, said) => {
            format!(
                "{file} could not be fetched: {}. Check the connection, and open the network again.",
                shortened(said)
            )
        }
        End::Fault { .. } | End::Unknown => {
            "This file stopped the program that reads networks. The file may be damaged: export the network again."
                .into()
        }
    }
}

/// As it is offered: the classes of another network.
pub fn as_in(title: &str) -> String {
    format!("those of {title}")
}
