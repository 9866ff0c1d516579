//! The command line, as a person or a script calls it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use common::root;
use serde_json::Value as Json;

fn dgn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dgn")).current_dir(root()).args(arguments).output().unwrap()
}

fn succeeds(arguments: &[&str]) -> String {
    let output = dgn(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The message on standard error; nothing may be on standard output.
fn fails(arguments: &[&str], status: i32) -> String {
    let output = dgn(arguments);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn help_has_examples() {
    assert!(succeeds(&["--help"]).contains("dgn synthesize --pack tiny-imagenet-64 --unit fc:goldfish"));
    for command in ["packs", "units", "synthesize", "bench", "pack"] {
        assert!(succeeds(&[command, "--help"]).contains("Usage"), "{command}");
    }
}

#[test]
fn packs_and_units_are_listed() {
    let packs = succeeds(&["packs"]);
    assert!(packs.contains("tiny-imagenet-64") && packs.contains("resnet18") && packs.contains("layer4.1"));
    let units = succeeds(&["units", "--pack", "tiny-imagenet-64"]);
    assert_eq!(units.lines().count(), 200);
    assert_eq!(units.lines().next(), Some("fc:0\tn01443537\tgoldfish"));
    let units = succeeds(&["units", "--pack", "tiny-imagenet-64", "--layer", "layer3.0"]);
    assert_eq!((units.lines().count(), units.lines().last()), (256, Some("layer3.0:255")));
}

#[test]
fn synthesize_writes_a_picture_a_run_and_all_that_decided_it() {
    let out = tempfile::tempdir().unwrap();
    let unit = ["--unit", "fc:goldfish", "--unit", "layer3.0:17@mean"];
    let common = ["--pack", "tiny-imagenet-64", "--seeds", "2", "--steps", "3", "--scale", "2"];
    let arguments = [&["synthesize", "--out", text(out.path())], &unit[..], &common[..]].concat();
    let listed = succeeds(&arguments);
    assert_eq!(listed.lines().count(), 4, "{listed}");

    let runs: Json = serde_json::from_slice(&fs::read(out.path().join("runs.json")).unwrap()).unwrap();
    let files: Vec<_> = runs.as_array().unwrap().iter().map(|run| run["file"].as_str().unwrap()).collect();
    assert_eq!(
        files,
        [
            "fc-n01443537-seed0.png",
            "fc-n01443537-seed1.png",
            "layer3.0-17_mean-seed0.png",
            "layer3.0-17_mean-seed1.png"
        ]
    );
    for run in runs.as_array().unwrap() {
        let picture = image::open(out.path().join(run["file"].as_str().unwrap())).unwrap();
        assert_eq!((picture.width(), picture.height()), (128, 128));
        assert_eq!(run["activation"].as_array().unwrap().len(), 3);
        assert_eq!(run["top"].as_array().unwrap().len(), 5);
        let spec: dgn::spec::RunSpec = serde_json::from_value(run["spec"].clone()).unwrap();
        assert_eq!((spec.steps, spec.pack.as_str()), (3, "tiny-imagenet-64"));
    }
    assert_ne!(fs::read(out.path().join(files[0])).unwrap(), fs::read(out.path().join(files[1])).unwrap());
}

#[test]
fn bench_names_the_engine_and_its_milliseconds() {
    let table = succeeds(&["bench", "--steps", "2", "--engine", "cpu"]);
    let row = table.lines().find(|line| line.starts_with("cpu")).expect("no row for the CPU engine");
    assert!(row.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() > 0.0, "{row}");
}

#[test]
fn a_command_that_is_not_understood_ends_with_status_2() {
    for arguments in [
        &["dance"][..],
        &["synthesize", "--pack", "tiny-imagenet-64"],
        &["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--out", "x", "--seeds", "0"],
        &["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--out", "x", "--lr", "fast"],
        &["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--out", "x", "--engine", "quantum"],
    ] {
        fails(arguments, 2);
    }
}

#[test]
fn what_cannot_be_done_ends_with_status_1_and_a_sentence() {
    let out = tempfile::tempdir().unwrap();
    let synthesize = |extra: &[&str]| {
        let common = ["synthesize", "--pack", "tiny-imagenet-64", "--out", text(out.path())];
        fails(&[&common[..], extra].concat(), 1)
    };
    assert!(fails(&["--weights", text(out.path()), "packs"], 1).contains("no packs"));
    assert!(fails(&["units", "--pack", "nowhere"], 1).contains("it has: tiny-imagenet-64"));
    assert!(fails(&["units", "--pack", "tiny-imagenet-64", "--layer", "fc8"], 1).contains("no layer “fc8”"));
    assert!(synthesize(&["--unit", "goldfish"]).contains("LAYER:UNIT"));
    assert!(synthesize(&["--unit", "fc:200"]).contains("0 to 199"));
    assert!(synthesize(&["--unit", "fc:fish"]).contains("did you mean goldfish"));
    assert!(synthesize(&["--unit", "fc:0", "--steps", "0"]).contains("between 1 and 1000"));
    assert!(synthesize(&["--unit", "fc:0", "--decay", "NaN"]).contains("decay"));
    assert!(synthesize(&["--unit", "fc:0", "--classifier", "vgg"]).contains("it has: resnet18"));
    // A file stands where the folder should be.
    let file = out.path().join("file");
    fs::write(&file, b"").unwrap();
    let message =
        fails(&["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--steps", "1", "--out", text(&file)], 1);
    assert!(message.contains("could not be written"), "{message}");
}

#[test]
fn a_damaged_pack_ends_with_status_1_and_a_sentence() {
    let weights = tempfile::tempdir().unwrap();
    let pack = weights.path().join("tiny-imagenet-64");
    fs::create_dir(&pack).unwrap();
    let sound = root().join("weights/tiny-imagenet-64");
    for file in ["pack.json", "generator.safetensors"] {
        fs::copy(sound.join(file), pack.join(file)).unwrap();
    }
    let out = weights.path().join("out");
    let run = || {
        let arguments = ["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--steps", "1"];
        fails(&[&["--weights", text(weights.path())], &arguments[..], &["--out", text(&out)]].concat(), 1)
    };
    assert!(run().contains("classifier-resnet18.safetensors is missing"));
    fs::write(pack.join("classifier-resnet18.safetensors"), b"short").unwrap();
    assert!(run().contains("5 bytes long instead of"));
    fs::write(pack.join("classifier-resnet18.safetensors"), b"<html>Not found</html>").unwrap();
    assert!(run().contains("web page instead"));
    let description = fs::read_to_string(pack.join("pack.json")).unwrap();
    fs::write(pack.join("pack.json"), description.replacen("\"format\": 1", "\"format\": 7", 1)).unwrap();
    assert!(run().contains("format 7"));
    fs::write(pack.join("pack.json"), &description[..100]).unwrap();
    assert!(run().contains("cannot be read"));
}

#[test]
fn a_run_that_has_no_way_up_is_written_and_reported() {
    let out = tempfile::tempdir().unwrap();
    // A weight so small that the gradient underflows to 0.
    let run = ["--pack", "tiny-imagenet-64", "--unit", "fc:0*1e-45", "--steps", "3"];
    let output = dgn(&[&["synthesize", "--out", text(out.path())], &run[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("stopped early"));
    let runs: Json = serde_json::from_slice(&fs::read(out.path().join("runs.json")).unwrap()).unwrap();
    assert!(runs[0]["stopped"].as_str().unwrap().contains("gradient"), "{}", runs[0]["stopped"]);
    assert!(out.path().join(runs[0]["file"].as_str().unwrap()).is_file());
}
