//! Whole runs, compiled, beside Burn's.

use std::rc::Rc;

use burn::tensor::Device;
use dgn::{
    ascent::Given,
    engine::{
        self, Compiler, Model, Session, Step,
        protocol::{Steps, Uncompiled},
    },
    pack::{self, Files, disk::Folder, manifest::Manifest},
    spec::{Position, Prior, RunSpec, Start, Unit},
};

use super::common::{default_run, root};

/// A pack with its networks on a device, all that the specs need included.
fn models(pack: &str, device: &Device, specs: &[RunSpec]) -> (Manifest, Vec<Rc<Model>>) {
    let folder = Folder::new(root().join("weights").join(pack));
    let manifest = pollster::block_on(pack::load_manifest(&folder)).unwrap();
    let entry = manifest.entry(&specs[0].classifier).unwrap();
    let files = pollster::block_on(Files::load(&folder, &manifest, entry, |_| {})).unwrap();
    let mut models = vec![Rc::new(engine::model(&manifest, entry, &files, device).unwrap())];
    pollster::block_on(engine::prepare(&folder, &manifest, &mut models, specs)).unwrap();
    (manifest, models)
}

/// A graphics device and the processor, each with whoever compiles for it.
fn compilers() -> [(Device, Compiler); 2] {
    let graphics = pollster::block_on(engine::device::graphics()).unwrap().0;
    let on_graphics = (graphics.device().clone(), Compiler::Graphics(Box::new(graphics)));
    [on_graphics, (Device::flex(), Compiler::processor())]
}

fn begin(compiler: &Compiler, manifest: &Manifest, models: &[Rc<Model>], specs: &[RunSpec], given: &Given) -> Session {
    pollster::block_on(Session::begin_on(Some(compiler), manifest, models, specs, given)).unwrap()
}

fn taken(mut session: Session) -> (Vec<Step>, Session) {
    let mut steps = Vec::new();
    while !session.is_done() {
        steps.push(pollster::block_on(session.step()).unwrap());
    }
    (steps, session)
}

fn manifest(pack: &str) -> Manifest {
    pollster::block_on(pack::load_manifest(&Folder::new(root().join("weights").join(pack)))).unwrap()
}

fn codes(session: &Session) -> Vec<f32> {
    pollster::block_on(engine::session::rows(session.last())).unwrap().concat()
}

/// The pictures of two runs differ by so many of 255 at most, in the mean; and everything else by little.
fn assert_alike(found: &[Step], wanted: &[Step], mean: f32) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert_eq!(
            (found.number, found.halved, found.pictures.len()),
            (wanted.number, wanted.halved, wanted.pictures.len())
        );
        assert_eq!(found.problems, wanted.problems);
        for (found, wanted) in found.pictures.iter().zip(&wanted.pictures) {
            assert_eq!((found.width, found.height), (wanted.width, wanted.height));
            let apart = found.rgba.iter().zip(&wanted.rgba).map(|(a, b)| f32::from(a.abs_diff(*b))).sum::<f32>();
            let apart = apart / found.rgba.len() as f32;
            assert!(apart <= mean, "pictures by {apart} of 255");
            let far = (found.activation - wanted.activation).abs();
            assert!(far < 0.02 * wanted.activation.abs().max(1.0), "{} {}", found.activation, wanted.activation);
            assert_eq!(found.top[0].class, wanted.top[0].class);
        }
    }
}

