//! `portvakt release` and `portvakt confirm-date` record decisions of national administrators on this host. Releases
//! are signed if the register asks for evidence. Otherwise the decision is recorded as declared.

use std::collections::BTreeSet;
use std::path::PathBuf;

use portvakt_core::change::Why;
use portvakt_core::decide::{Today, Trusted, leaves_too_few, only_takes};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::evidence::{LARGEST, SignatureFile, namespace, signed_by};
use portvakt_core::judge::{Authority, Rules};
use portvakt_core::model::{Digest, Evidence, PersonId, release_statement};
use portvakt_core::plan::{ClockTrust, HeldSet};
use portvakt_core::policy::Concerned;
use portvakt_engine::apply::{confirm_date, release, release_set};
use portvakt_engine::memory;
use portvakt_engine::memory::Release;
use portvakt_engine::pass::{Office, Shelf, day};
use portvakt_engine::reconcile::engine::{EngineError, open_register};
use portvakt_stores::tables::{Create, Tables};

use super::{administrators, output, places, planned, reading, signable, today, tree, whose};
use crate::config::Global;

/// Let something go that a guard holds: removals over the budget, or a change of the policies, the register or the keys.
///
/// Names exactly what is held, by its digest. Takes two national administrators, or one who is not concerned where it
/// only takes authority away; lives seven days and is spent on use. Where the register asks for evidence they sign it:
/// without signatures this shows what is held and the statement to sign. A running daemon takes the release up by
/// itself; otherwise run `portvakt apply`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is released; `portvakt plan` and the status page show it.
    digest: Digest,
    /// A national administrator who releases, where the register says `evidence: declared`; give two.
    #[arg(long, value_name = "PERSON", value_parser = super::person)]
    by: Vec<PersonId>,
    /// A file with signatures of the release, as `portvakt approve --release` writes it; may be given several times.
    #[arg(long, value_name = "FILE", conflicts_with = "by")]
    signatures: Vec<PathBuf>,
}

/// Confirm today's date after the clock has jumped, so that accesses begin and end by themselves again.
///
/// A date after the last trusted one takes one national administrator, an earlier one two.
#[derive(Debug, clap::Args)]
pub struct ConfirmArgs {
    /// Today's date, as a calendar on the wall says it.
    date: String,
    /// The administrator who confirms it; give two where the date lies before the last one that was trusted.
    #[arg(long, required = true, value_name = "PERSON", value_parser = super::person)]
    by: Vec<PersonId>,
}

struct Opened {
    register: Tables,
    rules: std::sync::Arc<Rules>,
    authority: Authority,
    /// Today's date by the clock of this machine.
    today: jiff::civil::Date,
    /// The last trusted day, and whether the clock can be trusted now.
    clock: Today,
}

fn open(global: &Global) -> Result<Opened, Finding> {
    drop(reading::open(global)?);
    whose::may_write(global)?;
    let failed = |error: EngineError| error.finding();
    let register = open_register(places::site(global)?, Create::MustExist).map_err(failed)?;
    let conn = register.connection();
    let mut shelf = Shelf::default();
    let now = global.clock().now();
    let office = Office::of(conn, &mut shelf, now).map_err(|error| failed(error.into()))?;
    let authority = office.authority(conn, &mut shelf).map_err(|error| failed(error.into()))?;
    let Office { rules, clock, .. } = office;
    let today = day(&rules.register, now).map_err(|error| failed(error.into()))?;
    Ok(Opened { register, rules, authority, today, clock })
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match released(global, args) {
        Ok(Done::Released(released)) => {
            let (record, what) = *released;
            let (told, digest, beside) = (what.description(), record.digest.short(), what.beside.clone());
            let by = record.by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let how = if record.keys.is_empty() {
                text!(en: "declared on this machine, not proved", nb: "erklært på denne maskinen, ikke bevist")
            } else {
                text!(en: "signed", nb: "signert")
            };
            output::say(
                global,
                &text!(
                    with told, how, beside;
                    en: "Released until seven days from now: {told} {digest}, by {by} ({how}).\n{beside}A running daemon takes it up; otherwise run `portvakt apply`.\n",
                    nb: "Frigitt i sju dager fra nå: {told} {digest}, av {by} ({how}).\n{beside}En tjeneste som kjører, tar det opp selv; ellers kjør `portvakt apply`.\n"
                ),
            );
            Exit::Ok
        }
        Ok(Done::ToSign(text)) => {
            output::say(global, &text);
            Exit::Held
        }
        Err(findings) => output::findings(global, &findings, serde_json::json!({})),
    }
}

enum Done {
    Released(Box<(Release, What)>),
    /// Nothing is released yet. The text shows what is held and what has to be signed.
    ToSign(Text),
}

