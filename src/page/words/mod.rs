//! Everything that the page says to people, in one place and in plain English, so that it can be read as a whole and
//! translated later. What went wrong inside the engine or in a run's values is said by those who know it
//! ([`crate::spec::SpecError`], [`crate::pack::manifest::ManifestError`], the worker); the page passes that on.

mod problems;

pub use problems::*;

use super::settings::Preset;
use crate::{
    engine::protocol::Device,
    nets::config::{Layer, LayerKind},
    spec::{EngineChoice, PixelPrior, Position, Prior, Rival, Start},
};

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
/// Button.
pub const COPY_LINK: &str = "Copy link";
/// Button, ends loading.
pub const CANCEL: &str = "Cancel";
/// Button, closes a notice.
pub const DISMISS: &str = "Dismiss";
/// Opens the settings.
pub const MORE: &str = "More";
/// Button, in the settings.
pub const RESET: &str = "Reset to defaults";
/// Label.
pub const SEED: &str = "Seed";
/// Label.
pub const STEPS: &str = "Steps";
/// Label.
pub const RATE_START: &str = "Learning rate, first";
/// Label.
pub const RATE_END: &str = "Learning rate, last";
/// Label.
pub const DECAY: &str = "Decay";
/// Label of the check box.
pub const CLIP: &str = "Clip the code";
/// Label of the number beside it.
pub const DEVIATIONS: &str = "Clip, deviations";
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
/// Label: PPGN's pull towards the code of the picture itself.
pub const EPSILON1: &str = "Pull to real codes, ε1";
/// Label: PPGN's noise.
pub const EPSILON3: &str = "Noise, ε3";
/// Label.
pub const SEEDS: &str = "Pictures at once";
/// Label.
pub const PACK: &str = "Networks and data";
/// Label.
pub const CLASSIFIER: &str = "Classifier";
/// Label.
pub const ENGINE: &str = "Engine";
/// The starts, as they are offered.
pub const STARTS: [(Start, &str); 6] = [
    (Start::Noise, "noise"),
    (Start::Zeros, "zeros"),
    (Start::Mean, "the mean code"),
    (Start::MeanImage, "the class’s mean image"),
    (Start::Image, "a picture of mine"),
    (Start::Last, "the last result"),
];
/// The priors, as they are offered; what an address holds beside may be another.
pub const PRIORS: [&str; 9] =
    ["generator", "none", "blur", "alpha", "tv", "jitter", "tv,jitter", "patches", "centre,tv"];
