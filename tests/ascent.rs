//! The ascent does what the method says, on real networks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::rc::Rc;

use burn::tensor::{Device, Tensor};
use common::{Reference, default_run, floats, relative_error, shipped};
use dgn::{
    ascent::{
        Ascent, BatchError, Bounds, Climb, Drawn, Given, Model, Objective, Reading, Seen, Statistics, Taken, Unread,
        Update, code_start, factor, noise, rescaled,
    },
    engine::{Compiler, EngineError, Judge, Session, gallery::Gallery, memory, prepare, protocol::Event, session},
    spec::{Catalogue, Position, Prior, RunSpec, SpecError, Start, Unit},
};

/// The objective at a code, without a graph.
fn activation(model: &Model, units: &[Unit], code: &[f32]) -> f32 {
    let code = Tensor::<1>::from_floats(code, &Device::flex()).unsqueeze::<2>();
    floats(Objective::new(model, &Prior::Generator, &[units]).activations(model, code))[0]
}

/// The gradient as the ascent computes it.
fn gradient(model: &Model, units: &[Unit], code: &[f32]) -> Vec<f32> {
    let code = Tensor::<1>::from_floats(code, &Device::flex()).unsqueeze::<2>();
    floats(Objective::new(model, &Prior::Generator, &[units]).gradient(model, code))
}

#[test]
fn the_gradient_agrees_with_central_differences() {
    let (_, model) = shipped();
    let units = [
        vec![Unit::new("fc", 0)],
        vec![Unit { position: Position::Mean, ..Unit::new("layer3.0", 17) }],
        vec![Unit { weight: 2.0, ..Unit::new("fc", 5) }, Unit { weight: -1.0, ..Unit::new("layer4.0", 3) }],
    ];
    let code = code_start(Start::Mean, 0, &model.statistics);
    for units in &units {
        let gradient = gradient(&model, units, &code);
        // Along the gradient the slope is its own length; one direction averages over all 512 units, which keeps the
        // difference well above the rounding of f32.
        let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
        let step = 2e-2;
        let at =
            |sign: f32| -> Vec<f32> { code.iter().zip(&gradient).map(|(y, g)| y + sign * step * g / length).collect() };
        let slope = (activation(&model, units, &at(1.0)) - activation(&model, units, &at(-1.0))) / (2.0 * step);
        assert!((slope - length).abs() < 0.05 * length, "{units:?}: difference {slope}, gradient {length}");
        // Across the gradient it is flat.
        let across: Vec<f32> = gradient.chunks(2).flat_map(|pair| [-pair[1], pair[0]]).collect();
        let at =
            |sign: f32| -> Vec<f32> { code.iter().zip(&across).map(|(y, g)| y + sign * step * g / length).collect() };
        let slope = (activation(&model, units, &at(1.0)) - activation(&model, units, &at(-1.0))) / (2.0 * step);
        assert!(slope.abs() < 0.05 * length, "{units:?}: across {slope}, gradient {length}");
    }
}

#[test]
fn the_climb_follows_pytorchs() {
    let (reference, (manifest, model)) = (Reference::load(), shipped());
    let spec = RunSpec { start: Start::Mean, steps: 20, ..default_run(&manifest) };
    let mut ascent = Ascent::begin(model, &[spec]).unwrap();
    let seen: Vec<f32> = (0..4).flat_map(|_| floats(ascent.step().activations)).collect();
    // Each step multiplies the rounding of the one before (see the fixture's README).
    assert!(relative_error(&seen, reference.values("climb.activation")) < 2e-3, "{seen:?}");
    assert!(relative_error(&floats(ascent.code()), reference.values("climb.code")) < 1e-2);
}

