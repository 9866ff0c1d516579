//! What is always said in the same words: names of controls, states, and alerts that name nothing.

use crate::spec::{EngineChoice, PARAMETERS, Position, Preset, Start};

/// What the page is about.
pub const TITLE: &str = "What has a neuron learned?";
/// The method's paper, by name.
pub const PAPER: &str = "Nguyen et al. 2016";
/// Where the paper is.
pub const PAPER_ADDRESS: &str = "https://arxiv.org/abs/1605.09304";
/// Accessible name and label of the search field.
pub const NEURON: &str = "Neuron";
/// Accessible name of the list of neurons.
pub const NEURONS: &str = "Neurons";
/// In the search field before the pack is there.
pub const SEARCH: &str = "Search";
/// Label: which kinds of neurons are listed.
pub const BRANCH: &str = "Kind";
/// All of them.
pub const ALL_KINDS: &str = "all kinds";
/// In place of the list when nothing matches.
pub const NO_SUCH_NEURON: &str = "No neuron has that name.";
/// Button.
pub const RUN: &str = "Run";
/// Button.
pub const PAUSE: &str = "Pause";
/// Button.
pub const RESUME: &str = "Resume";
/// Button.
pub const STEP: &str = "Step";
/// Button.
pub const STOP: &str = "Stop";
/// Button.
pub const SAVE: &str = "Save image";
/// Link: another pack, where little may be loaded or little memory is there.
pub const SMALL_PACK: &str = "Take smaller networks and pictures of 64 pixels";
/// Label: the picture is not smoothed when it is enlarged.
pub const EXACT: &str = "Exact pixels";
/// Label.
pub const SAVED_SIZE: &str = "Saved images are";
/// Button.
pub const COPY_LINK: &str = "Copy link";
/// Button, ends loading.
pub const CANCEL: &str = "Cancel";
/// Button: loads the page anew.
pub const RELOAD: &str = "Reload";
/// Button, closes a notice.
pub const DISMISS: &str = "Dismiss";
/// Opens the settings.
pub const MORE: &str = "More";
/// Button, in the settings.
pub const RESET: &str = "Reset to defaults";
/// Labels of a run's numbers, by their names.
pub const NUMBERS: [(&str, &str); PARAMETERS.len()] = [
    ("seed", "Seed"),
    ("steps", "Steps"),
    ("learning rate", "Learning rate, first"),
    ("final learning rate", "Learning rate, last"),
    ("decay", "Decay"),
    ("clip", "Clip, deviations"),
    // PPGN's pull towards the code of the picture itself, and its noise.
    ("epsilon1", "Pull to real codes, ε1"),
    ("epsilon3", "Noise, ε3"),
    // How far the picture is moved, and how much larger or smaller it is, before the networks see it.
    ("jitter", "Jitter, pixels"),
    ("rescale", "Rescaling, share"),
];
/// Label of the check box.
pub const CLIP: &str = "Clip the code";
/// Label.
pub const START: &str = "Start from";
/// Button: the neuron without a prior, with two priors on pixels, and with the generator, side by side.
pub const COMPARE: &str = "Compare priors";
/// The same button while they are side by side.
pub const COMPARE_NO_MORE: &str = "Generator alone";
/// Label.
pub const GO_TO: &str = "Go to a step of the run";
/// Label.
pub const LAYER: &str = "Layer";
/// Button.
pub const SHOW_LAYER: &str = "See all";
/// Button.
pub const CLOSE: &str = "Close";
/// Label.
pub const POSITION: &str = "Where in the feature map";
/// The places where a convolutional unit can be read, as they are offered.
pub const POSITIONS: [(Position, &str); 2] = [(Position::Centre, "its centre"), (Position::Mean, "its mean")];
/// Label.
pub const SEEDS: &str = "Pictures at once";
/// Label.
pub const PACK: &str = "Networks and data";
/// Label.
pub const CLASSIFIER: &str = "Classifier";
/// Label.
pub const ENGINE: &str = "Engine";
/// The starts, as they are offered.
pub const STARTS: [(Start, &str); 7] = [
    (Start::Noise, "noise"),
    (Start::Zeros, "zeros"),
    (Start::Mean, "the mean code"),
    (Start::NearMean, "near the mean code"),
    (Start::MeanImage, "the class’s mean image"),
    (Start::Image, "a picture of mine"),
    (Start::Last, "the last result"),
];
/// The priors, as they are offered; what an address holds beside may be another.
pub const PRIORS: [&str; 9] =
    ["generator", "none", "blur", "alpha", "tv", "jitter", "tv,jitter", "patches", "centre,tv"];
