//! The output of a command, with the checks that tests make on it.

use std::process::Output;

/// The output of a command. Standard output and standard error are kept apart.
#[derive(Debug)]
pub struct Told {
    /// The exit code of the process.
    pub code: i32,
    /// The text on standard output.
    pub out: String,
    /// The text on standard error.
    pub err: String,
}

impl Told {
    /// Reads the output.
    ///
    /// # Panics
    ///
    /// The command was ended by a signal, panicked, or printed something that is not text.
    #[must_use]
    pub fn of(output: &Output) -> Self {
        let told = Self {
            code: output.status.code().expect("ended by a signal"),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        };
        assert!(!told.err.contains("panicked"), "{told:?}");
        told
    }

    /// The command has to end with this code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// The words have to stand in one of the two.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        let all = format!("{}\n{}", self.out, self.err);
        assert!(all.contains(words), "`{words}` is not in\n{all}");
        self
    }

    /// The words must not stand in either.
    #[track_caller]
    pub fn never_says(self, words: &str) -> Self {
        let all = format!("{}\n{}", self.out, self.err);
        assert!(!all.contains(words), "`{words}` is in\n{all}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}:\n{}\n{}", self.out, self.err))
    }

    /// The word that follows these words on standard output.
    #[track_caller]
    pub fn after(&self, words: &str) -> String {
        let (_, rest) =
            self.out.split_once(words).unwrap_or_else(|| panic!("`{words}` is not in\n{}", self.out));
        rest.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| !word.is_empty()).unwrap().to_owned()
    }
}