/// The presets, as they are offered.
pub const PRESETS: [(Preset, &str); 4] = [
    (Preset::DgnAm, "DGN-AM"),
    (Preset::Ppgn, "PPGN"),
    (Preset::NoClipping, "no clipping"),
    (Preset::FromPicture, "from a picture"),
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
/// State.
pub const PICTURE_CHOSEN: &str = "Run starts from the picture.";
/// State.
pub const NO_PICTURE_CHOSEN: &str = "Waiting for a picture.";
/// Alert.
pub const CHOOSE_A_PICTURE: &str = "This run starts from a picture, which no link can hold. Choose one under “More”, or drop \
     or paste it here; or take another start.";
/// Alert.
pub const NOT_A_PICTURE: &str = "The browser cannot read that file as a picture. Choose a JPEG or PNG file.";
/// Alert.
pub const NO_CAMERA: &str =
    "There is no camera that the page may use. Allow it in the browser, or choose a picture file.";
/// Opens the files that can be saved beside the picture.
pub const SAVE_MORE: &str = "Save …";
/// Button.
pub const SAVE_ANIMATION: &str = "Animation";
/// Button.
pub const SAVE_CODE: &str = "Code";
/// Button.
pub const SAVE_SHEET: &str = "All pictures";
/// State.
pub const ANIMATING: &str = "Making the animation …";
/// Button: whose picture is it, the neuron's or the generator's?
pub const WHOSE: &str = "Prior or neuron?";
/// Opens the ranking of one's own pictures.
pub const RANK: &str = "Rank my pictures";
/// What that is.
pub const RANK_EXPLAINED: &str =
    "Which of your pictures excite this neuron most? They are looked at here, on this computer.";
/// Button.
pub const RANK_FILES: &str = "Choose pictures …";
/// Button.
pub const RANK_FOLDER: &str = "Choose a folder …";
/// Button.
pub const RANK_AGAIN: &str = "Rank them for this neuron";
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
/// State.
pub const OPENING: &str = "Opening the model pack …";
/// State.
pub const LOADING: &str = "Loading the engine and the networks …";
/// Under the progress bar once every byte is there.
pub const PREPARING: &str = "Preparing the networks …";
/// State.
pub const CANCELLED: &str = "Loading was cancelled. Run starts it again.";
/// State: a picture file was dropped that tells its run.
pub const RESTORED: &str = "The picture’s run is here.";
/// State.
pub const COPIED: &str = "The link is copied.";
/// State.
pub const NOT_COPIED: &str = "The browser does not let the page copy; the address bar holds the link.";
/// State.
pub const SAVED: &str = "The image is saved.";
/// Alert.
pub const NOT_SAVED: &str = "The browser could not make a PNG file of the picture.";
/// Alert.
pub const NO_WORKER: &str = "The engine could not be started: its script (worker.js) did not arrive, or this browser \
     is too old for it. Check the connection and press Run, or take Chrome or Edge 91, Firefox 114, Safari 16.4, or \
     anything newer.";
/// Alert.
pub const ENGINE_STOPPED: &str = "The engine stopped unexpectedly. Press Run to start it again.";
/// In the engine's line before an engine is there.
pub const NO_ENGINE: &str = "The engine is not running yet.";

/// The line under the title; what follows it is the paper's name.
pub fn intro(neurons: Option<(usize, &str)>) -> String {
    let which = match neurons {
        Some((count, classifier)) => format!("one of the {count} output neurons of {classifier}"),
        None => "an output neuron of an image network".to_owned(),
    };
    format!("Pick {which} and watch its preferred image grow. The method is by ")
}

/// How an activation stands to the strongest of a real image; nothing where there is no proportion.
pub fn against(activation: f32, reference: f32) -> Option<String> {
    (reference > 0.0 && activation > 0.0)
        .then(|| format!("{:.1} × the strongest real image ({})", activation / reference, number(reference)))
}

/// A layer, as it is offered.
pub fn layer(layer: &Layer) -> String {
    let Layer { name, kind, units, map: [height, width] } = layer;
    match kind {
        LayerKind::Convolutional => format!("{name}: {units} channels, {height} × {width}"),
        LayerKind::FullyConnected => format!("{name}: {units} units"),
        LayerKind::Output => format!("{name}: {units} classes"),
    }
}

/// A layer by name and network.
pub fn layer_of(layer: &Layer, network: &str) -> String {
    format!("{} of {network}", self::layer(layer))
}

/// State: small pictures are being drawn.
pub fn left(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 picture to draw".to_owned(),
        _ => format!("{count} pictures to draw"),
    }
}

/// What one sees, for one neuron or several.
pub fn explanation(several: bool, prior: &Prior) -> &'static str {
    if prior.is_pixels() {
        "Without a generator every pixel changes by itself, step by step, so that the neuron fires harder. It does, \
         and yet there is little to recognise."
    } else if several {
        "A generator network redraws this picture, step by step, so that these neurons fire harder together. \
         What appears is what they look for."
    } else {
        "A generator network redraws this picture, step by step, so that this neuron fires harder. \
         What appears is what it looks for."
    }
}

/// State: a run goes on.
pub fn running(neuron: &str) -> String {
    format!("Drawing {neuron} …")
}

/// State: a run is held.
pub fn paused(neuron: &str) -> String {
    format!("Paused while drawing {neuron}.")
}

/// State: a run was ended by hand.
pub fn stopped(neuron: &str) -> String {
    format!("Stopped drawing {neuron}.")
}

/// State: a run has taken its steps.
pub fn finished(first: f32, last: f32) -> String {
    format!("Done. The activation went from {} to {}.", number(first), number(last))
}

/// State: a neuron is picked, but not run yet.
pub fn picked(neuron: &str) -> String {
    format!("Run draws {neuron}.")
}

