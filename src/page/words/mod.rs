//! Everything that the page says to people, in one place, so that it can be read as a whole: which sentence is said when, and
//! what stands in it. The sentences themselves stand in the files of the languages, and what the command line says of an error
//! too is chosen in [`crate::words`].

mod classes;
mod labels;
#[cfg(feature = "page")]
mod lessons;
mod notebook;
#[cfg(feature = "page")]
mod offline;
mod own_network;
mod pictures;
mod problems;

pub use classes::{class, kind, name_classes};
pub use labels::*;
#[cfg(feature = "page")]
pub use lessons::*;
pub use notebook::*;
#[cfg(feature = "page")]
pub use offline::*;
pub use own_network::*;
pub use pictures::*;
pub use problems::*;

pub use crate::words::{
    LANGUAGES,
    say::page::{
        counter, looking_through, numbered_class, paused, picked, running, seed, spoken, stopped, too_many_pictures,
        unit, weight_of,
    },
    sentences, speak,
};
use crate::{
    engine::protocol::{Device, Flaw, Lack, Reason, Steps},
    nets::layer::{Layer, LayerKind},
    pack::manifest::ImageShape,
    spec::{EngineChoice, PixelPrior, Position, Prior, Rival, Unit},
    words::{
        adapter, hardware,
        say::{joints, page as say},
        uncompiled,
    },
};

/// The lines under the title: what stands before and behind the paper's name.
pub fn intro(neurons: Option<(usize, &str)>) -> (String, String) {
    // No sentence holds this letter.
    const PAPER: char = '\u{1}';
    let said = match neurons {
        Some((count, classifier)) => say::intro_to(&count, &classifier, &PAPER),
        None => say::intro(&PAPER),
    };
    let (before, behind) = said.split_once(PAPER).unwrap_or((&said, ""));
    (before.to_owned(), behind.to_owned())
}

/// How an activation stands to the strongest of a real image; nothing where there is no proportion.
pub fn against(activation: f32, reference: f32) -> Option<String> {
    (reference > 0.0 && activation > 0.0).then(|| say::against(&tenths(activation / reference), &number(reference)))
}

/// A layer, as it is offered in a list, which is narrow: of a convolutional one channels × height × width.
pub fn layer(layer: &Layer) -> String {
    let Layer { name, kind, units, map: [height, width] } = layer;
    match kind {
        LayerKind::Convolutional => say::layer_in_short(name, units, height, width),
        _ => described(layer),
    }
}

/// A layer with its units.
fn described(layer: &Layer) -> String {
    let Layer { name, kind, units, map: [height, width] } = layer;
    match kind {
        LayerKind::Convolutional => say::layer_convolutional(name, units, height, width),
        LayerKind::FullyConnected => say::layer_connected(name, units),
        LayerKind::Output => say::layer_output(name, units),
    }
}

/// A layer by name and network.
pub fn layer_of(layer: &Layer, network: &str) -> String {
    say::layer_of(&described(layer), &network)
}

/// A branch of classes, as it is offered: those within others are set in.
pub fn branch(name: &str, depth: usize, count: usize) -> String {
    "\u{2003}".repeat(depth.saturating_sub(1)) + &say::branch(&name, &count)
}

/// How many times as large as it is a picture is saved, as it is offered.
pub fn enlargement(factor: u32) -> String {
    match factor {
        1 => say::enlarged_not().to_owned(),
        _ => say::enlarged(&factor),
    }
}

/// Root: small pictures are being drawn.
pub fn left(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => say::left_one().to_owned(),
        _ => say::left_many(&count),
    }
}

/// What one sees, for one neuron or several; `own` is the size of the images that the network itself takes, where that is
/// another than the pack's.
pub fn explanation(several: bool, prior: &Prior, own: Option<ImageShape>) -> String {
    if prior.is_pixels() {
        let said = say::explained_pixels();
        return own.map_or_else(|| said.to_owned(), |own| joints::sentences(&said, &at_own_size(own)));
    }
    if several { say::explained_several() } else { say::explained_one() }.to_owned()
}

/// The size of a picture that is climbed without a generator.
pub fn at_own_size(ImageShape { height, width }: ImageShape) -> String {
    say::at_own_size(&width, &height)
}