fn released(global: &Global, args: &Args) -> Result<Done, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let mut opened = open(global).map_err(one)?;
    let what = what(&opened, global, args.digest)?;
    let declared = opened.rules.register.evidence == Evidence::Declared;
    let (by, keys) = if declared && args.signatures.is_empty() {
        (enough(&opened, &what, &args.by).map_err(one)?, BTreeSet::new())
    } else if args.signatures.is_empty() {
        return Ok(Done::ToSign(to_sign(&opened, &what, args.digest)));
    } else {
        signed(&opened, &what, args)?
    };
    let record = Release { digest: args.digest, at: global.clock().now(), by, keys };
    let written = match &what.set {
        Some(set) => release_set(&mut opened.register, &record, set),
        None => release(&mut opened.register, &record, what.word),
    };
    written.map_err(|error| one(EngineError::from(error).finding()))?;
    Ok(Done::Released(Box::new((record, what))))
}

/// Describes what is held, which people it affects, and the statement that each administrator signs.
fn to_sign(opened: &Opened, what: &What, digest: Digest) -> Text {
    let (told, needed) = (what.description(), what.needed);
    let people = what.people.iter().cloned().collect::<Vec<_>>().join(", ");
    let about = if people.is_empty() {
        Text::default()
    } else {
        text!(en: "About: {people}\n", nb: "Det gjelder: {people}\n")
    };
    let somebody = opened.authority.iter().map(|(person, _)| person).find(|person| may(opened, person));
    let statement = somebody.map_or_else(String::new, |person| {
        release_statement(&opened.rules.register.id, digest, person, opened.today)
    });
    text!(
        with told, about;
        en: "Held: {told} {digest}\n{about}It takes {needed} national administrators who are not concerned; each signs on their own machine:\n  portvakt approve --release {digest} --key KEY --out NAME.sig\nwhich is a signature of these words, with their own name and day:\n\n{statement}\nThen, here: portvakt release {digest} --signatures NAME.sig --signatures OTHER.sig\n",
        nb: "Holdt tilbake: {told} {digest}\n{about}Det kreves {needed} nasjonale administratorer som saken ikke gjelder; hver signerer på sin egen maskin:\n  portvakt approve --release {digest} --key NØKKEL --out NAVN.sig\nDet er en signatur av disse ordene, med eget navn og egen dag:\n\n{statement}\nDeretter, her: portvakt release {digest} --signatures NAVN.sig --signatures ANNEN.sig\n"
    )
}

fn may(opened: &Opened, person: &PersonId) -> bool {
    opened.rules.policies.may_release(&opened.authority.of(person), Concerned::Another).allowed
}

/// The days after its date in which a signed release can be handed in. A release lives for the same time.
const RELEASE_DAYS: i32 = 7;

/// The people in the files whose signatures count, if there are enough of them.
fn signed(
    opened: &Opened,
    what: &What,
    args: &Args,
) -> Result<(BTreeSet<PersonId>, BTreeSet<String>), Vec<Finding>> {
    let (mut findings, mut people, mut keys) = (Vec::new(), Vec::new(), BTreeSet::new());
    let register = &opened.rules.register.id;
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    for path in &args.signatures {
        let shown = path.display().to_string();
        let bytes = signable::read(path, most).map_err(|why| {
            let message = why.of(&shown);
            let way_out = text!(
                en: "Name the file that `portvakt approve --release` wrote.",
                nb: "Oppgi filen som `portvakt approve --release` skrev."
            );
            vec![Finding::new(Code::NotSigned, message, way_out)]
        })?;
        let file = SignatureFile::read(&bytes);
        let found = signed_by(
            &file.signatures,
            |person, on| release_statement(register, args.digest, person, on),
            &opened.rules.signers,
            &namespace(register),
            opened.today,
            RELEASE_DAYS,
        );
        findings.extend(found.missed.iter().map(|missed| {
            let (line, why) = (missed.line, missed.lack.words());
            let message =
                text!(with why; en: "`{shown}`, line {line}: {why}", nb: "`{shown}`, linje {line}: {why}");
            Finding::new(Code::NotSigned, message, missed.lack.way_out())
        }));
        for (person, (_, sealed)) in found.people {
            keys.insert(sealed.key.to_string());
            people.push(person);
        }
    }
    people.sort();
    people.dedup();
    match enough(opened, what, &people) {
        Ok(by) => Ok((by, keys)),
        Err(finding) => {
            findings.insert(0, finding);
            Err(findings)
        }
    }
}

