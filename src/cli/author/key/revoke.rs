//! `portvakt key revoke` takes authority from a key that is lost or stolen: a change of its own adds it to `revoked_keys`.
//! One national administrator whom it does not concern is enough for that (R44), so that it is quick. Where the user is one
//! of them, it is signed in the same step. Otherwise it waits for them.

use std::collections::BTreeSet;

use portvakt_core::decide::administrators_needed;
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::evidence::{Fingerprint, PublicKey};
use portvakt_core::model::{Evidence, PersonId};
use portvakt_core::policy::Concerned;
use portvakt_core::tree::{ALLOWED_SIGNERS, REVOKED_KEYS, SETTINGS_SIGNATURES};
use serde_json::{Value, json};

use crate::cli::ask::{Choice, nothing_was_written};
use crate::cli::author::accesses::person_meant;
use crate::cli::author::enrolling::{add_lines, branch_with, enrolling, not_enrolled_and_by_whom};
use crate::cli::author::signed::unsigned;
use crate::cli::author::{How, Stop, Work, own};
use crate::cli::clone::place::Sent;
use crate::cli::clone::remote::FolderAlone;
use crate::cli::clone::{plain, sent};
use crate::cli::{output, signing};
use crate::config::{Format, Global};

/// The people who may sign a revocation, and how many of them must.
struct Revokers {
    may: Vec<PersonId>,
    needed: usize,
}

/// The revocation of a key.
struct KeyRevocation {
    owner: PersonId,
    key: Fingerprint,
    revokers: Revokers,
    /// Tells whether the list of keys has the key of the signature. It is `None` if the user has not signed.
    signed: Option<bool>,
}

/// Revokes a key of somebody.
pub(super) fn revoke_key(
    global: &Global,
    who: &[String],
    fingerprint: Option<&str>,
    how: &How,
) -> Result<Exit, Stop> {
    let work = Work::open(global, how)?;
    let root = &work.place.global.root;
    [REVOKED_KEYS, SETTINGS_SIGNATURES].iter().try_for_each(|path| plain::is_plain(root, path))?;
    let owner = owner_meant(&work, who)?;
    let key = key_meant(&work, &owner, fingerprint)?;
    let list = &work.desk.tree.settings().allowed_signers;
    let words = public_words(list, &key).ok_or_else(|| no_such_key(&work, &owner, &[]))?;
    if !how.again
        && let Some(branch) = branch_with(global, REVOKED_KEYS, &words)
    {
        return Err(Stop::already(vec![text!(
            en: "That this key is revoked waits on {branch} already: a national administrator signs it with `portvakt approve --waiting`, and it counts when it is taken in.",
            nb: "At denne nøkkelen sperres, venter allerede på {branch}: en nasjonal administrator signerer det med `portvakt approve --waiting`, og det teller når det er tatt inn."
        )]));
    }
    let revokers = revokers(&work, &owner);
    if global.format == Format::Human {
        let shown = what_revoking_means(&work, &owner, &key);
        output::say(global, &text!(with shown; en: "{shown}\n", nb: "{shown}\n"));
    }
    let question = text!(en: "Write this?", nb: "Skrive dette?");
    if !how.yes && !work.ask.goes_on(&question)? {
        output::tell(global, &nothing_was_written());
        return Ok(Exit::Findings);
    }
    add_lines(root, REVOKED_KEYS, &[format!("{words} {owner}")])?;
    let signed = sign_as_revoker(&work, &revokers).map_err(|stop| unsigned(&work, stop))?;
    let by = work.me.as_ref().map_or("portvakt", PersonId::as_str);
    let sent = work.place.keep(&format!("revoke-key-{owner}"), &format!("Revoke a key of {owner}"), by)?;
    print_revocation(&work, &KeyRevocation { owner, key, revokers, signed }, sent.as_ref());
    Ok(Exit::Ok)
}

/// Returns the person whose key it is. Somebody who has left may still have a key, and no file.
fn owner_meant(work: &Work<'_>, who: &[String]) -> Result<PersonId, Stop> {
    let typed = who.join(" ");
    let exact = PersonId::new(typed.trim()).ok().filter(|id| work.desk.known.signers.has_key_of(id));
    match exact {
        Some(id) => Ok(id),
        None => person_meant(work, who),
    }
}

