//! Networks in Caffe's format compute what an independent reader computes; and no file does harm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "common/imported.rs"]
mod imported;

use std::{path::PathBuf, process::Command};

use burn::tensor::{Device, Tensor, TensorData, activation::softmax};
use dgn::{
    import::{
        CaffeError, Damage, Flaw, Form, ImportError, Imported, TextFlaw,
        caffe::{self, IMAGENET_MEAN, Options},
    },
    nets::{layer::LayerKind, ops::Op},
    pack::manifest::Manifest,
    spec::{Preset, Start},
};
use imported::{apart, floats, network};
use safetensors::SafeTensors;

/// What it makes of its input.
fn computed(imported: &Imported, values: Vec<f32>) -> Tensor<4> {
    let input = imported.graph.input;
    let shape = [1, input.channels, input.height, input.width];
    let input = Tensor::<4>::from_data(TensorData::new(values, shape), &Device::flex());
    network(imported).forward(input, &[]).output
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/caffe").join(name)).unwrap()
}

/// What OpenCV's reader was given and what it made of that.
fn reference(name: &str) -> [Vec<f32>; 2] {
    arrays(&file(&format!("{name}.safetensors")))
}

fn arrays(bytes: &[u8]) -> [Vec<f32>; 2] {
    let file = SafeTensors::deserialize(bytes).unwrap();
    ["x", "y"].map(|name| {
        let pieces = file.tensor(name).unwrap().data().as_chunks().0.iter();
        pieces.map(|bytes| f32::from_le_bytes(*bytes)).collect()
    })
}

fn classifier(name: &str) -> Result<Imported, ImportError> {
    let [weights, text] = ["caffemodel", "prototxt"].map(|kind| file(&format!("{name}.{kind}")));
    caffe::classifier(weights, &text, &Options::default())
}

fn generator(size: Option<[usize; 2]>) -> Result<Imported, ImportError> {
    caffe::generator(file("generator.caffemodel"), &file("generator.prototxt"), size, IMAGENET_MEAN)
}

/// Pixels as Caffe has them, blue first, in 0..255 less a mean, as ours less the same mean.
fn ours(pixels: &[f32]) -> Vec<f32> {
    let plane = pixels.len() / 3;
    pixels.chunks(plane).rev().flatten().map(|value| value / 255.0).collect()
}

