//! The facts about a person that an approver vouches for besides the access. Only this file says how they are written.
//!
//! Statements, digests, files of people, the table of files and reviews ask [`Vouched::written`] for the facts, and
//! none of them names a fact. A new fact must not change what was signed and bound before. So if a file does not give
//! the fact, it gets no line in `lines` and no part in [`Vouched::bind`].

use serde::{Deserialize, Serialize};

use super::{EmployerId, Hasher, Login, Position, RenamedTrusts};
use crate::text::{Text, text};

/// The kind of staff a person is. It decides who may approve (R15, R16, R43).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Staff {
    /// The person is health personnel; the file says `health`.
    Health,
    /// The person is ICT personnel of an ICT body; the file says `ict`.
    Ict,
    /// The person is anybody else; the file says `other`. Access is denied until a policy says otherwise (R43).
    Other,
}

impl Staff {
    /// The word for it in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Ict => "ict",
            Self::Other => "other",
        }
    }

    /// The kind of staff that a word means, if it is one of them.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Health, Self::Ict, Self::Other].into_iter().find(|staff| staff.as_str() == word)
    }
}

/// One of the facts that an approval vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VouchedFact {
    /// [`Vouched::employer`]
    Employer,
    /// [`Vouched::staff`]
    Staff,
    /// [`Vouched::position`]
    Position,
    /// [`Vouched::login`]
    Login,
}

impl VouchedFact {
    /// The number of facts.
    pub const COUNT: usize = 4;

    /// The facts, in the order in which a file has them and [`Vouched::written`] gives them.
    pub const ALL: [Self; Self::COUNT] = [Self::Employer, Self::Staff, Self::Position, Self::Login];

    /// The key of the fact in a person's file. Statements and the memory name it by the same word.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Employer => "employer",
            Self::Staff => "staff",
            Self::Position => "position",
            Self::Login => "login",
        }
    }

    /// Returns what people call the fact.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Employer => text!(en: "employer", nb: "arbeidsgiver"),
            Self::Staff => text!(en: "kind of staff", nb: "personellgruppe"),
            Self::Position => text!(en: "position", nb: "stilling"),
            Self::Login => text!(en: "login", nb: "innlogging"),
        }
    }
}

/// The facts about the person that an approval vouches for. A change of any of them needs a new approval.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Vouched {
    /// The employer, a trust or an ICT body.
    pub employer: EmployerId,
    /// The kind of staff: health, ICT or other.
    pub staff: Staff,
    /// The person's position, where it matters (`lis`).
    pub position: Option<Position>,
    /// The name the person logs in with.
    pub login: Option<Login>,
}

impl Vouched {
    /// The facts of a person whose file gives only these two. Every file gives them.
    #[must_use]
    pub fn of(employer: EmployerId, staff: Staff) -> Self {
        Self { employer, staff, position: None, login: None }
    }

    /// Returns the facts as they are written, in the order of [`VouchedFact::ALL`]. `None` means that the file does not
    /// give the fact.
    #[must_use]
    pub fn written(&self) -> [Option<&str>; VouchedFact::COUNT] {
        let Self { employer, staff, position, login } = self;
        [
            Some(employer.as_str()),
            Some(staff.as_str()),
            position.as_ref().map(Position::as_str),
            login.as_ref().map(Login::as_str),
        ]
    }

    /// Each fact with its value as it is written.
    pub fn said(&self) -> impl Iterator<Item = (VouchedFact, Option<&str>)> {
        VouchedFact::ALL.into_iter().zip(self.written())
    }

