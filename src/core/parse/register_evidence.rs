//! The evidence that approvals need, in `register.yaml`: the key `evidence`, and the key `forge` if the evidence is a
//! forge.

use std::collections::BTreeMap;

use super::item::{Item, Read};
use super::page::shown;
use super::walk::{Fields, named_pairs};
use crate::diag::{Code, Finding, Place, text};
use crate::host::{self, Host};
use crate::invisible::is_invisible;
use crate::model::{Evidence, ForgeKind, ForgeSettings, PersonId};

#[derive(Clone, Copy)]
enum Word {
    Signature,
    Forge,
    Declared,
}

/// Reads both keys. Without them the evidence is a signature.
pub(super) fn evidence(fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<Evidence> {
    const WORDS: [(&str, Word); 3] =
        [("signature", Word::Signature), ("forge", Word::Forge), ("declared", Word::Declared)];
    let word = fields.may("evidence", wrong, |item| item.one_of(&WORDS))?;
    let forge = fields.item("forge");
    match (word.map(|at| at.value), forge) {
        (Some(Word::Forge), Some(item)) => forge_settings(fields, item, wrong).map(Evidence::Forge),
        (Some(Word::Forge), None) => {
            let way_out = text!(
                en: "Add `forge:` with `kind`, `api`, `project`, `branch` and `accounts`.",
                nb: "Legg til `forge:` med `kind`, `api`, `project`, `branch` og `accounts`."
            );
            let message = text!(
                en: "`evidence: forge` is written, and `forge` is missing.",
                nb: "`evidence: forge` er skrevet, men `forge` mangler."
            );
            wrong.push(fields.page.finding(Code::MissingKey, fields.span, message, way_out));
            None
        }
        (_, Some(item)) => {
            let message = text!(
                en: "`forge` is written, and the evidence is another.",
                nb: "`forge` er skrevet, men beviset er et annet."
            );
            let way_out = text!(
                en: "Write `evidence: forge`, or take `forge` out.",
                nb: "Skriv `evidence: forge`, eller ta bort `forge`."
            );
            wrong.push(*item.wrong(Code::RegisterInvalid, message, way_out));
            None
        }
        (Some(Word::Declared), None) => Some(Evidence::Declared),
        (Some(Word::Signature) | None, None) => Some(Evidence::Signature),
    }
}

/// The highest number that an account can have. Both forges count their accounts from 1, in signed numbers of 64 bits.
const LAST_ACCOUNT: u64 = i64::MAX.unsigned_abs();

fn forge_settings(
    fields: &Fields<'_, '_>,
    item: Item<'_, '_>,
    wrong: &mut Vec<Finding>,
) -> Option<ForgeSettings> {
    const KEYS: &[&str] = &["kind", "api", "project", "branch", "accounts"];
    const KINDS: [(&str, ForgeKind); 2] = [("github", ForgeKind::GitHub), ("gitlab", ForgeKind::GitLab)];
    let page = fields.page;
    let inner = Fields::open(page, item.node, text!(en: "`forge`", nb: "`forge`"), KEYS, wrong)?;
    let kind = inner.need("kind", "github", wrong, |item| item.one_of(&KINDS));
    let api = inner.need("api", "https://api.github.com", wrong, address);
    let project = inner.need("project", "owner/name", wrong, Item::words);
    let branch = inner.need("branch", "main", wrong, Item::words);
    let mut accounts = BTreeMap::new();
    let whose = text!(
        en: "account numbers and the persons they belong to",
        nb: "kontonumre og personene de tilhører"
    );
    if let Some(list) = inner.item("accounts") {
        for pair in named_pairs(page, list.node, &whose, wrong) {
            // The number must be written as the forge writes it. Otherwise `0011` would be a second line for account
            // 11.
            let number = pair.key.parse::<u64>().ok();
            let number = number
                .filter(|number| number.to_string() == *pair.key && (1..=LAST_ACCOUNT).contains(number));
            let Some(number) = number else {
                let key = shown(&pair.key);
                let message = text!(
                    en: "`{key}` is no account number.",
                    nb: "`{key}` er ikke et kontonummer."
                );
                let way_out = text!(
                    en: "Write the account's number, which never changes hands, not its name.",
                    nb: "Skriv kontoens nummer, som aldri skifter eier, ikke navnet."
                );
                wrong.push(page.finding(Code::BadValue, page.key_span(pair), message, way_out));
                continue;
            };
            let person = Item { page, key: "accounts", node: &pair.node };
            match person.id(PersonId::new, "fornavn.etternavn") {
                Ok(person) => drop(accounts.insert(number, person)),
                Err(finding) => wrong.push(*finding),
            }
        }
    }
    Some(ForgeSettings {
        kind: kind?.value,
        api: api?.value,
        project: project?.value,
        branch: branch?.value,
        accounts,
    })
}

/// An address that begins with `https://`, or with `http://` and one of this machine's names.
fn address(item: &Item<'_, '_>) -> Read<String> {
    let text = item.text()?;
    let is_special = match host_of(text) {
        Some(Host::Number(number)) if host::is_special(number) => true,
        Some(Host::Number(_) | Host::Name) => return Ok(text.trim_end_matches('/').to_owned()),
        None => false,
    };
    let is_secret = may_hold_a_secret(text);
    let shown = if is_secret { "…".to_owned() } else { shown(text) };
    let message = match is_special {
        true => text!(
            en: "`{shown}` is a link-local or special address, and no API is there.",
            nb: "`{shown}` er en lenkelokal eller spesiell adresse, og der er det ikke noe API."
        ),
        false => {
            text!(en: "`{shown}` is no address of an API.", nb: "`{shown}` er ikke adressen til et API.")
        }
    };
    let way_out = text!(
        en: "Write `https://` and the forge's own host, such as `https://api.github.com`.",
        nb: "Skriv `https://` og plattformens eget navn, slik som `https://api.github.com`."
    );
    let mut finding = item.wrong(Code::BadValue, message, way_out);
    if is_secret {
        finding.place = finding.place.take().map(Place::blanked);
    }
    Err(finding)
}

/// Tells whether a part of the text may be a password. This is the part before `@`, the part after `?` or `#`, or the
/// part after a colon if it is not a port.
fn may_hold_a_secret(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let is_port = match rest.split('/').next().unwrap_or_default().rsplit_once(':') {
        Some((_, port)) => port.contains(']') || port.parse::<u16>().is_ok(),
        None => true,
    };
    text.contains(['@', '?', '#']) || !is_port
}

/// Returns the host of a text that has the form of an API's address. The whole host must be compared, because
/// `127.0.0.1.example.no` begins like this machine and is another one. The client refuses an address with a name, a
/// password, a `?` or a `#`.
fn host_of(text: &str) -> Option<Host> {
    const HERE: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
    if text.contains(|c: char| c.is_whitespace() || is_invisible(c) || "@?#\\".contains(c)) {
        return None;
    }
    let (rest, is_encrypted) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return None,
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of an IPv6 address stand before its bracket.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
    let may_be_reached = is_port && (is_encrypted || HERE.contains(&host));
    if may_be_reached { host::read_host(host) } else { None }
}
