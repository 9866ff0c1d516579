//! What runs need of memory, counted before they begin.
//!
//! The limits on a network ([`MAX_ACTIVATIONS`](crate::nets::graph::MAX_ACTIVATIONS)) are of one image, while runs of many
//! seeds, and the pictures of a gallery, are computed in batches. [`need`] counts what those take, from the manifest and
//! the runs alone: no tensor appears here, so that the page can ask too.
//!
//! The formula, in values of four bytes:
//!
//! ```text
//! program + codes + judge + max(2 · files, weights + batch)
//!
//! weights = Σ of the generator and of each classifier that has a part, of a lane or as the encoder:
//!             bytes of its file
//!           + where its steps are compiled: 3 · parameters of convolutions + other parameters, these as bytes where its file has
//!             them so
//!           + where pixels are climbed: parameters
//!         + what the pack knows of natural images, one value a byte of its file
//! judge   = 2 · bytes of its file + parameters of the classifier that judges what is compared, where it has no other part
//! codes   = values of all runs' codes · steps that are kept of them
//! files   = bytes of the weights' files that are held at once, until networks have their own copies of them
//! batch   = the largest of all batches: its images · (generator's + classifier's activations + 2 · the largest + 4 · image);
//!           half of that where steps are compiled
//! ```
//!
//! A network keeps its arrays as its file has them. Compiled for the processor, a fully connected layer has one matrix for both
//! directions, of integers where its file has integers, and a convolution its own for each, some of them transformed to more
//! numbers: three times its parameters in all, as was seen. Values of a compiled step share what memory is free, about half of what follows.
//!
//! Activations are each node's result, [`Checked::activations`]: autodiff keeps what each operation has read until the
//! gradient has come back to it. Behind it go the gradient of one node's result and that of what it read, or a convolution's
//! copy of it in another order: twice the largest. An image is moved, rescaled, clamped and normalised between the networks.
//! Files are let go before the first step; batches are computed one after the other.
//!
//! It is an estimate: what an allocator leaves unused, and pictures on their way are not counted, the program itself as 8 MiB. From the
//! most that the worker was seen to take (WebAssembly's memory, which never shrinks, on the CPU engine) it deviates by an
//! eighth at most, either way; the test below has the figures. On a graphics processor all but the files lies in its own
//! memory.

use std::collections::BTreeSet;

use super::{lanes::Lanes, trail};
use crate::{
    nets::graph::Checked,
    pack::manifest::{ClassifierEntry, Manifest},
    spec::{Catalogue, RunSpec},
};

/// The most that runs may need together. WebAssembly addresses 4 GiB, and a browser seldom gives half of that.
pub const MOST_BYTES: u64 = if cfg!(target_pointer_width = "32") { 2 << 30 } else { 32 << 30 };

/// Bytes of a value.
const VALUE: u64 = 4;
/// How many values of the largest node's size a gradient takes on its way back.
const GRADIENTS: u64 = 2;
/// How many numbers a number of a convolution is kept as, where its steps are compiled.
const KERNELS: u64 = 3;
/// What the program itself takes, and laying out weights, in bytes: about what it was seen to take with the smallest pack.
const PROGRAM: u64 = 8 << 20;
/// Copies of an image between the generator and the classifier.
const LOOKS: u64 = 4;

/// What some runs need, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Need {
    /// All networks on their device.
    pub weights: u64,
    /// The weights' files, as many as are held at once.
    pub files: u64,
    /// What is computed at once, with its gradient.
    pub batch: u64,
    /// What drew the steps that are kept.
    pub codes: u64,
    /// The network that judges what is compared, on its device. Where it does not fit, the runs go without.
    pub judge: u64,
}

impl Need {
    /// The most that is held at any time.
    pub fn total(self) -> u64 {
        self.runs().saturating_add(self.judge)
    }

    /// The most that the runs themselves need, whoever judges them.
    pub fn runs(self) -> u64 {
        let most = self.weights.saturating_add(self.batch).max(self.files.saturating_mul(2));
        most.saturating_add(self.codes).saturating_add(PROGRAM)
    }
}

