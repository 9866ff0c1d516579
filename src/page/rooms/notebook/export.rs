//! The notebook as one file: a page of its own, which needs neither this site nor a network, and holds no program. Names and
//! notes may hold anything, and stand in it as the texts that they are.

use super::facts::Facts;
use crate::{
    page::words,
    spec::{PARAMETERS, Parameter, Prior, Start},
};

/// The end of the file.
pub const END: &str = "</main></body></html>\n";

/// How it looks: on a screen, in the dark, and on paper.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0 auto;max-width:60rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif}\
h1,h2{line-height:1.2;overflow-wrap:anywhere}h2{margin:0;font-size:1.25rem}p{margin:.25rem 0}\
article{display:grid;grid-template-columns:minmax(0,16rem) minmax(0,1fr);gap:1rem;padding:1rem 0;border-top:1px solid #999}\
img{width:100%}.note{margin:.75rem 0;white-space:pre-wrap;overflow-wrap:anywhere;font-size:1.125rem}\
dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:0 1rem;margin:.5rem 0;font-size:.8125rem}\
dd{margin:0;overflow-wrap:anywhere}a{overflow-wrap:anywhere}\
@media(max-width:36rem){article{grid-template-columns:minmax(0,1fr)}}\
@media print{@page{size:A4;margin:15mm}:root{color-scheme:light}body{max-width:none;padding:0;font-size:10pt}\
article{grid-template-columns:5.5cm minmax(0,1fr);break-inside:avoid}h1{margin-top:0}dl{font-size:8pt}}";

/// A kept picture as it is written down.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// What is known of it.
    pub facts: &'a Facts,
    /// When it was kept, for people.
    pub date: &'a str,
    /// What was noted on it.
    pub note: &'a str,
    /// The picture's file; empty where it is lost.
    pub png: &'a [u8],
    /// Address of the page that draws it, without a query.
    pub page: &'a str,
}

/// The beginning of the file, in the language of a tag.
pub fn beginning(language: &str, title: &str) -> String {
    let title = if title.trim().is_empty() { words::notebook() } else { title };
    let (language, title) = (escaped(language), escaped(title));
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\n\
         <body><main><h1>{title}</h1>\n"
    )
}

/// A kept picture in the file.
pub fn entry(Written { facts, date, note, png, page }: Written<'_>) -> String {
    let mut html = "<article><div>".to_owned();
    if !png.is_empty() {
        let name = escaped(&words::kept_picture(&facts.neuron));
        html += &format!("<img alt=\"{name}\" src=\"data:image/png;base64,");
        base64(png, &mut html);
        html += "\">";
    }
    html += &format!("</div><div><h2>{}</h2>", escaped(&facts.neuron));
    let reached = words::kept_facts(facts.activation, facts.step, facts.steps);
    for line in [&facts.detail, &reached, &words::kept_made(&facts.pack, &date)] {
        html += &format!("<p>{}</p>", escaped(line));
    }
    if !note.trim().is_empty() {
        html += &format!("<p class=\"note\">{}</p>", escaped(note));
    }
    html += "<dl>";
    for (label, value) in numbers(&facts.run) {
        html += &format!("<dt>{}</dt><dd>{}</dd>", escaped(&label), escaped(&value));
    }
    let address = escaped(&format!("{page}?{}", facts.run));
    html += &format!("<dt>{}</dt><dd><a href=\"{address}\">{address}</a></dd></dl></div></article>\n", words::link());
    html
}

/// All that a run's query holds, each by its name for people. What has none stands there as in the query.
fn numbers(run: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (key, value) in form_urlencoded::parse(run.as_bytes()) {
        let known: Vec<&Parameter> = PARAMETERS.iter().filter(|parameter| parameter.key == key).collect();
        let label = match &*key {
            "pack" => words::pack_label(),
            "classifier" => words::classifier(),
            "unit" => words::neuron(),
            "prior" => words::prior_label(),
            "start" => words::start_label(),
            other => other,
        };
        match &*key {
            _ if !known.is_empty() => {
                for (parameter, value) in known.iter().zip(value.split(',')) {
                    let label = words::numbers().into_iter().find(|(name, _)| *name == parameter.name);
                    found.push((label.map_or(parameter.name, |(_, label)| label).to_owned(), value.to_owned()));
                }
            }
            "start" => found.push((label.to_owned(), start(&value))),
            "prior" => found.push((label.to_owned(), prior(&value))),
            _ => found.push((label.to_owned(), value.into_owned())),
        }
    }
    found
}

/// What a run starts from, for people.
fn start(text: &str) -> String {
    let start = text.parse::<Start>().ok();
    let named = words::starts().into_iter().find(|(known, _)| start == Some(*known));
    named.map_or(text, |(_, name)| name).to_owned()
}

/// A prior for people, and as it is written where it has values.
fn prior(text: &str) -> String {
    match text.parse::<Prior>() {
        Ok(prior @ Prior::Pixels(_)) => format!("{} ({text})", words::prior(&prior)),
        Ok(prior) => words::prior(&prior),
        Err(_) => text.to_owned(),
    }
}

/// A text that is to be read as it is: between tags, and in the quotation marks of an attribute.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '\'' => html += "&#39;",
            // Some letters that nobody sees are none in HTML.
            '\0' => html.push('\u{fffd}'),
            letter => html.push(letter),
        }
    }
    html
}

