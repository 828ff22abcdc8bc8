//! Keeps the line ends of a file while it is edited. Edits are made on a text with plain line ends, and each line gets
//! its own end back. A line that stays, or whose value is replaced, keeps its end. A new line gets the end that most
//! lines of the file have.

/// The line end of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Unix,
    Windows,
}

/// The line ends of a text, in their order. Text after the last one has no line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LineEnds {
    of: Vec<End>,
    usual: End,
}

impl End {
    fn text(self) -> &'static str {
        match self {
            Self::Unix => "\n",
            Self::Windows => "\r\n",
        }
    }
}

impl LineEnds {
    /// Takes the line ends of a text.
    pub(super) fn of(text: &str) -> Self {
        let ended = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let of: Vec<End> =
            ended.map(|line| if line.ends_with("\r\n") { End::Windows } else { End::Unix }).collect();
        let windows = of.iter().filter(|end| **end == End::Windows).count();
        let usual = if windows * 2 > of.len() { End::Windows } else { End::Unix };
        Self { of, usual }
    }

    /// Returns the text with plain line ends.
    pub(super) fn plain(text: &str) -> String {
        text.replace("\r\n", "\n")
    }

    /// Updates the line ends after an edit in one place of the plain text.
    pub(super) fn follow(&mut self, before: &str, after: &str) {
        let was: Vec<&str> = before.split('\n').collect();
        let now: Vec<&str> = after.split('\n').collect();
        let above = was.iter().zip(&now).take_while(|(was, now)| was == now).count();
        let most = was.len().min(now.len()) - above;
        let from_the_end = was.iter().rev().zip(now.iter().rev());
        let below = from_the_end.take(most).take_while(|(was, now)| was == now).count();
        let end = |line: usize| {
            // Lines below the edit are counted from the end. The other lines are counted from the beginning.
            let before = if line + below >= now.len() {
                (line + was.len()).checked_sub(now.len())
            } else {
                Some(line).filter(|line| line + below < was.len())
            };
            before.and_then(|line| self.of.get(line)).copied().unwrap_or(self.usual)
        };
        let ends: Vec<End> = (0..now.len().saturating_sub(1)).map(end).collect();
        self.of = ends;
    }

    /// Returns the text with its own line ends in place of the plain ones.
    pub(super) fn put_back(&self, text: &str) -> String {
        let mut whole = String::with_capacity(text.len() + self.of.len());
        let mut ends = self.of.iter();
        for line in text.split_inclusive('\n') {
            match line.strip_suffix('\n') {
                Some(words) => {
                    whole.push_str(words);
                    whole.push_str(ends.next().copied().unwrap_or(self.usual).text());
                }
                None => whole.push_str(line),
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::LineEnds;

    /// Edits the plain form of a text, and returns the result with the text's own line ends.
    fn edited(text: &str, edit: impl FnOnce(&str) -> String) -> String {
        let (mut ends, plain) = (LineEnds::of(text), LineEnds::plain(text));
        let after = edit(&plain);
        ends.follow(&plain, &after);
        ends.put_back(&after)
    }

    #[test]
    fn each_line_keeps_its_end_and_a_new_one_gets_the_usual() {
        let mixed = "a\r\nb\nc\r\nd\r\n";
        assert_eq!(edited(mixed, str::to_owned), mixed);
        assert_eq!(edited(mixed, |text| text.replace("b\n", "x\n")), "a\r\nx\nc\r\nd\r\n");
        assert_eq!(edited(mixed, |text| text.replace("b\n", "b\nn\n")), "a\r\nb\nn\r\nc\r\nd\r\n");
        assert_eq!(edited(mixed, |text| text.replace("a\n", "")), "b\nc\r\nd\r\n");
        assert_eq!(edited(mixed, |text| format!("{text}n\n")), "a\r\nb\nc\r\nd\r\nn\r\n");
    }

    #[test]
    fn a_last_line_without_an_end_gets_the_usual_when_something_follows() {
        assert_eq!(edited("a\r\nb", |text| format!("{text}\nn\n")), "a\r\nb\r\nn\r\n");
        assert_eq!(edited("a\nb", |text| format!("{text}\nn\n")), "a\nb\nn\n");
        assert_eq!(edited("a\r\nb", |text| text.replace('b', "c")), "a\r\nc");
    }

    #[test]
    fn equal_lines_beside_the_edit_do_not_mislead() {
        assert_eq!(edited("a\r\na\r\nb\n", |text| text.replace("b\n", "")), "a\r\na\r\n");
        assert_eq!(edited("a\na\na\n", |text| format!("{text}a\n")), "a\na\na\na\n");
    }
}