/// What a classifier needs, in bytes, to be loaded beside what there is and to look at so many pictures at once: its
/// parameters, and its file or the largest of its nodes' results with what that is computed from. With `loaded` it is there
/// already.
pub fn look(manifest: &Manifest, entry: &ClassifierEntry, pictures: usize, loaded: bool) -> u64 {
    let Ok(graph) = entry.graph(manifest.image) else { return 0 };
    let image = values(manifest.image.channels().iter().product());
    let one = GRADIENTS * values(graph.largest()) + LOOKS * image;
    let batch = VALUE.saturating_mul(one).saturating_mul(values(pictures));
    match loaded {
        true => batch,
        false => VALUE.saturating_mul(values(graph.parameters())).saturating_add(batch.max(entry.weights.bytes)),
    }
}

/// What runs need that are stepped together, valid ones of this pack; classifiers that it does not have count for nothing.
pub fn need(manifest: &Manifest, specs: &[RunSpec]) -> Need {
    let generator = manifest.generator.architecture.graph().check().ok();
    let lanes = Lanes::of(specs);
    let (mut names, mut judges) = (BTreeSet::<&str>::new(), BTreeSet::<&str>::new());
    for spec in lanes.batches.iter().flat_map(|batch| &batch.specs) {
        names.insert(&spec.classifier);
    }
    for spec in specs {
        names.extend(spec.needs_encoder().then_some(manifest.generator.encoder.as_str()));
        let judge = manifest.other_than(&spec.classifier).filter(|_| !spec.compare.is_empty());
        judges.extend(judge.map(|judge| judge.name.as_str()));
    }
    let networks: Vec<(&ClassifierEntry, Checked)> = names
        .union(&judges)
        .filter_map(|name| {
            let entry = manifest.classifier(name)?;
            Some((entry, entry.graph(manifest.image).ok()?))
        })
        .collect();

    let (own, judging): (Vec<_>, Vec<_>) = networks.iter().partition(|(entry, _)| names.contains(entry.name.as_str()));
    // Whose steps are compiled, and which networks Burn has: those that pixels are climbed with.
    let all = || lanes.batches.iter().flat_map(|batch| &batch.specs);
    let climbs = |name: &str, pixels: bool| {
        all().any(|spec| spec.prior.is_pixels() == pixels && spec.classifier == name)
            || (!pixels && specs.iter().any(RunSpec::needs_encoder) && name == manifest.generator.encoder)
    };
    let compiled = |graph: &Checked, file: u64| {
        let (parameters, kernels) = (values(graph.parameters()), values(graph.kernels()));
        // Not of floats, not even of short ones.
        let are_integers = are_integers(graph, file);
        let each = if are_integers { 1 } else { VALUE };
        VALUE * KERNELS * kernels + each * parameters.saturating_sub(kernels)
    };
    let draws = all().any(|spec| !spec.prior.is_pixels());
    let drawn = generator
        .as_ref()
        .map(|graph| (graph, manifest.generator.weights.bytes))
        .map(|(graph, file)| file.saturating_add(if draws { compiled(graph, file) } else { 0 }));
    let network = |(entry, graph): &&(&ClassifierEntry, Checked)| {
        let on_burn = if climbs(&entry.name, true) { VALUE * values(graph.parameters()) } else { 0 };
        let own = if climbs(&entry.name, false) { compiled(graph, entry.weights.bytes) } else { 0 };
        entry.weights.bytes.saturating_add(own).saturating_add(on_burn)
    };
    let natural = manifest.natural.as_ref().filter(|_| specs.iter().any(RunSpec::needs_natural));
    let natural = natural.map(|file| VALUE.saturating_mul(file.bytes));
    let weights = own.iter().map(network).chain(drawn).chain(natural).fold(0, u64::saturating_add);

    // Those of the generator and the first classifier come together, others by themselves.
    let first = specs.first().map_or(manifest.default_classifier(), |spec| &spec.classifier);
    let files = networks.iter().map(|(entry, _)| match entry.name == first {
        true => manifest.bytes(entry),
        false => entry.weights.bytes,
    });

    let [channels, height, width] = manifest.image.channels();
    let (mut batch, mut numbers) = (0, 0_u64);
    for together in &lanes.batches {
        let Some(first) = together.specs.first() else { continue };
        let classifier = networks.iter().find(|(entry, _)| entry.name == first.classifier);
        let Some((entry, classifier)) = classifier else { continue };
        let draws = !first.prior.is_pixels();
        let drawn = generator.as_ref().filter(|_| draws);
        let image = if draws { channels * height * width } else { entry.own.channels().iter().product() };
        let activations = drawn.map_or(0, |graph| values(graph.activations())) + values(classifier.activations());
        let largest = values(classifier.largest()).max(drawn.map_or(0, |graph| values(graph.largest())));
        let one = activations + GRADIENTS * largest + LOOKS * values(image);
        let count = values(together.specs.len());
        let one = if draws { one / 2 } else { one };
        batch = batch.max(one.saturating_mul(count));
        let code = if draws { manifest.generator.architecture.code() } else { image };
        numbers = numbers.saturating_add(values(code).saturating_mul(count));
    }
    let codes = VALUE.saturating_mul(numbers);
    let steps = specs.first().map_or(0, |spec| spec.steps);
    let kept = trail::most(usize::try_from(codes).unwrap_or(usize::MAX)).min(steps);
    Need {
        weights,
        files: files.max().unwrap_or(0),
        batch: VALUE.saturating_mul(batch),
        codes: codes.saturating_mul(u64::from(kept)),
        judge: judging.iter().map(|(entry, graph)| 2 * entry.weights.bytes + VALUE * values(graph.parameters())).sum(),
    }
}

