//! Names of a network's classes, from a file of their own or from what a network's file says of itself.

use serde_json::Value as Json;

/// What a network's file calls the names of its classes, in small letters.
const KEYS: [&str; 5] = ["names", "classes", "labels", "class_names", "class_labels"];

/// Names of a file: a line each, a JSON list of texts, or a JSON object from numbers to texts or to lists whose last is one.
pub fn read(file: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(file).ok()?.trim_start_matches('\u{feff}');
    match serde_json::from_str(text) {
        Ok(value) => json(&value),
        Err(_) => {
            let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
            let end = lines.iter().rposition(|line| !line.is_empty())? + 1;
            Some(lines.into_iter().take(end).collect())
        }
    }
}

/// Names of a JSON list or object.
fn json(value: &Json) -> Option<Vec<String>> {
    let of = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Array(texts) => texts.last().and_then(Json::as_str).map(str::to_owned),
        _ => None,
    };
    match value {
        Json::Array(all) => all.iter().map(of).collect(),
        Json::Object(all) => (0..all.len()).map(|unit| all.get(&unit.to_string()).and_then(of)).collect(),
        _ => None,
    }
}

/// Names among what a network's file says of itself, as [`read`] takes them, or as Python writes a dictionary of numbers and
/// texts.
pub fn among(metadata: &[(String, String)]) -> Option<Vec<String>> {
    let (_, text) = metadata.iter().find(|(key, _)| KEYS.contains(&key.to_lowercase().as_str()))?;
    match text.trim_start().starts_with('{') {
        true => python(text).or_else(|| json(&serde_json::from_str(text).ok()?)),
        false => read(text.as_bytes()),
    }
}

/// The texts of `{0: 'cat', 1: "a dog's"}`, whose numbers count from 0.
fn python(text: &str) -> Option<Vec<String>> {
    let mut left = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut names = Vec::new();
    while !left.is_empty() {
        let (number, rest) = left.split_once(':')?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
        let mut name = String::new();
        let mut letters = rest.char_indices().skip(1);
        let end = loop {
            match letters.next()? {
                (place, letter) if letter == quote => break place + 1,
                (_, '\\') => name.push(letters.next()?.1),
                (_, letter) => name.push(letter),
            }
        };
        if number.trim().parse() != Ok(names.len()) {
            return None;
        }
        names.push(name);
        left = rest[end..].trim_start().trim_start_matches(',').trim_start();
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_lines_or_json() {
        let wanted = Some(vec!["cat".to_owned(), "big dog".to_owned()]);
        for text in [
            "cat\nbig dog\n",
            "\u{feff}cat\r\nbig dog",
            r#"["cat", "big dog"]"#,
            r#"{"1": "big dog", "0": "cat"}"#,
            r#"{"0": ["n01", "cat"], "1": ["n02", "big dog"]}"#,
        ] {
            assert_eq!(read(text.as_bytes()), wanted, "{text}");
        }
        for text in ["", "\n\n", "3", r#"{"1": "cat"}"#, r#"[1, 2]"#] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(read(b"\xff\xfe"), None);
    }

    #[test]
    fn a_file_names_its_classes_in_its_own_way() {
        let among = |key: &str, text: &str| among(&[("stride".into(), "32".into()), (key.into(), text.into())]);
        let wanted = Some(vec!["cat".to_owned(), "a dog's".to_owned()]);
        assert_eq!(among("names", r#"{0: 'cat', 1: "a dog's"}"#), wanted);
        assert_eq!(among("names", r"{0: 'cat', 1: 'a dog\'s',}"), wanted);
        assert_eq!(among("Labels", r#"["cat", "a dog's"]"#), wanted);
        assert_eq!(among("classes", "cat\na dog's"), wanted);
        for text in ["{1: 'cat'}", "{0: 'cat'", "{0: cat}", "{0: 'cat}", "{'", "{é: '"] {
            assert_eq!(among("names", text), None, "{text}");
        }
        assert_eq!(among("title", r#"["cat"]"#), None);
    }
}