    /// Reads the facts from their written values, which have the order of [`Vouched::written`].
    ///
    /// # Errors
    /// Returns the fact whose value is missing or not valid, and the reason.
    pub fn read(
        [employer, staff, position, login]: [Option<&str>; VouchedFact::COUNT],
    ) -> Result<Self, (VouchedFact, String)> {
        let missing = |fact| move || (fact, "is missing".to_owned());
        let employer = employer.ok_or_else(missing(VouchedFact::Employer))?;
        let staff = staff.ok_or_else(missing(VouchedFact::Staff))?;
        Ok(Self {
            employer: EmployerId::new(employer).map_err(|why| (VouchedFact::Employer, why.to_string()))?,
            staff: Staff::of_word(staff).ok_or_else(|| (VouchedFact::Staff, staff.to_owned()))?,
            position: position
                .map(Position::new)
                .transpose()
                .map_err(|why| (VouchedFact::Position, why.to_string()))?,
            login: login.map(Login::new).transpose().map_err(|why| (VouchedFact::Login, why.to_string()))?,
        })
    }

    /// The lines of a statement. A fact that the file does not give has the line `none`.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.said().map(|(fact, value)| (fact.key(), value.unwrap_or("none").to_owned()))
    }

    /// Adds the facts to a digest. Digests in ledgers are made with these parts, in this form and order.
    pub fn bind(&self, hasher: &mut Hasher) {
        let Self { employer, staff, position, login } = self;
        hasher.part(employer.as_str().as_bytes()).part(staff.as_str().as_bytes());
        for value in [position.as_ref().map(Position::as_str), login.as_ref().map(Login::as_str)] {
            let part = value.map_or_else(|| "-".to_owned(), |value| format!("+{value}"));
            hasher.part(part.as_bytes());
        }
    }

    /// Replaces the employer's id by the new id, if the employer is a trust that was renamed.
    pub fn follow(&mut self, renamed: &RenamedTrusts) {
        let new = renamed.get(self.employer.as_str()).and_then(|new| EmployerId::new(new.as_str()).ok());
        if let Some(new) = new {
            self.employer = new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Digest;
    use super::*;

    /// Every fact is set, and so is every place where it is written.
    fn full() -> Vouched {
        Vouched {
            position: Some(Position::new("lis").unwrap()),
            login: Some(Login::new("karites").unwrap()),
            ..Vouched::of(EmployerId::new("helse-bergen").unwrap(), Staff::Ict)
        }
    }

    fn few() -> Vouched {
        Vouched::of(EmployerId::new("helse-bergen").unwrap(), Staff::Health)
    }

    #[test]
    fn what_is_written_is_read_again() {
        for one in [full(), few()] {
            assert_eq!(Vouched::read(one.written()), Ok(one));
        }
        let keys: Vec<&str> = full().said().map(|(fact, _)| fact.key()).collect();
        assert_eq!(keys, ["employer", "staff", "position", "login"]);
        let wrong = |written| Vouched::read(written).map_err(|(fact, _)| fact);
        let said = Some("helse-bergen");
        assert_eq!(wrong([None, Some("ict"), None, None]), Err(VouchedFact::Employer));
        assert_eq!(wrong([said, None, None, None]), Err(VouchedFact::Staff));
        assert_eq!(wrong([said, Some("nurse"), None, None]), Err(VouchedFact::Staff));
        assert_eq!(wrong([said, Some("ict"), Some(""), None]), Err(VouchedFact::Position));
        assert_eq!(wrong([said, Some("ict"), None, Some("")]), Err(VouchedFact::Login));
    }

    #[test]
    fn a_statement_and_a_digest_have_the_facts_in_their_old_form() {
        let lines: Vec<(&str, String)> = few().lines().collect();
        let expected =
            [("employer", "helse-bergen"), ("staff", "health"), ("position", "none"), ("login", "none")];
        assert_eq!(lines, expected.map(|(key, value)| (key, value.to_owned())));
        let bound = |vouched: &Vouched| -> Digest {
            let mut hasher = Hasher::new("t");
            vouched.bind(&mut hasher);
            hasher.finish()
        };
        let parts = |parts: [&str; 4]| -> Digest {
            let mut hasher = Hasher::new("t");
            for part in parts {
                hasher.part(part.as_bytes());
            }
            hasher.finish()
        };
        assert_eq!(bound(&full()), parts(["helse-bergen", "ict", "+lis", "+karites"]));
        assert_eq!(bound(&few()), parts(["helse-bergen", "health", "-", "-"]));
    }
}