/// Whether a network whose file has so many bytes has integers of 8 bits or fewer there: floats take two bytes at least.
pub(super) fn are_integers(graph: &Checked, file: u64) -> bool {
    file < 2 * values(graph.parameters())
}

/// How many of some runs, from the first on, need no more together than `most` bytes; one at least.
pub fn fitting(manifest: &Manifest, specs: &[RunSpec], most: u64) -> usize {
    let fits = |count: &usize| specs.get(..*count).is_some_and(|specs| need(manifest, specs).total() <= most);
    (1..=specs.len()).rev().find(fits).unwrap_or(1)
}

fn values(count: usize) -> u64 {
    count as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Unit;

    fn pack(name: &str) -> Manifest {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("weights").join(name).join("pack.json");
        Manifest::parse(&std::fs::read(path).unwrap()).unwrap()
    }

    fn run(manifest: &Manifest) -> RunSpec {
        RunSpec::with_defaults(manifest, manifest.defaults.unit.clone())
    }

    /// The most that the worker's memory was seen to grow to on the CPU engine, in MiB.
    #[test]
    fn the_estimate_is_near_what_was_seen() {
        let compare = vec!["none".parse().unwrap()];
        for (name, seeds, compare, seen) in [
            ("imagenet-128", 1, vec![], 117.2),
            ("imagenet-128", 9, vec![], 171.2),
            ("caffenet-64", 1, vec![], 61.4),
            ("caffenet-64", 9, vec![], 79.6),
            ("caffenet-64", 1, compare, 167.4),
            ("tiny-imagenet-64", 1, vec![], 205.3),
            ("tiny-imagenet-64", 9, vec![], 245.8),
        ] {
            let pack = pack(name);
            let need = need(&pack, &[RunSpec { seeds, compare, ..run(&pack) }]);
            let deviation = need.total() as f64 / f64::from(1 << 20) / seen - 1.0;
            assert!(deviation.abs() < 0.125, "{name}, {seeds} seeds: {need:?}, {:.1} %", 100.0 * deviation);
        }
    }

    #[test]
    fn the_readme_has_the_estimates_of_these_runs() {
        let readme = include_str!("../../README.md");
        let beside: Vec<_> = ["none", "tv:2:1,jitter:9", "blur:0.28:4"].map(|rival| rival.parse().unwrap()).into();
        for name in ["imagenet-128", "caffenet-64"] {
            let pack = pack(name);
            let mib = |run: RunSpec| need(&pack, &[run]).total().div_ceil(1 << 19) / 2;
            let [one, nine] = [1, 9].map(|seeds| mib(RunSpec { seeds, ..run(&pack) }));
            let row =
                format!("| `{name}` | {one} | {nine} | {} |", mib(RunSpec { compare: beside.clone(), ..run(&pack) }));
            assert!(readme.contains(&row), "{row}");
        }
    }

    #[test]
    fn what_is_computed_at_once_is_counted_for_each_image_and_batches_by_the_largest() {
        let pack = pack("imagenet-128");
        let of = |specs: &[RunSpec]| need(&pack, specs);
        let one = RunSpec { epsilon1: 0.0, ..run(&pack) };
        let nine = of(&[RunSpec { seeds: 9, ..one.clone() }]);
        let (single, mut eight) = (of(std::slice::from_ref(&one)), vec![one.clone(); 8]);
        assert_eq!((nine.batch, nine.codes, nine.weights), (9 * single.batch, 9 * single.codes, single.weights));
        eight.iter_mut().zip(0..).for_each(|(run, seed)| run.seed = seed);
        assert_eq!(of(&eight).batch, 8 * single.batch);
        // Another network, a batch of its own, whose activations take the place of the first one's.
        let rival = vec!["classifier/efficientnet-lite1/fc:1".parse().unwrap()];
        let beside = of(&[RunSpec { compare: rival, ..one.clone() }]);
        let lite = RunSpec { classifier: "efficientnet-lite1".into(), units: vec![Unit::new("fc", 1)], ..one.clone() };
        assert_eq!(beside.batch, of(std::slice::from_ref(&lite)).batch.max(single.batch));
        // The judge is the first other one.
        let graph = |name: &str| pack.classifier(name).unwrap().graph(pack.image).unwrap();
        let file = |name: &str| pack.classifier(name).unwrap().weights.bytes;
        let parameters = |name: &str| graph(name).parameters() as u64;
        let kernels = |name: &str| graph(name).kernels() as u64;
        let compiled = |name: &str| file(name) + 12 * kernels(name) + (parameters(name) - kernels(name));
        assert_eq!(beside.weights - single.weights, compiled("efficientnet-lite1"));
        let judge = 2 * file("resnet18") + 4 * parameters("resnet18");
        assert_eq!((beside.judge, beside.total() - beside.runs()), (judge, beside.judge));
        // Its parameters once, and as many results as pictures.
        let judge = pack.classifier("resnet18").unwrap();
        assert_eq!(look(&pack, judge, 4, true), 4 * look(&pack, judge, 1, true));
        assert!(look(&pack, judge, 1, false) >= 4 * parameters("resnet18") + judge.weights.bytes);
        // The encoder beside another classifier.
        let encodes = of(&[RunSpec { epsilon1: 1.0, ..lite.clone() }]);
        assert_eq!(encodes.weights - of(&[lite]).weights, compiled("caffenet"));
        // Pixels are climbed without the generator, at the size of the classifier.
        let pixels = of(&[RunSpec::with_prior(&pack, one.units[0].clone(), "none".parse().unwrap())]);
        let drawing = pack.generator.weights.bytes;
        assert_eq!(pixels.weights, drawing + file("caffenet") + 4 * parameters("caffenet"));
        assert!(pixels.batch < single.batch && pixels.codes > single.codes);
    }

    #[test]
    fn as_many_pictures_are_drawn_at_once_as_fit_and_one_at_least() {
        let pack = pack("fashion-mnist-28");
        let runs: Vec<RunSpec> = (0..8).map(|seed| RunSpec { seed, ..run(&pack) }).collect();
        for count in 1..=runs.len() {
            let most = need(&pack, &runs[..count]).total();
            assert_eq!(fitting(&pack, &runs, most), count);
            assert_eq!(fitting(&pack, &runs, most - 1), (count - 1).max(1));
        }
    }
}