#[test]
fn a_step_is_the_one_computed_by_hand() {
    let device = Device::flex();
    let statistics = Statistics { mean: vec![1.0, 1.0, 1.0, 1.0], std: vec![0.5, 0.5, 0.5, 0.5] };
    let bounds = Bounds::new(&statistics, Some(3.0), &device);
    let update = Update { rate: 0.5, decay: 0.9, bounds: &bounds };
    let code = Tensor::from_floats([[1.0, 0.2, 2.4, 0.5]], &device);
    let gradient = Tensor::from_floats([[4.0, -2.0, 2.0, 0.0]], &device);
    // mean|g| = 2, so g/mean|g| = [2, -1, 1, 0]; half of it moves the code to [2, -0.3, 2.9, 0.5];
    // clipped to [0, 2.5] that is [2, 0, 2.5, 0.5], and decay makes it [1.8, 0, 2.25, 0.45].
    let (moved, magnitude) = update.apply(code, gradient, None);
    assert_eq!(floats(magnitude), [2.0]);
    let wanted = [1.8, 0.0, 2.25, 0.45];
    assert!(floats(moved).iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn a_clipped_code_never_leaves_its_bounds() {
    let (manifest, model) = shipped();
    let upper: Vec<f32> = model.statistics.mean.iter().zip(&model.statistics.std).map(|(m, s)| m + 3.0 * s).collect();
    let mut spec = RunSpec { steps: 8, ..default_run(&manifest) };
    spec.schedule.start = 50.0;
    let mut ascent = Ascent::begin(model.clone(), std::slice::from_ref(&spec)).unwrap();
    for _ in 0..4 {
        ascent.step();
        let code = floats(ascent.code());
        assert!(code.iter().zip(&upper).all(|(&y, &upper)| (0.0..=upper).contains(&y)));
    }
    // The test can fail: without clipping the same steps leave the bounds.
    let mut free = Ascent::begin(model, &[RunSpec { bound: None, ..spec }]).unwrap();
    free.step();
    let code = floats(free.code());
    assert!(code.iter().zip(&upper).any(|(&y, &upper)| !(0.0..=upper).contains(&y)));
}

#[test]
fn without_a_prior_the_pixels_climb_and_stay_pixels() {
    let (manifest, model) = shipped();
    let unit = Unit::new("fc", 0);
    let spec = RunSpec { steps: 8, ..RunSpec::with_prior(&manifest, unit, Prior::NONE) };
    spec.validate(&manifest).unwrap();
    let mut ascent = Ascent::begin(model, std::slice::from_ref(&spec)).unwrap();
    let begun = floats(ascent.code());
    assert_eq!(begun.len(), 3 * 64 * 64);
    let seen: Vec<_> = (0..8).map(|_| ascent.step()).collect();
    assert_eq!(floats(seen[0].images.clone()), begun, "what is climbed is the image");
    let activations: Vec<f32> = seen.iter().flat_map(|step| floats(step.activations.clone())).collect();
    assert!(activations[7] > activations[0] + 10.0, "{activations:?}");
    let pixels = floats(ascent.code());
    assert!(pixels.iter().all(|x| (-1.0..=1.0).contains(x)) && pixels.contains(&1.0), "clipped, and some at the edge");
    for start in [Start::Mean, Start::NearMean] {
        assert_eq!(RunSpec { start, ..spec.clone() }.validate(&manifest), Err(SpecError::NoMean));
    }
}

#[test]
fn decay_alone_shrinks_the_code_by_its_factor() {
    let device = Device::flex();
    let statistics = Statistics { mean: vec![1.0, 1.0], std: vec![1.0, 1.0] };
    let bounds = Bounds::new(&statistics, Some(3.0), &device);
    let update = Update { rate: 0.0, decay: 0.5, bounds: &bounds };
    let mut code = Tensor::from_floats([[2.0, 4.0]], &device);
    for _ in 0..3 {
        code = update.apply(code, Tensor::from_floats([[1.0, 1.0]], &device), None).0;
    }
    assert_eq!(floats(code), [0.25, 0.5]);
}

#[test]
fn a_zero_or_undefined_gradient_leaves_the_code_alone() {
    let device = Device::flex();
    let statistics = Statistics { mean: vec![1.0, 1.0], std: vec![1.0, 1.0] };
    let bounds = Bounds::new(&statistics, Some(3.0), &device);
    let update = Update { rate: 0.5, decay: 0.5, bounds: &bounds };
    let code = Tensor::from_floats([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [1.0, 2.0]], &device);
    let gradient = Tensor::from_floats([[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 1.0], [1.0, 1.0]], &device);
    let (moved, magnitude) = update.apply(code, gradient, None);
    assert_eq!(floats(moved), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 0.75, 1.25]);
    let magnitude = floats(magnitude);
    assert!(magnitude[0] == 0.0 && magnitude[1].is_nan() && magnitude[2].is_infinite());
}

#[test]
fn a_run_without_a_way_up_stops_with_a_sentence() {
    let (manifest, model) = shipped();
    // The zero code draws one fixed picture, and clipping at a tiny bound with a gradient of 0 is hard to come by with
    // real networks; a unit whose two weights cancel has a gradient of exactly 0 everywhere.
    let units = vec![Unit::new("fc", 3), Unit { weight: -1.0, ..Unit::new("fc", 3) }];
    let mut session = Session::begin(&manifest, model, &[RunSpec { units, ..default_run(&manifest) }]).unwrap();
    let step = pollster::block_on(session.step()).unwrap();
    assert_eq!(step.problems, [Some(EngineError::NoGradient { step: 1 })]);
    assert_eq!(step.pictures.len(), 1);
}

#[test]
fn a_batch_climbs_as_its_runs_climb_alone() {
    let (manifest, model) = shipped();
    let run = |unit, seed| RunSpec { units: vec![Unit::new("fc", unit)], seed, steps: 4, ..default_run(&manifest) };
    let specs = [run(0, 0), run(145, 3), run(77, 1)];
    let climb = |specs: &[RunSpec]| {
        let mut ascent = Ascent::begin(model.clone(), specs).unwrap();
        (0..3).map(|_| floats(ascent.step().activations)).collect::<Vec<_>>()
    };
    let together = climb(&specs);
    for (run, spec) in specs.iter().enumerate() {
        let alone = climb(std::slice::from_ref(spec)).concat();
        let batched: Vec<f32> = together.iter().map(|step| step[run]).collect();
        assert!(relative_error(&batched, &alone) < 1e-2, "{alone:?} alone, {batched:?} in a batch");
    }
}

#[test]
fn runs_of_different_length_cannot_share_a_batch() {
    let (manifest, model) = shipped();
    let run = default_run(&manifest);
    let other = RunSpec { steps: run.steps + 1, ..run.clone() };
    assert!(Ascent::begin(Rc::clone(&model), &[run, other]).is_err());
    assert!(Ascent::begin(model, &[]).is_err());
}

#[test]
fn a_session_steps_different_runs_side_by_side_in_their_order() {
    let (manifest, model) = shipped();
    let run = |prior: &str, seed| {
        let prior = prior.parse().unwrap();
        RunSpec { seed, steps: 3, ..RunSpec::with_prior(&manifest, Unit::new("fc", 145), prior) }
    };
    let specs = [run("generator", 0), run("none", 0), run("generator", 5), run("tv,jitter", 0)];
    let climb = |specs: &[RunSpec]| {
        let mut session = Session::begin(&manifest, model.clone(), specs).unwrap();
        let mut step = || pollster::block_on(session.step()).unwrap();
        (step(), step()).1
    };
    let together = climb(&specs);
    assert_eq!((together.number, together.pictures.len(), together.problems.len()), (2, 4, 4));
    for (spec, picture) in specs.iter().zip(&together.pictures) {
        let alone = climb(std::slice::from_ref(spec)).pictures.remove(0);
        assert!((picture.activation - alone.activation).abs() < 0.02 * (1.0 + alone.activation.abs()));
        let difference = picture.rgba.iter().zip(&alone.rgba).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(difference <= 3, "{:?} differs by {difference}", spec.prior);
    }
    let longer = RunSpec { steps: 4, ..specs[0].clone() };
    assert_eq!(Session::begin(&manifest, model.clone(), &[specs[0].clone(), longer]).err(), Some(EngineError::Steps));
    assert!(Session::begin(&manifest, model.clone(), &[]).is_err());
    let other = RunSpec { classifier: "other".into(), ..specs[0].clone() };
    assert_eq!(Ascent::begin(model, &[other]).err(), Some(BatchError::OtherClassifier));
}

#[test]
fn any_step_of_a_session_can_be_its_result() {
    let (manifest, model) = shipped();
    let compare = vec!["none".parse().unwrap(), "random-code".parse().unwrap()];
    let spec = RunSpec { seeds: 4, ..default_run(&manifest) };
    for spec in [spec.clone(), RunSpec { compare, seeds: 1, ..spec }] {
        let mut session = Session::begin(&manifest, model.clone(), std::slice::from_ref(&spec)).unwrap();
        assert!(session.drawn(1).is_none());
        let mut codes = Vec::new();
        for _ in 0..4 {
            codes.push(floats(session.last()));
            pollster::block_on(session.step()).unwrap();
        }
        // What drew a step is what there was before it moved.
        for (step, code) in (1..).zip(&codes) {
            let (kept, drawn) = session.drawn(step).unwrap();
            assert_eq!((kept, drawn.dims()[0], &floats(drawn)), (step, spec.seeds as usize, code));
        }
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(session.drawn(99).unwrap().0, 4);
    }
}

/// Whoever computes steps without Burn: its pictures are one pixel, and its codes count.
#[derive(Debug)]
struct Counter {
    /// A number for each run.
    runs: Vec<f32>,
    taken: u32,
    steps: u32,
    /// The step in which the device fails.
    fails: u32,
}

impl Climb for Counter {
    fn steps(&mut self, _: u32) -> Reading<'_, Vec<Taken>> {
        Box::pin(async move {
            let codes = self.codes();
            self.taken += 1;
            if self.taken == self.fails {
                return Err(Unread { reason: "gone".into() });
            }
            let seen = self.runs.iter().map(|&run| Seen {
                width: 1,
                height: 1,
                image: Some(if run < 2.0 {
                    Drawn::Rgba(vec![run as u8, 2, 3, 255])
                } else {
                    Drawn::Planes(vec![-1.0, 0.0, 1.0])
                }),
                activation: run + self.taken as f32,
                logits: vec![0.0, run, 9.0],
                // The run that counts from 1 has no way on behind its second step, that from 2 never.
                gradient: [1.0, if self.taken > 1 { 0.0 } else { 1.0 }, f32::NAN][run as usize],
            });
            Ok(vec![Taken { codes, seen: seen.collect() }])
        })
    }

    fn codes(&self) -> Tensor<2> {
        let codes: Vec<f32> = self.runs.iter().flat_map(|run| [*run, self.taken as f32]).collect();
        Tensor::<1>::from_floats(codes.as_slice(), &Device::flex()).reshape([self.runs.len(), 2])
    }

    fn taken(&self) -> u32 {
        self.taken
    }

    fn is_done(&self) -> bool {
        self.taken >= self.steps
    }
}

