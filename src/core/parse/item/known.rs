//! Reads an id or a word that must be a known one.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use super::words::put_in;
use super::{Item, Read};
use crate::diag::{Code, Finding, text};
use crate::model::{IdError, RoleRules, Trust};
use crate::parse::page::shown;
use crate::parse::{meant, suggest};

impl Item<'_, '_> {
    /// One of a few fixed words.
    pub(crate) fn one_of<T: Copy>(&self, choices: &[(&str, T)]) -> Read<T> {
        let text = self.text()?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let possible = text!(en: "Possible", nb: "Mulig");
            let way_out = match meant::in_norwegian(text).filter(|meant| words.contains(meant)) {
                Some(meant) => {
                    let all = suggest::listed(&words);
                    let all = text!(with possible, all; en: "{possible}: {all}.", nb: "{possible}: {all}.");
                    suggest::did_you_mean(meant).and(all)
                }
                None => suggest::way_out(text, &possible, &words),
            };
            let message = text!(
                en: "`{key}` cannot be `{text}`.",
                nb: "`{key}` kan ikke være `{text}`.";
                key = self.key, text = shown(text)
            );
            self.wrong(Code::BadValue, message.and(put_in(text)), way_out)
        })
    }

    /// An id of this kind.
    pub(crate) fn id<T>(&self, new: fn(&str) -> Result<T, IdError>, example: &str) -> Read<T> {
        let text = self.text()?;
        new(text).map_err(|error| {
            let why = error.words();
            let message = text!(
                with why;
                en: "`{key}` cannot be `{text}`: {why}.",
                nb: "`{key}` kan ikke være `{text}`: {why}.";
                key = self.key, text = shown(text)
            );
            // The words of an id are joined as in the example.
            let joint = if example.contains('.') { '.' } else { '-' };
            // One name alone is not enough to know the id of an approver.
            let meant = meant::id(text, new, joint).filter(|meant| self.key != "by" || meant.contains('.'));
            let way_out = match meant {
                Some(meant) => meant::write_instead(meant),
                None if meant::several(text, joint) => text!(
                    en: "This may mean more than one, and `{key}` is one. Which is meant? Write it alone, like this: `{example}`.",
                    nb: "Dette kan bety mer enn én, og `{key}` er bare én. Hvilken er ment? Skriv den alene, slik: `{example}`.";
                    key = self.key
                ),
                None => text!(en: "Write it like this: `{example}`.", nb: "Skriv det slik: `{example}`."),
            };
            self.wrong(Code::BadValue, message, way_out)
        })
    }

    /// A name that is in `register.yaml`. The result is the register's own copy of the name.
    pub(crate) fn known<K, V>(&self, names: &BTreeMap<K, V>, kind: &NameKind) -> Read<K>
    where
        K: Ord + Clone + Borrow<str>,
        V: Called,
    {
        let text = self.text()?;
        names.get_key_value(text).map(|(name, _)| name.clone()).ok_or_else(|| {
            let called = |(id, value): (&K, &V)| {
                let id = Borrow::<str>::borrow(id);
                (id.to_owned(), value.called().to_owned())
            };
            let list: Vec<(String, String)> = names.iter().map(called).collect();
            let list: Vec<(&str, &str)> =
                list.iter().map(|(id, called)| (id.as_str(), called.as_str())).collect();
            self.unknown_of(text, kind, &list)
        })
    }

    /// The finding for a name that `register.yaml` does not have.
    pub(crate) fn unknown(&self, text: &str, kind: &NameKind, names: &[&str]) -> Box<Finding> {
        let names: Vec<(&str, &str)> = names.iter().map(|name| (*name, *name)).collect();
        self.unknown_of(text, kind, &names)
    }

    /// Does the same for ids that also have a name for display.
    pub(crate) fn unknown_of(&self, text: &str, kind: &NameKind, names: &[(&str, &str)]) -> Box<Finding> {
        let NameKind { one: [en, nb], all: [en_all, nb_all] } = *kind;
        let message = text!(
            en: "`{text}` is not in `register.yaml` as {en}.",
            nb: "`{text}` står ikke i `register.yaml` som {nb}.";
            text = shown(text)
        );
        let all = text!(en: "The register has the {en_all}", nb: "Registeret har {nb_all}");
        let way_out = suggest::way_out_of(text, &all, names);
        Box::new(self.wrong(Code::UnknownName, message.and(put_in(text)), way_out).missing(shown(text)))
    }
}

/// A thing that has a name for people beside its id.
pub(crate) trait Called {
    /// Returns the name for people.
    fn called(&self) -> &str;
}

impl Called for String {
    fn called(&self) -> &str {
        self
    }
}

impl Called for RoleRules {
    fn called(&self) -> &str {
        &self.name
    }
}

impl Called for Trust {
    fn called(&self) -> &str {
        &self.name
    }
}

/// The words for one kind of name in `register.yaml`, for one and for all of them, in English and in bokmål.
pub(crate) struct NameKind {
    one: [&'static str; 2],
    all: [&'static str; 2],
}

impl NameKind {
    pub(crate) const APPLICATION: Self =
        Self { one: ["an application", "applikasjon"], all: ["applications", "applikasjonene"] };
    pub(crate) const ROLE: Self = Self { one: ["a role", "rolle"], all: ["roles", "rollene"] };
    pub(crate) const OFFICE: Self = Self { one: ["an office", "verv"], all: ["offices", "vervene"] };
    pub(crate) const EMPLOYER: Self =
        Self { one: ["an employer", "arbeidsgiver"], all: ["employers", "arbeidsgiverne"] };
    pub(crate) const TRUST: Self =
        Self { one: ["a trust", "helseforetak"], all: ["trusts", "helseforetakene"] };
    pub(crate) const UNIT: Self = Self { one: ["a unit", "enhet"], all: ["units", "enhetene"] };
}
