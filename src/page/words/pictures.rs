//! What the page says of pictures that a person brings.

use super::{more, start_label};
pub use crate::words::say::pictures::{
    camera_asked, camera_empty, camera_ended, camera_in_use, camera_insecure, camera_missing, camera_refused,
    camera_starts, camera_unfit, camera_unknown, camera_unseen, cameras_picture, no_picture_yet, open_pack,
    picture_too_early, start_stays,
};
use crate::words::{listed, say::pictures as say, sentences};

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

/// Root: a picture is being read.
pub fn reading(name: &str) -> String {
    say::reading(&shortened(name))
}

/// Root: a run waits for a picture that is being read.
pub fn runs_once_read(name: &str) -> String {
    say::runs_once_read(&shortened(name))
}

/// Root: a picture is chosen that seems to have been saved from here.
pub fn chosen_without_run(name: &str) -> String {
    say::chosen_without_run(&shortened(name))
}

/// Behind an alert: a picture that was chosen before is still used.
pub fn still_starts_from(name: &str) -> String {
    say::still_starts_from(&shortened(name))
}

/// Alert.
pub fn file_is_gone(name: &str) -> String {
    say::file_is_gone(&shortened(name))
}

/// Alert.
pub fn file_is_empty(name: &str) -> String {
    say::file_is_empty(&shortened(name))
}

/// Alert.
pub fn picture_is_too_large(name: &str, [width, height]: [u32; 2], most: u64) -> String {
    say::picture_is_too_large(&shortened(name), &width, &height, &(most / 1_000_000))
}

/// Alert.
pub fn picture_is_a_drawing(name: &str) -> String {
    say::picture_is_a_drawing(&shortened(name))
}

/// Alert.
pub fn picture_is_heic(name: &str) -> String {
    say::picture_is_heic(&shortened(name))
}

/// Alert.
pub fn picture_is_broken(name: &str, large: bool) -> String {
    let name = shortened(name);
    if large { say::picture_is_broken_or_large(&name) } else { say::picture_is_broken(&name) }
}

/// Alert.
pub fn not_a_picture(name: &str) -> String {
    say::not_a_picture(&shortened(name))
}

/// Progress of a ranking: how many of them are ranked, and the files that could not be.
pub fn ranked(ranked: usize, total: usize, refused: &[String]) -> String {
    const NAMED: usize = 3;
    let names: Vec<String> = refused.iter().take(NAMED).map(|name| shortened(name)).collect();
    let names = listed(&names);
    let which = match refused.len() {
        0 => None,
        1 => Some(say::unread_one(&names)),
        count if count <= NAMED => Some(say::unread_some(&count, &names)),
        count => Some(say::unread_many(&count, &names, &(count - NAMED))),
    };
    let done = ranked + refused.len();
    let progress = if done < total { say::ranking(&done, &total) } else { say::ranked(&ranked) };
    match which {
        Some(which) => sentences(&[progress, which]),
        None => progress,
    }
}

/// Alert: what a picture from here should tell of its run is damaged.
pub fn stamp_is_damaged(name: &str) -> String {
    no_run(name, say::stamp_is_damaged())
}

/// Alert: a picture from here tells nothing of its run.
pub fn stamp_is_empty(name: &str) -> String {
    no_run(name, say::stamp_is_empty())
}

/// Alert: what a picture from here tells is too long to be a run.
pub fn stamp_is_too_long(name: &str, bytes: usize, most: usize) -> String {
    let [bytes, most] = [bytes, most].map(|bytes| bytes.div_ceil(1024));
    no_run(name, &say::stamp_is_too_long(&bytes, &most))
}

/// Alert: what a picture from here tells is something else than a run.
pub fn stamp_is_no_run(name: &str) -> String {
    no_run(name, say::stamp_is_no_run())
}

fn no_run(name: &str, what: &str) -> String {
    say::no_run(&shortened(name), &what, &more(), &start_label())
}

/// Alert: a dropped picture tells a run that cannot be.
pub fn refused_file(name: &str, problem: &str) -> String {
    say::refused_file(&shortened(name), &with_short_values(problem))
}

/// Alert: a dropped picture was made with a pack that is not here.
pub fn pack_is_not_here(name: &str, pack: &str) -> String {
    say::pack_is_not_here(&shortened(name), &pack)
}

/// Alert: a dropped picture was made with a pack that does not open.
pub fn pack_does_not_open(name: &str, pack: &str, problem: &str) -> String {
    say::pack_does_not_open(&shortened(name), &pack, &problem)
}

/// Alert: a dropped picture was made with another pack; a link to it follows.
pub fn made_with_other_pack(name: &str, pack: &str) -> String {
    say::made_with_other_pack(&shortened(name), &pack)
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