/// What a run needs of whoever computes it is [`Climb`] and nothing else.
#[test]
fn a_session_steps_keeps_and_reads_what_somebody_else_computes() {
    let (manifest, model) = shipped();
    let compare = vec!["none".parse().unwrap()];
    let compared = RunSpec { compare, steps: 3, ..default_run(&manifest) };
    let seeds = RunSpec { seeds: 4, steps: 3, ..default_run(&manifest) };
    let begin = |spec: &RunSpec, fails| {
        let mut batches = 0.0;
        Session::begin_with(&manifest, std::slice::from_ref(spec), |lanes| {
            assert!(lanes.windows(2).all(|pair| pair[0].shares_batch(&pair[1])));
            let runs = (0..lanes.len()).map(|lane| if lanes.len() > 1 { (lane % 3) as f32 } else { batches }).collect();
            batches += 1.0;
            Ok(Box::new(Counter { runs, taken: 0, steps: lanes[0].steps, fails }))
        })
    };
    // Four seeds are one batch.
    let mut session = begin(&seeds, 0).unwrap();
    let steps: Vec<_> = (0..3).map(|_| pollster::block_on(session.step()).unwrap()).collect();
    assert!(session.is_done() && session.taken() == 3);
    let activations = |step: usize| steps[step].pictures.iter().map(|picture| picture.activation).collect::<Vec<_>>();
    assert_eq!((activations(0), activations(2)), (vec![1.0, 2.0, 3.0, 1.0], vec![3.0, 4.0, 5.0, 3.0]));
    let pixels: Vec<_> = steps[0].pictures.iter().map(|picture| picture.rgba.clone()).collect();
    assert_eq!(pixels, [[0, 2, 3, 255], [1, 2, 3, 255], [0, 128, 255, 255], [0, 2, 3, 255]]);
    assert_eq!(steps[0].pictures[1].top[0].class, 2);
    let never = |step| Some(EngineError::NotANumber { step });
    assert_eq!(steps[0].problems, [None, None, never(1), None]);
    assert_eq!(steps[1].problems, [None, Some(EngineError::NoGradient { step: 2 }), never(2), None]);
    // What drew each step, read back as a person saves it.
    let (kept, codes) = session.drawn(2).unwrap();
    let rows = pollster::block_on(session::rows(codes)).unwrap();
    assert_eq!((kept, rows), (2, [0.0, 1.0, 2.0, 0.0].map(|run| vec![run, 1.0]).to_vec()));
    // Of runs side by side in batches of their own the run's own row is the result.
    let mut session = begin(&compared, 0).unwrap();
    assert_eq!(pollster::block_on(session.step()).unwrap().pictures.len(), 2);
    assert_eq!(floats(session.last()), [1.0, 1.0]);
    // A run goes on from what somebody else computed, where its length is that of a code.
    let given = Given { image: None, last: Some(session.last()) };
    let last = RunSpec { start: Start::Last, ..default_run(&manifest) };
    let other = Ascent::begin_from(model.clone(), std::slice::from_ref(&last), &given).err();
    assert_eq!(other, Some(BatchError::OtherLast));
    let given = Given { image: None, last: Some(Tensor::zeros([0, 512], &Device::flex())) };
    assert_eq!(Ascent::begin_from(model, &[last], &given).err(), Some(BatchError::NoLast));
    // Its device fails.
    let mut session = begin(&seeds, 2).unwrap();
    assert!(pollster::block_on(session.step()).is_ok());
    assert_eq!(pollster::block_on(session.step()).unwrap_err(), EngineError::Readback { reason: "gone".into() });
}