/// State: the visitor saves data, so nothing is loaded unasked.
pub fn saving_data(bytes: u64) -> String {
    format!("Your browser saves data. Run loads {}.", megabytes(bytes))
}

/// State: something went wrong; the alert says what.
pub const FAILED: &str = "Not running.";

/// Title of the browser's window.
pub fn window_title(neuron: &str) -> String {
    format!("{neuron} · {TITLE}")
}

/// Accessible name of a picture; `lane` tells it from others beside it.
pub fn picture(neuron: &str, lane: Option<&str>, step: u32, steps: u32, activation: f32) -> String {
    let lane = lane.map(|lane| format!(", {lane}")).unwrap_or_default();
    format!("Preferred image of {neuron}{lane}, step {step} of {steps}, activation {activation:.1}")
}

/// Name of a picture among others of other seeds.
pub fn seed(seed: u32) -> String {
    format!("seed {seed}")
}

/// Name of what a run is compared with; `title` knows the classifiers' names for people.
pub fn rival(rival: &Rival, title: impl Fn(&str) -> Option<String>) -> String {
    match rival {
        Rival::Prior(prior) => self::prior(prior),
        Rival::RandomCode => "random code".to_owned(),
        Rival::Classifier { name, .. } => format!("neuron of {}", title(name).unwrap_or_else(|| name.clone())),
    }
}

/// What stands beside a run, in plain words.
pub fn rival_explained(rival: &Rival) -> String {
    match rival {
        Rival::Prior(prior) => prior_explained(prior),
        Rival::RandomCode => "What the generator draws by itself: no neuron is asked.".to_owned(),
        Rival::Classifier { .. } => {
            "The same class’s neuron in another network, through the same generator.".to_owned()
        }
    }
}

/// What a classifier sees in a picture, shortly.
pub fn guess(class: &str, probability: f32) -> String {
    format!("{class} ({})", percent(probability))
}

/// How strongly a picture excites a neuron.
pub fn excites(neuron: &str, activation: f32) -> String {
    format!("{neuron}: {}", number(activation))
}

/// Label of a neuron's weight.
pub fn weight_of(neuron: &str) -> String {
    format!("Weight of {neuron}")
}

/// Progress of a ranking.
pub fn ranked(done: usize, total: usize, refused: usize) -> String {
    let refused = match refused {
        0 => String::new(),
        1 => " One is no picture.".to_owned(),
        _ => format!(" {refused} are no pictures."),
    };
    if done < total { format!("{done} of {total} …{refused}") } else { format!("{total} ranked.{refused}") }
}

/// Alert: more files than are ranked at once.
pub fn too_many_pictures(count: usize, most: usize) -> String {
    format!("Of the {count} files the first {most} are ranked. Choose the others afterwards.")
}

/// A prior by name.
pub fn prior(prior: &Prior) -> String {
    let name = |prior: &PixelPrior| match prior {
        PixelPrior::Blur { .. } => "blur",
        PixelPrior::AlphaNorm { .. } => "α-norm",
        PixelPrior::TotalVariation { .. } => "total variation",
        PixelPrior::Jitter { .. } => "jitter",
        PixelPrior::Patches { .. } => "natural patches",
        PixelPrior::CentreBias { .. } => "centre bias",
    };
    match prior {
        Prior::Generator => "learned generator".to_owned(),
        Prior::Pixels(priors) if priors.is_empty() => "no prior".to_owned(),
        Prior::Pixels(priors) => priors.iter().map(name).collect::<Vec<_>>().join(" + "),
    }
}

/// What another classifier sees in a picture.
pub fn verdict(judge: &str, class: &str, probability: f32) -> String {
    format!("{judge} sees {}", guess(class, probability))
}

