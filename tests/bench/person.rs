//! A person's file as text. Each fixture has its own types for what it varies, and writes the file with this one.

use std::fmt::{Display, Write as _};

/// The lines about a person. Further lines and `access:` come after them.
#[must_use]
pub fn about(person: &str, name: &str, employer: &str, staff: &str) -> String {
    format!("person: {person}\nname: {name}\nemployer: {employer}\nstaff: {staff}\n")
}

/// One entry below `access:`.
pub struct Access<'a> {
    /// The id of the application.
    pub application: &'a str,
    /// The RESH id of the unit.
    pub unit: &'a dyn Display,
    /// The id of the role.
    pub role: &'a str,
    /// The first day of the access.
    pub from: &'a dyn Display,
    /// The last day, if there is one.
    pub until: Option<&'a dyn Display>,
    /// The number of the application request.
    pub request: &'a dyn Display,
    /// The id of the approver.
    pub by: &'a str,
    /// The day of the approval.
    pub on: &'a dyn Display,
    /// The word that tells how the approver knows the person.
    pub identity: &'a str,
    /// The day on which the person was telephoned, if the identity says so.
    pub contacted: Option<&'a dyn Display>,
    /// The day of the revocation and the id of the person who revoked, if it was revoked.
    pub revoked: Option<(&'a dyn Display, &'a str)>,
}

impl Access<'_> {
    /// Adds the entry to the text of a file.
    pub fn write(&self, text: &mut String) {
        let Self { application, unit, role, from, until, request, by, on, identity, contacted, revoked } =
            self;
        let _ = write!(
            text,
            "  - application: {application}\n    unit: {unit}\n    role: {role}\n    from: {from}\n"
        );
        if let Some(until) = until {
            let _ = writeln!(text, "    until: {until}");
        }
        let _ = write!(
            text,
            "    request: {request}\n    approved:\n      by: {by}\n      on: {on}\n      identity: {identity}\n"
        );
        if let Some(day) = contacted {
            let _ = writeln!(text, "      contacted: {{channel: phone, on: {day}}}");
        }
        if let Some((on, by)) = revoked {
            let _ = writeln!(text, "    revoked: {{on: {on}, by: {by}, reason: has left}}");
        }
    }
}