/// Bytes as letters (RFC 4648, section 4).
fn base64(bytes: &[u8], text: &mut String) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    text.reserve(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let three = part.iter().chain([&0, &0]).take(3).fold(0, |all, byte| all << 8 | usize::from(*byte));
        for place in 0..4 {
            let letter = if place > part.len() { b'=' } else { LETTERS[three >> (18 - 6 * place) & 63] };
            text.push(char::from(letter));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::speak;

    const RUN: &str = "pack=caffenet-64&classifier=caffenet&unit=fc8:1&prior=tv:2:1,jitter:9&start=near-mean&seed=7&steps=40\
                       &lr=0.3,0&decay=0.99&clip=off";

    fn facts(neuron: &str) -> Facts {
        Facts {
            date: 0.0,
            neuron: neuron.into(),
            detail: "n01443537 · output 1".into(),
            activation: -31.24,
            step: 12,
            steps: 40,
            pack: "caffenet-64".into(),
            run: RUN.into(),
        }
    }

    /// The whole file with one picture in it.
    fn file(language: &str, title: &str, neuron: &str, note: &str) -> String {
        let facts = facts(neuron);
        let png = b"\x89PNG\r\n\x1a\n picture";
        let written = Written { facts: &facts, date: "1/1/1970", note, png, page: "https://example.org/a'b\"<>/" };
        beginning(language, title) + &entry(written) + END
    }

    /// The tags of a page, without what stands between them, each with its attributes; fails where a text is cut by one.
    fn tags(html: &str) -> Vec<&str> {
        html.split('<').skip(1).map(|tag| tag.split_once('>').expect("a tag has an end").0).collect()
    }

    #[test]
    fn what_people_have_written_is_text_and_nothing_else() {
        let plain = file("en", "My pictures", "goldfish", "A note");
        for hostile in [
            "<script>alert(1)</script>",
            "</p></article></main><script src=x>",
            "\" onerror=\"alert(1)\" x='",
            "' onload='alert(1)",
            "]]>--><!-- <![CDATA[",
            "</style></title><svg onload=alert(1)>",
            "&lt;script&gt; &amp; &#60;",
            "a\0b",
        ] {
            let html = file("en", hostile, hostile, hostile);
            let names =
                |html: &str| tags(html).iter().map(|tag| tag.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>();
            assert_eq!(names(&html), names(&plain), "{hostile}");
            // Attributes end where they ended: as many quotation marks, all of them the page's own.
            assert_eq!(html.matches('"').count(), plain.matches('"').count(), "{hostile}");
            assert_eq!(html.matches('\'').count(), plain.matches('\'').count(), "{hostile}");
            assert!(!html.contains('\0') && !html.contains("<script"), "{hostile}");
            assert!(html.contains(&escaped(hostile)), "{hostile}");
        }
        assert_eq!(escaped("&lt; <a href=\"x\">'"), "&amp;lt; &lt;a href=&quot;x&quot;&gt;&#39;");
    }

    #[test]
    fn the_picture_the_note_and_the_run_are_in_the_file() {
        let html = file("en", "", "goldfish", "First line\nSecond line");
        // In base64, by another program: printf '\x89PNG\r\n\x1a\n picture' | base64
        assert!(html.contains("src=\"data:image/png;base64,iVBORw0KGgogcGljdHVyZQ==\""), "{html}");
        assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">") && html.ends_with("</html>\n"));
        assert!(html.contains("<h1>Notebook</h1>"), "without a title it is called what it is");
        assert!(html.contains("<p class=\"note\">First line\nSecond line</p>"), "{html}");
        assert!(html.contains("Activation −31.2, step 12 of 40") && html.contains("Pack caffenet-64, 1/1/1970"));
        let address = format!("https://example.org/a&#39;b&quot;&lt;&gt;/?{}", RUN.replace('&', "&amp;"));
        assert!(html.contains(&format!("<a href=\"{address}\">{address}</a>")), "{html}");
        // Nothing is fetched and nothing runs.
        assert!(html.contains("default-src 'none'") && !html.contains("http-equiv=\"refresh"));
    }

    #[test]
    fn every_number_of_the_run_has_its_name() {
        let found = numbers(RUN);
        let pairs: Vec<_> = found.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect();
        let wanted = [
            ("Networks and data", "caffenet-64"),
            ("Classifier", "caffenet"),
            ("Neuron", "fc8:1"),
            ("Prior", "total variation + jitter (tv:2:1,jitter:9)"),
            ("Start from", "near the mean code"),
            ("Seed", "7"),
            ("Steps", "40"),
            ("Learning rate, first", "0.3"),
            ("Learning rate, last", "0"),
            ("Decay", "0.99"),
            ("Clip, deviations", "off"),
        ];
        assert_eq!(pairs, wanted);
        // What another version of the page has written stands there as it is.
        assert_eq!(numbers("start=moon&new=1%3C&prior=x").last().map(|(_, value)| value.as_str()), Some("x"));
    }

    #[test]
    fn the_file_speaks_the_language_of_the_page() {
        speak(include_str!("../../../words/languages/zh.txt"));
        let html = file("zh", "", "金鱼", "很像");
        speak(include_str!("../../../words/languages/en.txt"));
        for said in ["<html lang=\"zh\">", "<h1>笔记本</h1>", "激活值 −31.2，第 12 步，共 40 步", "随机种子", "很像"]
        {
            assert!(html.contains(said), "{said}: {html}");
        }
        assert!(!html.contains("Activation") && !html.contains("Seed"));
    }

    #[test]
    fn bytes_are_written_as_base64() {
        for (bytes, letters) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            let mut text = String::new();
            base64(bytes.as_bytes(), &mut text);
            assert_eq!(text, letters);
        }
        let mut text = String::new();
        base64(&[0xff, 0xfe, 0xfd, 0xfb], &mut text);
        assert_eq!(text, "//79+w==");
    }
}
