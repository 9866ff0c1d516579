use crate::nets::{
    builders::ConfigError,
    shape::{Misfit, Shape},
};

/// What of a description does not fit together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{self:?}")]
pub enum Defect {
    /// The description of a classifier by itself is not JSON, or none.
    Syntax {
        /// What the reader said.
        said: String,
    },
    /// The pack's name is none.
    PackName,
    /// A text for people.
    Text {
        /// Its place in the description.
        field: &'static str,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// The generator's architecture.
    Generator(ConfigError),
    /// Images of another shape than the generator's.
    Image {
        /// The generator's, `[channels, height, width]`.
        drawn: [usize; 3],
        /// Those stated, `[channels, height, width]`.
        stated: [usize; 3],
    },
    /// The number of classifiers.
    Classifiers {
        /// How many there are.
        found: usize,
    },
    /// Something of one classifier.
    Classifier {
        /// Its name.
        name: String,
        /// What.
        defect: Box<Defect>,
    },
    /// Two classifiers of one name.
    TwoClassifiers {
        /// The name.
        name: String,
    },
    /// One file that is described in two ways.
    TwoOfFile {
        /// Its name.
        file: String,
    },
    /// An encoder whose layer does not give the generator's code.
    Encoder {
        /// The encoder.
        encoder: String,
        /// Its layer.
        layer: String,
        /// Size of the code.
        code: usize,
    },
    /// What is not the name of a file in the pack's folder.
    FileName {
        /// Its first characters.
        start: String,
    },
    /// A size that no file has.
    FileSize {
        /// The file.
        file: String,
        /// The size in bytes.
        bytes: u64,
    },
    /// A digest that is none.
    FileDigest {
        /// The file.
        file: String,
    },
    /// A classifier's name that is none.
    ClassifierName,
    /// A classifier's architecture.
    Architecture(ConfigError),
    /// A view that leaves out pixels, or counts some more than once.
    ViewUneven,
    /// A view that is neither an average pooling nor a resize.
    ViewKind,
    /// A view that changes nothing.
    ViewIdle,
    /// A view that stretches images.
    ViewStretches {
        /// To so many rows.
        height: usize,
        /// To so many columns.
        width: usize,
    },
    /// A view that makes something else than an image.
    ViewMakes(Shape),
    /// A view that cannot be computed.
    ViewMisfit(Misfit),
    /// A preprocessing that is not one of pixels from 0 to 1.
    Preprocessing,
    /// The number of classes.
    Classes {
        /// How many the network has.
        wanted: usize,
        /// How many are listed.
        found: usize,
    },
    /// Something of one class.
    Class {
        /// Its number.
        number: usize,
        /// What.
        defect: Box<Defect>,
    },
    /// More names of a class than are read.
    Names {
        /// Their place in the description.
        field: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// One of a class's other names or branches.
    Name {
        /// The place of all of them in the description.
        field: &'static str,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// A branch with “/” in its name.
    Slash,
    /// More sheets of an atlas than are read.
    Sheets {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A sheet of an atlas with no units, with units that the layer does not have, or with some of another sheet.
    Sheet {
        /// Its file.
        file: String,
    },
    /// Two classes of one id.
    TwoClasses {
        /// The id.
        id: String,
    },
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It is empty.
    Empty,
    /// It has more bytes than are read.
    Long {
        /// How many it has.
        found: usize,
        /// How many it may have.
        most: usize,
    },
    /// It holds what cannot be printed.
    Unprintable,
}