/// Checks that enough national administrators are named, and that none of them is concerned.
fn enough(opened: &Opened, what: &What, by: &[PersonId]) -> Result<BTreeSet<PersonId>, Finding> {
    if let Some(concerned) = by.iter().find(|person| what.people.contains(person.as_str())) {
        let message = text!(
            en: "`{concerned}` is among those it is about, and nobody releases in their own case",
            nb: "`{concerned}` er blant dem det gjelder, og ingen frigir i egen sak"
        );
        let way_out = text!(
            en: "Let another national administrator release it.",
            nb: "La en annen nasjonal administrator frigi det."
        );
        let finding = Finding::new(Code::Forbidden, message, way_out);
        return Err(finding.decided_by(vec!["R44".to_owned()], Vec::new()));
    }
    if let ([one], 1) = (by, what.needed) {
        return administrators::administrator(&opened.rules, &opened.authority, one)
            .map(|one| BTreeSet::from([one]));
    }
    administrators::two(&opened.rules, &opened.authority, by).map(BTreeSet::from)
}

struct What {
    /// The word that the ledger uses for it.
    word: &'static str,
    /// The people it affects. They may not release it themselves.
    people: BTreeSet<String>,
    /// The number of national administrators that are needed (R44).
    needed: usize,
    /// The held set. It is `None` if there is none, as for a change of the rules.
    set: Option<HeldSet>,
    /// A note that is shown together with the release.
    beside: Text,
}

impl What {
    /// The words for people.
    fn description(&self) -> Text {
        match &self.set {
            Some(set) => set.why.what(),
            None if self.word == MEMORY => Text::new(self.word, "overtatt tilstand"),
            None if self.word == REQUEST => {
                text!(en: "the number of an application", nb: "nummeret på en søknad")
            }
            None => Text::new(self.word, "regler"),
        }
    }
}

const RULES: &str = "rules";
/// The state that an older version of the program remembered.
const MEMORY: &str = "memory";
const REQUEST: &str = "request";

/// The note that a release of the settings does not release anything else that waits.
fn nothing_else_goes() -> Text {
    text!(
        en: "It lets nothing else go: what waits for a release keeps the limits it was first held by, and is released by its own digest.\n",
        nb: "Det slipper ikke noe annet gjennom: det som venter på frigivelse, beholder grensene det først ble holdt tilbake etter, og frigis med sin egen kontrollsum.\n"
    )
}

/// Finds a hold that only a running daemon can see and record. The reason is a file that comes and goes, or a tree
/// that may be older than the accepted one.
fn only_daemon(register: &Tables, digest: Digest) -> Result<Option<HeldSet>, EngineError> {
    let held = memory::removal_holds(register.connection())?;
    let Some(hold) = held.into_iter().find(|hold| hold.digest == digest) else { return Ok(None) };
    let said = |name: &str| hold.summary.get(name).cloned().unwrap_or_default();
    let why = [Why::Blinking, Why::OlderTree].into_iter().find(|why| said("why") == serde_json::json!(why));
    let Some(why) = why else { return Ok(None) };
    let read = |error: serde_json::Error| {
        EngineError::from(memory::MemoryError::Damaged(format!("what is held: {error}")))
    };
    let people: BTreeSet<String> = serde_json::from_value(said("people")).map_err(read)?;
    let asked = u32::try_from(people.len()).unwrap_or(u32::MAX);
    Ok(Some(HeldSet { digest, why, trust: None, people, items: BTreeSet::new(), allowed: 0, asked }))
}

