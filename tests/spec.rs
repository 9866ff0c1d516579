//! A run survives its way through text, and text that makes no run is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use dgn::{
    pack::manifest::Manifest,
    spec::{Catalogue, EngineChoice, Position, Prior, RunSpec, Schedule, Start, Unit, query, query::Query},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn pack() -> Manifest {
    Manifest::parse(include_bytes!("../weights/tiny-imagenet-64/pack.json")).unwrap()
}

/// Any valid run of the pack, from a seed.
fn any_run(pack: &Manifest, seed: u64) -> RunSpec {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let layers = &pack.classifiers[0].layers;
    let mut unit = || {
        let layer = &layers[random.random_range(0..layers.len())];
        let [height, width] = layer.map;
        let position = match random.random_range(0..3) {
            1 if height > 1 => Position::Mean,
            2 if height > 1 => {
                Position::At { row: random.random_range(0..height), column: random.random_range(0..width) }
            }
            _ => Position::Centre,
        };
        let weight = if random.random() { 1.0 } else { random.random_range(-99.0..99.0) };
        Unit { layer: layer.name.clone(), index: random.random_range(0..layer.units), position, weight }
    };
    let units = (0..1 + seed % 4).map(|_| unit()).collect();
    let starts = [Start::Noise, Start::Zeros, Start::Mean, Start::NearMean, Start::Image, Start::Last];
    let start = starts[random.random_range(0..starts.len())];
    let without = !matches!(start, Start::Mean | Start::NearMean) && random.random();
    let many = [1, 4, 9][random.random_range(0..3)];
    let compared = many == 1 && !without && random.random();
    RunSpec {
        units,
        epsilon1: if without { 0.0 } else { random.random_range(0.0..1.0) },
        jitter: if without { 0 } else { random.random_range(0..=64) },
        rescale: if without { 0.0 } else { random.random_range(0.0..=0.5) },
        epsilon3: if random.random() { 0.0 } else { random.random_range(0.0..1.0) },
        seeds: many,
        compare: if compared {
            ["random-code", "tv:2:0.5,jitter:3", "classifier/resnet18/fc:3*-0.5/layer3.0:7@mean"]
                .map(|rival| rival.parse().unwrap())
                .into()
        } else {
            Vec::new()
        },
        prior: if without { "tv:2:0.5,jitter:3".parse().unwrap() } else { Prior::Generator },
        start,
        seed: random.random(),
        steps: random.random_range(1..=1000),
        schedule: Schedule { start: random.random_range(1e-6..1000.0), end: random.random_range(0.0..1.0) },
        decay: random.random_range(0.001..=1.0),
        bound: random.random::<bool>().then(|| random.random_range(0.001..100.0)),
        ..RunSpec::with_defaults(pack, Unit::new("fc", 0))
    }
}

#[test]
fn every_run_survives_the_way_through_an_address() {
    let pack = pack();
    for seed in 0..500 {
        let run = any_run(&pack, seed);
        run.validate(&pack).unwrap();
        let text = query::write(&run, EngineChoice::Cpu);
        let query = Query::parse(&text).unwrap();
        assert_eq!(query.run(&pack).as_ref(), Ok(&run), "{text}");
        assert_eq!(query.engine(), Ok(EngineChoice::Cpu));
    }
}

#[test]
fn every_run_survives_the_way_through_json() {
    let pack = pack();
    for seed in 0..500 {
        let run = any_run(&pack, seed);
        let json = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<RunSpec>(&json).unwrap(), run, "{json}");
    }
}

#[test]
fn an_empty_address_is_the_packs_default_run() {
    let pack = pack();
    let run = Query::parse("").unwrap().run(&pack).unwrap();
    assert_eq!(run, RunSpec::with_defaults(&pack, pack.defaults().unit.clone()));
}

#[test]
fn a_unit_is_named_by_index_id_or_name() {
    let pack = pack();
    for text in ["unit=fc:0", "unit=fc:n01443537", "unit=fc:goldfish", "unit=fc:GoldFish"] {
        let run = Query::parse(text).unwrap().run(&pack).unwrap();
        assert_eq!(run.units, [Unit::new("fc", 0)], "{text}");
    }
}

