//! What a person's work at the terminal came to, and what a test asks of it.

/// The result of a person's work at the terminal.
#[derive(Debug)]
pub struct Session {
    /// The command line and the text of the screen, without the parts that differ from run to run.
    pub transcript: String,
    pub code: i32,
    /// Everything that was typed, the command line and its line end included.
    pub keys: usize,
}

impl Session {
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.transcript);
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.transcript.contains(words), "`{words}` is not in\n{}", self.transcript);
        self
    }

    #[track_caller]
    pub fn never_says(self, words: &str) -> Self {
        assert!(!self.transcript.contains(words), "`{words}` is in\n{}", self.transcript);
        self
    }

    /// Returns the JSON output.
    pub fn json(&self) -> serde_json::Value {
        let printed = serde_json::Deserializer::from_str(&self.transcript).into_iter().next();
        printed.unwrap_or_else(|| panic!("no JSON: {}", self.transcript)).unwrap()
    }

    #[track_caller]
    pub fn takes_at_most(self, keys: usize) -> Self {
        assert!(self.keys <= keys, "{} keystrokes:\n{}", self.keys, self.transcript);
        self
    }
}
