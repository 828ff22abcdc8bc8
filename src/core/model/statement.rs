//! Statements are the fixed plain texts that people sign (law: *an approval is evidence*). An edit elsewhere in a file
//! does not change a statement. An edit of an approved value does.
//!
//! Every line has the form `name: value` and ends with a line feed. The order of the lines is fixed. A value cannot
//! add a line of its own: characters that break a line or cannot be seen are written as escapes.

use jiff::civil::Date;

use super::{Digest, Grant, GrantKey, Identity, PersonId, Previously, TrustId};

impl Grant {
    /// The statement of the entry, which the approver signs.
    #[must_use]
    pub fn statement(&self, register: &str) -> String {
        let until = self.until.map_or_else(|| "open".to_owned(), |date| date.to_string());
        let none = || "none".to_owned();
        written(
            "access",
            &[
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
                ("identity", identity(&self.approval.identity)),
                ("approved by", self.approval.by.to_string()),
                ("approved on", self.approval.on.to_string()),
            ],
        )
    }

    /// The digest of the statement. A refusal is recorded under it, together with any proof of approval.
    #[must_use]
    pub fn statement_digest(&self, register: &str) -> Digest {
        Digest::of(self.statement(register).as_bytes())
    }
}

impl GrantKey {
    /// The statement that an administrator signs to take an access back. `last` is the new last day. Without it the
    /// access ends at once (R45).
    #[must_use]
    pub fn revocation_statement(
        &self,
        register: &str,
        last: Option<Date>,
        by: &PersonId,
        on: Date,
    ) -> String {
        written(
            "revocation",
            &[
                ("register", register.to_owned()),
                ("person", self.person.to_string()),
                ("application", self.application.to_string()),
                ("unit", self.unit.to_string()),
                ("request", self.request.to_string()),
                ("until", last.map_or_else(|| "at once".to_owned(), |date| date.to_string())),
                ("taken back by", by.to_string()),
                ("taken back on", on.to_string()),
            ],
        )
    }
}

/// The digests that identify the protected settings of a tree. They are released together, so that no part is released
/// with another version of the rest (R44).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingsDigests {
    /// The digest of the bytes of `register.yaml`.
    pub register: Digest,
    /// The digest of all paths and bytes of `policies/`.
    pub policies: Digest,
    /// The digest of the bytes of `allowed_signers`, or of no bytes if the file is missing.
    pub allowed_signers: Digest,
    /// The digest of the bytes of `revoked_keys`, or of no bytes if the file is missing.
    pub revoked_keys: Digest,
}

impl SettingsDigests {
    /// The statement that each of two national administrators signs before the settings come into force (R44).
    #[must_use]
    pub fn statement(&self, register: &str, by: &PersonId, on: Date) -> String {
        written(
            "settings",
            &[
                ("register", register.to_owned()),
                ("register.yaml", self.register.to_string()),
                ("policies", self.policies.to_string()),
                ("allowed_signers", self.allowed_signers.to_string()),
                ("revoked_keys", self.revoked_keys.to_string()),
                ("signed by", by.to_string()),
                ("signed on", on.to_string()),
            ],
        )
    }
}

/// The statement that each of two national administrators signs to release a hold (law: *removals have a budget*).
#[must_use]
pub fn release_statement(register: &str, digest: Digest, by: &PersonId, on: Date) -> String {
    written(
        "release",
        &[
            ("register", register.to_owned()),
            ("digest", digest.to_string()),
            ("released by", by.to_string()),
            ("released on", on.to_string()),
        ],
    )
}

impl Previously {
    /// The statement that the approver signs. It names both ids and the trust.
    #[must_use]
    pub fn statement(&self, register: &str, person: &PersonId, trust: &TrustId) -> String {
        let approval = &self.approval;
        written(
            "change of id",
            &[
                ("register", register.to_owned()),
                ("person", person.to_string()),
                ("previously", self.person.to_string()),
                ("trust", trust.to_string()),
                ("identity", identity(&approval.identity)),
                ("approved by", approval.by.to_string()),
                ("approved on", approval.on.to_string()),
            ],
        )
    }
}

fn identity(identity: &Identity) -> String {
    match identity {
        Identity::Known => "known".to_owned(),
        Identity::Uncertain => "uncertain".to_owned(),
        Identity::Contacted { channel, on } => format!("contacted by {channel} on {on}"),
    }
}