/// Root: a run has taken its steps.
pub fn finished(first: f32, last: f32) -> String {
    say::finished(&number(first), &number(last))
}

/// Root: the visitor saves data, so nothing is loaded unasked.
pub fn saving_data(bytes: u64) -> String {
    say::saving_data(&megabytes(bytes))
}

/// Title of the browser's window.
pub fn window_title(neuron: &str) -> String {
    say::window_title(&neuron, &title())
}

/// Accessible name of a picture; `lane` tells it from others beside it.
pub fn picture(neuron: &str, lane: Option<&str>, step: u32, steps: u32, activation: f32) -> String {
    let activation = tenths(activation);
    match lane {
        Some(lane) => say::picture_beside(&neuron, &lane, &step, &steps, &activation),
        None => say::picture(&neuron, &step, &steps, &activation),
    }
}

/// Name of what a run is compared with; `title` knows the classifiers' names for people.
pub fn rival(rival: &Rival, title: impl Fn(&str) -> Option<String>) -> String {
    match rival {
        Rival::Prior(prior) => self::prior(prior),
        Rival::RandomCode => say::random_code().to_owned(),
        Rival::Classifier { name, .. } => say::neuron_of(&title(name).unwrap_or_else(|| name.clone())),
    }
}

/// What stands beside a run, in plain words.
pub fn rival_explained(rival: &Rival) -> String {
    match rival {
        Rival::Prior(prior) => prior_explained(prior),
        Rival::RandomCode => say::random_code_explained().to_owned(),
        Rival::Classifier { .. } => say::other_classifier_explained().to_owned(),
    }
}

/// What a classifier sees in a picture, shortly.
pub fn guess(class: &str, probability: f32) -> String {
    say::guess(&class, &percent(probability))
}

/// How strongly a picture excites a neuron.
pub fn excites(neuron: &str, activation: f32) -> String {
    say::excites(&neuron, &number(activation))
}

/// A prior by name.
pub fn prior(prior: &Prior) -> String {
    let name = |prior: &PixelPrior| match prior {
        PixelPrior::Blur { .. } => say::blur(),
        PixelPrior::AlphaNorm { .. } => say::alpha_norm(),
        PixelPrior::TotalVariation { .. } => say::total_variation(),
        PixelPrior::Jitter { .. } => say::jitter(),
        PixelPrior::Patches { .. } => say::natural_patches(),
        PixelPrior::CentreBias { .. } => say::centre_bias(),
    };
    match prior {
        Prior::Generator => say::learned_generator().to_owned(),
        Prior::Pixels(priors) if priors.is_empty() => say::no_prior().to_owned(),
        Prior::Pixels(priors) => priors.iter().map(name).collect::<Vec<_>>().join(" + "),
    }
}

/// What another classifier sees in a picture.
pub fn verdict(judge: &str, class: &str, probability: f32) -> String {
    say::verdict(&judge, &guess(class, probability))
}

/// What a prior does, in plain words.
pub fn prior_explained(prior: &Prior) -> String {
    let sentence = |prior: &PixelPrior| match prior {
        PixelPrior::Blur { .. } => say::blur_explained(),
        PixelPrior::AlphaNorm { .. } => say::alpha_norm_explained(),
        PixelPrior::TotalVariation { .. } => say::total_variation_explained(),
        PixelPrior::Jitter { .. } => say::jitter_explained(),
        PixelPrior::Patches { .. } => say::patches_explained(),
        PixelPrior::CentreBias { .. } => say::centre_bias_explained(),
    };
    match prior {
        Prior::Generator => say::generator_explained().to_owned(),
        Prior::Pixels(priors) if priors.is_empty() => say::no_prior_explained().to_owned(),
        Prior::Pixels(priors) => sentences(&priors.iter().map(|prior| sentence(prior).to_owned()).collect::<Vec<_>>()),
    }
}

/// Accessible name of the curve.
pub fn curve(values: &[f32]) -> String {
    match (values.first(), values.last()) {
        (Some(first), Some(last)) => say::curve(&values.len(), &tenths(*first), &tenths(*last)),
        _ => say::curve_empty().to_owned(),
    }
}

