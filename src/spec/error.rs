use super::MAX_UNITS;

/// Why a run cannot be what somebody asked for. Each message is a sentence for people, and says what would be right.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpecError {
    /// A value outside its range.
    #[error("“{name}” is {value}, but has to lie between {low} and {high}.")]
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
    #[error("“{name}” is “{value}”, which is not a number that can be used here.")]
    NotANumber {
        /// Which value.
        name: &'static str,
        /// What it was.
        value: String,
    },
    /// A comma that was understood as one between two numbers, of which the first will not do.
    #[error(
        "{problem} “{whole},{rest}” goes from {whole} to {rest}; a decimal is written with a point: {whole}.{rest}."
    )]
    DecimalComma {
        /// What is wrong with the first number.
        problem: Box<SpecError>,
        /// The text before the comma.
        whole: String,
        /// The text after it.
        rest: String,
    },
    /// A word that is none of the choices.
    #[error("“{name}” is “{value}”, but has to be one of: {choices}.")]
    Choice {
        /// Which value.
        name: &'static str,
        /// What it was.
        value: String,
        /// The words allowed.
        choices: &'static str,
    },
    /// The same key twice where one is meant.
    #[error("“{name}” is given more than once; give it once.")]
    Repeated {
        /// Which key.
        name: String,
    },
    /// No unit, or too many.
    #[error("A run climbs 1 to {MAX_UNITS} units, not {found}.")]
    UnitCount {
        /// How many were given.
        found: usize,
    },
    /// A unit that would count for nothing.
    #[error("The weight of unit {unit} is 0, so it would not count; leave it out, or give another weight.")]
    ZeroWeight {
        /// The unit as text.
        unit: String,
    },
    /// Text that does not name a unit.
    #[error("“{text}” does not name a unit; write LAYER:UNIT, as in fc:1 or layer4.1:12@mean.")]
    UnitSyntax {
        /// The text.
        text: String,
    },
    /// The spec belongs to another pack than the one at hand.
    #[error("This run needs the model pack “{wanted}”, but the one loaded is “{have}”.")]
    OtherPack {
        /// The pack that the spec names.
        wanted: String,
        /// The pack at hand.
        have: String,
    },
    /// A pack's name that is no folder's name.
    #[error("“{name}” is not a pack's name; those are made of a to z, 0 to 9, “-” and “_”.")]
    PackName {
        /// The text.
        name: String,
    },
    /// An image's name that is no file's name.
    #[error("“{name}” is not an image's name; those are made of a to z, 0 to 9, “-” and “_”.")]
    ImageName {
        /// The text.
        name: String,
    },
    /// No such classifier.
    #[error("There is no classifier “{name}” in this pack; it has: {have}.")]
    UnknownClassifier {
        /// The name asked for.
        name: String,
        /// The names that exist.
        have: String,
    },
    /// No such layer.
    #[error("There is no layer “{name}” in classifier “{classifier}”; it has: {have}.")]
    UnknownLayer {
        /// The name asked for.
        name: String,
        /// The classifier.
        classifier: String,
        /// The names that exist.
        have: String,
    },
    /// A number of seeds that cannot be shown side by side.
    #[error("{found} seeds cannot be run side by side; 1, 4 or 9 can.")]
    Seeds {
        /// The number asked for.
        found: u32,
    },
    /// A comparison that cannot be.
    #[error(
        "Only a run of one seed with the generator can be compared, and with up to three others: without the generator \
         (none, blur, alpha, tv, jitter, patches, centre), random-code, or classifier/NAME/UNIT."
    )]
    Compare,
    /// A term that needs a generator.
    #[error("Without a generator there is no code, so epsilon1, which pulls the code, has to be 0.")]
    NoCode,
    /// Jitter or rescaling of a generator's picture where there is no generator.
    #[error(
        "Without a generator, jitter is one of the priors, for instance prior=tv,jitter; jitter and rescale by themselves have \
         to be 0."
    )]
    JitterOfPixels,
    /// A start that needs a generator.
    #[error("Without a generator there is no mean code to start from. Start from noise or zeros.")]
    NoMean,
    /// What the pack does not know.
    #[error(
        "The pack “{pack}” has no natural patches and no mean images. Choose another prior, and start from noise, zeros \
         or an image; or choose another pack."
    )]
    NoNatural {
        /// The pack.
        pack: String,
    },
    /// A start that only classes have.
    #[error("There are mean images of classes only. Start from something else, or choose a unit of the output layer.")]
    NoMeanImage,
    /// No such unit.
    #[error("There is no unit “{unit}” in layer “{layer}”: {help}.")]
    UnknownUnit {
        /// The unit asked for.
        unit: String,
        /// The layer.
        layer: String,
        /// What would be right.
        help: String,
    },
    /// A name that several units share.
    #[error("“{unit}” could be any of these: {matches}. Write the whole name or the id.")]
    AmbiguousUnit {
        /// The name asked for.
        unit: String,
        /// The names that fit.
        matches: String,
    },
    /// A position that the layer does not have.
    #[error("Unit {unit} has no such position: {help}.")]
    Position {
        /// The unit as text.
        unit: String,
        /// What would be right.
        help: String,
    },
    /// A JSON text that is no run.
    #[error("This is not the description of a run: {reason}.")]
    Json {
        /// What the reader said.
        reason: String,
    },
}
