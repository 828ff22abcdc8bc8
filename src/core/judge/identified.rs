//! Judges what identifies a person: name, login and e-mail address. A change of it needs evidence of its own, because
//! an address may be used to reset a password.
//!
//! One administrator who may approve an access of the person signs `portvakt person statement 1`. It is never the
//! person. Only an access that was accepted before this change counts for this. Otherwise an administrator could give a
//! person a first access at their own trust, and so take over the account that the person has through another one. If
//! the person had no access before, the new access counts.
//!
//! If the forge is the evidence, the reviewed bytes are the proof. If approvals are only declared, nothing is needed.
//! The statement of a permitted entry contains the login. So it is also evidence of the login, if its approver is such
//! an administrator. Facts without evidence stay as they were accepted. A new person is known by the id until there is
//! evidence.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Base, Field, FileFacts, Head, HeadFile};
use crate::diag::{Code, Finding, Text, quoted, text};
use crate::evidence::{Lack, Missed, Signature, namespace, signed_by};
use crate::model::{Digest, Evidence, Facts, FilePath, ForgeApproval, Hasher, PersonId, VouchedFact};

use super::findings::{describe, names_with_or};
use super::proof::STATEMENT_DAYS;
use super::tells::{Met, living, may_approve_one, may_identify};
use super::{Authority, ForgeInquiry, Rules, Used};

/// Everything that the facts of people are judged by.
#[derive(Clone, Copy)]
pub struct IdentityBench<'a> {
    /// The rules accepted before.
    pub rules: &'a Rules,
    /// Rules that the tree would bring and that are not accepted yet. Both sets of rules must permit a change.
    pub pending: Option<&'a Rules>,
    /// The statements that have been used before.
    pub used: &'a Used,
    /// What the tree says now.
    pub head: &'a Head,
    /// Today's date in the register's time zone.
    pub today: Date,
    /// Whether the forge has been asked.
    pub forge: ForgeInquiry,
    /// Whether the day is not trusted, so that nobody knows how old a signature is.
    pub is_suspect: bool,
}

/// The facts of a file that count, and what was found out about them.
#[derive(Debug)]
pub struct Identified {
    /// The facts that are accepted.
    pub facts: Facts,
    /// The statements beside the file about the facts that count. They are used up by that. If no facts count, these
    /// are the statements of people who may only approve what this change brings. They do not begin to count when the
    /// change has been accepted.
    pub used: BTreeSet<Digest>,
    /// Whether something that identifies the person has no evidence.
    pub is_open: bool,
    /// The finding for people.
    pub finding: Option<Finding>,
}

/// The facts of a file that differ from what was accepted.
struct Differs {
    name: bool,
    login: bool,
    email: bool,
}

/// Why nothing shows that an administrator approved.
#[derive(Default)]
struct Unshown {
    /// People who have signed or reviewed it and may not.
    not_entitled: BTreeSet<PersonId>,
    /// The approvals of people who may only approve an access that this change brings.
    too_early: BTreeSet<Digest>,
    /// People whose signature has served before.
    served: BTreeSet<PersonId>,
    /// The most telling reason why a signature does not count.
    lack: Option<Lack>,
}

impl<'a> IdentityBench<'a> {
    /// The rules that must permit a change, each with the authority that people have at this base.
    #[must_use]
    pub fn sides(&self, before: &Base) -> Vec<(&'a Rules, Authority)> {
        let all = [Some(self.rules), self.pending].into_iter().flatten();
        all.map(|rules| (rules, Authority::on(&rules.register, before, &[self.today]))).collect()
    }