/// Tens of gigabytes: refused before anything is computed, with the numbers.
#[test]
fn runs_that_need_more_memory_than_there_may_be_do_not_begin() {
    let (manifest, model) = shipped();
    let run = |seed| RunSpec { seed, ..default_run(&manifest) };
    let many: Vec<RunSpec> = (0..10_000).map(run).collect();
    match Session::begin(&manifest, model, &many).err() {
        Some(EngineError::Batch(BatchError::Memory { needed, most })) => {
            assert_eq!((needed, most), (memory::need(&manifest, &many).runs(), memory::MOST_BYTES));
            assert!(needed > 45 << 30);
        }
        other => panic!("{other:?}"),
    }
}

/// A judge that climbs itself or is the encoder is not loaded again, and the one that was loaded to judge serves runs.
#[test]
fn a_judge_and_an_encoder_share_their_network() {
    let folder = dgn::pack::disk::Folder::new(common::root().join("weights/caffenet-64"));
    let manifest = pollster::block_on(dgn::pack::load_manifest(&folder)).unwrap();
    let model = |name: &str| {
        let entry = manifest.entry(name).unwrap();
        let files = dgn::pack::Files::load(&folder, &manifest, entry, |_| {});
        let files = pollster::block_on(files).unwrap();
        Rc::new(dgn::engine::model(&manifest, entry, &files, &Device::flex()).unwrap())
    };
    // Nothing is read any more: a folder without files.
    let nowhere = dgn::pack::disk::Folder::new(common::root().join("src"));
    let judge = |source, models: &mut Vec<Rc<Model>>| {
        let entry = Judge::entry(&manifest, &models[0].name).unwrap();
        pollster::block_on(Judge::of(source, &manifest, entry, models)).map(Option::unwrap)
    };
    // The encoder, CaffeNet, is there first and then judges.
    assert_eq!(manifest.generator.encoder, "caffenet");
    let mut models = vec![model("resnet18")];
    assert!(judge(&nowhere, &mut models).is_err());
    let encodes = RunSpec { epsilon1: 0.5, classifier: "resnet18".into(), ..default_run(&manifest) };
    pollster::block_on(prepare(&folder, &manifest, &mut models, std::slice::from_ref(&encodes))).unwrap();
    assert_eq!(judge(&nowhere, &mut models).unwrap().name, "caffenet");
    let encoder = &models[0].encoder.get().unwrap().classifier;
    assert!(Rc::ptr_eq(encoder, &models[1].classifier) && models.len() == 2);
    // It judges first, and is the encoder then, and a rival's classifier.
    let mut models = vec![model("resnet18")];
    judge(&folder, &mut models).unwrap();
    let rival = vec!["classifier/caffenet/fc8:1".parse().unwrap()];
    let compared = RunSpec { compare: rival, ..encodes };
    pollster::block_on(prepare(&nowhere, &manifest, &mut models, &[compared])).unwrap();
    assert!(Rc::ptr_eq(&models[0].encoder.get().unwrap().classifier, &models[1].classifier) && models.len() == 2);
}

