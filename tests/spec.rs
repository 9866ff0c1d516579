//! A run survives its way through text, and text that makes no run is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use dgn::{
    pack::manifest::Manifest,
    spec::{Catalogue, EngineChoice, Position, Prior, RunSpec, Schedule, SpecError, Start, Unit, query, query::Query},
    words,
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
fn a_classifier_without_a_unit_has_the_class_that_the_pack_shows_first() {
    let mut pack = Manifest::parse(include_bytes!("../weights/imagenet-128/pack.json")).unwrap();
    let run = |pack: &Manifest, query: &str| Query::parse(query).unwrap().run(pack).unwrap();
    let goldfish = run(&pack, "classifier=efficientnet-lite1&seed=7&steps=3&start=noise");
    assert_eq!(goldfish.units, [Unit::new("fc", 1)]);
    let kept = (goldfish.classifier.as_str(), goldfish.seed, goldfish.steps, goldfish.start);
    assert_eq!(kept, ("efficientnet-lite1", 7, 3, Start::Noise));
    assert_eq!(run(&pack, "classifier=resnet18").units, [Unit::new("fc", 0)]);
    assert_eq!(run(&pack, "classifier=caffenet"), run(&pack, ""));
    // Where it knows no such class, or the pack shows no class first, its first one.
    pack.defaults.unit = Unit::new("conv4", 17);
    assert_eq!(run(&pack, "classifier=efficientnet-lite1").units, [Unit::new("fc", 0)]);
    assert_eq!(run(&pack, "classifier=caffenet").units, [Unit::new("conv4", 17)]);
    pack.defaults.unit = Unit::new("fc8", 0);
    pack.classifiers[2].classes[1].id = "n00000000".into();
    assert_eq!(run(&pack, "classifier=efficientnet-lite1").units, [Unit::new("fc", 0)]);
}

#[test]
fn a_unit_is_the_same_in_another_classifier_by_its_class() {
    let pack = Manifest::parse(include_bytes!("../weights/imagenet-128/pack.json")).unwrap();
    let goldfish = Unit { weight: -0.5, ..Unit::new("fc8", 0) };
    let there = pack.counterpart(&goldfish, "caffenet", "efficientnet-lite1").unwrap();
    assert_eq!(there, Unit { weight: -0.5, ..Unit::new("fc", 1) });
    assert_eq!(pack.counterpart(&there, "efficientnet-lite1", "caffenet"), Some(goldfish.clone()));
    // The first of the thousand classes is none of the two hundred; a hidden unit stands for no class.
    assert_eq!(pack.counterpart(&Unit::new("fc", 0), "efficientnet-lite1", "caffenet"), None);
    assert_eq!(pack.counterpart(&Unit::new("conv4", 0), "caffenet", "resnet18"), None);
    assert_eq!(pack.counterpart(&goldfish, "caffenet", "nobody"), None);
}

#[test]
fn a_unit_is_named_by_index_id_or_name() {
    let pack = pack();
    for text in ["unit=fc:0", "unit=fc:n01443537", "unit=fc:goldfish", "unit=fc:GoldFish"] {
        let run = Query::parse(text).unwrap().run(&pack).unwrap();
        assert_eq!(run.units, [Unit::new("fc", 0)], "{text}");
    }
}

/// A query, and what is wrong with it.
macro_rules! refused {
    ($($query:literal => $error:pat,)*) => {
        [$(($query, stringify!($error), |error| matches!(error, $error))),*]
    };
}
type Refused = (&'static str, &'static str, fn(&SpecError) -> bool);