    /// Decides which facts of a file count. `vouchers` are the approvers of the permitted entries that state the login of
    /// the file.
    #[must_use]
    pub fn identified(&self, met: &Met<'_>, file: &FileFacts, vouchers: &BTreeSet<&PersonId>) -> Identified {
        let said = &file.facts;
        let nothing = BTreeMap::new();
        let before = met.before.map_or(&nothing, |known| &known.files);
        let known = |same: &dyn Fn(&Facts) -> bool| before.values().any(same);
        let differs = Differs {
            name: !known(&|facts| facts.name == said.name),
            login: said.vouched.login.is_some()
                && !known(&|facts| facts.vouched.login == said.vouched.login)
                && !self.is_vouched(met, &file.person, vouchers),
            email: said.email.is_some() && !known(&|facts| facts.email == said.email),
        };
        let beside = self.signed_statements(&file.person, said);
        if !(differs.name || differs.login || differs.email) {
            return Identified { facts: said.clone(), used: beside, is_open: false, finding: None };
        }
        let mut used = beside;
        let mut why = None;
        for (rules, authority) in met.sides {
            match self.shown(rules, authority, met, &file.person, said) {
                Ok(served) => used.extend(served),
                Err(unshown) => why = why.or(Some((rules, authority, unshown))),
            }
        }
        let Some((rules, authority, unshown)) = why else {
            return Identified { facts: said.clone(), used, is_open: false, finding: None };
        };
        let finding = self.finding(rules, authority, met, file, &differs, &unshown);
        let old = before.get(&file.trust).or_else(|| before.values().next());
        let mut facts = said.clone();
        if differs.name {
            facts.name = old.map_or_else(|| file.person.to_string(), |old| old.name.clone());
        }
        if differs.login {
            facts.vouched.login = old.and_then(|old| old.vouched.login.clone());
        }
        if differs.email {
            facts.email = old.and_then(|old| old.email.clone());
        }
        Identified { facts, used: unshown.too_early, is_open: true, finding }
    }

    /// Returns whether one of these approvers may say who the person is, by the rules in force and by those that wait.
    fn is_vouched(&self, met: &Met<'_>, person: &PersonId, vouchers: &BTreeSet<&PersonId>) -> bool {
        met.sides.iter().all(|(rules, authority)| {
            vouchers.iter().any(|by| may_identify(rules, authority, met, person, by, self.today))
        })
    }

    /// Returns whether the approver may approve an access that the person has now. If they may not say who the person
    /// is, this change brings the access.
    fn comes_in(
        &self,
        rules: &Rules,
        authority: &Authority,
        met: &Met<'_>,
        person: &PersonId,
        by: &PersonId,
    ) -> bool {
        let now = living(met.base, person, self.today).collect();
        may_approve_one(rules, authority, met.base, now, by, self.today)
    }

    /// The signatures in all of the person's files that are looked at.
    fn signatures(&self, person: &PersonId) -> Vec<Signature> {
        let files = self.head.files.get(person).into_iter().flat_map(BTreeMap::values);
        files
            .filter_map(|file| match file {
                HeadFile::Says { exhibits, .. } => Some(&exhibits.signatures),
                HeadFile::Held { .. } | HeadFile::Gone => None,
            })
            .flatten()
            .filter(|signature| signature.claim.is_some())
            .cloned()
            .collect()
    }

    /// The statements about these facts that are signed beside the person's files, whether or not the signatures count.
    fn signed_statements(&self, person: &PersonId, facts: &Facts) -> BTreeSet<Digest> {
        signed_statements(&self.rules.register.id, person, facts, &self.signatures(person))
    }