/// Everything that a run can have at once, on the smallest pack: several units and layers, a hidden unit's mean, moves, rescaling,
/// PPGN's terms, and several runs in one batch.
#[test]
fn a_run_is_that_of_burn() {
    let pack = "fashion-mnist-28";
    let own = manifest(pack);
    let run = |seed, start| RunSpec {
        seed,
        start,
        steps: 4,
        jitter: 5,
        rescale: 0.3,
        epsilon1: 0.5,
        epsilon3: 0.05,
        units: vec![
            Unit::new("fc5", seed as usize),
            Unit { position: Position::Mean, weight: -0.3, ..Unit::new("conv3", 9) },
            Unit { position: Position::At { row: 1, column: 0 }, weight: 0.2, ..Unit::new("conv3", 20) },
        ],
        ..default_run(&own)
    };
    let specs = [run(3, Start::NearMean), run(4, Start::Noise), run(5, Start::Mean)];
    let (manifest, on_flex) = models(pack, &Device::flex(), &specs);
    let given = Given::default();
    let (wanted, on_burn) = taken(Session::begin_from(&manifest, &on_flex, &specs, &given).unwrap());
    assert_eq!(on_burn.computed(), None);
    for (device, compiler) in compilers() {
        let (manifest, models) = models(pack, &device, &specs);
        let (found, session) = taken(begin(&compiler, &manifest, &models, &specs, &given));
        assert_eq!(session.computed(), Some(&Steps::Compiled));
        assert_alike(&found, &wanted, 2.0);
        let far = codes(&session).iter().zip(codes(&on_burn)).fold(0.0_f32, |far, (a, b)| far.max((a - b).abs()));
        assert!(far < 0.2, "codes by {far}");

        // Once more, with what is there already, and beside another run like it.
        let mut beside = begin(&compiler, &manifest, &models, &specs, &given);
        pollster::block_on(beside.step()).unwrap();
        let (again, last) = taken(begin(&compiler, &manifest, &models, &specs, &given));
        let (rest, _) = taken(beside);
        let pictures = |steps: &[Step]| steps.iter().map(|step| step.pictures.clone()).collect::<Vec<_>>();
        assert_eq!(pictures(&again), pictures(&found), "bit for bit");
        assert_eq!(pictures(&rest), pictures(&found[1..]), "bit for bit");

        // Steps that are taken together, of which only the last one's pictures are read.
        for most in [2, 3] {
            let mut together = begin(&compiler, &manifest, &models, &specs, &given);
            let (mut next, mut ahead) = (0, false);
            while !together.is_done() {
                let step = pollster::block_on(together.advance(most)).unwrap();
                ahead |= together.is_ahead();
                let activations = |step: &Step| step.pictures.iter().map(|picture| picture.activation).collect();
                let before: Vec<Vec<f32>> = found[next..step.number as usize - 1].iter().map(activations).collect();
                next = step.number as usize;
                assert_eq!((step.activations, &step.pictures), (before, &found[next - 1].pictures), "bit for bit");
            }
            // The first by itself, then two: so every second one has a picture, whose step a trail keeps.
            assert_eq!((next, ahead), (4, compiler.is_graphics()));
            for number in 1..=4 {
                let rows = |session: &Session| {
                    let (kept, codes) = session.drawn(number).unwrap();
                    (kept, pollster::block_on(engine::session::rows(codes)).unwrap())
                };
                assert_eq!(rows(&together), rows(&last), "step {number}");
            }
            assert_eq!(codes(&together), codes(&last), "bit for bit");
        }

        // What it came to is what another begins with.
        let on = RunSpec { start: Start::Last, ..specs[1].clone() };
        let given = Given { last: Some(last.last().narrow(0, 1, 1)), image: None };
        let (after, _) = taken(begin(&compiler, &manifest, &models, std::slice::from_ref(&on), &given));
        assert!(after[0].pictures[0].activation > found[0].pictures[1].activation);
    }
}

