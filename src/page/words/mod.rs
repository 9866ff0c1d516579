//! Everything that the page says to people, in one place and in plain English, so that it can be read as a whole and
//! translated later. What the command line says of an error too stands in [`crate::words`].

mod labels;
mod own_network;
mod pictures;
mod problems;

pub use labels::*;
pub use own_network::*;
pub use pictures::*;
pub use problems::*;

use crate::{
    engine::protocol::{Device, Flaw, Lack, Reason, Steps},
    nets::layer::{Layer, LayerKind},
    pack::manifest::ImageShape,
    spec::{EngineChoice, PixelPrior, Prior, Rival},
    words::{adapter, hardware, uncompiled},
};

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

/// A layer, as it is offered in a list, which is narrow: of a convolutional one channels × height × width.
pub fn layer(layer: &Layer) -> String {
    let Layer { name, kind, units, map: [height, width] } = layer;
    match kind {
        LayerKind::Convolutional => format!("{name}: {units} × {height} × {width}"),
        _ => described(layer),
    }
}

/// A layer with its units.
fn described(layer: &Layer) -> String {
    let Layer { name, kind, units, map: [height, width] } = layer;
    match kind {
        LayerKind::Convolutional => format!("{name}: {units} channels, {height} × {width}"),
        LayerKind::FullyConnected => format!("{name}: {units} units"),
        LayerKind::Output => format!("{name}: {units} classes"),
    }
}

/// A layer by name and network.
pub fn layer_of(layer: &Layer, network: &str) -> String {
    format!("{} of {network}", described(layer))
}

/// A branch of classes, as it is offered: those within others are set in.
pub fn branch(name: &str, depth: usize, count: usize) -> String {
    format!("{}{name} ({count})", "\u{2003}".repeat(depth.saturating_sub(1)))
}

/// How many times as large as it is a picture is saved, as it is offered.
pub fn enlargement(factor: u32) -> String {
    match factor {
        1 => "as large as they are drawn".to_owned(),
        _ => format!("{factor} times as large"),
    }
}

/// Root: small pictures are being drawn.
pub fn left(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 picture to draw".to_owned(),
        _ => format!("{count} pictures to draw"),
    }
}

/// What one sees, for one neuron or several; `own` is the size of the images that the network itself takes, where that is
/// another than the pack's.
pub fn explanation(several: bool, prior: &Prior, own: Option<ImageShape>) -> String {
    if prior.is_pixels() {
        let size = own.map(|own| format!(" {}", at_own_size(own))).unwrap_or_default();
        return format!(
            "Without a generator every pixel changes by itself, step by step, so that the neuron fires harder. It does, \
             and yet there is little to recognise.{size}"
        );
    }
    let sentence = if several {
        "A generator network redraws this picture, step by step, so that these neurons fire harder together. \
         What appears is what they look for."
    } else {
        "A generator network redraws this picture, step by step, so that this neuron fires harder. \
         What appears is what it looks for."
    };
    sentence.to_owned()
}

/// The size of a picture that is climbed without a generator.
pub fn at_own_size(ImageShape { height, width }: ImageShape) -> String {
    format!("These are {width} × {height} pixels, all that this network sees.")
}

/// Root: a run goes on.
pub fn running(neuron: &str) -> String {
    format!("Drawing {neuron} …")
}

/// Root: a run is held.
pub fn paused(neuron: &str) -> String {
    format!("Paused while drawing {neuron}.")
}

/// Root: a run was ended by hand.
pub fn stopped(neuron: &str) -> String {
    format!("Stopped drawing {neuron}.")
}

/// Root: a run has taken its steps.
pub fn finished(first: f32, last: f32) -> String {
    format!("Done. The activation went from {} to {}.", number(first), number(last))
}

/// Root: a neuron is picked, but not run yet.
pub fn picked(neuron: &str) -> String {
    format!("Run draws {neuron}.")
}

/// Root: the visitor saves data, so nothing is loaded unasked.
pub fn saving_data(bytes: u64) -> String {
    format!("Your browser saves data. Run loads {}.", megabytes(bytes))
}

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

/// Alert: more files than are ranked at once.
pub fn too_many_pictures(most: usize) -> String {
    format!("Only the first {most} files are ranked. Choose the others afterwards.")
}

/// Root: folders are walked through.
pub fn looking_through(found: usize) -> String {
    format!("Looking through the folder … {found} found.")
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
    let speed = steps_per_second.map(|rate| format!(", {} steps/s", speed(rate))).unwrap_or_default();
    format!("{engine} on {}{speed}", hardware(&device.hardware))
}

