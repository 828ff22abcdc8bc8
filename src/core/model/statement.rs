//! Statements are the fixed plain texts that people sign (law: *an approval is evidence*). An edit elsewhere in a file
//! does not change a statement. An edit of an approved value does.
//!
//! Every line has the form `name: value` and ends with a line feed. The order of the lines is fixed. A value cannot
//! add a line of its own: characters that break a line or cannot be seen are written as escapes.

use jiff::civil::Date;

use super::{Digest, Email, Facts, Grant, GrantKey, Identity, PersonId, Previously, TrustId};
use crate::invisible::hidden_in;

/// The usual number of bytes in a statement.
const USUAL: usize = 512;

impl Grant {
    /// The statement of the entry, which the approver signs.
    #[must_use]
    pub fn statement(&self, register: &str) -> String {
        let mut lines = vec![("register", register.to_owned()), ("person", self.key.person.to_string())];
        lines.extend(self.vouched.lines());
        lines.extend(self.lines());
        lines.extend([
            ("identity", identity(&self.approval.identity)),
            ("approved by", self.approval.by.to_string()),
            ("approved on", self.approval.on.to_string()),
        ]);
        written("access", &lines)
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
    /// The digest of the files `.gitattributes`, if there are any.
    pub gitattributes: Option<Digest>,
}

impl SettingsDigests {
    /// The statement that each of two national administrators signs before the settings come into force (R44).
    #[must_use]
    pub fn statement(&self, register: &str, by: &PersonId, on: Date) -> String {
        let mut lines = vec![
            ("register", register.to_owned()),
            ("register.yaml", self.register.to_string()),
            ("policies", self.policies.to_string()),
            ("allowed_signers", self.allowed_signers.to_string()),
            ("revoked_keys", self.revoked_keys.to_string()),
        ];
        lines.extend(self.gitattributes.map(|digest| ("gitattributes", digest.to_string())));
        lines.extend([("signed by", by.to_string()), ("signed on", on.to_string())]);
        written("settings", &lines)
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

impl Facts {
    /// The statement that an administrator signs about what identifies the person: name, login and e-mail address.
    #[must_use]
    pub fn person_statement(&self, register: &str, person: &PersonId, by: &PersonId, on: Date) -> String {
        let mut lines = self.identifying(register, person);
        lines.extend([("approved by", by.to_string()), ("approved on", on.to_string())]);
        written("person", &lines)
    }

    /// The digest of what identifies the person, without a signer and a day. A review of a forge is compared with it.
    #[must_use]
    pub fn identifying_digest(&self, register: &str, person: &PersonId) -> Digest {
        Digest::of(written("person", &self.identifying(register, person)).as_bytes())
    }

    fn identifying(&self, register: &str, person: &PersonId) -> Vec<(&'static str, String)> {
        // No address is equal to these words, because neither has an `@`.
        let unsaid = || "not stated".to_owned();
        vec![
            ("register", register.to_owned()),
            ("person", person.to_string()),
            ("name", self.name.clone()),
            ("login", self.vouched.login.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)),
            ("e-mail", self.email.as_ref().map(Email::as_str).map_or_else(unsaid, str::to_owned)),
        ]
    }
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

pub(super) fn written(kind: &str, lines: &[(&str, String)]) -> String {
    written_in(kind, 1, lines)
}

/// The statement in one version of its kind. The first line names both, so no text can be read as another version.
pub(super) fn written_in(kind: &str, version: u8, lines: &[(&str, String)]) -> String {
    let mut text = String::with_capacity(USUAL);
    text.push_str("portvakt ");
    text.push_str(kind);
    text.push_str(" statement ");
    text.push_str(&version.to_string());
    text.push('\n');
    for (name, value) in lines {
        text.push_str(name);
        text.push_str(": ");
        push_visible(&mut text, value);
        text.push('\n');
    }
    text
}

/// Adds a value to a statement. It may not break a line, or reverse or hide the text around it on the signer's screen.
fn push_visible(text: &mut String, value: &str) {
    // Nearly every value is of these characters, and all of them can be seen.
    if value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        text.push_str(value);
        return;
    }
    let hidden: Vec<usize> = hidden_in(value).map(|(at, _)| at).collect();
    for (at, c) in value.char_indices() {
        if hidden.binary_search(&at).is_ok() { text.extend(c.escape_unicode()) } else { text.push(c) }
    }
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
        let key = GrantKey {
            person: PersonId::new("ola.testesen").unwrap(),
            application: super::super::ApplicationId::new("smerteregisteret").unwrap(),
            unit: UnitId(100_082),
            request: RequestId::new("REQ-2026-0001").unwrap(),
        };
        let approval = Approval {
            by: PersonId::new("kari.testesen").unwrap(),
            on: date(2026, 10, 30),
            identity: Identity::Contacted { channel: channel.to_owned(), on: date(2026, 10, 29) },
        };
        let vouched = Vouched::of(EmployerId::new("helse-bergen").unwrap(), Staff::Health);
        let at = (TrustId::new("helse-bergen").unwrap(), RoleId::new("LU").unwrap());
        Grant::new(key, at, date(2026, 11, 1), approval, vouched)
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
        let facts = |email: Option<&str>| Facts {
            name: "Ola Testesen".to_owned(),
            vouched: grant("phone").vouched,
            email: email.map(|email| Email::from(email.to_owned())),
        };
        let ola = PersonId::new("ola.testesen").unwrap();
        for (email, written) in
            [(Some("ola@example.test"), "ola@example.test"), (Some("none"), "none"), (None, "not stated")]
        {
            assert_eq!(
                facts(email).person_statement("reg", &ola, &who, day),
                format!(
                    "portvakt person statement 1\nregister: reg\nperson: ola.testesen\nname: Ola Testesen\nlogin: \
                     none\ne-mail: {written}\napproved by: kari.testesen\napproved on: 2026-11-20\n"
                )
            );
        }
        let one = Digest::of(b"1");
        assert_eq!(
            release_statement("reg", one, &who, day),
            format!(
                "portvakt release statement 1\nregister: reg\ndigest: {one}\nreleased by: kari.testesen\nreleased on: 2026-11-20\n"
            )
        );
        let [two, three, four] = [b"2", b"3", b"4"].map(|text| Digest::of(text));
        let settings = SettingsDigests {
            register: one,
            policies: two,
            allowed_signers: three,
            revoked_keys: four,
            gitattributes: None,
        };
        let with_attributes = SettingsDigests { gitattributes: Some(one), ..settings };
        assert!(
            with_attributes
                .statement("reg", &who, day)
                .contains(&format!("\nrevoked_keys: {four}\ngitattributes: {one}\nsigned by: "))
        );
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
        for wrong in [
            "x\nrole: LC",
            "x\r\nrole: LC",
            "x\u{2028}role: LC",
            "x\u{85}role: LC",
            "x\u{202e}CL",
            "x\u{2800}",
            "x\u{3164}",
        ] {
            let text = grant(wrong).statement("reg");
            assert_eq!(text.lines().count(), plain);
            assert!(
                !text.contains(['\r', '\u{2028}', '\u{85}', '\u{202e}', '\u{2800}', '\u{3164}']),
                "{text}"
            );
            assert!(text.contains("contacted by x\\u{"), "{text}");
        }
        // A picture that people see is signed as it is.
        assert!(grant("☎\u{fe0f}").statement("reg").contains("contacted by ☎\u{fe0f} on"));
    }
}