    /// Looks for the evidence by these rules. Returns the statements that it uses up.
    fn shown(
        &self,
        rules: &Rules,
        authority: &Authority,
        met: &Met<'_>,
        person: &PersonId,
        facts: &Facts,
    ) -> Result<BTreeSet<Digest>, Unshown> {
        let mut unshown = Unshown::default();
        match &rules.register.evidence {
            Evidence::Declared => return Ok(BTreeSet::new()),
            Evidence::Forge(_) if self.forge == ForgeInquiry::NotAsked => return Ok(BTreeSet::new()),
            Evidence::Forge(_) => {
                let wanted = facts.identifying_digest(&rules.register.id, person);
                for review in self.reviews(person, &wanted) {
                    let served = reviewed(&wanted, review);
                    if self.used.contains(&served) {
                        unshown.served.insert(review.by.clone());
                    } else if may_identify(rules, authority, met, person, &review.by, self.today) {
                        return Ok([served].into());
                    } else {
                        if self.comes_in(rules, authority, met, person, &review.by) {
                            unshown.too_early.insert(served);
                        }
                        unshown.not_entitled.insert(review.by.clone());
                    }
                }
            }
            Evidence::Signature if self.is_suspect => {}
            Evidence::Signature => {
                let register = &rules.register.id;
                let statement = |by: &PersonId, on: Date| facts.person_statement(register, person, by, on);
                let (served, fresh): (Vec<Signature>, Vec<Signature>) =
                    self.signatures(person).into_iter().partition(|one| {
                        one.claim.as_ref().is_some_and(|claim| {
                            self.used.contains(&Digest::of(statement(&claim.by, claim.on).as_bytes()))
                        })
                    });
                let weigh = |signatures: &[Signature]| {
                    let space = namespace(register);
                    signed_by(signatures, statement, &rules.signers, &space, self.today, STATEMENT_DAYS)
                };
                let signed = weigh(&fresh);
                let (entitled, others): (BTreeSet<_>, BTreeSet<_>) = signed
                    .people
                    .into_keys()
                    .partition(|by| may_identify(rules, authority, met, person, by, self.today));
                if !entitled.is_empty() {
                    return Ok(BTreeSet::new());
                }
                // The same is true for signatures of a later day. They do not begin to count on that day.
                let is_early = |by: &PersonId| {
                    !may_identify(rules, authority, met, person, by, self.today)
                        && self.comes_in(rules, authority, met, person, by)
                };
                let early: Vec<Signature> = fresh
                    .iter()
                    .filter(|one| one.claim.as_ref().is_some_and(|claim| is_early(&claim.by)))
                    .cloned()
                    .collect();
                unshown.too_early = signed_statements(register, person, facts, &early);
                unshown.not_entitled = others;
                unshown.served = weigh(&served).people.into_keys().collect();
                unshown.lack = signed
                    .missed
                    .into_iter()
                    .map(|Missed { lack, .. }| lack)
                    .filter(|lack| !matches!(lack, Lack::SignedSomethingElse { .. } | Lack::Unsigned))
                    .reduce(Lack::or);
            }
        }
        Err(unshown)
    }

    /// The reviews of changes that brought these facts into one of the person's files.
    fn reviews(&self, person: &PersonId, wanted: &Digest) -> impl Iterator<Item = &ForgeApproval> {
        let files = self.head.files.get(person).into_iter().flat_map(BTreeMap::values);
        let all = files.filter_map(|file| match file {
            HeadFile::Says { exhibits, .. } => Some(&exhibits.reviews),
            HeadFile::Held { .. } | HeadFile::Gone => None,
        });
        all.flatten().filter(move |(_, brought)| brought.contains(wanted)).map(|(review, _)| review)
    }

    fn finding(
        &self,
        rules: &Rules,
        authority: &Authority,
        met: &Met<'_>,
        file: &FileFacts,
        differs: &Differs,
        why: &Unshown,
    ) -> Option<Finding> {
        // If a person's access is over, nothing in the register depends on their file.
        if self.is_suspect || living(met.base, &file.person, self.today).next().is_none() {
            return None;
        }
        let person = &file.person;
        let what = Text::joined(differs.words(), ", ");
        let why = why.words();
        let message = if met.before.is_none_or(|known| known.files.is_empty()) {
            text!(
                with what, why;
                en: "nothing shows that an administrator approved what identifies `{person}` ({what}){why}; until then the account has the id for a name, and no address",
                nb: "ingenting viser at en administrator har godkjent det som identifiserer `{person}` ({what}){why}; inntil da har kontoen id-en som navn, og ingen adresse"
            )
        } else {
            text!(
                with what, why;
                en: "nothing shows that an administrator approved the change of what identifies `{person}` ({what}){why}; name, login and address in the register stay as they are",
                nb: "ingenting viser at en administrator har godkjent endringen av det som identifiserer `{person}` ({what}){why}; navn, innlogging og adresse i registeret blir som de er"
            )
        };
        let finding = Finding::new(Code::PersonUnproven, message, self.way_out(rules, authority, met, file));
        let spots = self.head.files.get(person).and_then(|files| files.get(&file.trust));
        Some(match spots {
            Some(HeadFile::Says { spots, .. }) => finding.at(spots.place(None, differs.field())),
            _ => finding,
        })
    }

