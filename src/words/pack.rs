use super::{Reader, nets, spec};
use crate::pack::{
    ExamplesError, FormatError, PackError,
    manifest::{Defect, FORMAT, Flaw, MAX_CLASSIFIERS, MAX_FILE_BYTES, ManifestError},
};

/// Why a pack cannot be used.
pub fn pack<R: Reader>(error: &PackError) -> String {
    match error {
        PackError::Manifest(error) => manifest(error),
        PackError::NotFound { file, place } => {
            format!("The file {file} is missing from the pack at {place}. Put the pack's folder there as a whole.")
        }
        PackError::Unreadable { file, place, reason } => unreadable(file, place, reason),
        PackError::Status { file, place, status } => {
            unreadable(file, place, &format!("the server answered with status {status}"))
        }
        PackError::Page { file, place } => R::page(file, place.as_deref()),
        PackError::Size { file, found, wanted } => format!(
            "The file {file} is {found} bytes long instead of {wanted}: it did not arrive whole, or is of another version. \
             Try again, or put the pack's folder there as a whole."
        ),
        PackError::Digest { file } => R::digest(file),
        PackError::Format { file, reason } => {
            format!("The weights in {file} cannot be read: {}. The pack has to be made anew.", format(reason))
        }
        PackError::Misfit { file, reason } => format!(
            "The weights in {file} do not fit the network that the pack describes: {}. The pack has to be made anew.",
            nets::network(reason)
        ),
        PackError::Spec(error) => spec(error),
    }
}

fn unreadable(file: &str, place: &str, reason: &str) -> String {
    format!(
        "The file {file} could not be read from {place}: {reason}. Check the connection or the disk, and try again."
    )
}

/// Why the description of a pack cannot be used.
pub fn manifest(error: &ManifestError) -> String {
    match error {
        ManifestError::Syntax { reason } => cannot_be_read(reason),
        ManifestError::NoFormat => cannot_be_read("it names no format, so it is not a pack's description"),
        ManifestError::Format { found } => format!(
            "The pack's description (pack.json) is of format {found}, but this program reads formats 1 to {FORMAT}. Use a \
             pack made for this version, or a newer version of this program."
        ),
        ManifestError::Misfit { pack, defect } => {
            format!("The pack “{pack}” does not fit together: {}.", self::defect(defect))
        }
        ManifestError::Defaults { pack, problem } => {
            format!("The pack “{pack}” does not fit together: its defaults make no run. {}", spec(problem))
        }
    }
}

fn cannot_be_read(reason: &str) -> String {
    format!("The pack's description (pack.json) cannot be read: {reason}.")
}

/// Why arrays cannot be read, for the middle of a sentence.
fn format(error: &FormatError) -> String {
    match error {
        FormatError::Syntax { said } => said.clone(),
        FormatError::NoScale { name } => {
            format!("“{name}” holds integers, but there is no “{name}.scale” of type F32")
        }
        FormatError::Scale { name, found, wanted } => {
            format!("“{name}.scale” has the shape {found:?}, which does not scale {wanted:?}")
        }
        FormatError::NoShape { name } => {
            format!("“{name}” is of type U8, but there is no “{name}.shape” of type I64 with its sides")
        }
        FormatError::Bits { name, bytes, shape } => {
            format!("“{name}” has {bytes} bytes, which are not 6 bits for {shape:?}")
        }
        FormatError::Kind { name, found } => format!("“{name}” is of type {found}; F16, F32, I8 and U8 are read"),
    }
}

/// Why an index of real images cannot be used, for the middle of a sentence.
pub fn examples(error: &ExamplesError) -> String {
    match error {
        ExamplesError::Syntax { said } => said.clone(),
        ExamplesError::Empty => "it tells of no images".into(),
        ExamplesError::Missing { name } => format!("it has no “{name}”"),
        ExamplesError::Misfit { name } => format!("its “{name}” does not fit"),
    }
}

/// What is wrong with a text, for the end of a sentence about it.
fn flaw(flaw: Flaw) -> String {
    match flaw {
        Flaw::Empty => "is empty".into(),
        Flaw::Long { found, most } => format!("has {found} bytes, more than {most}"),
        Flaw::Unprintable => "holds what cannot be printed".into(),
    }
}

