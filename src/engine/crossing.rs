//! How an [`EngineError`] crosses from the worker to the page: as a list of texts, each enum by the name of its variant and
//! then the variant's values in order. What serde derives for as many variants takes 14 KB of the page's program.

use super::{EngineError, protocol::Lack};
use crate::{
    ascent::BatchError,
    nets::{
        NetworkError,
        builders::ConfigError,
        graph::GraphError,
        shape::{Bound, Misfit, Shape, WeightsError},
    },
    pack::{
        FormatError, PackError,
        manifest::{Defect, Flaw, ManifestError},
    },
    spec::{Known, SpecError},
};

/// Texts that are being read. What is missing or unknown is noted, so that only the end has to be asked whether all was
/// right.
struct Texts {
    left: std::vec::IntoIter<String>,
    astray: bool,
}

impl Texts {
    fn next(&mut self) -> String {
        self.left.next().unwrap_or_else(|| {
            self.astray = true;
            String::new()
        })
    }
}

/// What can cross.
trait Cross {
    /// Writes it.
    fn put(&self, to: &mut Vec<String>);
    /// Reads it.
    fn take(from: &mut Texts) -> Self;
}

/// Lists the variants of enums with their values, and with what is read where a variant is unknown.
macro_rules! cross {
    ($($of:ident or $other:expr => { $($variant:ident $(($($value:ident),*))? $({ $($field:ident),* })?,)* })*) => { $(
        impl Cross for $of {
            fn put(&self, to: &mut Vec<String>) {
                match self {
                    $(Self::$variant $(($($value),*))? $({ $($field),* })? => {
                        to.push(stringify!($variant).to_owned());
                        $($($value.put(to);)*)?
                        $($($field.put(to);)*)?
                    })*
                }
            }

            fn take(from: &mut Texts) -> Self {
                match from.next().as_str() {
                    $(stringify!($variant) => {
                        $($(let $value = Cross::take(from);)*)?
                        $($(let $field = Cross::take(from);)*)?
                        Self::$variant $(($($value),*))? $({ $($field),* })?
                    })*
                    _ => {
                        from.astray = true;
                        $other
                    }
                }
            }
        }
    )* };
}