/// Finds what a digest names. It must be held now, or it must be a change that the tree would bring.
fn what(opened: &Opened, global: &Global, digest: Digest) -> Result<What, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let mut bound = memory::Bound::default();
    bound.follow(opened.register.connection()).map_err(|error| one(EngineError::from(error).finding()))?;
    if bound.unseen() == Some(digest) {
        return Ok(What {
            word: MEMORY,
            people: BTreeSet::new(),
            needed: 2,
            set: None,
            beside: Text::default(),
        });
    }
    let decided = planned::decide(global).map_err(one)?.decided;
    if let Some(set) = decided.unsettled.sets.iter().find(|set| set.digest == digest) {
        let (word, people) = (set.why.ledger_word(), set.people.clone());
        return Ok(What { word, people, needed: 2, set: Some(set.clone()), beside: Text::default() });
    }
    if let Some(set) = only_daemon(&opened.register, digest).map_err(|error| one(error.finding()))? {
        let (word, people) = (set.why.ledger_word(), set.people.clone());
        return Ok(What { word, people, needed: 2, set: Some(set), beside: Text::default() });
    }
    if let Some(binding) = decided.unsettled.bound.get(&digest) {
        let people = binding.people.iter().chain(&binding.asked_by).map(ToString::to_string).collect();
        return Ok(What { word: REQUEST, people, needed: 2, set: None, beside: Text::default() });
    }
    let tree = tree::read(global).map_err(one)?.snapshot;
    let proposed = portvakt_core::decide::rules_of(&tree).ok().filter(|rules| rules.digest == digest);
    if let Some(rules) = proposed.filter(|rules| rules.digest != opened.rules.digest) {
        let base = memory::base(opened.register.connection(), &opened.rules.register, None)
            .map_err(|error| one(EngineError::from(error).finding()))?;
        let refuses = |finding: &&Finding| match finding.code {
            Code::SettingsOrphan | Code::AdoptedTaken => true,
            Code::LastAdministrators => finding
                .place
                .as_ref()
                .is_some_and(|place| place.file.as_str() == portvakt_core::tree::REGISTER),
            _ => false,
        };
        let refused: Vec<Finding> = decided.findings.iter().filter(refuses).cloned().collect();
        if !refused.is_empty() {
            return Err(refused);
        }
        let denied = portvakt_core::judge::would_be_denied(&opened.rules, &rules, &base, opened.today);
        if !denied.is_empty() {
            output::tell(
                global,
                &text!(
                    en: "{n} accesses stand that the changed rules would deny:",
                    nb: "{n} tilganger gjelder som de endrede reglene ville avslått:";
                    n = denied.len()
                ),
            );
            for finding in denied.iter().take(20) {
                output::err(&format!("  {}", finding.message.get(global.lang())));
            }
        }
        let concerned = only_takes(&opened.rules, &rules);
        let few = |people: &BTreeSet<PersonId>| leaves_too_few(&opened.rules, people, &opened.authority);
        let needed = if concerned.as_ref().is_some_and(|people| !few(people)) { 1 } else { 2 };
        let people = concerned.into_iter().flatten().map(|person| person.to_string()).collect();
        let wait = !decided.unsettled.sets.is_empty();
        let beside = if wait { nothing_else_goes() } else { Text::default() };
        return Ok(What { word: RULES, people, needed, set: None, beside });
    }
    let held: Vec<String> = decided.unsettled.sets.iter().map(|set| set.digest.to_string()).collect();
    let message = text!(en: "nothing is held under {digest}", nb: "ingenting holdes tilbake under {digest}");
    let way_out = if held.is_empty() {
        text!(
            en: "Nothing waits for a release now; `portvakt plan` shows what is held.",
            nb: "Ingenting venter på frigivelse nå; `portvakt plan` viser hva som holdes tilbake."
        )
    } else {
        let held = held.join(", ");
        text!(
            en: "What was held may have changed since. Held now: {held}; look at it with `portvakt plan`.",
            nb: "Det som ble holdt tilbake, kan være endret siden. Nå: {held}; se på det med `portvakt plan`."
        )
    };
    let finding = Finding::new(Code::RemovalsHeld, message, way_out);
    // If nothing waits, nothing is held. Then the digest is simply wrong.
    Err(one(if held.is_empty() { finding.error() } else { finding }))
}

pub(super) fn confirm(global: &Global, args: &ConfirmArgs) -> Exit {
    let date = match today::typed(global, &args.date) {
        Ok(date) => date,
        Err(exit) => return exit,
    };
    let done = open(global).and_then(|mut opened| {
        if date != opened.today {
            let today = opened.today;
            let message = text!(
                en: "the clock of this machine says {today}, and {date} was confirmed",
                nb: "klokken på denne maskinen sier {today}, og {date} ble bekreftet"
            );
            let way_out = text!(
                en: "Set the machine's clock first, then confirm its date.",
                nb: "Still maskinens klokke først, og bekreft så datoen."
            );
            return Err(Finding::new(Code::ClockSuspect, message, way_out).error());
        }
        let back = opened.clock.trust == ClockTrust::Behind || opened.today < opened.clock.day;
        let by = if back {
            administrators::two(&opened.rules, &opened.authority, &args.by).map(BTreeSet::from)?
        } else {
            let each =
                args.by.iter().map(|by| administrators::administrator(&opened.rules, &opened.authority, by));
            each.collect::<Result<BTreeSet<_>, _>>()?
        };
        let zone = opened.rules.register.time_zone.clone();
        let trusted = Trusted { instant: global.clock().now(), day: opened.today, zone };
        confirm_date(&mut opened.register, &trusted, &by).map_err(|error| EngineError::from(error).finding())
    });
    match done {
        Ok(again) => {
            let stand = if again == 0 {
                Text::default()
            } else {
                text!(
                    en: "{again} accesses had ended by a later day, and their own end dates lie ahead: they stand again, and the next pass gives them.\n",
                    nb: "{again} tilganger var avsluttet etter en senere dag, og de egne sluttdatoene ligger foran: de gjelder igjen, og neste gjennomgang gir dem.\n"
                )
            };
            output::say(
                global,
                &text!(
                    with stand;
                    en: "Confirmed: today is {date}. Accesses begin and end by themselves again.\n{stand}",
                    nb: "Bekreftet: i dag er {date}. Tilganger begynner og slutter igjen av seg selv.\n{stand}"
                ),
            );
            Exit::Ok
        }
        Err(finding) => output::stop(global, finding),
    }
}
