/// Why a run cannot be what somebody asked for, as data: what it was, and what would be right.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{self:?}")]
pub enum SpecError {
    /// A value outside its range.
    Range {
        /// Which value.
        name: &'static str,
        /// What it was.
        value: String,
        /// Smallest value allowed.
        low: String,
        /// Largest value allowed.
        high: String,
    },
    /// Text that is no number.
    NotANumber {
        /// Which value.
        name: &'static str,
        /// What it was.
        value: String,
    },
    /// A comma that was understood as one between two numbers, of which the first will not do.
    DecimalComma {
        /// What is wrong with the first number.
        problem: Box<SpecError>,
        /// The text before the comma.
        whole: String,
        /// The text after it.
        rest: String,
    },
    /// A word that is none of the choices.
    Choice {
        /// Which value.
        name: &'static str,
        /// What it was.
        value: String,
        /// The words allowed.
        choices: &'static str,
    },
    /// The same key twice where one is meant.
    Repeated {
        /// Which key.
        name: String,
    },
    /// No unit, or more than [`MAX_UNITS`](super::MAX_UNITS).
    UnitCount {
        /// How many were given.
        found: usize,
    },
    /// A unit that would count for nothing.
    ZeroWeight {
        /// The unit as text.
        unit: String,
    },
    /// Text that does not name a unit.
    UnitSyntax {
        /// The text.
        text: String,
    },
    /// The spec belongs to another pack than the one at hand.
    OtherPack {
        /// The pack that the spec names.
        wanted: String,
        /// The pack at hand.
        have: String,
    },
    /// A pack's name that is no folder's name.
    PackName {
        /// The text.
        name: String,
    },
    /// An image's name that is no file's name.
    ImageName {
        /// The text.
        name: String,
    },
    /// No such classifier.
    UnknownClassifier {
        /// The name asked for.
        name: String,
        /// The names that exist.
        have: Vec<String>,
    },
    /// No such layer.
    UnknownLayer {
        /// The name asked for.
        name: String,
        /// The classifier.
        classifier: String,
        /// The names that exist.
        have: Vec<String>,
    },
    /// A number of seeds that cannot be shown side by side.
    Seeds {
        /// The number asked for.
        found: u32,
    },
    /// A comparison that cannot be.
    Compare,
    /// A term that needs a generator.
    NoCode,
    /// Jitter or rescaling of a generator's picture where there is no generator.
    JitterOfPixels,
    /// A start that needs a generator.
    NoMean,
    /// What the pack does not know.
    NoNatural {
        /// The pack.
        pack: String,
    },
    /// A start that only classes have.
    NoMeanImage,
    /// No such unit.
    UnknownUnit {
        /// The unit asked for.
        unit: String,
        /// The layer.
        layer: String,
        /// What would be right.
        known: Known,
    },
    /// A name that several units share.
    AmbiguousUnit {
        /// The name asked for.
        unit: String,
        /// The units that it fits, by name and id.
        matches: Vec<String>,
    },
    /// A position that the layer does not have.
    Position {
        /// The unit as text.
        unit: String,
        /// Height and width of its feature map; none where units of the layer have no position.
        map: Option<[usize; 2]>,
    },
}

/// The units that there are in place of one that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// So many, numbered from 0.
    Numbers(usize),
    /// So many, numbered from 0, and without names.
    Nameless(usize),
    /// Units of names that are near; none where no name is.
    Names(Vec<String>),
}
