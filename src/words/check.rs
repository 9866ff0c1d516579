//! Whether a language says everything, looked at while this is compiled: a sentence that a language lacks, has in another
//! place or fills in with something else ends the build, with the sentence's name.

/// A sentence as the table declares it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sentence {
    /// What it is about.
    pub(super) group: &'static str,
    /// Its name there.
    pub(super) key: &'static str,
    /// The names of what it is filled in with, each with a space behind it.
    pub(super) names: &'static str,
}

/// The place of a sentence among those that are declared.
pub(super) const fn place(declared: &[Sentence], group: &str, key: &str) -> usize {
    let mut place = 0;
    while !(is_same(declared[place].group, group) && is_same(declared[place].key, key)) {
        place += 1;
    }
    place
}

/// Fails to be evaluated where a language's text is not that of the sentences that are declared.
pub(super) const fn all(text: &str, declared: &[Sentence]) {
    let text = text.as_bytes();
    let (mut at, mut place) = (0, 0);
    while at < text.len() {
        let end = find(text, at, text.len(), b'\n');
        if end > at && text[at] != b'#' {
            assert!(place < declared.len(), "a language has a sentence more than src/words/say.rs");
            line(text, at, end, &declared[place]);
            place += 1;
        }
        at = end + 1;
    }
    assert!(place == declared.len(), "a language lacks the last sentences of src/words/say.rs");
}

/// Looks at one line: `GROUP.KEY = a sentence with {names}`.
const fn line(text: &[u8], start: usize, end: usize, sentence: &Sentence) {
    let Sentence { group, key, names } = *sentence;
    let dot = start + group.len();
    let equals = dot + 1 + key.len();
    let begins = is_at(text, start, group.as_bytes())
        && is_at(text, dot, b".")
        && is_at(text, dot + 1, key.as_bytes())
        && is_at(text, equals, b" = ");
    // The name of the sentence that should stand here.
    assert!(begins && equals + 3 < end, "{}", key);
    assert!(has_only(text, equals + 3, end, names.as_bytes()), "{}", key);
    let names = names.as_bytes();
    let mut at = 0;
    while at < names.len() {
        let space = find(names, at, names.len(), b' ');
        assert!(has(text, equals + 3, end, names, at, space), "{}", key);
        at = space + 1;
    }
}

/// Whether nothing but these names stands in braces.
const fn has_only(text: &[u8], start: usize, end: usize, names: &[u8]) -> bool {
    let mut at = start;
    while at < end {
        if text[at] == b'}' {
            return false;
        }
        if text[at] == b'{' {
            let close = find(text, at, end, b'}');
            if close == end || !is_among(text, at + 1, close, names) {
                return false;
            }
            at = close;
        }
        at += 1;
    }
    true
}

/// Whether a name, given as a part of the names, stands in braces.
const fn has(text: &[u8], start: usize, end: usize, names: &[u8], from: usize, to: usize) -> bool {
    let mut at = start;
    while at < end {
        if text[at] == b'{' && find(text, at, end, b'}') == at + 1 + to - from {
            let mut letter = from;
            while letter < to && text[at + 1 + letter - from] == names[letter] {
                letter += 1;
            }
            if letter == to {
                return true;
            }
        }
        at += 1;
    }
    false
}

/// Whether a part of a text is one of the names.
const fn is_among(text: &[u8], start: usize, end: usize, names: &[u8]) -> bool {
    let mut at = 0;
    while at < names.len() {
        let space = find(names, at, names.len(), b' ');
        if space - at == end - start {
            let mut letter = 0;
            while letter < end - start && text[start + letter] == names[at + letter] {
                letter += 1;
            }
            if letter == end - start {
                return true;
            }
        }
        at = space + 1;
    }
    false
}

/// The place of a byte, or the end where there is none.
const fn find(text: &[u8], start: usize, end: usize, byte: u8) -> usize {
    let mut at = start;
    while at < end && text[at] != byte {
        at += 1;
    }
    at
}

/// Whether these bytes stand there.
const fn is_at(text: &[u8], at: usize, bytes: &[u8]) -> bool {
    let mut letter = 0;
    while letter < bytes.len() {
        if at + letter >= text.len() || text[at + letter] != bytes[letter] {
            return false;
        }
        letter += 1;
    }
    true
}

const fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && is_at(one.as_bytes(), 0, other.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECLARED: [Sentence; 2] =
        [Sentence { group: "a", key: "run", names: "" }, Sentence { group: "a", key: "step", names: "step steps " }];

    fn fits(text: &'static str) -> bool {
        std::panic::catch_unwind(|| all(text, &DECLARED)).is_ok()
    }

    #[test]
    fn a_language_says_what_is_declared_and_nothing_else() {
        assert!(fits("# b\n\na.run = Run\na.step = {step}/{steps}\n"));
        assert!(fits("a.run = Run\n# b\na.step = of {steps} {step} {step}"));
        for other in [
            "a.run = Run\n",
            "a.run = Run\na.step = {step}/{steps}\na.more = x\n",
            "a.step = {step}/{steps}\na.run = Run\n",
            "a.run = Run\na.step = {step}\n",
            "a.run = Run\na.step = {step} {steps} {other}\n",
            "a.run = {run}\na.step = {step} {steps}\n",
            "a.run = \na.step = {step} {steps}\n",
            "b.run = Run\na.step = {step} {steps}\n",
            "a.run = Run\na.step = {step} {steps\n",
            "a.run = Run}\na.step = {step} {steps}\n",
        ] {
            assert!(!fits(other), "{other}");
        }
        assert_eq!(place(&DECLARED, "a", "step"), 1);
    }
}