#[test]
fn a_gallery_draws_in_the_order_it_was_last_given_and_nothing_twice() {
    let (manifest, model) = shipped();
    let run = |unit| RunSpec { steps: 1, ..RunSpec { units: vec![Unit::new("fc", unit)], ..default_run(&manifest) } };
    let mut gallery = Gallery::default();
    let advance = |gallery: &mut Gallery| -> Vec<usize> {
        let tiles = pollster::block_on(gallery.advance(&Compiler::processor(), &manifest, &model, || 0.0)).unwrap();
        let unit = |tile| if let Event::Tile { unit, gallery: 2, .. } = tile { Some(unit.index) } else { None };
        tiles.into_iter().filter_map(unit).collect()
    };
    assert!(gallery.is_done() && advance(&mut gallery).is_empty());
    let long = |unit| RunSpec { steps: 2, ..run(unit) };
    gallery.order(1, (0..20).map(long).collect());
    assert!(advance(&mut gallery).is_empty(), "a batch is on its way after its first step");
    // Another order: what is on its way is finished and not drawn again, then comes what is asked for now.
    gallery.order(2, (0..20).rev().map(long).collect());
    let mut drawn = Vec::new();
    while !gallery.is_done() {
        drawn.extend(advance(&mut gallery));
    }
    assert_eq!(drawn, (0..8).chain((8..20).rev()).collect::<Vec<_>>());
    // Sketches and longer runs in one order: each batch is of one kind.
    gallery.order(2, vec![run(3), run(4), long(3), long(4), run(5)]);
    let mut batches = Vec::new();
    while !gallery.is_done() {
        batches.push(advance(&mut gallery));
    }
    assert_eq!(batches, [vec![3, 4], vec![], vec![3, 4], vec![5]]);
    gallery.order(2, vec![long(3)]);
    advance(&mut gallery);
    gallery.order(3, Vec::new());
    assert!(gallery.is_done());
}

