//! The languages. What is said stands in a file for each (`languages/TAG.txt`), a sentence a line, in the order of
//! [`say`](super::say); a further language is one more such file and one more line here, and what it lacks does not compile.

use super::{check, say::DECLARED};

macro_rules! languages {
    ($($tag:literal: $name:literal),* $(,)?) => {
        /// The languages that can be spoken: their tags, and their names in themselves.
        pub const LANGUAGES: &[(&str, &str)] = &[$(($tag, $name)),*];

        $(
            #[allow(long_running_const_eval, reason = "it looks at every letter")]
            const _: () = check::all(include_str!(concat!("languages/", $tag, ".txt")), DECLARED);
        )*

        /// What a language says, for tests.
        #[cfg(test)]
        fn text(tag: &str) -> &'static str {
            match tag {
                $($tag => include_str!(concat!("languages/", $tag, ".txt")),)*
                _ => panic!("nobody speaks {tag}"),
            }
        }
    };
}

languages! {
    "en": "English",
    "zh": "中文",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{
        language::{sentences, speak},
        say,
    };

    /// What a language may write in Latin letters: names, formats, and what is typed as it stands.
    const LATIN: &str = "index html python http server localhost allow same origin Nguyen WebGPU https HEIC JPEG ONNX \
        torchvision PyTorch import pack json ImageNet JSON softmax worker WebAssembly SIMD input size output opset version \
        external data False Python onnx save load network whole state dict torch ResNet AlexNet MobileNetV float pickle Caffe \
        prototxt layers layer upgrade proto text imagenet mean binaryproto scale shape none blur alpha jitter patches centre \
        random code classifier epsilon prior rescale HTTPS HTML method";

    #[test]
    fn sentences_are_filled_in_in_every_language() {
        assert_eq!(say::page::counter(&3, &100), "step 3 of 100");
        assert_eq!(say::labels::run(), "Run");
        assert_eq!(say::spec::range(&"steps", &0, &1, &9), "“steps” is 0, but has to lie between 1 and 9.");
        speak(text("zh"));
        assert_eq!(say::page::counter(&3, &100), "第 3 步，共 100 步");
        assert_eq!(say::labels::run(), "运行");
        assert_eq!(say::spec::range(&"steps", &0, &1, &9), "“steps”为 0，但应在 1 到 9 之间。");
        speak(text("en"));
        assert_eq!(say::labels::run(), "Run");
    }

    #[test]
    fn what_is_filled_in_is_not_read_as_a_sentence() {
        assert_eq!(say::page::excites(&"{activation}", &1), "{activation}: 1");
    }

    #[test]
    fn every_language_has_every_sentence_once() {
        for (tag, _) in LANGUAGES {
            assert_eq!(sentences(text(tag)).count(), DECLARED.len(), "{tag}");
            assert!(text(tag).lines().all(|line| line == line.trim_end()), "{tag}");
        }
    }

    #[test]
    fn no_english_is_left_in_the_chinese() {
        let known: Vec<&str> = LATIN.split_whitespace().collect();
        for said in sentences(text("zh")) {
            let mut parts = said.split(['{', '}']).enumerate();
            let own = parts.by_ref().filter(|(number, _)| number % 2 == 0).map(|(_, part)| part);
            for word in own.flat_map(|part| part.split(|letter: char| !letter.is_ascii_alphabetic())) {
                assert!(word.len() < 4 || known.contains(&word), "“{word}” in “{said}”");
            }
        }
    }

    #[test]
    fn chinese_has_chinese_marks() {
        let is_han = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
        for said in sentences(text("zh")) {
            let letters: Vec<char> = said.chars().collect();
            for pair in letters.windows(2) {
                assert!(!(is_han(pair[0]) && ",;:?!".contains(pair[1])), "{said}");
                assert!(!(is_han(pair[0]) && pair[1].is_ascii_alphanumeric()), "a space is missing: {said}");
                assert!(!(pair[0].is_ascii_alphanumeric() && is_han(pair[1])), "a space is missing: {said}");
            }
        }
    }
}