#[test]
fn the_default_run_is_that_of_burn() {
    let pack = "imagenet-128";
    let own = manifest(pack);
    // With the encoder as the classifier, and beside it.
    let lite1 = own.entry("efficientnet-lite1").unwrap();
    let unit = Unit::new(lite1.output().unwrap().name.clone(), 207);
    let other = RunSpec { classifier: lite1.name.clone(), units: vec![unit], ..default_run(&own) };
    let compilers = compilers();
    // What rounding moves across a bend grows from step to step: on EfficientNet-Lite1 it is 4 to 12 of 255 in the third.
    for (steps, spec) in [(2, default_run(&own)), (2, other)] {
        let specs = [RunSpec { steps, ..spec }];
        let (manifest, on_flex) = models(pack, &Device::flex(), &specs);
        let (wanted, _) = taken(Session::begin_from(&manifest, &on_flex, &specs, &Given::default()).unwrap());
        for (device, compiler) in &compilers {
            let (manifest, models) = models(pack, device, &specs);
            let (found, session) = taken(begin(compiler, &manifest, &models, &specs, &Given::default()));
            assert_eq!(session.computed(), Some(&Steps::Compiled));
            assert_alike(&found, &wanted, 0.5);
        }
    }
}

/// Whoever is computed beside a run changes nothing of it.
#[test]
fn on_the_processor_a_run_is_the_same_alone_and_with_others() {
    for pack in ["fashion-mnist-28", "imagenet-128"] {
        let own = manifest(pack);
        let run = |seed| RunSpec { seed, steps: 3, epsilon3: 0.01, ..default_run(&own) };
        let specs = [run(1), run(2), run(3), run(4), run(5)];
        let (manifest, models) = models(pack, &Device::flex(), &specs);
        let compiler = Compiler::processor();
        let pictures = |specs: &[RunSpec]| {
            let (steps, session) = taken(begin(&compiler, &manifest, &models, specs, &Given::default()));
            assert_eq!(session.computed(), Some(&Steps::Compiled));
            steps.into_iter().flat_map(|step| step.pictures).collect::<Vec<_>>()
        };
        let together = pictures(&specs);
        let alone: Vec<_> = specs.iter().map(|spec| pictures(std::slice::from_ref(spec))).collect();
        let wanted: Vec<_> = (0..3).flat_map(|step| alone.iter().map(move |run| run[step].clone())).collect();
        assert!(together == wanted, "bit for bit");
    }
}

#[test]
fn what_is_not_compiled_is_computed_by_burn_and_said() {
    let pack = "fashion-mnist-28";
    let own = manifest(pack);
    let spec = RunSpec { steps: 2, ..RunSpec::with_prior(&own, default_run(&own).units[0].clone(), Prior::NONE) };
    let specs = [spec];
    for (device, compiler) in compilers() {
        let (manifest, models) = models(pack, &device, &specs);
        let (found, session) = taken(begin(&compiler, &manifest, &models, &specs, &Given::default()));
        assert_eq!(session.computed(), Some(&Steps::ByOperation(Uncompiled::Pixels)));
        assert_eq!(found.len(), 2);
    }
}

/// The step that a run has come to is where it goes on once its device is lost.
#[test]
fn a_run_goes_on_elsewhere_from_its_step() {
    let pack = "fashion-mnist-28";
    let own = manifest(pack);
    let specs = [RunSpec { steps: 6, ..default_run(&own) }];
    let [(graphics, on_graphics), (processor, on_processor)] = compilers();
    let (manifest, models_there) = models(pack, &graphics, &specs);
    let mut session = begin(&on_graphics, &manifest, &models_there, &specs, &Given::default());
    let mut found: Vec<Step> = (0..3).map(|_| pollster::block_on(session.step()).unwrap()).collect();
    let (_, on_flex) = models(pack, &processor, &specs);
    assert!(pollster::block_on(session.move_to(&on_processor, &on_flex)).unwrap());
    assert_eq!((session.computed(), session.taken()), (Some(&Steps::Compiled), 3));
    let (rest, session) = taken(session);
    found.extend(rest);
    // What went on is held against a run that stayed on the processor. A step's picture is 10 to 20 of 255 from the next one's:
    // who goes on from another step is that far off.
    let (stayed, _) = taken(begin(&on_processor, &manifest, &on_flex, &specs, &Given::default()));
    assert_alike(&found, &stayed, 2.0);
    assert!(session.drawn(2).is_some_and(|(step, _)| step == 2));
}