#[test]
fn ppgns_terms_pull_the_code_towards_its_pictures_own_code_and_stir_it() {
    let (manifest, model) = shipped();
    let folder = dgn::pack::disk::Folder::new(common::root().join("weights/tiny-imagenet-64"));
    let spec = RunSpec { steps: 3, epsilon1: 0.5, ..default_run(&manifest) };
    assert_eq!(Ascent::begin(model.clone(), std::slice::from_ref(&spec)).err(), Some(BatchError::NoEncoder));
    pollster::block_on(prepare(&folder, &manifest, &mut vec![model.clone()], std::slice::from_ref(&spec))).unwrap();

    // The pull stands beside the gradient that is brought to mean magnitude 1.
    let mut ascent = Ascent::begin(model.clone(), std::slice::from_ref(&spec)).unwrap();
    let code = ascent.code();
    let gradient = gradient(&model, &spec.units, &floats(code.clone()));
    let magnitude = gradient.iter().map(|g| g.abs()).sum::<f32>() / gradient.len() as f32;
    let seen = ascent.step();
    let own = model.encoder.get().unwrap().encode(seen.images);
    let pull = floats(own - code.clone());
    let defaults = &manifest.defaults;
    let bounds = Bounds::new(&model.statistics, defaults.bound, &Device::flex());
    assert!(pull.iter().any(|p| p.abs() > 0.1), "there is something to pull");
    let direction = gradient.iter().zip(&pull).map(|(g, p)| g / magnitude + 0.5 * p);
    let wanted: Vec<f32> =
        floats(code.clone()).iter().zip(direction).map(|(y, d)| y + defaults.schedule.start * d).collect();
    let wanted = bounds.clip(Tensor::<1>::from_floats(wanted.as_slice(), &Device::flex()).unsqueeze()) * defaults.decay;
    assert!(relative_error(&floats(ascent.code()), &floats(wanted)) < 1e-3);

    // Noise: the same for a seed, another for another, and of the standard deviation that is asked for.
    let run = |seed, epsilon3| RunSpec { seed, epsilon3, start: Start::Mean, steps: 3, ..default_run(&manifest) };
    let after = |spec: RunSpec| {
        let mut ascent = Ascent::begin(model.clone(), &[spec]).unwrap();
        ascent.step();
        floats(ascent.code())
    };
    assert_eq!(after(run(1, 0.5)), after(run(1, 0.5)));
    assert_ne!(after(run(1, 0.5)), after(run(2, 0.5)));
    assert_eq!(after(run(1, 0.0)), after(run(2, 0.0)));
    let values = noise(7, 3, 20_000);
    let variance = values.iter().map(|x| x * x).sum::<f32>() / values.len() as f32;
    assert!((variance - 1.0).abs() < 0.05 && values.iter().sum::<f32>().abs() / 2e4 < 0.03);
    assert_ne!(values[..9], noise(7, 4, 9));
}

