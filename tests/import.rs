//! Networks read from files of others compute what their own runtimes compute; and no file does harm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "common/imported.rs"]
mod imported;

use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

use burn::tensor::{Device, Tensor, TensorData, activation::softmax};
use dgn::{
    ascent::Given,
    engine::{self, Compiler, Session, protocol::Steps},
    import::{self, Damage, Flaw, Form, ImportError, Imported, Options, Pixels},
    nets::layer::LayerKind,
    pack::{
        self, Files,
        disk::Folder,
        extend::extend,
        manifest::{Class, Preprocessing},
        newcomer::{self, About, Precision},
    },
    spec::{RunSpec, Unit},
};
use imported::{apart, floats, network};
use safetensors::SafeTensors;

/// What a runtime has computed: an image, what the network makes of it, and the gradient of one of these numbers with respect to
/// the image.
struct Reference {
    image: Vec<f32>,
    result: Vec<f32>,
    gradient: Vec<f32>,
}

impl Reference {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let floats = |name: &str| {
            let pieces = file.tensor(name).unwrap().data().as_chunks().0.iter();
            pieces.map(|bytes| f32::from_le_bytes(*bytes)).collect::<Vec<f32>>()
        };
        Self { image: floats("x"), result: floats("logits"), gradient: floats("gradient") }
    }

    /// By how much result and gradient of a network differ from these.
    fn compared(&self, imported: &Imported, unit: usize) -> [f32; 2] {
        let input = imported.graph.input;
        let shape = [1, input.channels, input.height, input.width];
        let image = Tensor::<4>::from_data(TensorData::new(self.image.clone(), shape), &Device::flex());
        let image = image.autodiff().require_grad();
        let logits = network(imported).forward(image.clone(), &[]).output;
        let result = if imported.is_before_softmax { softmax(logits, 1) } else { logits };
        let found = floats(result.clone());
        let gradients = result.narrow(1, unit, 1).sum().backward();
        [apart(&found, &self.result), apart(&floats(image.grad(&gradients).unwrap()), &self.gradient)]
    }
}

fn fixtures() -> Vec<PathBuf> {
    networks(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/onnx"))
}

/// The ONNX files of a folder.
fn networks(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "onnx"));
    files.sort();
    files
}

fn read(bytes: Vec<u8>) -> Result<Imported, ImportError> {
    import::onnx::read(bytes, &Options::default())
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/onnx").join(name)).unwrap()
}