cross! {
    EngineError or Self::Renewed => {
        Pack(error),
        Spec(error),
        Batch(error),
        Steps,
        NoGradient { step },
        NotANumber { step },
        NoGraphics(lack),
        Renewed,
        DeviceLost { reason },
        Animation { reason },
        NoCode { step },
        Readback { reason },
    }
    Lack or Self::NoWebGpu => {
        NoWebGpu,
        Insecure,
        NoAdapter,
        SilentAdapter(seconds),
        Software(adapter),
        Refused(reason),
        SilentDevice(adapter, seconds),
    }
    BatchError or Self::Differ => {
        Differ,
        OtherClassifier,
        NoEncoder,
        NoNatural,
        NoImage,
        NoLast,
        OtherLast,
        Memory { needed, most },
    }
    PackError or Self::Spec(SpecError::Compare) => {
        Manifest(error),
        NotFound { file, place },
        Unreadable { file, place, reason },
        Status { file, place, status },
        Page { file, place },
        Size { file, found, wanted },
        Digest { file },
        Format { file, reason },
        Misfit { file, reason },
        Spec(error),
    }
    ManifestError or Self::NoFormat => {
        Syntax { reason },
        NoFormat,
        Format { found },
        Misfit { pack, defect },
        Defaults { pack, problem },
    }
    FormatError or Self::Syntax { said: String::new() } => {
        Syntax { said },
        NoScale { name },
        Scale { name, found, wanted },
        NoShape { name },
        Bits { name, bytes, shape },
        Kind { name, found },
    }
    Defect or Self::PackName => {
        Syntax { said },
        PackName,
        Text { field, flaw },
        Generator(error),
        Image { drawn, stated },
        Classifiers { found },
        Classifier { name, defect },
        TwoClassifiers { name },
        TwoOfFile { file },
        Encoder { encoder, layer, code },
        FileName { start },
        FileSize { file, bytes },
        FileDigest { file },
        ClassifierName,
        Architecture(error),
        ViewUneven,
        ViewKind,
        ViewIdle,
        ViewStretches { height, width },
        ViewMakes(shape),
        ViewMisfit(misfit),
        Preprocessing,
        Classes { wanted, found },
        Class { number, defect },
        Names { field, found, most },
        Name { field, flaw },
        Slash,
        TwoClasses { id },
        Sheets { found, most },
        Sheet { file },
    }
    Flaw or Self::Empty => {
        Empty,
        Long { found, most },
        Unprintable,
    }
    NetworkError or Self::Config(ConfigError::Output) => {
        Config(error),
        Weights(error),
    }
    ConfigError or Self::Output => {
        Graph(error),
        Layers { found },
        LostBlock { block, convolution },
        LostPooling { convolution },
        Pooled { convolution },
        Transposed { convolution },
        Number { field, found, bound },
        Code(shape),
        Image(shape),
        Input(shape),
        Units { found },
        Output,
        Positions { layer },
    }
    GraphError or Self::Empty => {
        Empty,
        Nodes { found },
        Name { start },
        Twice { name },
        Missing { node, input },
        Circle { node, input },
        View { found, wanted },
        Misfit { node, reason },
        Parameters { node },
        Activations { node },
        Windows { node },
    }
    Misfit or Self::Large => {
        Inputs { found, least, most },
        Number { field, found, bound },
        Groups { groups, channels },
        Kernel { input },
        Padding,
        Shapes { first, second },
        Reshape { from, to },
        Constants { found, channels },
        Large,
    }
    Bound or Self::Finite => {
        Within(least, most),
        UpTo(most),
        Finite,
        Positive,
        AboveLow,
        BelowStride,
    }
    WeightsError or Self::Missing { name: String::new() } => {
        Missing { name },
        Shape { name, found, wanted },
        Superfluous { names, more },
    }
    SpecError or Self::Compare => {
        Range { name, value, low, high },
        NotANumber { name, value },
        DecimalComma { problem, whole, rest },
        Choice { name, value, choices },
        Repeated { name },
        UnitCount { found },
        ZeroWeight { unit },
        UnitSyntax { text },
        OtherPack { wanted, have },
        PackName { name },
        ImageName { name },
        UnknownClassifier { name, have },
        UnknownLayer { name, classifier, have },
        Seeds { found },
        Compare,
        NoCode,
        JitterOfPixels,
        NoMean,
        NoNatural { pack },
        NoMeanImage,
        UnknownUnit { unit, layer, known },
        AmbiguousUnit { unit, matches },
        Position { unit, map },
    }
    Known or Self::Numbers(0) => {
        Numbers(units),
        Nameless(units),
        Names(names),
    }
}

impl Cross for Shape {
    fn put(&self, to: &mut Vec<String>) {
        [self.channels, self.height, self.width].put(to);
    }

    fn take(from: &mut Texts) -> Self {
        let [channels, height, width] = Cross::take(from);
        Self { channels, height, width }
    }
}

impl Cross for String {
    fn put(&self, to: &mut Vec<String>) {
        to.push(self.clone());
    }

    fn take(from: &mut Texts) -> Self {
        from.next()
    }
}

/// A name that is part of the program. Errors are few, so that what is kept for good is little.
impl Cross for &'static str {
    fn put(&self, to: &mut Vec<String>) {
        to.push((*self).to_owned());
    }

    fn take(from: &mut Texts) -> Self {
        from.next().leak()
    }
}

macro_rules! numbers {
    ($($number:ident),*) => { $(
        impl Cross for $number {
            fn put(&self, to: &mut Vec<String>) {
                to.push(self.to_string());
            }

            fn take(from: &mut Texts) -> Self {
                let number = from.next().parse();
                from.astray |= number.is_err();
                number.unwrap_or_default()
            }
        }
    )* };
}

numbers!(u16, u32, u64, usize);

impl<T: Cross> Cross for Box<T> {
    fn put(&self, to: &mut Vec<String>) {
        self.as_ref().put(to);
    }

    fn take(from: &mut Texts) -> Self {
        Box::new(T::take(from))
    }
}

impl<T: Cross> Cross for Vec<T> {
    fn put(&self, to: &mut Vec<String>) {
        self.len().put(to);
        self.iter().for_each(|value| value.put(to));
    }

    fn take(from: &mut Texts) -> Self {
        let count = usize::take(from);
        from.astray |= count > from.left.len();
        (0..count.min(from.left.len())).map(|_| T::take(from)).collect()
    }
}

