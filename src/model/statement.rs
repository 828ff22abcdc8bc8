//! The statement of an entry: the fixed plain text an approver puts their name to (law: *an approval is
//! evidence*). An edit elsewhere in the file leaves it the same; an edit of anything approved changes it.

use super::{Digest, Grant, Identity};

impl Grant {
    /// The statement, line by line in fixed order, each line ending with a line feed.
    #[must_use]
    pub fn statement(&self, register: &str) -> String {
        let until = self.until.map_or_else(|| "open".to_owned(), |date| date.to_string());
        let none = || "none".to_owned();
        let identity = match &self.approval.identity {
            Identity::Known => "known".to_owned(),
            Identity::Uncertain => "uncertain".to_owned(),
            Identity::Contacted { channel, on } => format!("contacted by {channel} on {on}"),
        };
        let lines = [
            ("register", register.to_owned()),
            ("person", self.key.person.to_string()),
            ("employer", self.vouched.employer.to_string()),
            ("staff", self.vouched.staff.as_str().to_owned()),
            ("position", self.vouched.position.as_ref().map_or_else(none, ToString::to_string)),
            ("login", self.vouched.login.as_ref().map_or_else(none, ToString::to_string)),
            ("application", self.key.application.to_string()),
            ("unit", self.key.unit.to_string()),
            ("role", self.role.to_string()),
            ("from", self.from.to_string()),
            ("until", until),
            ("request", self.key.request.to_string()),
            ("identity", identity),
            ("approved by", self.approval.by.to_string()),
            ("approved on", self.approval.on.to_string()),
        ];
        let mut text = String::from("portvakt access statement 1\n");
        for (name, value) in lines {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(&value);
            text.push('\n');
        }
        text
    }

    /// What a refusal sticks to: the digest of the statement. With proof of approval, the proof joins it.
    #[must_use]
    pub fn statement_digest(&self, register: &str) -> Digest {
        Digest::of(self.statement(register).as_bytes())
    }
}
