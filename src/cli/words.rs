//! What the command line says where something cannot be done. What is wrong with a run or a pack it says in the words that
//! the page has for it too ([`crate::words`]); where a visitor would be told what does not hold here, in its own.

use std::{collections::BTreeMap, path::Path};

pub(super) use crate::words::{Asked, hardware, import, spec, uncompiled};
use crate::{
    engine::{EngineError, protocol::Lack},
    evaluate::{
        Differing, EvaluateError, MergeError, counted,
        dataset::{DatasetError, Unread, Why},
    },
    lesson::{Flaw, MAX_STEPS, MINUTES, PARTS, Place},
    pack::{PackError, make::MakeError},
    picture::{MAX_BYTES, ReadError},
    words::{self, Reader},
};

/// Somebody at a terminal.
struct Terminal;

impl Reader for Terminal {
    fn digest(file: &str) -> String {
        format!(
            "The file {file} is damaged or of another version: its sha256 is not the one that pack.json states. Put the \
             pack's folder there anew, as a whole, or say with --weights where a sound one is."
        )
    }

    fn page(file: &str, _: Option<&str>) -> String {
        format!(
            "The file {file} holds a web page instead of the pack's data: whoever fetched it was answered by a page for \
             people. Put the pack's folder there anew, as a whole, or say with --weights where a sound one is."
        )
    }

    fn no_graphics(lack: &Lack) -> String {
        let why = match lack {
            Lack::Refused(reason) => format!("the adapter says, {reason}"),
            // What else can be lacking is for browsers.
            _ => "no adapter answered".into(),
        };
        format!("No graphics processor can be used: {why}. Choose the CPU engine, which runs everywhere.")
    }

    fn lost(reason: &str) -> String {
        Self::unread(reason)
    }

    fn unread(reason: &str) -> String {
        format!(
            "The results could not be read back from the device: {reason}. Run the command again; where that does not \
             help, with --engine cpu."
        )
    }

    fn renewed() -> String {
        "The pack has been replaced by another. Run the command again.".into()
    }
}

/// A pack cannot be used.
pub(super) fn pack(error: &PackError) -> String {
    words::pack::<Terminal>(error)
}

/// The engine failed.
pub(super) fn engine(error: &EngineError) -> String {
    words::engine::<Terminal>(error)
}

/// A pack cannot be made.
pub(super) fn make(error: &MakeError) -> String {
    match error {
        MakeError::File { path, error } => format!("{}: {error}.", path.display()),
        MakeError::Recipe { path, said } => format!("The recipe {} cannot be read: {said}.", path.display()),
        MakeError::Unused { path, file } => {
            format!("The recipe {} makes {file}, but nothing in its manifest uses it.", path.display())
        }
        MakeError::Digest { path, found, wanted } => {
            format!("{} is another file than the recipe means: its sha256 is {found}, not {wanted}.", path.display())
        }
        MakeError::Content { path, reason } => format!("{}: {}.", path.display(), words::content(reason)),
        MakeError::Manifest(error) => words::manifest(error),
    }
}

/// A pack cannot be evaluated.
pub(super) fn evaluate(error: &EvaluateError) -> String {
    match error {
        EvaluateError::Pack(error) => pack(error),
        EvaluateError::Spec(error) => spec(error),
        EvaluateError::Engine(error) => engine(error),
        EvaluateError::Judge { path, defect } => {
            format!("The judge's description {} cannot be used: {}.", path.display(), words::defect(defect))
        }
        EvaluateError::UnknownRow { name, have } => {
            format!("There is no row “{name}” here; there are: {}.", have.join("; "))
        }
        EvaluateError::NoUnits => "There is no unit in that part. Take fewer parts.".into(),
        EvaluateError::SameJudge => {
            "A classifier cannot judge pictures that were made for itself. Name another one with --judge.".into()
        }
        EvaluateError::NoJudge { pack } => {
            format!("The pack “{pack}” has one classifier only, so there is none left to judge. Use a pack with two.")
        }
        EvaluateError::NoReference { pack, classifier } => format!(
            "The pack “{pack}” does not say how strongly real images excite the units of {classifier}. Say where the \
             validation images are with --images."
        ),
    }
}

/// Reports are not the parts of one.
pub(super) fn merge(error: &MergeError) -> String {
    match error {
        MergeError::None => "There is no part to merge.".into(),
        MergeError::Differ { what } => {
            let what = match what {
                Differing::Networks => "pack, classifier or judge",
                Differing::Runs => "number of seeds or steps",
                Differing::Known => "what the judge knows, or the real images",
                Differing::Parts => "number of parts",
                Differing::Rows => "list of rows",
                Differing::Units => "choice of units",
            };
            format!("The parts are of different evaluations: {what} is not the same in all.")
        }
        MergeError::Part { number, of, times } => format!("Of {of} parts, number {number} is there {times} times."),
    }
}