#[test]
fn what_makes_no_run_is_refused_with_a_sentence() {
    let pack = pack();
    let cases = [
        "steps=0",
        "steps=1001",
        "steps=ten",
        "steps=",
        "seed=4294967296",
        "seed=-1",
        "lr=0",
        "lr=nan",
        "lr=inf",
        "lr=0.1,-1",
        "lr=0.1,0.2,0.3",
        "decay=0",
        "decay=1.0001",
        "clip=0",
        "clip=-3",
        "clip=NaN",
        "clip=on",
        "start=",
        "prior=hope",
        "epsilon1=-0.1",
        "epsilon1=NaN",
        "epsilon1=0.1&prior=none",
        "epsilon3=101",
        "jitter=65",
        "jitter=-1",
        "rescale=0.51",
        "rescale=x",
        "prior=tv&jitter=8",
        "prior=tv&rescale=0.1",
        "seeds=0",
        "seeds=2",
        "seeds=x",
        "compare=generator",
        "compare=none&prior=none",
        "compare=none&seeds=4",
        "compare=none&compare=tv&compare=blur&compare=jitter",
        "compare=",
        "compare=classifier/alexnet/fc:0",
        "compare=classifier/resnet18/fc:200",
        "compare=classifier/resnet18",
        "compare=patches",
        "prior=patches",
        "start=mean-image",
        "start=image&image=../secret",
        "start=mean-image&unit=layer4.1:0",
        "prior=blur:0",
        "prior=tv,tv",
        "prior=none&start=mean",
        "unit=fc:200",
        "unit=fc:-1",
        "unit=fc:",
        "unit=:1",
        "unit=fc:0@mean",
        "unit=layer4.1:0@8,0",
        "unit=layer4.1:512",
        "unit=fc:0*0",
        "unit=fc:0*nan",
        "unit=fc:0*101",
        "classifier=alexnet",
        "pack=other",
        "pack=..",
        "seed=1&seed=1",
    ];
    for text in cases {
        let refused = Query::parse(text).and_then(|query| query.run(&pack));
        let error = refused.expect_err(text).to_string();
        assert!(error.ends_with('.') && error.len() > 20, "{text}: {error}");
    }
    let many = vec!["unit=fc:0"; 17].join("&");
    assert!(Query::parse(&many).unwrap().run(&pack).unwrap_err().to_string().contains("1 to 16"));
}

#[test]
fn no_address_makes_the_reader_panic() {
    let pack = pack();
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let pieces = ["unit=", "fc", ":", "@", ",", "*", "%", "%ff", "&", "=", "lr=", "1", "-", "e9", "é", "\0", "seed="];
    for _ in 0..20_000 {
        let length = random.random_range(0..12);
        let text: String = (0..length).map(|_| pieces[random.random_range(0..pieces.len())]).collect();
        if let Ok(run) = Query::parse(&text).and_then(|query| query.run(&pack)) {
            run.validate(&pack).unwrap();
        }
    }
}

#[test]
fn a_run_stands_for_its_lanes() {
    let pack = pack();
    let run = RunSpec { seed: u32::MAX, seeds: 4, ..RunSpec::with_defaults(&pack, Unit::new("fc", 3)) };
    let lanes = run.lanes();
    assert_eq!(lanes.iter().map(|lane| lane.seed).collect::<Vec<_>>(), [u32::MAX, 0, 1, 2]);
    assert!(lanes.iter().all(|lane| lane.seeds == 1 && lane.validate(&pack).is_ok() && lane.shares_batch(&lanes[0])));

    let compare = vec!["none".parse().unwrap(), "blur".parse().unwrap()];
    let run = RunSpec { seeds: 1, seed: 7, steps: 33, compare, ..run };
    let lanes = run.lanes();
    assert_eq!(
        lanes.iter().map(|lane| lane.prior.to_string()).collect::<Vec<_>>(),
        ["none", "blur:0.28:4", "generator"]
    );
    for lane in &lanes {
        assert_eq!((lane.seed, lane.steps, &lane.units, lane.compare.len()), (7, 33, &run.units, 0));
        assert_eq!(lane.validate(&pack), Ok(()));
    }
    let alone = RunSpec { steps: 33, seed: 7, ..RunSpec::with_prior(&pack, Unit::new("fc", 3), Prior::NONE) };
    assert_eq!(lanes[0], alone, "a lane is the run that one gets by itself");
    assert_eq!(lanes[2], RunSpec { compare: Vec::new(), ..run.clone() });

    // A code that nobody changes, and another classifier's unit through the same generator.
    let compare = ["random-code", "classifier/resnet18/fc:9"].map(|rival| rival.parse().unwrap()).into();
    let run = RunSpec { compare, start: Start::Image, ..run };
    assert_eq!(run.validate(&pack), Ok(()));
    let [code, other, own] = run.lanes().try_into().unwrap();
    assert_eq!((code.start, code.schedule.rate(5, 33), code.decay, code.bound), (Start::Noise, 0.0, 1.0, None));
    assert_eq!((&other.units, other.start, &other.prior), (&vec![Unit::new("fc", 9)], Start::Image, &Prior::Generator));
    assert_eq!(RunSpec { units: own.units.clone(), ..other }, own);
    // Where a run starts from an image, so do those without the generator.
    let run = RunSpec { compare: vec!["none".parse().unwrap()], ..run };
    assert_eq!(run.lanes()[0].start, Start::Image);
}
