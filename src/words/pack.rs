use super::{
    Reader, nets,
    say::{packs as say, start},
    spec,
};
use crate::pack::{
    ExamplesError, FormatError, PackError,
    manifest::{Defect, FORMAT, Flaw, MAX_CLASSIFIERS, MAX_FILE_BYTES, ManifestError},
};

/// Why a pack cannot be used.
pub fn pack<R: Reader>(error: &PackError) -> String {
    match error {
        PackError::Manifest(error) => manifest(error),
        PackError::NotFound { file, place } => say::not_found(file, place),
        PackError::Unreadable { file, place, reason } => say::unreadable(file, place, reason),
        PackError::Status { file, place, status } => say::unreadable(file, place, &start::status(status)),
        PackError::Page { file, place } => R::page(file, place.as_deref()),
        PackError::Size { file, found, wanted } => say::size(file, found, wanted),
        PackError::Digest { file } => R::digest(file),
        PackError::Format { file, reason } => say::weights_format(file, &format(reason)),
        PackError::Misfit { file, reason } => say::weights_misfit(file, &nets::network(reason)),
        PackError::Spec(error) => spec(error),
    }
}

/// Why the description of a pack cannot be used.
pub fn manifest(error: &ManifestError) -> String {
    match error {
        ManifestError::Syntax { reason } => say::cannot_be_read(reason),
        ManifestError::NoFormat => say::cannot_be_read(&say::no_format()),
        ManifestError::Format { found } => say::format(found, &FORMAT),
        ManifestError::Misfit { pack, defect } => say::misfit(pack, &self::defect(defect)),
        ManifestError::Defaults { pack, problem } => say::defaults(pack, &spec(problem)),
    }
}

/// Why arrays cannot be read, for the middle of a sentence.
fn format(error: &FormatError) -> String {
    match error {
        FormatError::Syntax { said } => said.clone(),
        FormatError::NoScale { name } => say::no_scale(name),
        FormatError::Scale { name, found, wanted } => {
            say::scale(name, &format_args!("{found:?}"), &format_args!("{wanted:?}"))
        }
        FormatError::NoShape { name } => say::no_shape(name),
        FormatError::Bits { name, bytes, shape } => say::bits(name, bytes, &format_args!("{shape:?}")),
        FormatError::Kind { name, found } => say::kind(name, found),
    }
}

/// Why an index of real images cannot be used, for the middle of a sentence.
pub fn examples(error: &ExamplesError) -> String {
    match error {
        ExamplesError::Syntax { said } => said.clone(),
        ExamplesError::Empty => say::no_images().into(),
        ExamplesError::Missing { name } => say::has_no(name),
        ExamplesError::Misfit { name } => say::does_not_fit(name),
    }
}

/// What is wrong with a text, for the end of a sentence about it.
fn flaw(flaw: Flaw) -> String {
    match flaw {
        Flaw::Empty => say::text_empty().into(),
        Flaw::Long { found, most } => say::text_too_long(&found, &most),
        Flaw::Unprintable => say::text_unprintable().into(),
    }
}

/// What of a description does not fit together, for the middle of a sentence.
pub fn defect(defect: &Defect) -> String {
    match defect {
        Defect::Syntax { said } => said.clone(),
        Defect::PackName => say::pack_name().into(),
        Defect::Text { field, flaw } => say::text(field, &self::flaw(*flaw)),
        Defect::Generator(error) => say::generator(&nets::config(error)),
        Defect::Image { drawn: [channels, height, width], stated: [c, h, w] } => {
            say::image(&format_args!("{channels}×{height}×{width}"), &format_args!("{c}×{h}×{w}"))
        }
        Defect::Classifiers { found } => say::classifiers(found, &MAX_CLASSIFIERS),
        Defect::Classifier { name, defect } => say::classifier(name, &self::defect(defect)),
        Defect::TwoClassifiers { name } => say::two_classifiers(name),
        Defect::TwoOfFile { file } => say::two_of_file(file),
        Defect::Encoder { encoder, layer, code } => say::encoder(encoder, layer, code),
        Defect::FileName { start } => say::file_name(start),
        Defect::FileSize { file, bytes } => say::file_size(file, bytes, &MAX_FILE_BYTES),
        Defect::FileDigest { file } => say::file_digest(file),
        Defect::ClassifierName => say::classifier_name().into(),
        Defect::Architecture(error) => nets::config(error),
        Defect::ViewUneven => say::view_uneven().into(),
        Defect::ViewKind => say::view_kind().into(),
        Defect::ViewIdle => say::view_idle().into(),
        Defect::ViewStretches { height, width } => say::view_stretches(height, width),
        Defect::ViewMakes(shape) => say::view_makes(shape),
        Defect::ViewMisfit(misfit) => say::view_misfit(&nets::misfit(misfit)),
        Defect::Preprocessing => say::preprocessing().into(),
        Defect::Classes { wanted, found } => say::classes(wanted, found),
        Defect::Class { number, defect } => say::class(number, &self::defect(defect)),
        Defect::Names { field, found, most } => say::names(field, found, most),
        Defect::Name { field, flaw } => say::name(field, &self::flaw(*flaw)),
        Defect::Slash => say::slash().into(),
        Defect::Sheets { found, most } => say::sheets(found, most),
        Defect::Sheet { file } => say::sheet(file),
        Defect::TwoClasses { id } => say::two_classes(id),
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
