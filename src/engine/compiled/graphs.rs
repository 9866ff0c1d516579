//! The plan of runs. It follows from graphs: from those of networks that are there, or, while their weights are still on the way,
//! from those that a pack's manifest states.

use super::Graphics;
use crate::{
    ascent::{Model, Normalisation},
    engine::{lanes::Lanes, memory},
    kernels::{Ascent, Encoding, Looker, Plan, Refusal},
    nets::{graph::Checked, layer::Layer},
    pack::manifest::{ClassifierEntry, Manifest},
    spec::RunSpec,
};

/// What the steps of runs are made of, but for weights.
pub(super) struct Graphs<'a> {
    generator: &'a Checked,
    classifier: Looker<'a>,
    layers: &'a [Layer],
    /// Where codes of pictures are read, where they are.
    encoding: Option<Encoding<'a>>,
    /// The largest value of each number of a code, where there is one.
    upper: Option<Vec<f32>>,
}

impl<'a> Graphs<'a> {
    /// Of a model, for a run on it.
    pub(super) fn of(model: &'a Model, spec: &RunSpec) -> Self {
        let encoder = model.encoder.get().filter(|_| spec.epsilon1 > 0.0);
        let encoding = encoder.map(|encoder| Encoding {
            encoder: (!encoder.is(model)).then(|| Looker {
                graph: encoder.classifier.network().graph(),
                normalisation: encoder.normalisation.values(),
            }),
            layer: &encoder.layer,
        });
        Self {
            generator: model.generator.network().graph(),
            classifier: Looker {
                graph: model.classifier.network().graph(),
                normalisation: model.normalisation.values(),
            },
            layers: &model.layers,
            encoding,
            upper: model.statistics.upper(spec.bound),
        }
    }

    /// The plan of runs that differ in units, seed and start only.
    pub(super) fn plan(&self, specs: &[RunSpec]) -> Result<Plan, Refusal> {
        let Some(spec) = specs.first() else { return Err(Refusal::Empty) };
        let is_climbed = |layer: &&Layer| specs.iter().flat_map(|run| &run.units).any(|unit| unit.layer == layer.name);
        let climbed: Vec<&str> = self.layers.iter().filter(is_climbed).map(|layer| layer.name.as_str()).collect();
        Plan::ascent(
            specs.len(),
            &Ascent {
                generator: self.generator,
                classifier: self.classifier,
                climbed: &climbed,
                moves: spec.jitter > 0 || spec.rescale > 0.0,
                encoding: self.encoding,
                noise: spec.epsilon3 > 0.0,
                upper: self.upper.as_deref(),
            },
        )
    }
}

/// A classifier of a manifest, as it looks at pictures.
struct Looks<'a> {
    entry: &'a ClassifierEntry,
    graph: Checked,
}

impl<'a> Looks<'a> {
    fn of(manifest: &'a Manifest, name: &str) -> Option<Self> {
        let entry = manifest.classifier(name)?;
        Some(Self { entry, graph: entry.graph(manifest.image).ok()? })
    }

    fn looker(&self) -> Looker<'_> {
        let preprocessing = &self.entry.preprocessing;
        Looker { graph: &self.graph, normalisation: Normalisation::affine(preprocessing.mean, preprocessing.std) }
    }
}

impl Graphics {
    /// Makes the programs of a run ready, of which nothing but the manifest is there. Whatever cannot be is left to the run itself.
    pub async fn prepare(&self, manifest: &Manifest, spec: &RunSpec) {
        let Ok((generator, _)) = manifest.generator.architecture.checked() else { return };
        let transposed = manifest.generator.architecture.transposed();
        for batch in Lanes::of(std::slice::from_ref(spec)).batches {
            let Some(spec) = batch.specs.first().filter(|spec| !spec.prior.is_pixels()) else { continue };
            let Some(classifier) = Looks::of(manifest, &spec.classifier) else { continue };
            let encoder = Looks::of(manifest, &manifest.generator.encoder).filter(|_| spec.epsilon1 > 0.0);
            let encoding = encoder.as_ref().map(|encoder| Encoding {
                encoder: (encoder.entry.name != spec.classifier).then(|| encoder.looker()),
                layer: &manifest.generator.encoder_layer,
            });
            let graphs = Graphs {
                generator: &generator,
                classifier: classifier.looker(),
                layers: &classifier.entry.layers,
                encoding,
                // Its values are in no program.
                upper: spec.bound.map(|_| vec![0.0; manifest.generator.architecture.code()]),
            };
            if let Ok(plan) = graphs.plan(&batch.specs) {
                let drawn = memory::are_integers(&generator, manifest.generator.weights.bytes);
                let is_transposed =
                    |array: &str| transposed.iter().any(|layer| array.strip_prefix(layer.as_str()) == Some(".weight"));
                let lookers: Vec<&Looks> = std::iter::once(&classifier).chain(&encoder).collect();
                // As files of packs have them: a factor for each channel of a layer's result.
                let side_of = |network: usize, array: &str| match network.checked_sub(1) {
                    None => drawn.then(|| usize::from(is_transposed(array))),
                    Some(place) => {
                        let looks = lookers.get(place)?;
                        memory::are_integers(&looks.graph, looks.entry.weights.bytes).then_some(0)
                    }
                };
                self.make(&plan, &side_of).await;
            }
        }
    }
}