/// Returns the key that is meant, among those of the person that are not revoked.
fn key_meant(work: &Work<'_>, owner: &PersonId, typed: Option<&str>) -> Result<Fingerprint, Stop> {
    let signers = &work.desk.known.signers;
    let (revoked, listed): (Vec<&Fingerprint>, Vec<&Fingerprint>) =
        signers.keys_of(owner).partition(|key| signers.revoked().contains(*key));
    let bare = |text: &str| text.trim().trim_start_matches("SHA256:").to_owned();
    let is_meant =
        |key: &&Fingerprint| typed.is_none_or(|typed| bare(key.as_str()).starts_with(&bare(typed)));
    let fitting: Vec<&Fingerprint> = listed.iter().copied().filter(is_meant).collect();
    if fitting.is_empty() {
        let Some(key) = revoked.into_iter().find(is_meant) else {
            return Err(no_such_key(work, owner, &listed).into());
        };
        let name = work.called(owner);
        return Err(Stop::already(vec![text!(
            en: "The key {key} of {name} is revoked already.",
            nb: "Nøkkelen {key} til {name} er sperret fra før."
        )]));
    }
    let choices: Vec<Choice<Fingerprint>> = fitting
        .into_iter()
        .map(|key| Choice { value: key.clone(), words: Text::same(key.as_str()) })
        .collect();
    let question = text!(en: "which key", nb: "hvilken nøkkel");
    Ok(work.ask.choose(&question, "--fingerprint", &choices, None)?)
}

/// Returns the finding if a person has no such key that could be revoked. `listed` are those that they have.
fn no_such_key(work: &Work<'_>, owner: &PersonId, listed: &[&Fingerprint]) -> Finding {
    let name = work.called(owner);
    let message = text!(
        en: "{name} has no such key in `{ALLOWED_SIGNERS}`, so nothing is to be revoked",
        nb: "{name} har ingen slik nøkkel i `{ALLOWED_SIGNERS}`, så det er ingenting å sperre"
    );
    let listed: Vec<&str> = listed.iter().copied().map(Fingerprint::as_str).collect();
    let listed = listed.join(", ");
    let way_out = if listed.is_empty() {
        text!(
            en: "If the key waits on a branch, close the request for it.",
            nb: "Venter nøkkelen på en gren, lukk forespørselen for den."
        )
    } else {
        text!(
            en: "Name one of these with `--fingerprint`: {listed}.",
            nb: "Oppgi en av disse med `--fingerprint`: {listed}."
        )
    };
    Finding::new(Code::UnknownName, message, way_out)
}

/// Returns the type and the public half of a key, as the list of keys has them.
fn public_words(list: &[u8], key: &Fingerprint) -> Option<String> {
    let text = String::from_utf8_lossy(list);
    let mut pairs = text.lines().flat_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.windows(2).map(|pair| pair.join(" ")).collect::<Vec<String>>()
    });
    pairs.find(|pair| PublicKey::from_line(pair).is_ok_and(|found| found.fingerprint() == key))
}

/// Returns who may sign that a key of this person is revoked, and how many of them must (R44).
fn revokers(work: &Work<'_>, owner: &PersonId) -> Revokers {
    let (rules, authority) = (&work.desk.known, work.desk.authority());
    let may = |person: &PersonId| {
        let concerned = if person == owner { Concerned::Oneself } else { Concerned::Another };
        rules.policies.may_suspend(&authority.of(person), concerned).allowed
    };
    let needed = administrators_needed(rules, Some(&BTreeSet::from([owner.clone()])), &authority);
    let may = authority.iter().map(|(person, _)| person).filter(|person| may(person)).cloned().collect();
    Revokers { may, needed }
}

/// Signs the settings with the revocation, if the user may and has a key. Returns whether the list of keys has that key.
fn sign_as_revoker(work: &Work<'_>, revokers: &Revokers) -> Result<Option<bool>, Stop> {
    let Some(me) = work.me.as_ref().filter(|me| revokers.may.contains(*me)) else { return Ok(None) };
    if matches!(work.desk.rules.register.evidence, Evidence::Forge(_)) {
        return Ok(None);
    }
    let Some(key) = own::own_key(&work.place.global, work.how) else { return Ok(None) };
    let stood = signing::Stated::default();
    let change = signing::SignedChange {
        files: &[],
        settings: true,
        ends_most: false,
        stood: &stood,
        leaves_people: true,
        renamed: &work.desk.base.renamed,
    };
    let signatures = signing::sign(&work.place.global, change, &key, me)?;
    Ok((signatures.made > 0).then_some(signatures.count))
}