/// Why that engine was chosen.
pub fn reason(device: &Device) -> String {
    match &device.reason {
        Reason::Asked => "It was asked for.".to_owned(),
        Reason::Lacking(lack) => self::lack(lack),
        Reason::Faster { adapter, took, other } => {
            let other = match device.engine {
                EngineChoice::WebGpu => format!("the processor took {other:.0} ms"),
                _ => format!("WebGPU on {} took {other:.0} ms", self::adapter(adapter)),
            };
            format!("It took {took:.0} ms a step in a trial; {other}.")
        }
        Reason::Flawed(adapter, Flaw::Failed) => format!("WebGPU on {} failed in a trial.", self::adapter(adapter)),
        Reason::Flawed(adapter, Flaw::Endless) => {
            format!("WebGPU on {} did not come to the end of a trial.", self::adapter(adapter))
        }
        Reason::Lost(adapter) => {
            format!("WebGPU on {} was lost in the middle of a run, which went on here.", self::adapter(adapter))
        }
    }
}

/// How steps are computed on a graphics processor.
pub fn computed(steps: &Steps) -> String {
    match steps {
        Steps::Compiled => "Its steps are compiled.".to_owned(),
        Steps::Partly(why) => format!("Not all of its steps are compiled: {}.", uncompiled(why)),
        Steps::ByOperation(why) => format!("Its steps are not compiled: {}.", uncompiled(why)),
    }
}

/// Why there is no graphics processor.
pub fn lack(lack: &Lack) -> String {
    match lack {
        Lack::NoWebGpu => "This browser offers no WebGPU.".to_owned(),
        Lack::Insecure => {
            "The browser offers WebGPU to secure addresses only (https, or this computer’s own).".to_owned()
        }
        Lack::NoAdapter => "No graphics adapter answered.".to_owned(),
        Lack::SilentAdapter(seconds) => {
            format!("The browser was asked for a graphics adapter and did not answer for {seconds} seconds.")
        }
        Lack::Software(adapter) => {
            let adapter = self::adapter(adapter);
            format!("The only graphics adapter ({adapter}) is a program that imitates one, which is slower.")
        }
        Lack::Refused(reason) => format!("The graphics adapter cannot be used: {reason}."),
        Lack::SilentDevice(adapter, seconds) => {
            let adapter = self::adapter(adapter);
            format!("WebGPU on {adapter} was to be opened and did not answer for {seconds} seconds.")
        }
    }
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
    use crate::engine::protocol::{Hardware, Uncompiled};

    #[test]
    fn the_pictures_name_holds_neuron_step_and_activation() {
        let name = picture("goldfish (n01443537)", None, 40, 100, -31.24);
        assert_eq!(name, "Preferred image of goldfish (n01443537), step 40 of 100, activation -31.2");
        let name = picture("lion", Some("seed 3"), 1, 2, 0.0);
        assert_eq!(name, "Preferred image of lion, seed 3, step 1 of 2, activation 0.0");
    }

    #[test]
    fn every_number_of_a_run_has_its_own_label() {
        for (parameter, (name, label)) in crate::spec::PARAMETERS.iter().zip(NUMBERS) {
            assert_eq!(parameter.name, name, "{label}");
        }
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
        let of = |engine, hardware| Device { engine, hardware, reason: Reason::Asked };
        let device = of(EngineChoice::WebGpu, Hardware::Adapter(String::new()));
        assert_eq!(engine(&device, None), "WebGPU engine on an adapter without a name");
        let device = of(EngineChoice::Cpu, Hardware::Threads(4));
        assert_eq!(engine(&device, Some(12.3)), "CPU engine on this computer’s processor (4 threads), 12 steps/s");
    }

    #[test]
    fn what_is_not_compiled_is_said_with_its_reason() {
        assert_eq!(computed(&Steps::Compiled), "Its steps are compiled.");
        let softmax = Uncompiled::Operation("softmax".into());
        let said = "Its steps are not compiled: there is no kernel for the operation softmax.";
        assert_eq!(computed(&Steps::ByOperation(softmax)), said);
    }

    #[test]
    fn the_faster_engine_is_set_beside_the_other_one() {
        let reason = Reason::Faster { adapter: "acme".into(), took: 5.2, other: 19.8 };
        let of = |engine| self::reason(&Device { engine, hardware: Hardware::Wasm(1), reason: reason.clone() });
        assert_eq!(of(EngineChoice::WebGpu), "It took 5 ms a step in a trial; the processor took 20 ms.");
        assert_eq!(of(EngineChoice::Cpu), "It took 5 ms a step in a trial; WebGPU on acme took 20 ms.");
    }
}