/// Something is wrong with a lesson.
pub(super) fn lesson(flaw: &Flaw) -> String {
    let at = |place: &Place| match place.step {
        Some(step) => format!("In step {step}, “{}”", place.key),
        None => format!("“{}”", place.key),
    };
    match flaw {
        Flaw::Unreadable { reason } => format!("It is no lesson that can be read: {reason}."),
        Flaw::Steps(steps) => format!("It has {steps} steps, but needs between 1 and {MAX_STEPS}."),
        Flaw::Minutes(minutes) => {
            format!("It takes {minutes} minutes, but should take between {} and {}.", MINUTES.0, MINUTES.1)
        }
        Flaw::Untold { place, tag } => format!("{} says nothing in the language “{tag}”.", at(place)),
        Flaw::Unspoken { place, tag } => {
            format!("{} is there in “{tag}” too, a language that the page does not speak.", at(place))
        }
        Flaw::NoRun => "Its first step has no run, so nobody knows what is to be seen.".into(),
        Flaw::Run { step, error } => format!("The run of step {step} cannot be: {}", spec(error)),
        Flaw::NoPack(step) => format!("The run of step {step} names no pack that is there, as in pack=caffenet-64."),
        Flaw::Unknown { step, keys } => {
            format!("In the run of step {step} this means nothing: {}.", keys.join(", "))
        }
        Flaw::Part { step, name } => {
            format!("Step {step} names “{name}”, which is no part of the page; there are: {}.", PARTS.join(", "))
        }
        Flaw::Hidden(step) => format!("Step {step} hides what it highlights."),
        Flaw::Answers(step) => format!("The question of step {step} has fewer than two answers."),
        Flaw::NoneIsRight(step) => format!("No answer to the question of step {step} is right."),
    }
}

/// A file cannot be read as a picture.
pub(super) fn picture(path: &Path, error: &ReadError) -> String {
    let path = path.display();
    match error {
        ReadError::File(error) => format!("{path} could not be read: {error}."),
        ReadError::NoFile => {
            format!("{path} is no file but a folder, a device or a pipe. Put the picture into a file, and name that.")
        }
        ReadError::TooLarge => {
            format!("{path} is larger than {} MB, more than is read of a picture. Save it smaller.", MAX_BYTES >> 20)
        }
        ReadError::CutShort => {
            format!("{path} is cut short: the file ends before its picture does. Copy or download it anew.")
        }
        ReadError::Empty => format!("{path} is a picture without pixels."),
        ReadError::Decoder(error) => {
            format!("{path} is not a picture that can be read (PNG, JPEG, GIF and WebP can be): {error}.")
        }
    }
}

/// Real images cannot be used.
pub(super) fn dataset(error: &DatasetError) -> String {
    match error {
        DatasetError::File { path, error } => format!(
            "{} could not be read: {error}. --images has to be the folder of Tiny ImageNet, with val/val_annotations.txt \
             and the folder val/images.",
            path.display()
        ),
        DatasetError::Empty { path } => format!("{} does not list images and their classes.", path.display()),
        DatasetError::Line { path, number } => format!(
            "{} has in line {number} something else than an image's name and its class with a tab between them.",
            path.display()
        ),
        DatasetError::Unknown { path, classes } => format!(
            "{} lists no image of a class that the classifier knows. These are not among its classes: {}.",
            path.display(),
            counted(classes)
        ),
        DatasetError::Images(images) => {
            let images: Vec<_> = images.iter().map(unread).collect();
            format!(
                "{}\nOf the listed images {} cannot be read, so nothing was measured. Mend them, or take them off the list.",
                images.join("\n"),
                images.len()
            )
        }
    }
}

/// One of the images cannot be read.
fn unread(Unread { path, why }: &Unread) -> String {
    match why {
        Why::Name(line) => format!(
            "{} is not the image's whole name: in line {line} of the list it is not UTF-8. Give it another one, in both \
             places.",
            path.display()
        ),
        Why::Picture(error) => picture(path, error),
    }
}

/// Images are not measured, since the classifier does not know their classes.
pub(super) fn left_out(classifier: &str, classes: &BTreeMap<String, usize>) -> String {
    let images: usize = classes.values().sum();
    format!("{images} images are left out, as {classifier} does not know their classes: {}", counted(classes))
}

#[cfg(test)]
mod tests {
    use std::{io, path::PathBuf};

    use super::*;
    use crate::cli::CliError;

    #[test]
    fn nobody_at_a_command_line_is_told_of_the_page() {
        let file = || "weights.safetensors".to_owned();
        let packs =
            || [PackError::Digest { file: file() }, PackError::Page { file: file(), place: Some("here".into()) }];
        let engines =
            [EngineError::Readback { reason: "gone".into() }, EngineError::DeviceLost { reason: "gone".into() }];
        let errors = packs()
            .map(CliError::from)
            .into_iter()
            .chain(packs().map(EngineError::from).map(CliError::from))
            .chain(packs().map(EvaluateError::from).map(CliError::from))
            .chain(packs().map(EngineError::from).map(EvaluateError::from).map(CliError::from))
            .chain(engines.clone().map(CliError::from))
            .chain(engines.map(EvaluateError::from).map(CliError::from));
        for error in errors {
            let said = error.to_string();
            assert!(!said.contains("Reload") && !said.contains("reload") && !said.contains("press"), "{said}");
            assert!(said.contains("--weights") || said.contains("--engine cpu"), "{said}");
            assert!(said.contains("weights.safetensors") || said.contains("gone"), "{said}");
        }
    }

    #[test]
    fn every_image_that_cannot_be_read_is_named() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        let images = vec![
            Unread { path: PathBuf::from("a.png"), why: Why::Name(7) },
            Unread { path: PathBuf::from("b.png"), why: Why::Picture(ReadError::File(missing)) },
            Unread { path: PathBuf::from("c.png"), why: Why::Picture(ReadError::CutShort) },
        ];
        let said = dataset(&DatasetError::Images(images));
        let lines: Vec<_> = said.lines().collect();
        assert!(lines[0].starts_with("a.png") && lines[0].contains("line 7"), "{said}");
        assert!(lines[1].starts_with("b.png could not be read"), "{said}");
        assert!(lines[2].starts_with("c.png is cut short"), "{said}");
        assert!(lines[3].contains("Of the listed images 3"), "{said}");
    }
}