/// The presets, as they are offered.
pub const PRESETS: [(Preset, &str); 6] = [
    (Preset::Default, "this pack’s own"),
    (Preset::DgnAm, "DGN-AM"),
    (Preset::Ppgn, "PPGN"),
    (Preset::NoClipping, "no clipping"),
    (Preset::OtherArchitecture, "another architecture"),
    (Preset::FromPicture, "from a real image"),
];
/// Label.
pub const PRESET: &str = "Preset";
/// In the list of presets where the fields are none of them.
pub const NO_PRESET: &str = "as set below";
/// Label.
pub const PRIOR: &str = "Prior";
/// Above what the run may be set beside.
pub const BESIDE: &str = "Beside it, up to three";
/// Above the neurons of a run.
pub const UNITS: &str = "Neurons of this run";
/// Button: the next neuron that is picked joins those there are.
pub const ADD_UNIT: &str = "Add a neuron";
/// The same button while one is waited for.
pub const ADDING: &str = "Pick it in the list …";
/// Button.
pub const REMOVE: &str = "Remove";
/// Button.
pub const OPEN_PICTURE: &str = "Choose a picture …";
/// Button.
pub const CAMERA: &str = "Camera";
/// Button: takes what the camera shows.
pub const SHOOT: &str = "Take it";
/// The pictures that come with the page, by the name of their file, as they are offered.
pub const SAMPLES: [(&str, &str); 2] = [("cat", "A cat"), ("coffee", "A cup of coffee")];
/// What happens to a picture.
pub const STAYS_HERE: &str = "Choose, drop or paste one. It never leaves this computer.";
/// Under the visitor's picture.
pub const MY_PICTURE: &str = "the picture";
/// Under what the generator draws from its code.
pub const ITS_CODE: &str = "what the generator can say of it";
/// Root.
pub const PICTURE_CHOSEN: &str = "Run starts from the picture.";
/// Root.
pub const NO_PICTURE_CHOSEN: &str = "Waiting for a picture.";
/// Alert.
pub const CHOOSE_A_PICTURE: &str = "This run starts from a picture, which no link can hold. Choose one under “More”, or drop \
     or paste it here; or take another start.";
/// Opens the files that can be saved beside the picture.
pub const SAVE_MORE: &str = "Save …";
/// Button.
pub const SAVE_ANIMATION: &str = "Animation";
/// Button.
pub const SAVE_CODE: &str = "Code";
/// Button.
pub const SAVE_SHEET: &str = "All pictures";
/// Root.
pub const ANIMATING: &str = "Making the animation …";
/// Button: whose picture is it, the neuron's or the generator's?
pub const WHOSE: &str = "Prior or neuron?";
/// Opens the ranking of one's own pictures.
pub const RANK: &str = "Rank my pictures";
/// What that is.
pub const RANK_EXPLAINED: &str = "Which of your pictures excite this neuron most? Choose them, or drop a folder here. They are looked at on this \
     computer and never leave it.";
/// Button.
pub const RANK_FILES: &str = "Choose pictures …";
/// Button.
pub const RANK_FOLDER: &str = "Choose a folder …";
/// Alert: pictures were dropped before the networks could look at them.
pub const RANK_LATER: &str = "The networks that look at pictures are not loaded yet. Press Run, and drop them again when \
     the picture grows.";
/// Alert.
pub const EMPTY_FOLDER: &str = "There is no file in that folder. Take one with pictures in it.";
/// Button.
pub const RANK_AGAIN: &str = "Rank them for this neuron";
/// The placard's heading, for those who hear it, while no neuron is picked.
pub const NO_NEURON: &str = "No neuron yet";
/// Above the real images that excite the neuron most.
pub const EXAMPLES: &str = "Real images that excite it most";
/// Under the part of the picture that a convolutional unit sees.
pub const RECEPTIVE_FIELD: &str = "what the unit sees of it";
/// Label.
pub const ROW: &str = "Row";
/// Label.
pub const COLUMN: &str = "Column";
/// The place where a convolutional unit is read that is given by row and column, as it is offered.
pub const ONE_POSITION: &str = "one position";
/// The engines, as they are offered.
pub const ENGINES: [(EngineChoice, &str); 3] =
    [(EngineChoice::Auto, "the faster one"), (EngineChoice::Cpu, "CPU"), (EngineChoice::WebGpu, "WebGPU")];
/// Above the curve.
pub const ACTIVATION: &str = "Activation";
/// Above the five likeliest classes.
pub const GUESSES: &str = "What the network sees in it";
/// Read out with the class that the run climbs.
pub const THIS_NEURON: &str = "this neuron";
/// Accessible name of the progress bar.
pub const LOADING_BAR: &str = "Loading";
/// In the empty frame, before anything has been asked for.
pub const EMPTY_FRAME: &str = "The picture will grow here.";
/// Accessible name of the empty frame.
pub const NO_PICTURE: &str = "No picture yet";
/// Root.
pub const OPENING: &str = "Opening the model pack …";
/// Root.
pub const LOADING: &str = "Loading the engine and the networks …";
/// Under the progress bar once every byte is there.
pub const PREPARING: &str = "Preparing the networks …";
/// Root.
pub const CANCELLED: &str = "Loading was cancelled. Run starts it again.";
/// Root: a picture file was dropped that tells its run.
pub const RESTORED: &str = "The picture’s run is here.";
/// Root.
pub const COPIED: &str = "The link is copied.";
/// Root.
pub const NOT_COPIED: &str =
    "The browser does not let the page copy. Here the link is, selected, to be copied by hand.";
/// Root.
pub const LINK: &str = "Link to this run";
/// Root.
pub const SAVED: &str = "The image is saved.";
/// Alert.
pub const NOT_SAVED: &str = "The browser could not make a PNG file of the picture.";
/// Alert: a question before there is an engine.
pub const NOBODY_TO_ASK: &str =
    "The engine is not there yet. Press Run, and ask again when the first picture is there.";
/// Alert: a question whose engine is gone.
pub const NOT_ANSWERED: &str =
    "The engine ended before it had answered. Ask again when the next run's first picture is there.";
/// Alert.
pub const ENGINE_STOPPED: &str = "The engine stopped unexpectedly. Press Run to start it again.";
/// Alert: page and engine are not of one build.
pub const RENEWED: &str = "The site was renewed after this page had been opened, and the two no longer fit together. \
     Reload the page: its address keeps the run.";
/// In the engine's line before an engine is there.
pub const NO_ENGINE: &str = "The engine is not running yet.";
/// Root: something went wrong; the alert says what.
pub const FAILED: &str = "Not running.";