#[test]
fn classifiers_compute_what_another_reader_computes() {
    for (name, is_before_softmax) in [("narrow", true), ("narrow-old", true), ("later", false)] {
        let imported = classifier(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(imported.is_before_softmax, is_before_softmax, "{name}");
        let [image, wanted] = reference(name);
        let logits = computed(&imported, ours(&image));
        let found = floats(if is_before_softmax { softmax(logits, 1) } else { logits });
        let difference = apart(&found, &wanted);
        assert!(difference < 1e-5, "{name}: {difference}");
    }
}

#[test]
fn both_forms_of_a_file_are_one_network() {
    let [new, old] = ["narrow", "narrow-old"].map(|name| classifier(name).unwrap());
    assert_eq!(new.graph, old.graph);
    assert_eq!(new.arrays, old.arrays);
}

#[test]
fn layers_have_their_own_names_and_are_read_before_their_rectification() {
    let graph = classifier("narrow").unwrap().graph;
    let layers: Vec<_> = graph.nodes.iter().filter_map(|node| Some((node.name.as_str(), node.layer?))).collect();
    let wanted = [
        ("conv1", LayerKind::Convolutional),
        ("conv2", LayerKind::Convolutional),
        ("fc6", LayerKind::FullyConnected),
        ("fc8", LayerKind::Output),
    ];
    assert_eq!(layers, wanted);
    let relu = graph.nodes.iter().find(|node| node.name == "relu6").unwrap();
    assert_eq!(relu.inputs, ["fc6"]);
}

/// Normalisation is within the layer before it where nobody else reads that, and by itself where somebody does.
#[test]
fn normalisation_becomes_part_of_the_layer_before_it() {
    let graph = classifier("later").unwrap().graph;
    assert!(graph.nodes.iter().all(|node| !["bn1", "scale1"].contains(&node.name.as_str())));
    let kept = graph.nodes.iter().find(|node| node.name == "bn2").unwrap();
    assert!(matches!(kept.op, Op::Constants { .. }));
}

#[test]
fn generators_draw_what_another_reader_draws_however_much_is_cut_off() {
    let [code, wanted] = reference("generator");
    for (height, width) in [(32, 32), (31, 32), (30, 27), (29, 31), (1, 2)] {
        let imported = generator(Some([height, width])).unwrap();
        assert!(imported.graph.nodes.iter().all(|node| node.layer.is_none()));
        let found = floats(computed(&imported, code.clone()));
        // (x + mean) / 127.5 - 1 undone: blue first, less the mean.
        let (top, left) = ((32 - height) / 2, (32 - width) / 2);
        let mut own = Vec::new();
        for channel in [2, 1, 0] {
            for place in 0..height * width {
                own.push((found[channel * height * width + place] + 1.0) * 127.5 - IMAGENET_MEAN[channel]);
            }
        }
        let cut: Vec<f32> = (0..3 * height * width)
            .map(|place| {
                let (column, row, channel) = (place % width, place / width % height, place / width / height);
                wanted[(channel * 32 + row + top) * 32 + column + left]
            })
            .collect();
        let difference = apart(&own, &cut);
        assert!(difference < 1e-5, "{height} × {width}: {difference}");
    }
    let whole = generator(None).unwrap();
    assert_eq!(whole.graph.nodes.len(), generator(Some([30, 27])).unwrap().graph.nodes.len());
    assert_eq!(
        generator(Some([33, 20])).err(),
        Some(ImportError::Caffe(CaffeError::Image { found: [3, 32, 32], wanted: [33, 20] }))
    );
}

/// Where something else than a transposed convolution is at the end, one of 1×1 stands behind it.
#[test]
fn a_generator_may_end_in_anything() {
    let text = String::from_utf8(file("generator.prototxt")).unwrap();
    let last = "layer { name: 'end' type: 'ReLU' bottom: 'deconv0' top: 'end' relu_param { negative_slope: 1 } }";
    let of = |text: &str, size| {
        let net = caffe::generator(file("generator.caffemodel"), text.as_bytes(), Some(size), IMAGENET_MEAN);
        floats(computed(&net.unwrap(), reference("generator")[0].clone()))
    };
    for size in [[32, 32], [27, 30]] {
        let difference = apart(&of(&(text.clone() + last), size), &of(&text, size));
        assert!(difference < 1e-6, "{difference}");
    }
}

#[test]
fn a_mean_image_is_its_channels_means_red_first() {
    assert_eq!(caffe::mean(file("mean.binaryproto")), Ok([123.5, 117.5, 104.5]));
    assert_eq!(caffe::mean(b"\x08\x01".to_vec()), Err(ImportError::Caffe(CaffeError::Mean)));
    assert!(matches!(caffe::mean(b"\x89PNG".to_vec()), Err(ImportError::Caffe(CaffeError::Weights(_)))));
}

/// A definition with some layers behind an image of 8×8, and what is said of it.
fn refused(layers: &str) -> ImportError {
    let text = format!("input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8 {layers}");
    caffe::classifier(Vec::new(), text.as_bytes(), &Options::default()).unwrap_err()
}

fn layer(kind: &str, more: &str) -> String {
    format!("layer {{ name: 'a' type: '{kind}' bottom: 'data' top: 'a' {more} }} ")
}

#[test]
fn what_is_not_known_is_named_all_at_once() {
    let two = "layer { name: 'x' type: 'Embed' bottom: 'data' top: 'x' } layer { name: 'y' type: 'PReLU' bottom: 'x' top: 'x' } \
               layer { name: 'z' type: 'MVN' bottom: 'data' top: 'z' } \
               layer { name: 's' type: 'Eltwise' bottom: 'x' bottom: 'z' top: 's' }";
    let ImportError::Unknown { operations, .. } = refused(two) else { panic!("it is known") };
    let names: Vec<_> = operations.iter().map(|unknown| (unknown.node.as_str(), unknown.operation.as_str())).collect();
    assert_eq!(names, [("x", "Embed"), ("y", "PReLU"), ("z", "MVN")]);
    for (kind, more, form) in [
        ("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }", Form::Attribute("pooling_param")),
        ("Pooling", "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }", Form::Padding),
        ("LRN", "lrn_param { norm_region: WITHIN_CHANNEL }", Form::Attribute("lrn_param")),
        (
            "Convolution",
            "convolution_param { num_output: 2 kernel_size: 1 axis: 2 }",
            Form::Attribute("convolution_param"),
        ),
        ("ReLU", "relu_param { foo: 1 }", Form::Attribute("relu_param")),
        ("Reshape", "reshape_param { shape { dim: 0 dim: 7 dim: -1 dim: -1 } }", Form::Attribute("reshape_param")),
        ("Scale", "bottom: 'data'", Form::Image),
    ] {
        let ImportError::Unknown { operations, .. } = refused(&layer(kind, more)) else { panic!("{kind} is known") };
        assert_eq!(operations[0].form, form, "{kind}");
    }
    let ImportError::Unknown { operations, .. } = refused("layer { name: 'a' type: 'ReLU' bottom: 'b' top: 'a' }")
    else {
        panic!("there is no b")
    };
    assert_eq!(operations[0].form, Form::Reads);
}

#[test]
fn each_way_in_which_files_make_no_network_is_told_from_the_others() {
    let caffe = |error| ImportError::Caffe(error);
    let convolution = layer("Convolution", "convolution_param { num_output: 2 kernel_size: 3 }");
    assert_eq!(refused(&convolution), caffe(CaffeError::Arrays { layer: "a".into(), found: 0, wanted: 2 }));
    assert_eq!(refused(""), caffe(CaffeError::NoLayers));
    assert_eq!(refused("layers { layer { name: 'a' type: 'conv' } }"), caffe(CaffeError::NoLayers));
    assert_eq!(refused("\n}"), caffe(CaffeError::Definition { line: 2, flaw: TextFlaw::Letter }));
    assert!(matches!(refused(&layer("ReLU", "")), ImportError::NoFeatures { shape: [3, 8, 8], .. }));
    let two = layer("ReLU", "") + "layer { name: 'b' type: 'TanH' bottom: 'data' top: 'b' }";
    assert_eq!(refused(&two), ImportError::Outputs(vec!["a".into(), "b".into()]));
    assert!(matches!(refused("input: 'more' input_dim: 1 layer { name: 'a' type: 'ReLU' }"), ImportError::Inputs(_)));

    let text = file("narrow.prototxt");
    let read = |weights: Vec<u8>, text: &[u8]| caffe::classifier(weights, text, &Options::default());
    let weights = file("narrow.caffemodel");
    assert!(matches!(
        read(weights[..weights.len() / 2].to_vec(), &text),
        Err(ImportError::Caffe(CaffeError::Weights(Damage::Short | Damage::Protobuf { .. })))
    ));
    // An image of another size does not fit the matrix.
    let other = String::from_utf8(text.clone()).unwrap().replace("27", "31");
    let Err(ImportError::Caffe(CaffeError::Sides { layer, .. })) = read(weights.clone(), other.as_bytes()) else {
        panic!("it fits")
    };
    assert_eq!(layer, "fc6");
    let open = String::from_utf8(text.clone()).unwrap().replace("input_dim: 23", "input_dim: 0");
    assert_eq!(read(weights.clone(), open.as_bytes()).err(), Some(ImportError::Size));
    let size = Options { size: Some([23, 27]), ..Options::default() };
    assert!(caffe::classifier(weights.clone(), open.as_bytes(), &size).is_ok());
    let size = Options { size: Some([27, 27]), ..Options::default() };
    assert_eq!(caffe::classifier(weights.clone(), &text, &size).err(), Some(ImportError::Fixed { side: 23 }));
    let output = Options { output: Some("fc6".into()), ..Options::default() };
    let cut = caffe::classifier(weights.clone(), &text, &output).unwrap();
    // A name stands for what the last layer has put there.
    assert_eq!(cut.graph.nodes.last().unwrap().name, "relu6");
    let output = Options { output: Some("none".into()), ..Options::default() };
    assert!(matches!(caffe::classifier(weights, &text, &output), Err(ImportError::NoOutput { .. })));
    assert_eq!(
        caffe::generator(Vec::new(), &text, None, IMAGENET_MEAN).err(),
        Some(caffe(CaffeError::Code(vec![10, 3, 23, 27])))
    );
}

/// A field of a message that has a length.
fn field(tag: u64, content: &[u8]) -> Vec<u8> {
    [varint(tag << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
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

/// Weights of a layer `a`: an array of sides and values as some field has them.
fn weights(sides: &[u64], values: &[u8]) -> Vec<u8> {
    let sides: Vec<u8> = sides.iter().flat_map(|side| [varint(8), varint(*side)].concat()).collect();
    field(100, &[field(1, b"a"), field(7, &[field(7, &sides), values.to_vec()].concat())].concat())
}

#[test]
fn numbers_are_read_however_they_are_written_and_refused_where_they_are_none() {
    let text = "input: 'data' input_shape { dim: 1 dim: 3 dim: 1 dim: 1 } layer { name: 'a' type: 'InnerProduct' bottom: 'data' \
                top: 'a' inner_product_param { num_output: 1 bias_term: false } }";
    let read =
        |sides: &[u64], values: &[u8]| caffe::classifier(weights(sides, values), text.as_bytes(), &Options::default());
    let numbers = [1.0_f32, 2.0, -0.5];
    let packed: Vec<u8> = numbers.iter().flat_map(|value| value.to_le_bytes()).collect();
    let single: Vec<u8> =
        numbers.iter().flat_map(|value| [vec![5 << 3 | 5], value.to_le_bytes().to_vec()].concat()).collect();
    let doubles: Vec<u8> = numbers.iter().flat_map(|value| f64::from(*value).to_le_bytes()).collect();
    for values in [field(5, &packed), single, field(8, &doubles)] {
        let found = floats(computed(&read(&[1, 3], &values).unwrap(), vec![1.0, 10.0, 100.0]));
        // Blue is the first of the file's, and ours the last.
        assert_eq!(found, [255.0 * (100.0 + 20.0 - 0.5)]);
    }
    // As it was in 2013: a layer within a layer, and four sides.
    let sides = [8, 1, 16, 1, 24, 1, 32, 3].to_vec();
    let layer = [field(1, b"a"), field(50, &[sides, field(5, &packed)].concat())].concat();
    let oldest = caffe::classifier(field(2, &field(1, &layer)), text.as_bytes(), &Options::default()).unwrap();
    assert_eq!(floats(computed(&oldest, vec![1.0, 10.0, 100.0])), [255.0 * (100.0 + 20.0 - 0.5)]);
    let flaw = |flaw| Some(ImportError::Array { name: "a".into(), flaw });
    assert_eq!(read(&[1, 3], &field(5, &packed[..8])).err(), flaw(Flaw::Values { found: 2, wanted: 3 }));
    assert_eq!(read(&[1, 3], &field(5, &[0xff; 12])).err(), flaw(Flaw::NotNumbers));
    assert_eq!(read(&[u64::MAX, 3], &field(5, &packed)).err(), flaw(Flaw::Negative));
    assert!(matches!(read(&[4, 3], &field(5, &packed)), Err(ImportError::Caffe(CaffeError::Sides { .. }))));
}

/// Each of these would take gigabytes, or hours, of a reader that believes what it reads.
#[test]
fn small_files_do_not_become_large_ones() {
    let parts = [varint(100 << 3 | 2), vec![0]].concat().repeat(1 << 19);
    let text = layer("ReLU", "");
    let read = |weights: Vec<u8>, text: &str| caffe::classifier(weights, text.as_bytes(), &Options::default()).err();
    let image = "input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8 ";
    let text = image.to_owned() + &text;
    assert_eq!(read(parts, &text), Some(ImportError::Caffe(CaffeError::Weights(Damage::Parts))));
    let huge = "input: 'data' input_dim: 1 input_dim: 3 input_dim: 1000000 input_dim: 1000000 ".to_owned();
    assert!(read(Vec::new(), &(huge + &layer("ReLU", ""))).is_some());
    let many = image.to_owned() + &"layer { type: 'ReLU' bottom: 'data' top: 'data' } ".repeat(5000);
    assert_eq!(read(Vec::new(), &many), Some(ImportError::Caffe(CaffeError::Layers { found: 5000 })));
    let wide = layer("Convolution", "convolution_param { num_output: 1000000 kernel_size: 1000 pad: 1000000 }");
    assert!(read(Vec::new(), &(image.to_owned() + &wide)).is_some());
    let windows =
        layer("Pooling", "pooling_param { kernel_size: 18446744073709551615 pad: 18446744073709551615 stride: 0 }");
    assert!(read(Vec::new(), &(image.to_owned() + &windows)).is_some());
    let shapes = layer("Reshape", "reshape_param { shape { dim: 0 dim: 4294967296 dim: 4294967296 dim: -1 } }");
    assert!(read(Vec::new(), &(image.to_owned() + &shapes)).is_some());
    // Very many names.
    let names: String = (0..30_000).map(|top| format!("top: '{top}' ")).collect();
    let Some(ImportError::Outputs(found)) = read(Vec::new(), &(image.to_owned() + &layer("ReLU", &names))) else {
        panic!("one of them is chosen")
    };
    assert_eq!(found.len(), 30_001);
    // Each of them doubles what it reads.
    let doubled: String =
        (0..60).map(|_| "layer { type: 'Concat' bottom: 'data' bottom: 'data' top: 'data' } ").collect();
    assert!(read(Vec::new(), &(image.to_owned() + &doubled)).is_some());
}

/// Files that differ from sound ones by some bytes: refused, or read, but never a panic. With `DGN_FUZZ` as many as that says.
#[test]
fn no_file_makes_the_reader_panic() {
    let count = std::env::var("DGN_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(600);
    let names = ["narrow", "narrow-old", "later", "generator"];
    let files = names.map(|name| ["caffemodel", "prototxt"].map(|kind| file(&format!("{name}.{kind}"))));
    let mean = file("mean.binaryproto");
    // Knuth's MMIX.
    let mut state = 1_u64;
    let mut below = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count.max(1)
    };
    let words = [" ", "}", "{", "0", "-1", "9", "99999999999999999999", "\"", "[", "TanH", "data", "\u{e9}"];
    let mut read_all = 0;
    for _ in 0..count {
        let which = below(files.len());
        let mut pair = files[which].clone();
        let kind = below(3);
        for _ in 0..=below(2) {
            let file = if kind == 2 { &mut pair[below(2)] } else { &mut pair[kind] };
            let place = below(file.len());
            if file.is_empty() {
                break;
            }
            match below(9) {
                0 | 7 | 8 => file[place] ^= 1 << below(8),
                1 => file[place] = below(256) as u8,
                2 => file.truncate(place.max(8)),
                3 => drop(file.drain(place..(place + below(40)).min(file.len()))),
                4 => {
                    let from = below(file.len());
                    let piece = file[from..(from + below(60)).min(file.len())].to_vec();
                    file.splice(place..place, piece);
                }
                5 => drop(file.splice(place..place, words[below(words.len())].bytes())),
                _ => {
                    let end = (place + 8).min(file.len());
                    file[place..end].fill(0xff);
                }
            }
        }
        let [weights, text] = pair;
        let read = match names[which] {
            "generator" => caffe::generator(weights, &text, Some([1 + below(32), 1 + below(32)]), IMAGENET_MEAN),
            _ => caffe::classifier(weights, &text, &Options::default()),
        };
        if let Ok(imported) = read {
            read_all += 1;
            // What was read makes a network.
            network(&imported);
        }
        let mut own = mean.clone();
        let place = below(own.len());
        own[place] = below(256) as u8;
        let _ = caffe::mean(own);
    }
    assert!(read_all * 20 > count, "only {read_all} of {count} were read");
}

/// A classifier and a generator of full size in a folder, with what OpenCV's reader makes of them: net and G, each with a
/// definition, weights and, as the fixtures have them, an input and a result.
#[test]
#[ignore = "takes networks of full size, which nobody may pass on"]
fn full_size() {
    let folder = PathBuf::from(std::env::var("DGN_CAFFE").unwrap());
    let [net, own] = ["net", "G"].map(|name| {
        ["caffemodel", "prototxt", "safetensors"]
            .map(|kind| std::fs::read(folder.join(format!("{name}.{kind}"))).unwrap())
    });
    let [weights, text, reference] = net;
    let imported = caffe::classifier(weights, &text, &Options::default()).unwrap();
    let [image, wanted] = arrays(&reference);
    println!("classifier: {:.1e}", apart(&floats(softmax(computed(&imported, ours(&image)), 1)), &wanted));
    let [weights, text, reference] = own;
    let imported = caffe::generator(weights, &text, None, IMAGENET_MEAN).unwrap();
    let [code, wanted] = arrays(&reference);
    let found = floats(computed(&imported, code));
    let plane = found.len() / 3;
    let channels = found.chunks(plane).zip(IMAGENET_MEAN).rev();
    let found: Vec<f32> =
        channels.flat_map(|(plane, mean)| plane.iter().map(move |x| (x + 1.0) * 127.5 - mean)).collect();
    println!("generator: {:.1e}", apart(&found, &wanted));
}

fn dgn(arguments: &[&str]) -> (bool, String) {
    let root = env!("CARGO_MANIFEST_DIR");
    let output = Command::new(env!("CARGO_BIN_EXE_dgn")).current_dir(root).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), said)
}

/// A generator and the classifier that its code comes from, as a pack whose runs are the published ones.
#[test]
fn a_generator_and_its_classifier_are_a_pack_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (out, bounds, labels) = (path("fc6"), path("bounds.txt"), path("labels.txt"));
    let fixture = |name: &str| format!("tests/fixtures/caffe/{name}");
    let (net, net_text) = (fixture("narrow.caffemodel"), fixture("narrow.prototxt"));
    let (own, own_text) = (fixture("generator.caffemodel"), fixture("generator.prototxt"));
    let names: String = (0..7).map(|class| format!("n0000000{class} thing {class}, other {class}\n")).collect();
    std::fs::write(&labels, names).unwrap();
    let import = |more: &[&str]| {
        let pair = ["--generator", &own, "--generator-prototxt", &own_text, "--labels", &labels, "--out", &out];
        dgn(&[&["import", &net, "--prototxt", &net_text], &pair[..], more].concat())
    };
    std::fs::write(&bounds, "9 ".repeat(13)).unwrap();
    let (done, said) = import(&["--code-bound", &bounds]);
    assert!(!done && said.contains("14 numbers") && !PathBuf::from(&out).exists(), "{said}");
    let (done, said) = import(&["--code-layer", "fc8"]);
    assert!(!done && !PathBuf::from(&out).exists(), "{said}");
    let (done, said) = import(&["--bgr"]);
    assert!(!done && said.contains("--prototxt"), "{said}");

    std::fs::write(&bounds, "9,".repeat(13) + "1.5\n").unwrap();
    let (done, said) = import(&["--code-bound", &bounds]);
    assert!(done && said.contains("7 classes") && said.contains("MB of memory"), "{said}");
    let manifest = Manifest::parse(&std::fs::read(PathBuf::from(&out).join("pack.json")).unwrap()).unwrap();
    assert_eq!((manifest.image.height, manifest.image.width), (23, 27));
    assert_eq!(manifest.classifiers[0].classes[3].id, "n00000003");
    let bytes = std::fs::read(PathBuf::from(&out).join("generator.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let [mean, std, max] = ["code.mean", "code.std", "code.max"].map(|name| {
        let pieces = file.tensor(name).unwrap().data().as_chunks().0.iter();
        pieces.map(|bytes| f32::from_le_bytes(*bytes)).collect::<Vec<f32>>()
    });
    assert_eq!((mean[0], std[0], max[0], mean[13], std[13], max[13]), (6.0, 1.0, 9.0, 0.0, 0.5, 1.5));

    // The published scenarios: an output unit, one of another architecture, and one from a real image.
    let run = |preset: Preset| preset.run(&manifest);
    let published = run(Preset::Default);
    assert_eq!(published, run(Preset::DgnAm));
    assert_eq!((published.steps, published.schedule.start, published.schedule.end), (200, 8.0, 1e-10));
    assert_eq!((published.decay, published.bound, published.start), (0.99, Some(3.0), Start::Noise));
    let other = run(Preset::OtherArchitecture);
    assert_eq!((other.steps, other.schedule.start, other.schedule.end), (200, 2.0, 1e-10));
    let real = run(Preset::FromPicture);
    assert_eq!((real.steps, real.schedule.start, real.schedule.end, real.start), (30, 1.0, 1e-10, Start::Image));

    let pictures = path("pictures");
    let weights = folder.path().to_str().unwrap();
    let climb = |more: &[&str]| {
        let common = [
            "--weights",
            weights,
            "synthesize",
            "--pack",
            "fc6",
            "--steps",
            "20",
            "--lr",
            "1,0.01",
            "--out",
            &pictures,
        ];
        let (done, said) = dgn(&[&common[..], more].concat());
        assert!(done, "{said}");
        let runs = std::fs::read(PathBuf::from(&pictures).join("runs.json")).unwrap();
        let runs: serde_json::Value = serde_json::from_slice(&runs).unwrap();
        for run in runs.as_array().unwrap() {
            let activation: Vec<f64> =
                run["activation"].as_array().unwrap().iter().filter_map(|a| a.as_f64()).collect();
            assert!(activation.len() == 20 && activation[19] > activation[0], "{activation:?}");
        }
    };
    climb(&["--unit", "fc8:thing 2", "--unit", "conv2:3"]);
    climb(&["--unit", "fc8:n00000004", "--start", "image", "--image", "public/samples/cat.jpg"]);
}

#[test]
fn a_classifier_by_itself_joins_a_copy_of_a_pack() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("joined");
    let import = |more: &[&str]| {
        let common =
            ["import", "tests/fixtures/caffe/later.caffemodel", "--prototxt", "tests/fixtures/caffe/later.prototxt"];
        let pack = ["--pack", "fashion-mnist-28", "--bits", "8", "--out", out.to_str().unwrap()];
        dgn(&[&common[..], &pack, more].concat())
    };
    let (done, said) = import(&["--mean-file", "tests/fixtures/caffe/narrow.prototxt"]);
    assert!(!done && said.contains("Caffe"), "{said}");
    let (done, said) = import(&["--mean-file", "tests/fixtures/caffe/mean.binaryproto"]);
    assert!(done && said.contains("5 classes"), "{said}");
    let manifest = Manifest::parse(&std::fs::read(out.join("pack.json")).unwrap()).unwrap();
    let preprocessing = manifest.classifiers[0].preprocessing;
    assert_eq!((preprocessing.mean[0], preprocessing.std), (123.5 / 255.0, [1.0; 3]));
}