fn written(kind: &str, lines: &[(&str, String)]) -> String {
    let mut text = format!("portvakt {kind} statement 1\n");
    for (name, value) in lines {
        text.push_str(name);
        text.push_str(": ");
        for c in value.chars() {
            if breaks(c) { text.extend(c.escape_unicode()) } else { text.push(c) }
        }
        text.push('\n');
    }
    text
}

/// Whether a character could break a line or reverse its direction on the signer's screen. Values read from a file
/// have no such characters, but a value may come from another source.
fn breaks(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{
        Approval, EmployerId, Grant, GrantKey, Identity, PersonId, RequestId, RoleId, Staff, TrustId, UnitId,
        Vouched,
    };
    use super::*;

    fn grant(channel: &str) -> Grant {
        Grant {
            key: GrantKey {
                person: PersonId::new("ola.testesen").unwrap(),
                application: super::super::ApplicationId::new("smerteregisteret").unwrap(),
                unit: UnitId(100_082),
                request: RequestId::new("REQ-2026-0001").unwrap(),
            },
            trust: TrustId::new("helse-bergen").unwrap(),
            role: RoleId::new("LU").unwrap(),
            from: date(2026, 11, 1),
            until: None,
            approval: Approval {
                by: PersonId::new("kari.testesen").unwrap(),
                on: date(2026, 10, 30),
                identity: Identity::Contacted { channel: channel.to_owned(), on: date(2026, 10, 29) },
            },
            revoked: None,
            vouched: Vouched {
                employer: EmployerId::new("helse-bergen").unwrap(),
                staff: Staff::Health,
                position: None,
                login: None,
            },
        }
    }

    #[test]
    fn statements_read_as_they_are_written() {
        let who = PersonId::new("kari.testesen").unwrap();
        let day = date(2026, 11, 20);
        assert_eq!(
            grant("phone").statement("reg"),
            "portvakt access statement 1\nregister: reg\nperson: ola.testesen\nemployer: helse-bergen\nstaff: \
             health\nposition: none\nlogin: none\napplication: smerteregisteret\nunit: 100082\nrole: LU\nfrom: \
             2026-11-01\nuntil: open\nrequest: REQ-2026-0001\nidentity: contacted by phone on \
             2026-10-29\napproved by: kari.testesen\napproved on: 2026-10-30\n"
        );
        assert_eq!(
            grant("phone").key.revocation_statement("reg", None, &who, day),
            "portvakt revocation statement 1\nregister: reg\nperson: ola.testesen\napplication: \
             smerteregisteret\nunit: 100082\nrequest: REQ-2026-0001\nuntil: at once\ntaken back by: \
             kari.testesen\ntaken back on: 2026-11-20\n"
        );
        let one = Digest::of(b"1");
        assert_eq!(
            release_statement("reg", one, &who, day),
            format!(
                "portvakt release statement 1\nregister: reg\ndigest: {one}\nreleased by: kari.testesen\nreleased on: 2026-11-20\n"
            )
        );
        let [two, three, four] = [b"2", b"3", b"4"].map(|text| Digest::of(text));
        let settings =
            SettingsDigests { register: one, policies: two, allowed_signers: three, revoked_keys: four };
        assert_eq!(
            settings.statement("reg", &who, day),
            format!(
                "portvakt settings statement 1\nregister: reg\nregister.yaml: {one}\npolicies: {two}\nallowed_signers: {three}\nrevoked_keys: {four}\nsigned by: kari.testesen\nsigned on: 2026-11-20\n"
            )
        );
    }

    #[test]
    fn no_value_makes_a_line_of_its_own() {
        let plain = grant("phone").statement("reg").lines().count();
        for wrong in ["x\nrole: LC", "x\r\nrole: LC", "x\u{2028}role: LC", "x\u{85}role: LC", "x\u{202e}CL"] {
            let text = grant(wrong).statement("reg");
            assert_eq!(text.lines().count(), plain);
            assert!(!text.contains(['\r', '\u{2028}', '\u{85}', '\u{202e}']), "{text}");
            assert!(text.contains("contacted by x\\u{"), "{text}");
        }
    }
}