/// What the classifier sees is moved, and what is shown is not.
#[test]
fn jitter_moves_what_the_networks_see() {
    let (manifest, model) = shipped();
    let run = |seed, jitter| {
        let spec = RunSpec { seed, jitter, start: Start::Mean, steps: 3, ..default_run(&manifest) };
        let mut ascent = Ascent::begin(model.clone(), &[spec]).unwrap();
        let seen = ascent.step();
        (seen.images, floats(seen.logits), floats(ascent.code()))
    };
    let (still, _, held) = run(1, 0);
    let (images, logits, moved) = run(1, 8);
    assert_eq!(floats(images.clone()), floats(still));
    let offset = dgn::ascent::priors::offsets(1, 0, 8);
    assert!(offset != [0, 0] && offset.iter().all(|way| way.abs() <= 8));
    let shifted = model.normalisation.apply(dgn::ascent::priors::shift(images, &[offset]));
    assert!(relative_error(&logits, &floats(model.classifier.forward(shifted, &[]).logits)) < 1e-5);
    // And rescaled, behind that.
    let spec = RunSpec { seed: 1, jitter: 8, rescale: 0.2, start: Start::Mean, steps: 3, ..default_run(&manifest) };
    let seen = Ascent::begin(model.clone(), &[spec]).unwrap().step();
    let shifted = dgn::ascent::priors::shift(seen.images, &[offset]);
    let rescaled = model.normalisation.apply(rescaled(shifted, &[factor(1, 0, 0.2)]));
    let wanted = floats(model.classifier.forward(rescaled, &[]).logits);
    assert!(relative_error(&floats(seen.logits.clone()), &wanted) < 1e-5);
    assert!(relative_error(&floats(seen.logits), &logits) > 1e-2, "it makes a difference");
    assert_ne!(moved, held);
    assert_ne!(moved, run(2, 8).2);
    assert_eq!(moved, run(1, 8).2);
}

#[test]
fn a_run_begins_where_it_is_told_to() {
    let (manifest, model) = shipped();
    let folder = dgn::pack::disk::Folder::new(common::root().join("weights/tiny-imagenet-64"));
    let image: Vec<f32> = (0..3 * 64 * 64).map(|i| ((i % 4096) as f32 / 2048.0 - 1.0) * 0.9).collect();
    let given = Given { image: Some(image.clone()), last: None };
    let run = |prior: Prior, start| RunSpec {
        start,
        steps: 3,
        ..RunSpec::with_prior(&manifest, manifest.defaults().unit.clone(), prior)
    };
    let begin = |spec: &RunSpec, given: &Given| Ascent::begin_from(model.clone(), std::slice::from_ref(spec), given);

    // An image: the pixels themselves, or their code.
    let pixels = run(Prior::NONE, Start::Image);
    let mut ascent = begin(&pixels, &given).unwrap();
    assert_eq!(floats(ascent.step().images), image);
    let code = run(Prior::Generator, Start::Image);
    assert_eq!(begin(&code, &given).err(), Some(BatchError::NoEncoder));
    pollster::block_on(prepare(&folder, &manifest, &mut vec![model.clone()], std::slice::from_ref(&code))).unwrap();
    let encoder = model.encoder.get().unwrap();
    let encoded = encoder.encode(Tensor::<1>::from_floats(image.as_slice(), &Device::flex()).reshape([1, 3, 64, 64]));
    assert_eq!(floats(begin(&code, &given).unwrap().code()), floats(encoded));
    for given in [Given::default(), Given { image: Some(vec![0.0; 12]), last: None }] {
        assert_eq!(begin(&pixels, &given).err(), Some(BatchError::NoImage));
    }

    // The last result, each run its own.
    let mut before = Ascent::begin(
        model.clone(),
        &[run(Prior::Generator, Start::Noise), RunSpec { seed: 1, ..run(Prior::Generator, Start::Noise) }],
    )
    .unwrap();
    before.step();
    let given = Given { image: None, last: Some(before.code()) };
    let again = run(Prior::Generator, Start::Last);
    let seeds: Vec<_> = (0..3).map(|seed| RunSpec { seed, ..again.clone() }).collect();
    let after = floats(Ascent::begin_from(model.clone(), &seeds, &given).unwrap().code());
    let ends = floats(before.code());
    assert_eq!(after, [ends.clone(), ends[..512].to_vec()].concat());
    assert_eq!(begin(&again, &Given::default()).err(), Some(BatchError::NoLast));
    assert_eq!(begin(&run(Prior::NONE, Start::Last), &given).err(), Some(BatchError::OtherLast));

    // Of a run that is compared it is the run's own, even beside one that it shares a batch with.
    let compare = vec!["classifier/resnet18/fc:9".parse().unwrap(), "none".parse().unwrap()];
    let compared = RunSpec { compare, ..run(Prior::Generator, Start::Noise) };
    let end = |spec: &RunSpec| {
        let mut session = Session::begin(&manifest, model.clone(), std::slice::from_ref(spec)).unwrap();
        pollster::block_on(session.step()).unwrap();
        session.last()
    };
    let (alone, beside) = (end(&run(Prior::Generator, Start::Noise)), end(&compared));
    assert_eq!(beside.dims(), [1, 512]);
    assert!(relative_error(&floats(beside), &floats(alone)) < 1e-3);

    // This pack knows no mean images.
    let mean = run(Prior::NONE, Start::MeanImage);
    assert!(matches!(mean.validate(&manifest), Err(SpecError::NoNatural { .. })));
    assert_eq!(begin(&mean, &Given::default()).err(), Some(BatchError::NoNatural));
}

