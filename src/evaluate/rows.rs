//! The rows of an evaluation that are climbed: what DGN-AM is compared with, and DGN-AM itself.

use super::{Evaluation, Networks};
use crate::spec::{Catalogue, PPGN, PixelPrior, Prior, RunSpec, Start, Unit};

/// Runs of one kind: every unit with every seed.
pub(super) struct Climbs {
    /// The row's name.
    pub(super) name: &'static str,
    /// What it does.
    pub(super) about: &'static str,
    /// Unit by unit, and within a unit seed by seed.
    pub(super) specs: Vec<RunSpec>,
}

impl Evaluation {
    /// All the rows that the pack can make.
    pub(super) fn climbs(&self, networks: &Networks<'_>, layer: &str, units: &[usize]) -> Vec<Climbs> {
        let specs = |prior, steps: Option<u32>| self.specs(networks, layer, units, &prior, steps);
        let pixels = |priors: &[PixelPrior]| specs(Prior::Pixels(priors.to_vec()), self.steps);
        let from_mean = |specs: Vec<RunSpec>| -> Vec<RunSpec> {
            specs.into_iter().map(|spec| RunSpec { start: Start::MeanImage, ..spec }).collect()
        };
        let climbed = specs(Prior::Generator, self.steps);
        let plain: Vec<_> = climbed.iter().map(RunSpec::published).collect();
        let plug_and_play = |spec: &RunSpec| RunSpec { epsilon1: PPGN[0], epsilon3: PPGN[1], ..spec.clone() };
        let with_pull = plain.iter().map(plug_and_play).collect();
        let tv = PixelPrior::TOTAL_VARIATION;
        let random = specs(Prior::Generator, Some(1)).iter().map(RunSpec::published).collect();
        let rows = vec![
            ("random code", "a random code through the generator, no ascent", random),
            ("no prior", "gradient ascent on the pixels", specs(Prior::NONE, self.steps)),
            ("α-norm", "the same with a penalty on large values", pixels(&[PixelPrior::ALPHA_NORM])),
            ("blur", "the same, blurred now and then", pixels(&[PixelPrior::BLUR])),
            (
                "TV + jitter",
                "the same with a penalty on differences of neighbours, each step looking from another place",
                pixels(&[tv, PixelPrior::JITTER]),
            ),
            (
                "centre bias + TV",
                "the same, the image growing and each step looking near its centre",
                pixels(&[PixelPrior::CENTRE_BIAS, tv]),
            ),
            ("patches", "the same, each patch pulled towards the nearest natural one", pixels(&[PixelPrior::PATCHES])),
            (
                "mean image + TV",
                "the same with TV, from the mean of a cluster of the class's training images",
                from_mean(pixels(&[tv])),
            ),
            ("DGN-AM", "gradient ascent on the generator's code, from noise", plain.clone()),
            ("PPGN", "the same, pulled towards codes of its own pictures, with noise", with_pull),
            ("DGN-AM, mean image", "DGN-AM from the code of that mean image", from_mean(plain.clone())),
            ("default run", "the run that the pack has where nobody says otherwise", climbed.clone()),
        ];
        let manifest = networks.manifest;
        let has_means = manifest.mean_classes(networks.target).iter().all(Option::is_some);
        let possible = |specs: &[RunSpec]| {
            // Not every pack knows natural images, nor a mean image of every class.
            (manifest.has_natural() || !specs.iter().any(RunSpec::needs_natural))
                && (has_means || specs.iter().all(|spec| spec.start != Start::MeanImage))
        };
        // Some packs' default is the published run.
        let rows = rows.into_iter().filter(|(name, ..)| *name != "default run" || climbed != plain);
        let rows = rows.filter(|(_, _, specs)| possible(specs));
        rows.map(|(name, about, specs)| Climbs { name, about, specs }).collect()
    }

    /// The runs of one prior: every unit with every seed.
    fn specs(
        &self,
        networks: &Networks<'_>,
        layer: &str,
        units: &[usize],
        prior: &Prior,
        steps: Option<u32>,
    ) -> Vec<RunSpec> {
        let run = |unit, seed| {
            let spec = RunSpec::with_prior(networks.manifest, Unit::new(layer, unit), prior.clone());
            let classifier = networks.target.name.clone();
            RunSpec { classifier, seed, steps: steps.unwrap_or(spec.steps), ..spec }
        };
        units.iter().flat_map(|&unit| (0..self.seeds).map(move |seed| run(unit, seed))).collect()
    }
}