/// What a prior does, in plain words.
pub fn prior_explained(prior: &Prior) -> String {
    let sentence = |prior: &PixelPrior| match prior {
        PixelPrior::Blur { .. } => "Blurs the picture every few steps.",
        PixelPrior::AlphaNorm { .. } => "Pulls strong colours back to grey.",
        PixelPrior::TotalVariation { .. } => "Evens out neighbouring pixels.",
        PixelPrior::Jitter { .. } => "Looks from another place each step.",
        PixelPrior::Patches { .. } => "Pulls every patch towards the likest one from photographs.",
        PixelPrior::CentreBias { .. } => "Begins small, grows, and looks near the centre.",
    };
    match prior {
        Prior::Generator => "Draws only what a generator has learned from photographs.".to_owned(),
        Prior::Pixels(priors) if priors.is_empty() => "Changes pixels freely, whatever it looks like.".to_owned(),
        Prior::Pixels(priors) => priors.iter().map(sentence).collect::<Vec<_>>().join(" "),
    }
}

/// Accessible name of the curve.
pub fn curve(values: &[f32]) -> String {
    match (values.first(), values.last()) {
        (Some(first), Some(last)) => {
            format!("Activation over {} steps, from {first:.1} to {last:.1}", values.len())
        }
        _ => "Activation over the steps, empty so far".to_owned(),
    }
}

/// The step counter.
pub fn counter(step: u32, steps: u32) -> String {
    format!("step {step} of {steps}")
}

/// Bytes that have arrived.
pub fn arrived(loaded: u64, total: u64) -> String {
    if total == 0 { megabytes(loaded) } else { format!("{:.1} of {}", loaded as f64 / 1e6, megabytes(total)) }
}

/// Bytes for people.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Which engine runs on what, and how fast.
pub fn engine(device: &Device, steps_per_second: Option<f32>) -> String {
    let engine = match device.engine {
        EngineChoice::WebGpu => "WebGPU engine",
        _ => "CPU engine",
    };
    let place = if device.name.is_empty() { String::new() } else { format!(" on {}", device.name) };
    let speed = steps_per_second.map(|rate| format!(", {} steps/s", speed(rate))).unwrap_or_default();
    format!("{engine}{place}{speed}")
}

/// Steps a second, no finer than can be read while it changes.
fn speed(rate: f32) -> String {
    if rate >= 10.0 { format!("{rate:.0}") } else { format!("{rate:.1}") }
}

/// A number with one decimal and a proper minus sign.
pub fn number(value: f32) -> String {
    format!("{value:.1}").replace('-', "−")
}

/// A probability.
pub fn percent(probability: f32) -> String {
    let percent = probability * 100.0;
    if percent > 0.0 && percent < 0.1 { "< 0.1%".to_owned() } else { format!("{percent:.1}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_name_holds_neuron_step_and_activation() {
        let name = picture("goldfish (n01443537)", None, 40, 100, -31.24);
        assert_eq!(name, "Preferred image of goldfish (n01443537), step 40 of 100, activation -31.2");
        let name = picture("lion", Some("seed 3"), 1, 2, 0.0);
        assert_eq!(name, "Preferred image of lion, seed 3, step 1 of 2, activation 0.0");
    }

    #[test]
    fn numbers_are_as_fine_as_they_can_be_read() {
        assert_eq!((speed(123.4), speed(3.21)), ("123".into(), "3.2".into()));
        assert_eq!((percent(0.9876), percent(0.0001), percent(0.0)), ("98.8%".into(), "< 0.1%".into(), "0.0%".into()));
        assert_eq!(number(-2.0), "−2.0");
        assert_eq!(arrived(1_250_000, 41_000_000), "1.2 of 41.0 MB");
    }

    #[test]
    fn an_activation_stands_to_the_real_one_where_both_are_positive() {
        assert_eq!(against(36.0, 20.0).as_deref(), Some("1.8 × the strongest real image (20.0)"));
        assert_eq!((against(-3.0, 20.0), against(3.0, 0.0), against(3.0, f32::NAN)), (None, None, None));
    }

    #[test]
    fn the_engines_line_makes_do_with_what_is_known() {
        let device = Device { engine: EngineChoice::Cpu, name: String::new(), reason: String::new() };
        assert_eq!(engine(&device, None), "CPU engine");
        let device = Device { engine: EngineChoice::WebGpu, name: "an adapter".into(), reason: String::new() };
        assert_eq!(engine(&device, Some(12.3)), "WebGPU engine on an adapter, 12 steps/s");
    }
}
