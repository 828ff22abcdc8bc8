//! The marks that git leaves in a file when it cannot join two versions. Each reader of the file would report them as
//! some other error, so they are searched for first.

use std::ops::Range;

use crate::text::{Text, text};

/// The place of the first mark: the bytes of its line.
#[must_use]
pub fn first_mark(words: &str) -> Option<Range<usize>> {
    const MARKS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    let is_mark = |line: &str| {
        MARKS.iter().any(|mark| {
            let rest = line.strip_prefix(mark);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    };
    let mut start = 0;
    for line in words.split_inclusive('\n') {
        let plain = line.trim_end_matches(['\n', '\r']);
        let mark = plain.trim_start_matches('\u{feff}');
        if is_mark(mark) {
            return Some(start + plain.len() - mark.len()..start + plain.len());
        }
        start += line.len();
    }
    None
}

/// Says that the marks of a merge are in the file, and what the next step is.
#[must_use]
pub fn message_and_way_out() -> (Text, Text) {
    let message = text!(
        en: "Git has left the marks of a merge here: two versions of these lines have not been joined.",
        nb: "Her har git satt merker etter en fletting: to versjoner av disse linjene er ikke slått sammen."
    );
    let way_out = text!(
        en: "Keep what is right of the lines from `<<<<<<<` to `>>>>>>>`, and delete the rest of them and all marks.",
        nb: "Behold det som er riktig av linjene fra `<<<<<<<` til `>>>>>>>`, og slett resten av dem og alle merkene."
    );
    (message, way_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_marks_at_the_beginning_of_a_line_are_marks() {
        assert_eq!(first_mark("a\n<<<<<<< HEAD\nb\n"), Some(2..14));
        assert_eq!(first_mark("=======\r\n"), Some(0..7));
        assert_eq!(first_mark("a\n||||||| 1a2b\n"), Some(2..14));
        assert_eq!(first_mark("\u{feff}>>>>>>> x"), Some(3..12));
        for none in ["", "# ======== heading", "========\n", " <<<<<<< HEAD\n", "a <<<<<<< b", "<<<<<<<x"] {
            assert_eq!(first_mark(none), None, "{none}");
        }
    }
}
