//! What the page says of pictures that a person brings.

use super::{MORE, START};

/// A name or a value that somebody else has written is repeated up to so many letters.
const LONGEST_NAME: usize = 60;
/// A sentence of others is repeated up to so many letters.
const LONGEST_SENTENCE: usize = 400;

/// The beginning of a text that may be of any length.
pub fn shortened(text: &str) -> String {
    beginning(text, LONGEST_NAME)
}

fn beginning(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A sentence about values that may be of any length: those in quotation marks are shortened.
pub fn with_short_values(sentence: &str) -> String {
    let quoted = |part: &str| match part.split_once('”') {
        Some((value, after)) => format!("“{}”{after}", shortened(value)),
        None => format!("“{part}"),
    };
    let mut parts = sentence.split('“');
    let first = parts.next().unwrap_or_default().to_owned();
    beginning(&parts.map(quoted).fold(first, |before, part| before + &part), LONGEST_SENTENCE)
}

/// What a picture is called that the camera took.
pub const CAMERAS_PICTURE: &str = "the camera’s picture";
/// Root: the browser asks whether the camera may be used.
pub const CAMERA_ASKED: &str = "The browser asks whether the page may use the camera …";
/// Root: the camera may be used, and shows nothing yet.
pub const CAMERA_STARTS: &str = "The camera starts …";
/// Alert.
pub const CAMERA_ENDED: &str = "The camera has ended: it was unplugged, or may no longer be used. Press Camera to try again, or choose a \
     picture file.";
/// Alert.
pub const CAMERA_UNSEEN: &str =
    "The camera was let go, as the page was out of sight. Press Camera to open it again, or choose a picture file.";
/// Alert.
pub const CAMERA_EMPTY: &str =
    "The camera’s picture could not be taken. Press Camera to try again, or choose a picture file.";
/// Alert.
pub const CAMERA_IN_USE: &str = "The camera is there, but does not start; another program may be using it. Close that program and press \
     Camera again, or choose a picture file.";
/// Alert.
pub const CAMERA_REFUSED: &str = "The page may not use the camera. Allow it in the browser’s settings for this site and press Camera again, or \
     choose a picture file.";
/// Alert.
pub const CAMERA_MISSING: &str =
    "The browser finds no camera. Connect one and press Camera again, or choose a picture file.";
/// Alert.
pub const CAMERA_UNFIT: &str =
    "No camera here can give what the page asks for. Connect another and press Camera again, or choose a picture file.";
/// Alert.
pub const CAMERA_INSECURE: &str = "Browsers give the camera to pages at an https address only, and this is none. Open the page at an https \
     address, or choose a picture file.";
/// Alert.
pub const CAMERA_UNKNOWN: &str = "This browser gives pages no camera. Take another browser, or choose a picture file.";
/// Behind an alert: no picture was chosen before.
pub const NO_PICTURE_YET: &str = "No picture is chosen yet.";
/// Behind an alert: the next run starts from something else than a picture.
pub const START_STAYS: &str = "Run starts as before.";
/// Alert: a picture comes before the pack.
pub const PICTURE_TOO_EARLY: &str =
    "The networks’ description is not here yet, so no picture can be taken. Press Run, and bring it again then.";

/// Root: a picture is being read.
pub fn reading(name: &str) -> String {
    format!("Reading “{}” …", shortened(name))
}

/// Root: a run waits for a picture that is being read.
pub fn runs_once_read(name: &str) -> String {
    format!("Reading “{}” … The run begins once it is read.", shortened(name))
}

/// Root: a picture is chosen that seems to have been saved from here.
pub fn chosen_without_run(name: &str) -> String {
    format!(
        "Run starts from the picture. “{}” is named like a picture that was saved here, but it holds no run any more.",
        shortened(name)
    )
}

/// Behind an alert: a picture that was chosen before is still used.
pub fn still_starts_from(name: &str) -> String {
    format!("Run still starts from “{}”.", shortened(name))
}

/// Alert.
pub fn file_is_gone(name: &str) -> String {
    format!(
        "“{}” could not be read: it is no longer where it was, or may not be read. Choose it again.",
        shortened(name)
    )
}

/// Alert.
pub fn file_is_empty(name: &str) -> String {
    format!("“{}” is empty: a file of 0 bytes. Choose another.", shortened(name))
}

/// Alert.
pub fn picture_is_too_large(name: &str, [width, height]: [u32; 2], most: u64) -> String {
    format!(
        "“{}” is too large: {width} × {height} pixels. At most {} million pixels can be read, and 32767 on a side. Save it \
         smaller, and choose that.",
        shortened(name),
        most / 1_000_000
    )
}

/// Alert.
pub fn picture_is_a_drawing(name: &str) -> String {
    format!("“{}” is a drawing (SVG), which has no pixels. Save it as PNG, and choose that.", shortened(name))
}

/// Alert.
pub fn picture_is_heic(name: &str) -> String {
    format!(
        "“{}” is a HEIC picture, as telephones take them, and this browser cannot read those. Save it as JPEG, and choose \
         that.",
        shortened(name)
    )
}

/// Alert.
pub fn picture_is_broken(name: &str, large: bool) -> String {
    let name = shortened(name);
    let or = if large { ", or it needs more memory than there is" } else { "" };
    format!(
        "“{name}” is a picture, but cannot be decoded: the file is cut short or damaged{or}. Get it anew, or choose another."
    )
}

/// Alert.
pub fn not_a_picture(name: &str) -> String {
    format!("“{}”: the browser cannot read that file as a picture. Choose a JPEG or PNG file.", shortened(name))
}

/// Progress of a ranking: how many of them are ranked, and the files that could not be.
pub fn ranked(ranked: usize, total: usize, refused: &[String]) -> String {
    const NAMED: usize = 3;
    let names: Vec<_> = refused.iter().take(NAMED).map(|name| shortened(name)).collect();
    let names = names.join(", ");
    let which = match refused.len() {
        0 => String::new(),
        1 => format!(" One could not be read: {names}."),
        count if count <= NAMED => format!(" {count} could not be read: {names}."),
        count => format!(" {count} could not be read: {names} and {} more.", count - NAMED),
    };
    let done = ranked + refused.len();
    if done < total { format!("{done} of {total} …{which}") } else { format!("{ranked} ranked.{which}") }
}

/// Alert: what a picture from here should tell of its run is damaged.
pub fn stamp_is_damaged(name: &str) -> String {
    no_run(name, "but the description of its run is damaged")
}

/// Alert: a picture from here tells nothing of its run.
pub fn stamp_is_empty(name: &str) -> String {
    no_run(name, "but the description of its run is empty")
}

/// Alert: what a picture from here tells is too long to be a run.
pub fn stamp_is_too_long(name: &str, bytes: usize, most: usize) -> String {
    let [bytes, most] = [bytes, most].map(|bytes| bytes.div_ceil(1024));
    no_run(name, &format!("but what stands in it for its run is {bytes} KB long; {most} KB at most are read"))
}

/// Alert: what a picture from here tells is something else than a run.
pub fn stamp_is_no_run(name: &str) -> String {
    no_run(name, "but what stands in it describes no run")
}

fn no_run(name: &str, what: &str) -> String {
    let name = shortened(name);
    format!(
        "“{name}” is marked as a picture from here, {what}. Nothing has changed. To start from the picture itself, choose it \
         under “{MORE}”, “{START}”."
    )
}

/// Alert: a dropped picture tells a run that cannot be.
pub fn refused_file(name: &str, problem: &str) -> String {
    let (name, problem) = (shortened(name), with_short_values(problem));
    format!("“{name}” tells of a run that cannot be made here. {problem} Nothing has changed.")
}

/// Alert: a dropped picture was made with a pack that is not here.
pub fn pack_is_not_here(name: &str, pack: &str) -> String {
    format!(
        "“{}” was made with the model pack “{pack}”, which is not on this site. Nothing has changed.",
        shortened(name)
    )
}

/// Alert: a dropped picture was made with a pack that does not open.
pub fn pack_does_not_open(name: &str, pack: &str, problem: &str) -> String {
    format!("“{}” was made with the model pack “{pack}”, which cannot be opened. {problem}", shortened(name))
}

/// Alert: a dropped picture was made with another pack; a link to it follows.
pub fn made_with_other_pack(name: &str, pack: &str) -> String {
    format!(
        "“{}” was made with another model pack, “{pack}”. To make its run again, open that pack; the run here then ends.",
        shortened(name)
    )
}

/// Link.
pub fn open_pack(pack: &str) -> String {
    format!("Open pack {pack}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ranked_and_what_is_not_adds_up_and_is_named() {
        let names = |count: usize| (1..=count).map(|number| format!("{number}.txt")).collect::<Vec<_>>();
        assert_eq!(ranked(5, 5, &[]), "5 ranked.");
        assert_eq!(ranked(4, 5, &names(1)), "4 ranked. One could not be read: 1.txt.");
        assert_eq!(ranked(7, 10, &names(3)), "7 ranked. 3 could not be read: 1.txt, 2.txt, 3.txt.");
        assert_eq!(ranked(2, 7, &names(5)), "2 ranked. 5 could not be read: 1.txt, 2.txt, 3.txt and 2 more.");
        assert_eq!(ranked(1, 9, &names(1)), "2 of 9 … One could not be read: 1.txt.");
        assert!(ranked(0, 1, &["x".repeat(9000)]).len() < 200);
    }

    #[test]
    fn what_others_have_written_is_repeated_in_part() {
        let digits = "9".repeat(3000);
        let said =
            refused_file(&digits, &format!("“steps” is “{digits}”, which is not a number that can be used here."));
        assert!(said.len() < 400 && said.contains("which is not a number that can be used here"), "{said}");
        assert_eq!(with_short_values("“a” is “b”, not “c"), "“a” is “b”, not “c");
        assert!(with_short_values(&"é".repeat(9000)).len() < 1000);
        assert_eq!(shortened("é.png"), "é.png");
        for said in [stamp_is_damaged(&digits), picture_is_broken(&digits, true), made_with_other_pack(&digits, "a")] {
            assert!(said.len() < 400, "{said}");
        }
    }
}