/// What of a description does not fit together, for the middle of a sentence.
pub fn defect(defect: &Defect) -> String {
    match defect {
        Defect::Syntax { said } => said.clone(),
        Defect::PackName => "its name is not made of a to z, 0 to 9, “-” and “_”".into(),
        Defect::Text { field, flaw } => format!("its “{field}” {}", self::flaw(*flaw)),
        Defect::Generator(error) => format!("in the generator, {}", nets::config(error)),
        Defect::Image { drawn: [channels, height, width], stated: [c, h, w] } => {
            format!("the generator draws images of {channels}×{height}×{width}, but the pack says {c}×{h}×{w}")
        }
        Defect::Classifiers { found } => {
            format!("it has {found} classifiers; 1 to {MAX_CLASSIFIERS} are possible")
        }
        Defect::Classifier { name, defect } => format!("in classifier {name}, {}", self::defect(defect)),
        Defect::TwoClassifiers { name } => format!("two of its classifiers are called “{name}”"),
        Defect::TwoOfFile { file } => format!("it says two different things of its file {file}"),
        Defect::Encoder { encoder, layer, code } => {
            format!("its encoder {encoder}, layer {layer}, does not give a code of {code}")
        }
        Defect::FileName { start } => format!("“{start}” is not the name of a file in the pack's folder"),
        Defect::FileSize { file, bytes } => {
            format!("{file} is said to hold {bytes} bytes; 1 to {MAX_FILE_BYTES} are possible")
        }
        Defect::FileDigest { file } => format!("the sha256 of {file} is not 64 hexadecimal digits"),
        Defect::ClassifierName => "its name is not made of letters, digits, “-”, “_” and “.”".into(),
        Defect::Architecture(error) => nets::config(error),
        Defect::ViewUneven => "the view does not count every pixel of an image once".into(),
        Defect::ViewKind => "the view is neither an average pooling nor a resize".into(),
        Defect::ViewIdle => "the view leaves an image's size as it is".into(),
        Defect::ViewStretches { height, width } => format!("the view stretches images to {height}×{width}"),
        Defect::ViewMakes(shape) => format!("the view makes {shape} of an image"),
        Defect::ViewMisfit(misfit) => format!("the view does not fit: {}", nets::misfit(misfit)),
        Defect::Preprocessing => "the preprocessing's mean and std are not those of pixels from 0 to 1".into(),
        Defect::Classes { wanted, found } => {
            format!("the network has {wanted} classes, but {found} are listed")
        }
        Defect::Class { number, defect } => format!("of class {number}, {}", self::defect(defect)),
        Defect::Names { field, found, most } => format!("“{field}” lists {found} names, more than {most}"),
        Defect::Name { field, flaw } => format!("one of its “{field}” {}", self::flaw(*flaw)),
        Defect::Slash => "a branch has “/” in its name".into(),
        Defect::TwoClasses { id } => format!("two classes have the id {id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nets::{
        builders::ConfigError,
        graph::GraphError,
        shape::{Bound, Misfit, WeightsError},
    };

    #[test]
    fn what_is_wrong_far_below_is_one_sentence() {
        let stride = Misfit::Number { field: "stride", found: "0".into(), bound: Bound::Within(1, 1 << 20) };
        let graph = GraphError::Misfit { node: "conv1".into(), reason: stride };
        let entry = Defect::Classifier {
            name: "mine".into(),
            defect: Box::new(Defect::Architecture(ConfigError::Graph(graph))),
        };
        assert_eq!(
            manifest(&ManifestError::Misfit { pack: "p".into(), defect: Box::new(entry) }),
            "The pack “p” does not fit together: in classifier mine, “conv1” cannot be computed: its “stride” is 0; it has \
             to be 1 to 1048576."
        );
        let left = WeightsError::Superfluous { names: vec!["a".into(), "b".into()], more: 0 };
        assert_eq!(nets::network(&left.into()), "the weights hold “a”, “b”, which the network has no place for");
    }

    #[test]
    fn it_is_said_what_of_a_description_does_not_fit() {
        let name = || "a".to_owned();
        let of = |defect| Box::new(defect);
        for (found, said) in [
            (Defect::PackName, "its name is not made of a to z, 0 to 9, “-” and “_”"),
            (Defect::Text { field: "title", flaw: Flaw::Empty }, "its “title” is empty"),
            (
                Defect::Name { field: "synonyms", flaw: Flaw::Long { found: 300, most: 256 } },
                "one of its “synonyms” has 300 bytes, more than 256",
            ),
            (
                Defect::Class { number: 3, defect: of(Defect::Text { field: "id", flaw: Flaw::Unprintable }) },
                "of class 3, its “id” holds what cannot be printed",
            ),
            (Defect::Names { field: "branch", found: 9, most: 4 }, "“branch” lists 9 names, more than 4"),
            (
                Defect::Image { drawn: [3, 64, 64], stated: [3, 128, 128] },
                "the generator draws images of 3×64×64, but the pack says 3×128×128",
            ),
            (
                Defect::Generator(ConfigError::Output),
                "in the generator, its last layer, and no other, has to be one of outputs",
            ),
            (Defect::Classifiers { found: 0 }, "it has 0 classifiers; 1 to 64 are possible"),
            (Defect::TwoClassifiers { name: name() }, "two of its classifiers are called “a”"),
            (Defect::TwoOfFile { file: name() }, "it says two different things of its file a"),
            (
                Defect::Encoder { encoder: name(), layer: "fc6".into(), code: 1024 },
                "its encoder a, layer fc6, does not give a code of 1024",
            ),
            (Defect::FileName { start: "/etc".into() }, "“/etc” is not the name of a file in the pack's folder"),
            (Defect::FileSize { file: name(), bytes: 0 }, "a is said to hold 0 bytes; 1 to 536870912 are possible"),
            (Defect::FileDigest { file: name() }, "the sha256 of a is not 64 hexadecimal digits"),
            (Defect::ViewStretches { height: 3, width: 4 }, "the view stretches images to 3×4"),
            (Defect::ViewMisfit(Misfit::Padding), "the view does not fit: its padding is more than half of its kernel"),
            (Defect::Classes { wanted: 200, found: 0 }, "the network has 200 classes, but 0 are listed"),
            (Defect::TwoClasses { id: name() }, "two classes have the id a"),
        ] {
            assert_eq!(defect(&found), said);
        }
        let bits = FormatError::Bits { name: name(), bytes: 5, shape: vec![2, 3] };
        assert_eq!(format(&bits), "“a” has 5 bytes, which are not 6 bits for [2, 3]");
        assert_eq!(examples(&ExamplesError::Missing { name: name() }), "it has no “a”");
    }
}