#[test]
fn what_makes_no_run_is_refused_with_a_sentence() {
    let cases: [Refused; 72] = refused![
        "steps=0" => SpecError::Range { name: "steps", .. },
        "steps=1001" => SpecError::Range { name: "steps", .. },
        "steps=ten" => SpecError::NotANumber { name: "steps", .. },
        "steps=" => SpecError::NotANumber { name: "steps", .. },
        "seed=4294967296" => SpecError::NotANumber { name: "seed", .. },
        "seed=-1" => SpecError::NotANumber { name: "seed", .. },
        "lr=0" => SpecError::Range { name: "learning rate", .. },
        "lr=nan" => SpecError::Range { name: "learning rate", .. },
        "lr=inf" => SpecError::Range { name: "learning rate", .. },
        "lr=0.1,-1" => SpecError::Range { name: "final learning rate", .. },
        "lr=0.1,0.2,0.3" => SpecError::NotANumber { name: "final learning rate", .. },
        "lr=0,3" => SpecError::DecimalComma { .. },
        "lr=0,0" => SpecError::DecimalComma { .. },
        "lr=1,5000" => SpecError::Range { name: "final learning rate", .. },
        "lr=0.0,3" => SpecError::Range { name: "learning rate", .. },
        "lr=,5" => SpecError::NotANumber { name: "learning rate", .. },
        "decay=0" => SpecError::Range { name: "decay", .. },
        "decay=1.0001" => SpecError::Range { name: "decay", .. },
        "decay=0,99" => SpecError::NotANumber { name: "decay", .. },
        "decay=off" => SpecError::NotANumber { name: "decay", .. },
        "clip=0" => SpecError::Range { name: "clip", .. },
        "clip=-3" => SpecError::Range { name: "clip", .. },
        "clip=NaN" => SpecError::Range { name: "clip", .. },
        "clip=on" => SpecError::NotANumber { name: "clip", .. },
        "start=" => SpecError::Choice { name: "start", .. },
        "prior=hope" => SpecError::Choice { name: "prior", .. },
        "epsilon1=-0.1" => SpecError::Range { name: "epsilon1", .. },
        "epsilon1=NaN" => SpecError::Range { name: "epsilon1", .. },
        "epsilon1=0.1&prior=none" => SpecError::NoCode,
        "epsilon3=101" => SpecError::Range { name: "epsilon3", .. },
        "jitter=65" => SpecError::Range { name: "jitter", .. },
        "jitter=-1" => SpecError::NotANumber { name: "jitter", .. },
        "rescale=0.51" => SpecError::Range { name: "rescale", .. },
        "rescale=x" => SpecError::NotANumber { name: "rescale", .. },
        "prior=tv&jitter=8" => SpecError::JitterOfPixels,
        "prior=tv&rescale=0.1" => SpecError::JitterOfPixels,
        "seeds=0" => SpecError::Seeds { found: 0 },
        "seeds=2" => SpecError::Seeds { found: 2 },
        "seeds=x" => SpecError::NotANumber { name: "seeds", .. },
        "compare=generator" => SpecError::Compare,
        "compare=none&prior=none" => SpecError::Compare,
        "compare=none&seeds=4" => SpecError::Compare,
        "compare=none&compare=tv&compare=blur&compare=jitter" => SpecError::Compare,
        "compare=" => SpecError::Choice { name: "prior", .. },
        "compare=classifier/alexnet/fc:0" => SpecError::UnknownClassifier { .. },
        "compare=classifier/resnet18/fc:200" => SpecError::UnknownUnit { .. },
        "compare=classifier/resnet18" => SpecError::UnitSyntax { .. },
        "compare=patches" => SpecError::NoNatural { .. },
        "prior=patches" => SpecError::NoNatural { .. },
        "start=mean-image" => SpecError::NoNatural { .. },
        "start=image&image=../secret" => SpecError::ImageName { .. },
        "prior=blur:0" => SpecError::Range { name: "blur", .. },
        "prior=tv,tv" => SpecError::Repeated { .. },
        "prior=none&start=mean" => SpecError::NoMean,
        "unit=fc:200" => SpecError::UnknownUnit { .. },
        "unit=fc:-1" => SpecError::UnknownUnit { .. },
        "unit=fc8:1" => SpecError::UnknownLayer { .. },
        "unit=fc:" => SpecError::UnitSyntax { .. },
        "unit=:1" => SpecError::UnitSyntax { .. },
        "unit=fc:0@mean" => SpecError::Position { .. },
        "unit=layer4.1:0@8,0" => SpecError::Position { .. },
        "unit=layer4.1:512" => SpecError::UnknownUnit { .. },
        "unit=fc:0*0" => SpecError::ZeroWeight { .. },
        "unit=fc:0*nan" => SpecError::Range { name: "weight", .. },
        "unit=fc:0*101" => SpecError::Range { name: "weight", .. },
        "unit=fc:0*0,3" => SpecError::NotANumber { name: "weight", .. },
        "classifier=alexnet" => SpecError::UnknownClassifier { .. },
        "pack=other" => SpecError::OtherPack { .. },
        "pack=.." => SpecError::PackName { .. },
        "seed=1&seed=1" => SpecError::Repeated { .. },
        // Of a query of which only a part was encoded, that part is named with what it was taken for.
        "seed=1%26steps%3D5" => SpecError::NotANumber { name: "seed", .. },
        "pack=tiny-imagenet-64%26unit%3Dfc:3" => SpecError::PackName { .. },
    ];
    let pack = pack();
    for (text, wanted, is_wanted) in cases {
        let refused = Query::parse(text).and_then(|query| query.run(&pack));
        let error = refused.expect_err(text);
        assert!(is_wanted(&error), "{text}: {error:?} is no {wanted}");
        let sentence = words::spec(&error);
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{text}: {sentence}");
    }
    let many = vec!["unit=fc:0"; 17].join("&");
    let many = Query::parse(&many).unwrap().run(&pack).unwrap_err();
    assert_eq!(many, SpecError::UnitCount { found: 17 });
    assert!(words::spec(&many).contains("1 to 16"));
    // A pack that knows mean images has them of classes only, and of those that are climbed.
    let pack = Manifest::parse(include_bytes!("../weights/caffenet-64/pack.json")).unwrap();
    for unit in ["unit=conv4:17", "unit=fc8:0*-1", "unit=fc7:3&unit=fc8:0*-0.5"] {
        let refused = Query::parse(&format!("start=mean-image&{unit}")).unwrap().run(&pack);
        assert_eq!(refused, Err(SpecError::NoMeanImage), "{unit}");
    }
    assert!(Query::parse("start=mean-image&unit=fc7:3&unit=fc8:0").unwrap().run(&pack).is_ok());
}