/// Bytes that have arrived.
pub fn arrived(loaded: u64, total: u64) -> String {
    if total == 0 {
        return megabytes(loaded);
    }
    say::arrived(&format_args!("{:.1}", loaded as f64 / 1e6), &megabytes(total))
}

/// Bytes for people.
pub fn megabytes(bytes: u64) -> String {
    joints::megabytes(&format_args!("{:.1}", bytes as f64 / 1e6))
}

/// Which engine runs on what, and how fast.
pub fn engine(device: &Device, steps_per_second: Option<f32>) -> String {
    let hardware = hardware(&device.hardware);
    let engine = match device.engine {
        EngineChoice::WebGpu => say::on_webgpu(&hardware),
        _ => say::on_cpu(&hardware),
    };
    match steps_per_second {
        Some(rate) => say::with_speed(&engine, &speed(rate)),
        None => engine,
    }
}

/// Why that engine was chosen.
pub fn reason(device: &Device) -> String {
    match &device.reason {
        Reason::Asked => say::asked_for().to_owned(),
        Reason::Lacking(lack) => self::lack(lack),
        Reason::Faster { adapter, took, other } => {
            let [took, other] = [took, other].map(|time| format!("{time:.0}"));
            match device.engine {
                EngineChoice::WebGpu => say::faster_than_processor(&took, &other),
                _ => say::faster_than_webgpu(&took, &self::adapter(adapter), &other),
            }
        }
        Reason::Flawed(adapter, Flaw::Failed) => say::trial_failed(&self::adapter(adapter)),
        Reason::Flawed(adapter, Flaw::Endless) => say::trial_endless(&self::adapter(adapter)),
        Reason::Lost(adapter) => say::lost_in_run(&self::adapter(adapter)),
    }
}

/// How steps are computed on a graphics processor.
pub fn computed(steps: &Steps) -> String {
    match steps {
        Steps::Compiled => say::compiled().to_owned(),
        Steps::Partly(why) => say::compiled_partly(&uncompiled(why)),
        Steps::ByOperation(why) => say::compiled_not(&uncompiled(why)),
    }
}

/// Why there is no graphics processor.
pub fn lack(lack: &Lack) -> String {
    match lack {
        Lack::NoWebGpu => say::no_webgpu().to_owned(),
        Lack::Insecure => say::insecure().to_owned(),
        Lack::NoAdapter => say::no_adapter().to_owned(),
        Lack::SilentAdapter(seconds) => say::silent_adapter(seconds),
        Lack::Software(adapter) => say::imitated_adapter(&self::adapter(adapter)),
        Lack::Refused(reason) => say::refused_adapter(reason),
        Lack::SilentDevice(adapter, seconds) => say::silent_device(&self::adapter(adapter), seconds),
    }
}

/// What stands under a neuron's name: layer, index and network, and the class's id where it is one's.
pub fn detail(unit: &Unit, class: Option<&str>, network: &str) -> String {
    let Unit { layer, index, .. } = unit;
    match (class, unit.position) {
        (Some(id), _) => say::detail_output(&id, index, &network),
        (None, Position::Centre) => say::detail_unit(layer, index, &network),
        (None, Position::At { row, column }) => say::detail_place(layer, &row, &column, index, &network),
        (None, Position::Mean) => say::detail_mean(layer, index, &network),
    }
}

/// The same for several neurons.
pub fn detail_of_several(count: usize, network: &str) -> String {
    say::detail_several(&count, &network)
}

/// Steps a second, no finer than can be read while it changes.
fn speed(rate: f32) -> String {
    if rate >= 10.0 { format!("{rate:.0}") } else { tenths(rate) }
}

/// A number with one decimal.
fn tenths(value: f32) -> String {
    format!("{value:.1}")
}

/// A number with one decimal and a proper minus sign.
pub fn number(value: f32) -> String {
    tenths(value).replace('-', "−")
}

/// A probability.
pub fn percent(probability: f32) -> String {
    let percent = probability * 100.0;
    if percent > 0.0 && percent < 0.1 { say::next_to_nothing().to_owned() } else { say::percent(&tenths(percent)) }
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
        for (parameter, (name, label)) in crate::spec::PARAMETERS.iter().zip(numbers()) {
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
