//! An application that was rejected (R3): its number serves nobody.

use jiff::civil::Date;

use super::statement::written;
use super::{Digest, PersonId, RequestId, TrustId};

/// A rejected application. It names no applicant, because text in git stays there for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The number of the application.
    pub request: RequestId,
    /// The day of the rejection.
    pub on: Date,
    /// The administrator who rejected it.
    pub by: PersonId,
    /// The reason, without personal detail.
    pub reason: String,
}

impl Rejection {
    /// The statement that the administrator signs. `trust` is the trust as the path of the list names it.
    #[must_use]
    pub fn statement(&self, register: &str, trust: &TrustId) -> String {
        written(
            "rejection",
            &[
                ("register", register.to_owned()),
                ("trust", trust.to_string()),
                ("request", self.request.to_string()),
                ("reason", self.reason.clone()),
                ("rejected by", self.by.to_string()),
                ("rejected on", self.on.to_string()),
            ],
        )
    }

    /// The digest of the statement. A rejection that was accepted is remembered under it.
    #[must_use]
    pub fn statement_digest(&self, register: &str, trust: &TrustId) -> Digest {
        Digest::of(self.statement(register, trust).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_rejection_reads_as_it_is_written_and_no_reason_makes_a_line_of_its_own() {
        let rejection = |reason: &str| Rejection {
            request: RequestId::new("REQ-2026-0150").unwrap(),
            on: date(2026, 11, 23),
            by: PersonId::new("kari.testesen").unwrap(),
            reason: reason.to_owned(),
        };
        let trust = TrustId::new("ahus").unwrap();
        assert_eq!(
            rejection("no need").statement("reg", &trust),
            "portvakt rejection statement 1\nregister: reg\ntrust: ahus\nrequest: REQ-2026-0150\nreason: no \
             need\nrejected by: kari.testesen\nrejected on: 2026-11-23\n"
        );
        let text = rejection("x\nrejected by: b.b").statement("reg", &trust);
        assert_eq!(text.lines().count(), 7, "{text}");
    }
}