impl<T: Cross> Cross for Option<T> {
    fn put(&self, to: &mut Vec<String>) {
        usize::from(self.is_some()).put(to);
        self.iter().for_each(|value| value.put(to));
    }

    fn take(from: &mut Texts) -> Self {
        (usize::take(from) > 0).then(|| T::take(from))
    }
}

impl<T: Cross, const N: usize> Cross for [T; N] {
    fn put(&self, to: &mut Vec<String>) {
        self.iter().for_each(|value| value.put(to));
    }

    fn take(from: &mut Texts) -> Self {
        std::array::from_fn(|_| T::take(from))
    }
}

impl From<EngineError> for Vec<String> {
    fn from(error: EngineError) -> Self {
        let mut texts = Self::new();
        error.put(&mut texts);
        texts
    }
}

impl TryFrom<Vec<String>> for EngineError {
    type Error = &'static str;

    fn try_from(texts: Vec<String>) -> Result<Self, &'static str> {
        let mut texts = Texts { left: texts.into_iter(), astray: false };
        let error = Self::take(&mut texts);
        if texts.astray || texts.left.len() > 0 { Err("an error of another build") } else { Ok(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_the_same_on_the_other_side() {
        let names = || vec!["a".to_owned(), String::new()];
        let comma = SpecError::DecimalComma {
            problem: SpecError::NotANumber { name: "decay", value: "0,9".into() }.into(),
            whole: "0".into(),
            rest: "9".into(),
        };
        let unknown = |known| SpecError::UnknownUnit { unit: "x".into(), layer: "fc".into(), known };
        let specs = [
            comma,
            unknown(Known::Names(names())),
            unknown(Known::Nameless(7)),
            SpecError::Compare,
            SpecError::Position { unit: "fc:1".into(), map: Some([3, 5]) },
            SpecError::Position { unit: "fc:1".into(), map: None },
        ];
        let misfit = |defect| ManifestError::Misfit { pack: "p".into(), defect: Box::new(defect) }.into();
        let packs = [
            PackError::Page { file: "w".into(), place: None },
            PackError::Size { file: "w".into(), found: u64::MAX, wanted: 0 },
            ManifestError::Defaults { pack: "p".into(), problem: SpecError::NoMean }.into(),
            misfit(Defect::Text { field: "title", flaw: Flaw::Long { found: 300, most: 256 } }),
            misfit(Defect::Classifier {
                name: "a".into(),
                defect: Box::new(Defect::Architecture(ConfigError::Graph(GraphError::Misfit {
                    node: "n".into(),
                    reason: Misfit::Number { field: "stride", found: "0".into(), bound: Bound::Within(1, 9) },
                }))),
            }),
            PackError::Format {
                file: "w".into(),
                reason: FormatError::Scale { name: "fc".into(), found: vec![1, 2], wanted: Vec::new() },
            },
            PackError::Misfit {
                file: "w".into(),
                reason: Box::new(WeightsError::Superfluous { names: names(), more: 3 }.into()),
            },
            PackError::Misfit {
                file: "w".into(),
                reason: Box::new(ConfigError::Image(Shape { channels: 3, height: 5, width: 7 }).into()),
            },
        ];
        let errors = [
            EngineError::Steps,
            BatchError::Memory { needed: 3, most: 2 }.into(),
            Lack::SilentDevice("acme".into(), 10).into(),
        ];
        for error in errors.into_iter().chain(specs.map(EngineError::from)).chain(packs.map(EngineError::from)) {
            let texts = Vec::from(error.clone());
            assert_eq!(EngineError::try_from(texts.clone()), Ok(error.clone()), "{texts:?}");
            let json = serde_json::to_string(&error).unwrap();
            assert_eq!(serde_json::from_str::<EngineError>(&json).unwrap(), error, "{json}");
            for count in 0..texts.len() {
                assert!(EngineError::try_from(texts[..count].to_vec()).is_err(), "{texts:?} cut at {count}");
            }
            assert!(EngineError::try_from([texts.clone(), names()].concat()).is_err(), "{texts:?} with more");
        }
        for texts in [vec!["Other"], vec!["Spec", "Other"], vec!["NoCode", "x"], vec!["Pack", "Other"]] {
            assert!(EngineError::try_from(texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>()).is_err());
        }
    }
}
