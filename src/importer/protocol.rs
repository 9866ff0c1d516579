//! What page and importer say to each other. The file that is to be read, and the file of weights that is made of it, travel
//! by themselves, as they are: each before the message that is about it.
//!
//! `worker.js` speaks for the importer as it does for the engine, until that is up and once it has ended: [`Event`] has its
//! events.

use serde::{Deserialize, Serialize};

use crate::{
    engine::protocol::{End, Progress},
    import::Pixels,
    pack::manifest::{Class, ImageShape},
};

/// Name of the folder in the browser's own storage that keeps networks: of each a description `NAME.json` and the weights
/// `NAME.safetensors`, the description written last. The storage is a host's; `path` is that of the page or of a file beside it, so
/// that copies of the page in other folders have others.
pub fn folder(path: &str) -> String {
    let (place, _) = path.rsplit_once('/').unwrap_or_default();
    format!("networks{}", place.replace('/', "%2F"))
}

/// What the page asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Speak a language from now on.
    Speak {
        /// All that is said in it.
        text: String,
    },
    /// Read the file that was sent last.
    Read {
        /// The question's number, which its answer carries.
        number: u32,
        /// How.
        how: How,
    },
    /// Make a classifier of the network that was read, for a pack.
    Make {
        /// The question's number, which its answer carries.
        number: u32,
        /// As what.
        what: What,
    },
    /// Write what was made last into the browser's own storage.
    Keep {
        /// The question's number, which its answer carries.
        number: u32,
    },
}

/// How a file is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct How {
    /// Height and width of the images, where the file leaves them open.
    pub size: Option<usize>,
    /// Which result is the output, by its name in the file.
    pub output: Option<String>,
    /// Whether the network takes blue, green and red in this order.
    pub is_bgr: bool,
}

/// What a network is to be in a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct What {
    /// What people call it.
    pub title: String,
    /// What its pixels are.
    pub pixels: Pixels,
    /// What its outputs are called.
    pub names: Names,
    /// Size of the pack's images.
    pub image: ImageShape,
}

/// What a network's outputs are called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Names {
    /// By their numbers.
    #[default]
    Numbers,
    /// As the file itself says.
    Own,
    /// As another classifier's classes.
    Classes(Vec<Class>),
    /// As a list says: the text of a file.
    List(String),
}

/// What the importer tells the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The first event of all: the importer is there, and of this build.
    Hello {
        /// The version of its files.
        version: String,
    },
    /// Page and importer are of different builds.
    Renewed,
    /// Bytes of its program have arrived.
    Progress(Progress),
    /// The file is read.
    Found {
        /// The question's number.
        number: u32,
        /// What it holds.
        found: Found,
    },
    /// The file cannot be used, or not so.
    Refused {
        /// The question's number.
        number: u32,
        /// Why.
        refusal: Refusal,
    },
    /// A classifier is made; its weights have come before, where they were not sent already.
    Made {
        /// The question's number.
        number: u32,
        /// Its description, as [`Manifest::join`](crate::pack::manifest::Manifest::join) takes it.
        json: String,
    },
    /// No classifier can be made so.
    Unmade {
        /// The question's number.
        number: u32,
        /// Why, in a sentence.
        said: String,
    },
    /// What was made is in the browser's own storage, or why it is not.
    Kept {
        /// The question's number.
        number: u32,
        /// What came of it.
        kept: Result<(), Unkept>,
    },
    /// The browser gave no more memory.
    OutOfMemory,
    /// There is no importer, or no more.
    Ended(End),
}

/// Why something is not in the browser's own storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unkept {
    /// The browser has no such storage here: an old one, or a private window.
    None,
    /// There is no room for it.
    Full,
    /// Another tab is writing the same.
    Busy,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Height and width of the network's images.
    pub input: [usize; 2],
    /// How many outputs it has.
    pub units: usize,
    /// How many layers whose units can be climbed.
    pub layers: usize,
    /// How many numbers its weights are.
    pub parameters: u64,
    /// Whether a softmax behind its output is left out.
    pub is_before_softmax: bool,
    /// Whether the means of a map's channels stand for its output.
    pub is_averaged: bool,
    /// What it was recognised as by its arrays alone.
    pub recognised: Option<String>,
    /// What its pixels seem to be, where something tells.
    pub pixels: Option<Pixels>,
    /// Whether the file says that it takes blue before red.
    pub says_bgr: bool,
    /// Whether the file names as many classes as it has outputs.
    pub has_names: bool,
}

/// Why a file cannot be used, and what may be said of it so that it can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why, in a sentence or two.
    pub said: String,
    /// What may help.
    pub way: Way,
}

/// What may help where a file cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// Nothing here.
    None,
    /// The images' size.
    Size,
    /// One of these results as output.
    Output(Vec<String>),
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn a_page_and_what_lies_beside_it_have_one_folder_and_a_copy_elsewhere_another() {
        assert_eq!(folder("/some/where/"), folder("/some/where/worker.js"));
        let folders = ["/", "/some/", "/some/where/", "/where/some/"].map(folder);
        assert!((1..4).all(|place| !folders[..place].contains(&folders[place])), "{folders:?}");
        assert!(folders.iter().all(|folder| !folder.contains('/')), "{folders:?}");
    }
}