#[test]
fn a_comma_that_may_be_a_decimals_is_told_how_it_was_understood() {
    let sentence = words::spec(&Query::parse("lr=0,3").unwrap().run(&pack()).unwrap_err());
    for part in ["learning rate", "from 0 to 3", "with a point: 0.3"] {
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[test]
fn no_address_makes_the_reader_panic() {
    let pack = pack();
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let pieces = [
        "unit=", "fc", ":", "@", ",", "*", "%", "%ff", "&", "=", "lr=", "1", "-", "e9", "é", "\0", "seed=", "amp;",
        "%3D", "25",
    ];
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

/// The pages on the method lead to runs that there are, the same ones in each language.
#[test]
fn the_method_is_told_with_runs_that_there_are() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let links = |page: &str| {
        let html = std::fs::read_to_string(root.join("public").join(page)).unwrap();
        let found = html.split("href=\"./?").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"));
        found.map(|query| query.replace("&lang=zh", "")).filter(|query| query != "lang=zh").collect::<Vec<_>>()
    };
    let english = links("method.html");
    assert!(english.len() >= 10);
    assert_eq!(english, links("method.zh.html"));
    for link in english {
        let query = Query::parse(&link).unwrap();
        let pack = query.pack().unwrap().unwrap_or("imagenet-128");
        let json = std::fs::read(root.join("weights").join(pack).join("pack.json")).unwrap();
        let manifest = Manifest::parse(&json).unwrap();
        query.run(&manifest).unwrap_or_else(|error| panic!("{link}: {error:?}"));
        assert!(query.unknown().is_empty(), "{link}");
    }
}