#[test]
fn the_same_run_gives_the_same_picture_and_another_seed_another() {
    let (manifest, model) = shipped();
    let draw = |seed| {
        let spec = RunSpec { seed, steps: 3, ..default_run(&manifest) };
        let mut session = Session::begin(&manifest, model.clone(), &[spec]).unwrap();
        let mut step = || pollster::block_on(session.step()).unwrap();
        step();
        step().pictures.remove(0).rgba
    };
    assert_eq!(draw(0), draw(0));
    assert_ne!(draw(0), draw(1));
}

#[test]
fn a_random_code_stays_as_it_is_while_the_run_beside_it_climbs() {
    let (manifest, model) = shipped();
    let compare = vec!["random-code".parse().unwrap()];
    let spec = RunSpec { compare, steps: 3, ..default_run(&manifest) };
    let mut session = Session::begin(&manifest, model, &[spec]).unwrap();
    let steps: Vec<_> = (0..3).map(|_| pollster::block_on(session.step()).unwrap().pictures).collect();
    assert_eq!(steps[0].len(), 2);
    assert_eq!(steps[0][0].rgba, steps[0][1].rgba, "both begin with the same noise");
    let changed = |lane: usize| steps[0][lane].rgba != steps[2][lane].rgba;
    assert_eq!([changed(0), changed(1)], [false, true]);
}

#[test]
fn the_default_run_lifts_the_default_neuron_by_more_than_ten() {
    let (manifest, model) = shipped();
    assert_eq!(manifest.default_classifier(), "resnet18");
    let mut session = Session::begin(&manifest, model, &[default_run(&manifest)]).unwrap();
    let mut climb = Vec::new();
    let mut last = None;
    while !session.is_done() {
        let mut step = pollster::block_on(session.step()).unwrap();
        climb.push(step.pictures[0].activation);
        last = step.pictures.pop();
    }
    assert!(climb[climb.len() - 1] - climb[0] > 10.0, "{climb:?}");
    assert_eq!(last.unwrap().top[0].class as usize, manifest.defaults.unit.index);
}

/// Rounding in another order grows in a climb until the picture is another; so alone and in a batch there is one order.
#[test]
fn a_run_is_the_same_bit_for_bit_alone_and_in_a_batch() {
    for (pack, steps) in [("caffenet-64", 20), ("imagenet-128", 8)] {
        let folder = dgn::pack::disk::Folder::new(common::root().join("weights").join(pack));
        let manifest = pollster::block_on(dgn::pack::load_manifest(&folder)).unwrap();
        let entry = &manifest.classifiers[0];
        let files = pollster::block_on(dgn::pack::Files::load(&folder, &manifest, entry, |_| {})).unwrap();
        let mut models = vec![Rc::new(dgn::engine::model(&manifest, entry, &files, &Device::flex()).unwrap())];
        let run = |index| RunSpec { units: vec![Unit::new("fc8", index)], steps, ..default_run(&manifest) };
        let runs: Vec<RunSpec> = (0..200).step_by(40).map(run).collect();
        pollster::block_on(prepare(&folder, &manifest, &mut models, &runs)).unwrap();
        let climbed = |runs: &[RunSpec]| {
            let mut session = Session::begin_from(&manifest, &models, runs, &Given::default()).unwrap();
            let mut steps = Vec::new();
            while !session.is_done() {
                steps.push(pollster::block_on(session.step()).unwrap().pictures);
            }
            steps
        };
        let together = climbed(&runs);
        for (place, run) in runs.iter().enumerate() {
            let alone = climbed(std::slice::from_ref(run));
            for (number, (alone, together)) in alone.iter().zip(&together).enumerate() {
                assert_eq!(alone[0], together[place], "{pack}, {}, step {}", run.units[0], number + 1);
            }
            assert_ne!(alone[0], alone[alone.len() - 1], "it climbs");
        }
    }
}