    fn way_out(&self, rules: &Rules, authority: &Authority, met: &Met<'_>, file: &FileFacts) -> Text {
        let could: Vec<String> = authority
            .iter()
            .map(|(by, _)| by)
            .filter(|by| may_identify(rules, authority, met, &file.person, by, self.today))
            .map(|by| describe(met.base, &rules.register, by))
            .collect();
        if could.is_empty() {
            return text!(
                en: "No administrator in office could sign it as the accesses stand; ask the register leader.",
                nb: "Ingen administrator i dag kan signere det slik tilgangene står; spør registerleder."
            );
        }
        let (names, path) = (names_with_or(&could), FilePath::of_person(&file.trust, &file.person));
        match &rules.register.evidence {
            Evidence::Forge(_) => text!(
                with names;
                en: "{names} can approve the merge request that brings it, as it stands.",
                nb: "{names} kan godkjenne endringsforslaget som bringer det, slik det står."
            ),
            Evidence::Signature | Evidence::Declared => text!(
                with names;
                en: "{names} can sign it: `portvakt approve {path} --person --key KEY`.",
                nb: "{names} kan signere det: `portvakt approve {path} --person --key NØKKEL`."
            ),
        }
    }
}

impl Differs {
    fn words(&self) -> Vec<Text> {
        let all = [
            (self.name, text!(en: "name", nb: "navn")),
            (self.login, text!(en: "login", nb: "innlogging")),
            (self.email, text!(en: "e-mail address", nb: "e-postadresse")),
        ];
        all.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect()
    }

    fn field(&self) -> Field {
        match (self.email, self.login) {
            (true, _) => Field::Email,
            (_, true) => Field::Vouched(VouchedFact::Login),
            _ => Field::Name,
        }
    }
}

impl Unshown {
    fn words(&self) -> Text {
        if !self.served.is_empty() {
            let names = quoted(&self.served);
            return text!(
                en: ": what {names} approved has served before",
                nb: ": det {names} har godkjent, er brukt før"
            );
        }
        if !self.not_entitled.is_empty() {
            let names = quoted(&self.not_entitled);
            return text!(
                en: ": {names} may not approve any access that the person had before this change (of somebody new: has now)",
                nb: ": {names} kan ikke godkjenne noen tilgang personen hadde før denne endringen (er personen ny: har nå)"
            );
        }
        match &self.lack {
            Some(lack) => {
                let why = lack.words();
                text!(with why; en: ": {why}", nb: ": {why}")
            }
            None => Text::default(),
        }
    }
}

/// The statements about these facts that the signatures cover. Nobody can use them a second time.
#[must_use]
pub fn signed_statements(
    register: &str,
    person: &PersonId,
    facts: &Facts,
    signatures: &[Signature],
) -> BTreeSet<Digest> {
    let signed = signatures.iter().filter_map(|signature| {
        let claim = signature.claim.as_ref()?;
        let statement = facts.person_statement(register, person, &claim.by, claim.on);
        signature.covers(statement.as_bytes()).then(|| Digest::of(statement.as_bytes()))
    });
    signed.collect()
}

/// Returns what is used up if a review is the evidence.
pub(super) fn reviewed(identifies: &Digest, review: &ForgeApproval) -> Digest {
    let mut hasher = Hasher::new("portvakt person reviewed");
    hasher.part(identifies.as_bytes()).part(&review.request.to_be_bytes());
    hasher.finish()
}
