//! Text form of Protocol Buffers, as `.prototxt` files have it: names with values or messages, whatever the schema
//! (<https://protobuf.dev/reference/protobuf/textformat-spec/>). Which fields mean something is for those who ask; extensions
//! and `Any` are refused. A text is bounded in length, in depth and in how many fields it has before any of that takes memory.

use crate::import::{CaffeError, TextFlaw};

/// Longest text that is read, in bytes; ResNet-152's has 90 KB.
const LONGEST: usize = 1 << 20;
/// Most fields of a text, each of which takes two bytes in the file at least, and tens in memory.
const MOST_FIELDS: usize = 1 << 16;
/// Most messages within one another.
const DEEPEST: usize = 16;

/// A message: its fields in their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Message<'a> {
    fields: Vec<(&'a str, Value<'a>)>,
}

/// A field's value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Message(Message<'a>),
    /// A number, or a word: of an enum, `true`, `false`.
    Word(&'a str),
    /// What stands between quotation marks.
    Text(String),
}

impl<'a> Message<'a> {
    /// Names of its fields.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.fields.iter().map(|(name, _)| *name)
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &Value<'a>> {
        self.fields.iter().filter(move |(own, _)| *own == name).map(|(_, value)| value)
    }

    /// All messages of a field.
    pub fn messages(&self, name: &str) -> impl DoubleEndedIterator<Item = &Message<'a>> {
        self.all(name).filter_map(|value| match value {
            Value::Message(message) => Some(message),
            Value::Word(_) | Value::Text(_) => None,
        })
    }

    /// The last message of a field, as the last value counts.
    pub fn message(&self, name: &str) -> Option<&Message<'a>> {
        self.messages(name).next_back()
    }

    /// All texts of a field, words among them.
    pub fn texts(&self, name: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.all(name).filter_map(|value| match value {
            Value::Text(text) => Some(text.as_str()),
            Value::Word(word) => Some(word),
            Value::Message(_) => None,
        })
    }

    /// The last text or word of a field.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next_back()
    }

    /// All numbers of a field; none where one of its values is no such number.
    pub fn numbers<T: std::str::FromStr>(&self, name: &str) -> Option<Vec<T>> {
        let number = |value: &Value| match value {
            Value::Word(word) => word.parse().ok(),
            Value::Message(_) | Value::Text(_) => None,
        };
        self.all(name).map(number).collect()
    }
}

/// Reads a text.
///
/// # Errors
/// [`CaffeError::Definition`] with the line at which it stops to be one.
pub(super) fn parse(text: &[u8]) -> Result<Message<'_>, CaffeError> {
    let at = |line, flaw| CaffeError::Definition { line, flaw };
    if text.len() > LONGEST {
        return Err(at(1, TextFlaw::Long));
    }
    let text = std::str::from_utf8(text).map_err(|error| at(line_of(text, error.valid_up_to()), TextFlaw::Letter))?;
    let mut reader = Reader { text: text.trim_start_matches('\u{feff}'), place: 0, left: MOST_FIELDS };
    reader.message(None, 0).map_err(|flaw| at(line_of(reader.text.as_bytes(), reader.place), flaw))
}

fn line_of(text: &[u8], place: usize) -> usize {
    1 + text.iter().take(place).filter(|byte| **byte == b'\n').count()
}