/// Returns the words about what the change does.
fn what_revoking_means(work: &Work<'_>, owner: &PersonId, key: &Fingerprint) -> Text {
    let name = work.called(owner);
    text!(
        en: "The key {key} of {name} goes into `{REVOKED_KEYS}`. Once that is taken in, nothing that it signs counts any more. What was accepted with it before stays: look at it with `portvakt list`, and take back what was not meant.",
        nb: "Nøkkelen {key} til {name} skrives i `{REVOKED_KEYS}`. Når det er tatt inn, teller ikke noe den signerer. Det som er godtatt med den før, står: se over det med `portvakt list`, og trekk tilbake det som ikke var meningen."
    )
}

impl KeyRevocation {
    /// How many signatures are still missing, and the people who can give them.
    fn missing(&self, work: &Work<'_>) -> (usize, Vec<PersonId>) {
        let mine = work.me.as_ref().filter(|_| self.signed.is_some());
        let others = self.revokers.may.iter().filter(|person| mine != Some(*person)).cloned().collect();
        (self.revokers.needed.saturating_sub(usize::from(mine.is_some())), others)
    }

    /// Returns the words about the next step.
    fn next(&self, work: &Work<'_>) -> Text {
        let (missing, others) = self.missing(work);
        if missing == 0 {
            return text!(
                en: "You have signed it, and no other signature is needed. Have the request taken in at once: until then the key counts.",
                nb: "Du har signert det, og det trengs ingen annen signatur. Få forespørselen tatt inn med en gang: til da teller nøkkelen."
            );
        }
        let names = work.all_called(&others);
        let whom = text!(
            en: "It waits for {missing} of these: {names}.",
            nb: "Det venter på {missing} av disse: {names}."
        );
        whom.and(match work.desk.rules.register.evidence {
            Evidence::Forge(_) => text!(
                en: "They approve the request at the forge. Ask at once: until it is taken in, the key counts.",
                nb: "De godkjenner forespørselen på kodeplattformen. Spør med en gang: til den er tatt inn, teller nøkkelen."
            ),
            Evidence::Signature | Evidence::Declared => text!(
                en: "They sign it with `portvakt approve --waiting`. Ask at once: until it is signed and taken in, the key counts.",
                nb: "De signerer det med `portvakt approve --waiting`. Spør med en gang: til det er signert og tatt inn, teller nøkkelen."
            ),
        })
    }

    /// Returns what it waits for, in JSON.
    fn waits(&self, work: &Work<'_>) -> Vec<Value> {
        let (missing, others) = self.missing(work);
        let is_at_forge = matches!(work.desk.rules.register.evidence, Evidence::Forge(_));
        let what = if is_at_forge { "approval" } else { "signature" };
        let of_others = (missing > 0).then(|| json!({ "what": what, "for": others, "signatures": missing }));
        let of_key = work.me.as_ref().filter(|_| self.signed == Some(false));
        of_key.map(|me| enrolling(&work.desk, me)).into_iter().chain(of_others).collect()
    }
}

fn print_revocation(work: &Work<'_>, revocation: &KeyRevocation, sent: Option<&Sent>) {
    let global = work.global;
    if global.format != Format::Human {
        let more = json!({
            "key": revocation.key,
            "of": revocation.owner,
            "signed_by": work.me.as_ref().filter(|_| revocation.signed.is_some()),
            "waits": revocation.waits(work),
            "branch": sent.map(|sent| &sent.branch),
            "sent": sent.is_some_and(|sent| sent.is_there),
        });
        output::findings(global, &[], more);
        return;
    }
    let mut lines = vec![revocation.next(work)];
    if revocation.signed == Some(false) {
        lines.push(not_enrolled_and_by_whom(work));
    }
    lines.extend(sent.iter().flat_map(|sent| sent::sent_words(sent)));
    lines.extend(work.place.alone().map(FolderAlone::not_sent));
    lines.iter().for_each(|line| output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n")));
}