#[test]
fn networks_compute_what_their_runtimes_compute() {
    let mut files = fixtures();
    // The others are for what a person is asked.
    files.retain(|path| path.with_extension("safetensors").exists());
    assert_eq!(files.len(), 8);
    for path in files {
        let imported =
            read(std::fs::read(&path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let [result, gradient] = Reference::read(&path.with_extension("safetensors")).compared(&imported, 2);
        // A runtime's own sums of 16 bits differ by as much from those of 32.
        let rounded = if path.ends_with("mobile-half.onnx") { 20.0 } else { 1.0 };
        assert!(result < 1e-3 * rounded, "{}: result by {result}", path.display());
        assert!(gradient < 1e-2 * rounded, "{}: gradient by {gradient}", path.display());
    }
}

/// Both exporters write the same network in their own ways.
#[test]
fn a_network_is_the_same_whoever_wrote_it() {
    for (one, other) in [("mobile.onnx", "mobile-11.onnx"), ("convnext.onnx", "convnext-14.onnx")] {
        let kinds = |name: &str| {
            let graph = read(fixture(name)).unwrap().graph;
            let kind = |op| format!("{:?}", std::mem::discriminant(op));
            let mut kinds: Vec<_> = graph.nodes.iter().map(|node| kind(&node.op)).collect();
            kinds.sort();
            kinds
        };
        assert_eq!(kinds(one), kinds(other), "{one}");
    }
}

#[test]
fn layers_have_the_names_that_their_weights_have() {
    let graph = read(fixture("mobile.onnx")).unwrap().graph;
    let layers: Vec<_> = graph.nodes.iter().filter_map(|node| Some((node.name.as_str(), node.layer?))).collect();
    assert_eq!(layers.last(), Some(&("head.3", LayerKind::Output)));
    for layer in [
        ("stem.0", LayerKind::Convolutional),
        ("down", LayerKind::Convolutional),
        ("head.1", LayerKind::FullyConnected),
    ] {
        assert!(layers.contains(&layer), "{layers:?}");
    }
    for node in &graph.nodes {
        assert!(node.name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{}", node.name);
    }
}

#[test]
fn blue_before_red_is_red_before_blue() {
    let mut options = Options::default();
    let plain = import::onnx::read(fixture("shuffle.onnx"), &options).unwrap();
    options.is_bgr = true;
    let turned = import::onnx::read(fixture("shuffle.onnx"), &options).unwrap();
    let planes = |channels: [f32; 3]| {
        let values = channels.iter().flat_map(|value| (0..63).map(move |place| value + place as f32 / 63.0));
        Tensor::<4>::from_data(TensorData::new(values.collect::<Vec<f32>>(), [1, 3, 9, 7]), &Device::flex())
    };
    let of = |imported: &Imported, image| floats(network(imported).forward(image, &[]).output);
    let (wanted, other) = (of(&plain, planes([0.1, 0.2, -0.5])), of(&plain, planes([-0.5, 0.2, 0.1])));
    assert_eq!(of(&turned, planes([-0.5, 0.2, 0.1])), wanted);
    assert_ne!(other, wanted);
}

/// A field of a message that has a length.
fn field(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag << 3 | 2], varint(content.len() as u64).as_slice(), content].concat()
}

fn number(tag: u8, value: i64) -> Vec<u8> {
    [[tag << 3].as_slice(), &varint(value.cast_unsigned())].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn node(kind: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = inputs.iter().flat_map(|input| field(1, input.as_bytes())).collect();
    bytes.extend([field(2, output.as_bytes()), field(4, kind.as_bytes())].concat());
    field(1, &bytes)
}

fn info(tag: u8, name: &str, sides: &[i64]) -> Vec<u8> {
    let dims: Vec<u8> = sides.iter().flat_map(|side| field(1, &number(1, *side))).collect();
    let tensor = [number(1, 1), field(2, &dims)].concat();
    field(tag, &[field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat())
}

/// Weights of floats.
fn weights(name: &str, sides: &[i64], values: &[f32]) -> Vec<u8> {
    let sides: Vec<u8> = sides.iter().flat_map(|side| number(1, *side)).collect();
    let values: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    field(5, &[sides, number(2, 1), field(8, name.as_bytes()), field(9, &values)].concat())
}

fn model(opset: i64, graph: &[Vec<u8>]) -> Vec<u8> {
    [field(7, &graph.concat()), field(8, &number(2, opset))].concat()
}

/// An image of 4 × 4, and the mean of each channel behind an operation.
fn behind(operation: &[Vec<u8>]) -> Vec<u8> {
    let begin = [info(11, "image", &[1, 3, 4, 4]), info(12, "y", &[1, 3])].concat();
    let end = [node("GlobalAveragePool", &["x"], "mean"), node("Flatten", &["mean"], "y")].concat();
    model(18, &[begin, operation.concat(), end])
}

#[test]
fn what_is_not_known_is_named_all_at_once_and_what_is_before_it_can_be_used() {
    let file = behind(&[node("Relu", &["image"], "a"), node("Foo", &["a"], "b"), node("Einsum", &["b", "b"], "x")]);
    let Err(ImportError::Unknown { operations, .. }) = read(file) else { panic!("it is known") };
    let names: Vec<_> = operations.iter().map(|unknown| (unknown.operation.as_str(), &unknown.form)).collect();
    assert_eq!(names, [("Foo", &Form::Operation), ("Einsum", &Form::Operation)]);
    // What is known is not named for what it reads.
    let file = behind(&[node("Foo", &["image"], "a"), node("Relu", &["a"], "x")]);
    let Err(ImportError::Unknown { operations, .. }) = read(file) else { panic!("it is known") };
    assert_eq!(operations.len(), 1);
    let two = [node("Foo", &["image"], "a"), node("Bar", &["image"], "b"), node("Add", &["a", "b"], "x")];
    let Err(ImportError::Unknown { operations, .. }) = read(behind(&two)) else { panic!("it is known") };
    assert_eq!(operations.len(), 2);
    // Behind a row of features nothing is lost.
    let begin = [info(11, "image", &[1, 3, 4, 4]), info(12, "y", &[1, 3])].concat();
    let nodes = [node("GlobalAveragePool", &["image"], "mean"), node("Foo", &["mean"], "y")].concat();
    let file = model(18, &[begin, nodes]);
    let Err(ImportError::Unknown { usable, .. }) = read(file.clone()) else { panic!("it is known") };
    assert_eq!(usable, ["mean"]);
    let options = Options { output: Some("mean".into()), ..Options::default() };
    assert_eq!(import::onnx::read(file, &options).unwrap().graph.nodes.len(), 1);
}

#[test]
fn a_map_as_output_is_averaged_and_a_flat_one_is_not() {
    let options = Options { size: Some([16; 2]), output: Some("bright".into()), ..Options::default() };
    let whole = import::onnx::read(fixture("open.onnx"), &options).unwrap();
    assert!(whole.is_averaged);
    assert_eq!(whole.graph.clone().check().unwrap().output().channels, 6);
    let layers: Vec<_> = whole.graph.nodes.iter().filter_map(|node| node.layer).collect();
    assert_eq!(layers, [LayerKind::Convolutional, LayerKind::Output]);
    assert_eq!(Pixels::told(&whole), Some(Pixels::Bytes));
    let image = [info(11, "image", &[1, 3, 4, 4]), info(12, "y", &[1, 48])].concat();
    let flat = [image, node("Relu", &["image"], "x"), node("Flatten", &["x"], "y")];
    let flat = read(model(18, &flat)).unwrap();
    assert!(!flat.is_averaged);
    assert_eq!(flat.graph.check().unwrap().output().channels, 48);

    let Err(ImportError::Unknown { operations, usable }) = read(fixture("unknown.onnx")) else { panic!("it is known") };
    let named: Vec<_> = operations.iter().map(|of| (of.node.as_str(), of.operation.as_str())).collect();
    assert_eq!((named, usable), (vec![("soft", "Softsign"), ("bend", "Celu")], vec!["edges".to_owned()]));
}

#[test]
fn each_way_in_which_a_file_is_no_network_is_told_from_the_others() {
    let relu = node("Relu", &["image"], "x");
    assert!(read(behind(std::slice::from_ref(&relu))).is_ok());
    assert_eq!(read(Vec::new()).err(), Some(ImportError::Damaged(Damage::NoGraph)));
    assert!(matches!(read(b"\x89PNG\r\n\x1a\n".to_vec()), Err(ImportError::Damaged(_))));
    let whole = fixture("mobile.onnx");
    for end in [1, 100, whole.len() / 2, whole.len() - 1] {
        assert!(read(whole[..end].to_vec()).is_err(), "{end} bytes");
    }
    let image = info(11, "image", &[1, 3, 4, 4]);
    let inputs =
        |sides: &[i64]| model(18, &[info(11, "image", sides), info(12, "y", &[1, 3]), node("Relu", &["image"], "y")]);
    assert!(matches!(read(inputs(&[1, 4, 4, 4])), Err(ImportError::Inputs(_))));
    assert!(matches!(read(inputs(&[8, 3, 4, 4])), Err(ImportError::Inputs(_))));
    assert!(matches!(read(inputs(&[3, 4])), Err(ImportError::Inputs(_))));
    assert_eq!(read(inputs(&[0, 3, 0, 0])).err(), Some(ImportError::Size));
    assert!(read(inputs(&[1, 3, i64::MAX, i64::MAX])).is_err());
    assert_eq!(read(model(3, std::slice::from_ref(&image))).err(), Some(ImportError::Opset { found: 3 }));
    assert_eq!(read(model(18, std::slice::from_ref(&image))).err(), Some(ImportError::Outputs(Vec::new())));
    // A circle: nothing is there yet.
    let circle = [node("Add", &["b", "image"], "a"), node("Relu", &["a"], "b"), node("Relu", &["b"], "x")];
    let Err(ImportError::Unknown { operations, .. }) = read(behind(&circle)) else { panic!("a circle") };
    assert_eq!(operations[0].form, Form::Reads);
}

#[test]
fn arrays_that_are_not_what_they_say_are_refused_by_name() {
    let conv = node("Conv", &["image", "w"], "x");
    let of = |array: Vec<u8>| read(behind(&[array, conv.clone()])).err();
    assert_eq!(of(weights("w", &[3, 3, 1, 1], &[0.5; 9])), None);
    let flaw = |flaw| Some(ImportError::Array { name: "w".into(), flaw });
    assert_eq!(of(weights("w", &[3, 3, 1, 1], &[0.5; 8])), flaw(Flaw::Values { found: 8, wanted: 9 }));
    assert_eq!(of(weights("w", &[3, -3, 1, 1], &[0.5; 9])), flaw(Flaw::Large));
    assert_eq!(of(weights("w", &[i64::MAX, 3, 1, 1], &[0.5; 9])), flaw(Flaw::Large));
    assert_eq!(of(weights("w", &[3, 3, 1, 1], &[f32::NAN; 9])), flaw(Flaw::NotNumbers));
    let outside = field(5, &[number(1, 9), number(2, 1), field(8, b"w"), number(14, 1)].concat());
    assert_eq!(of(outside), Some(ImportError::External { array: "w".into() }));
    let kind = field(5, &[number(1, 1), number(2, 8), field(8, b"w")].concat());
    assert_eq!(of(kind), flaw(Flaw::Kind(8)));
    let Some(ImportError::Unknown { operations, .. }) = of(weights("w", &[3, 4, 1, 1], &[0.5; 12])) else {
        panic!("four channels")
    };
    assert_eq!(operations[0].form, Form::Channels);
}

/// Two bytes in the file take hundreds in memory.
#[test]
fn a_file_of_very_many_parts_is_refused_before_they_take_memory() {
    let empty = [1 << 3 | 2, 0].repeat(1 << 19);
    assert_eq!(read(field(7, &empty)).err(), Some(ImportError::Damaged(Damage::Parts)));
}

/// Each of these would take gigabytes, or hours, of a reader that believes what it reads.
#[test]
fn a_small_file_does_not_become_a_large_one() {
    // Constants that are doubled, and doubled again.
    let sides = field(5, &[number(1, 2), number(2, 7), field(8, b"c0"), number(7, 1), number(7, 1)].concat());
    let doubled = (0..60).map(|n| node("Concat", &[&format!("c{n}"), &format!("c{n}")], &format!("c{}", n + 1)));
    let last = node("Reshape", &["image", "c60"], "x");
    assert!(matches!(
        read(behind(&[vec![sides], doubled.collect(), vec![last]].concat())),
        Err(ImportError::Unknown { .. })
    ));
    // One array that thousands of layers read.
    let array = weights("w", &[3, 3, 200, 200], &vec![0.5; 9 * 200 * 200]);
    let layers = (0..2000).map(|n| node("Conv", &["image", "w"], &format!("y{n}")));
    let begin = [info(11, "image", &[1, 3, 200, 200]), info(12, "y1999", &[1, 3, 1, 1])].concat();
    assert!(read(model(18, &[vec![begin, array], layers.collect()].concat())).is_err());
    // Many operations that are not known, each behind all others; and many of one name.
    let unknown = (0..20_000)
        .map(|n| node("Foo", &[&if n == 0 { "image".into() } else { format!("u{n}") }], &format!("u{}", n + 1)));
    let last = node("Relu", &["u20000"], "x");
    let Err(ImportError::Unknown { operations, .. }) = read(behind(&[unknown.collect(), vec![last]].concat())) else {
        panic!("they are known")
    };
    assert!(operations.len() <= 64);
    let many = (0..20_000)
        .map(|n| node("Relu", &[&if n == 0 { "image".into() } else { format!("r{n}") }], &format!("r{}", n + 1)));
    let last = node("Relu", &["r20000"], "x");
    assert!(read(behind(&[many.collect(), vec![last]].concat())).is_err());
}

#[test]
fn what_is_asked_for_as_output_is_what_it_is_in_the_file() {
    let begin = [info(11, "image", &[1, 3, 4, 4]), info(12, "y", &[1, 2])].concat();
    let arrays = [weights("w", &[2, 3], &[0.5; 6]), weights("b", &[2], &[7.0; 2])].concat();
    let nodes = [
        node("GlobalAveragePool", &["image"], "mean"),
        node("Flatten", &["mean"], "flat"),
        node("Gemm", &["flat", "v"], "g"),
        node("Add", &["g", "b"], "y"),
    ];
    let turned = weights("v", &[3, 2], &[0.5; 6]);
    let file = model(18, &[begin, arrays, turned, nodes.concat()]);
    let bias = |output: Option<&str>| {
        let options = Options { output: output.map(str::to_owned), ..Options::default() };
        let imported = import::onnx::read(file.clone(), &options).unwrap();
        let name = format!("{}.bias", imported.graph.nodes.last().unwrap().name);
        imported.arrays[&name].1.clone()
    };
    assert_eq!((bias(None), bias(Some("g"))), (vec![7.0; 2], vec![0.0; 2]));
}

/// An operation without inputs where some are looked for; a circle at the output; a side of none beside an endless one.
#[test]
fn files_that_are_made_to_hang_or_to_break_the_reader_do_neither() {
    let normalised = [
        weights("e", &[1], &[1e-5]),
        node("ReduceMean", &["image"], "m"),
        node("Sub", &["image", "m"], "c"),
        node("Pow", &[], "p"),
        node("ReduceMean", &["p"], "v"),
        node("Add", &["v", "e"], "a"),
        node("Sqrt", &["a"], "s"),
        node("Div", &["c", "s"], "x"),
    ];
    assert!(read(behind(&normalised)).is_err());
    let begin = [info(11, "image", &[1, 3, 4, 4]), info(12, "y", &[1, 3])].concat();
    assert!(read(model(18, &[begin.clone(), node("Identity", &["y"], "y")])).is_err());
    let circle = [node("Softmax", &["a"], "y"), node("Identity", &["y"], "a")].concat();
    assert!(read(model(18, &[begin, circle])).is_err());
    let endless = weights("w", &[0, 1 << 62], &[]);
    let flat =
        [node("GlobalAveragePool", &["image"], "m"), node("Flatten", &["m"], "f"), node("MatMul", &["f", "w"], "x")];
    assert!(read(behind(&[vec![endless], flat.to_vec()].concat())).is_err());
}

/// Files that differ from sound ones by some bytes: refused, or read, but never a panic. With `DGN_FUZZ` as many as that says.
#[test]
fn no_file_makes_the_reader_panic() {
    let count = std::env::var("DGN_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(1000);
    let files: Vec<Vec<u8>> = fixtures().iter().map(|path| std::fs::read(path).unwrap()).collect();
    // Knuth's MMIX.
    let mut state = 1_u64;
    let mut below = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count.max(1)
    };
    let mut read_all = 0;
    for _ in 0..count {
        let mut file = files[below(files.len())].clone();
        for _ in 0..=below(4) {
            let place = below(file.len());
            if file.is_empty() {
                break;
            }
            match below(6) {
                0 => file[place] ^= 1 << below(8),
                1 => file[place] = below(256) as u8,
                2 => file.truncate(place.max(8)),
                3 => drop(file.drain(place..(place + below(40)).min(file.len()))),
                4 => {
                    let from = below(file.len());
                    let piece = file[from..(from + below(60)).min(file.len())].to_vec();
                    file.splice(place..place, piece);
                }
                _ => {
                    let end = (place + 8).min(file.len());
                    file[place..end].fill(0xff);
                }
            }
        }
        if let Ok(imported) = read(file) {
            read_all += 1;
            // What was read makes a network.
            network(&imported);
        }
    }
    assert!(read_all * 20 > count, "only {read_all} of {count} were read");
}

/// A run of 20 steps of one output, through the generator of the pack that the page opens: how its steps are computed, and the
/// activation at the first and the last of them.
fn climbed(imported: &Imported, unit: usize) -> (Option<Steps>, [f32; 2]) {
    let base = Folder::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/imagenet-128"));
    let manifest = pollster::block_on(pack::load_manifest(&base)).unwrap();
    let weights = newcomer::file(&imported.graph, &imported.arrays, Precision::F16).unwrap();
    let units = imported.graph.clone().check().unwrap().output().channels;
    let (mean, std) = Pixels::Imagenet.statistics();
    let about = About {
        name: Some("own".into()),
        title: "own".into(),
        preprocessing: Preprocessing { mean, std },
        classes: (0..units).map(|unit| Class::new(unit.to_string(), format!("class {unit}"))).collect(),
        origin: String::new(),
    };
    let entry = newcomer::entry(&imported.graph, &weights, about, manifest.image);
    let folder = tempfile::tempdir().unwrap();
    let own = extend(&base, &manifest, entry, &weights, &folder.path().join("own")).unwrap();
    let folder = Folder::new(folder.path().join("own"));
    let entry = &own.classifiers[0];
    let files = pollster::block_on(Files::load(&folder, &own, entry, |_| {})).unwrap();
    let models = [Rc::new(engine::model(&own, entry, &files, &engine::device::cpu()).unwrap())];
    let climbed = Unit::new(entry.output().unwrap().name.clone(), unit);
    let specs = [RunSpec { steps: 20, ..RunSpec::with_defaults(&own, climbed).published() }];
    let (compiler, given) = (Compiler::processor(), Given::default());
    let run = Session::begin_on(Some(&compiler), &own, &models, &specs, &given);
    let mut session = pollster::block_on(run).unwrap();
    let mut step = || pollster::block_on(session.step()).unwrap().pictures[0].activation;
    let (first, last) = (step(), (2..=20).map(|_| step()).last().unwrap());
    (session.computed().cloned(), [first, last])
}

/// Every network of a folder, which `make zoo` fills: a table for the documentation.
#[test]
#[ignore = "takes a folder of networks, which make zoo makes"]
fn zoo() {
    let folder = std::env::var("DGN_ZOO").unwrap();
    println!("| network | nodes | logits | gradient | steps | 20 of them |\n|---|---|---|---|---|---|");
    for path in networks(Path::new(&folder)) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        match read(std::fs::read(&path).unwrap()) {
            Ok(imported) => {
                let [logits, gradient] = Reference::read(&path.with_extension("safetensors")).compared(&imported, 7);
                let (steps, [first, last]) = climbed(&imported, 7);
                let nodes = imported.graph.nodes.len();
                let steps = match steps {
                    Some(Steps::Compiled) | None => "compiled".to_owned(),
                    Some(other) => format!("{other:?}"),
                };
                let raised = last - first;
                println!("| {name} | {nodes} | {logits:.1e} | {gradient:.1e} | {steps} | {first:.3} {raised:+.1e} |");
            }
            Err(error) => println!("| {name} | {error} |"),
        }
    }
}