struct Reader<'a> {
    text: &'a str,
    /// Where it reads, in bytes; always between two letters.
    place: usize,
    /// Fields that may still come.
    left: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.place..).unwrap_or_default()
    }

    /// Goes behind white space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.place += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.place += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    /// Goes behind a letter where it is the next one.
    fn took(&mut self, letter: char) -> bool {
        self.skip();
        let is_next = self.rest().starts_with(letter);
        self.place += if is_next { letter.len_utf8() } else { 0 };
        is_next
    }

    /// A name, a number or a word.
    fn word(&mut self) -> Result<&'a str, TextFlaw> {
        self.skip();
        let rest = self.rest();
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '+' | '-');
        let end = rest.find(|letter| !plain(letter)).unwrap_or(rest.len());
        if end == 0 {
            return Err(if rest.is_empty() { TextFlaw::End } else { TextFlaw::Letter });
        }
        self.place += end;
        Ok(&rest[..end])
    }

    /// Fields up to the letter that closes the message; the text's own end where it is none.
    fn message(&mut self, close: Option<char>, depth: usize) -> Result<Message<'a>, TextFlaw> {
        if depth > DEEPEST {
            return Err(TextFlaw::Deep);
        }
        let mut message = Message::default();
        loop {
            self.skip();
            match close {
                Some(close) if self.took(close) => return Ok(message),
                None if self.rest().is_empty() => return Ok(message),
                _ => {}
            }
            let name = self.word()?;
            let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
            if !is_name || !name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_') {
                return Err(TextFlaw::Letter);
            }
            let is_scalar = self.took(':');
            if self.took('[') {
                // A row of values, each as if it stood by itself.
                let mut is_first = true;
                while !self.took(']') {
                    if !is_first && !self.took(',') {
                        return Err(TextFlaw::Letter);
                    }
                    is_first = false;
                    let value = self.value(is_scalar, depth)?;
                    self.add(&mut message, name, value)?;
                }
            } else {
                let value = self.value(is_scalar, depth)?;
                self.add(&mut message, name, value)?;
            }
            let _ = self.took(',') || self.took(';');
        }
    }

    fn add(&mut self, message: &mut Message<'a>, name: &'a str, value: Value<'a>) -> Result<(), TextFlaw> {
        self.left = self.left.checked_sub(1).ok_or(TextFlaw::Long)?;
        message.fields.push((name, value));
        Ok(())
    }

    fn value(&mut self, is_scalar: bool, depth: usize) -> Result<Value<'a>, TextFlaw> {
        for (open, close) in [('{', '}'), ('<', '>')] {
            if self.took(open) {
                return self.message(Some(close), depth + 1).map(Value::Message);
            }
        }
        match self.rest().chars().next() {
            None => Err(TextFlaw::End),
            // Only a message may do without the colon.
            Some(_) if !is_scalar => Err(TextFlaw::Letter),
            Some(mark @ ('"' | '\'')) => {
                let mut text = self.quoted(mark)?;
                // Neighbours are one text.
                self.skip();
                while let Some(mark @ ('"' | '\'')) = self.rest().chars().next() {
                    text.push_str(&self.quoted(mark)?);
                    self.skip();
                }
                Ok(Value::Text(text))
            }
            Some(_) => self.word().map(Value::Word),
        }
    }

    /// A text between quotation marks; of escapes those that names and paths can have.
    fn quoted(&mut self, mark: char) -> Result<String, TextFlaw> {
        let mut text = String::new();
        let mut letters = self.rest().char_indices().skip(1);
        while let Some((place, letter)) = letters.next() {
            match letter {
                '\n' => return Err(TextFlaw::Letter),
                letter if letter == mark => {
                    self.place += place + letter.len_utf8();
                    return Ok(text);
                }
                '\\' => match letters.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, letter @ ('\\' | '"' | '\''))) => text.push(letter),
                    _ => return Err(TextFlaw::Letter),
                },
                letter => text.push(letter),
            }
        }
        Err(TextFlaw::End)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_however_they_are_written() {
        let text =
            "# a net\nname: 'a' \"b\\n\"; dim: [1, -2] dim: 3,layer { type : MAX } layer<scale: 1e-5 inner: { x: .5 }>";
        let message = parse(text.as_bytes()).unwrap();
        assert_eq!(message.text("name"), Some("ab\n"));
        assert_eq!(message.numbers::<i64>("dim"), Some(vec![1, -2, 3]));
        let layers: Vec<_> = message.messages("layer").collect();
        assert_eq!(layers[0].text("type"), Some("MAX"));
        assert_eq!(layers[1].numbers::<f32>("scale"), Some(vec![1e-5]));
        assert_eq!(layers[1].message("inner").unwrap().numbers::<f32>("x"), Some(vec![0.5]));
        assert_eq!(message.names().collect::<Vec<_>>(), ["name", "dim", "dim", "dim", "layer", "layer"]);
        assert_eq!(message.numbers::<i64>("name"), None);
        assert_eq!(message.numbers::<i64>("none"), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_text_of_fields_is_refused_with_its_line() {
        let deep = "a{".repeat(40);
        let many = "a:1 ".repeat(MOST_FIELDS + 1);
        for (text, line, flaw) in [
            ("a: 1\nb", 2, TextFlaw::End),
            ("a: 1\n\n}", 3, TextFlaw::Letter),
            ("a {\n b: 2", 2, TextFlaw::End),
            ("a: \"b\n\"", 1, TextFlaw::Letter),
            ("a: \"b", 1, TextFlaw::End),
            ("a 1", 1, TextFlaw::Letter),
            ("1: 2", 1, TextFlaw::Letter),
            ("[a.b]: 2", 1, TextFlaw::Letter),
            ("a: [1 2]", 1, TextFlaw::Letter),
            (&deep, 1, TextFlaw::Deep),
            (&many, 1, TextFlaw::Long),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(CaffeError::Definition { line, flaw }), "{text:.40}");
        }
        assert!(parse(b"a: \xff").is_err() && parse(&vec![b' '; LONGEST + 1]).is_err());
        assert_eq!(parse(b""), Ok(Message::default()));
    }
}
