//! `portvakt release` and `portvakt confirm-date`: what two national administrators, or an operator, say on the
//! host. Recorded as declared.

use crate::apply::{confirm_date, release};
use crate::config::Global;
use crate::diag::{Code, Exit, Finding, Text, text};
use crate::judge::{Authority, Rules};
use crate::memory::{self, Release};
use crate::model::{Digest, PersonId};
use crate::pass::{Shelf, day};
use crate::policy::Concerned;
use crate::reconcile::engine::{EngineError, open_register};
use crate::store::sqlite::{Create, Embedded};

use super::{baseline, output, plan};

/// Let something go that a guard holds: removals over the budget, or a change of the policies or `register.yaml`.
///
/// Names exactly what is held, by its digest. Needs two national administrators, lives seven days and is spent on
/// use. A running daemon takes it up by itself; otherwise run `portvakt apply`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is released; `portvakt plan` and the status page show it.
    digest: Digest,
    /// A national administrator who releases; give two.
    #[arg(long, value_name = "PERSON", value_parser = super::person, required = true)]
    by: Vec<PersonId>,
}

/// Confirm today's date after the clock has jumped, so that end dates act by themselves again.
#[derive(Debug, clap::Args)]
pub struct ConfirmArgs {
    /// Today's date, as a calendar on the wall says it.
    date: jiff::civil::Date,
    /// The administrator who confirms it.
    #[arg(long, value_name = "PERSON", value_parser = super::person)]
    by: PersonId,
}

struct Opened {
    register: Embedded,
    rules: std::sync::Arc<Rules>,
    authority: Authority,
    today: jiff::civil::Date,
}

fn open(global: &Global) -> Result<Opened, Finding> {
    drop(plan::reader(global)?);
    let told = |error: EngineError| error.finding();
    let register = open_register(&global.store_path(), Create::MustExist).map_err(told)?;
    let conn = register.connection();
    let accepted = memory::accepted_rules(conn).map_err(|error| told(error.into()))?;
    let (policies, digest) =
        accepted.ok_or_else(|| EngineError::from(crate::pass::PassError::NoBaseline).finding())?;
    let rules = Shelf::default().remembered(conn, &policies, &digest).map_err(|error| told(error.into()))?;
    let today = day(&rules.register, global.clock().now()).map_err(|error| told(error.into()))?;
    let base = memory::base(conn, &rules.register, Some(&memory::Wanted::default()))
        .map_err(|error| told(error.into()))?;
    let authority = Authority::on(&rules.register, &base, &[today]);
    Ok(Opened { register, rules, authority, today })
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let done = open(global).and_then(|mut opened| {
        let [first, second] = baseline::two(&opened.rules, &opened.authority, &args.by)?;
        let what = what(&opened, global, args.digest)?;
        if let Some(concerned) =
            what.people.iter().find(|person| **person == first.as_str() || **person == second.as_str())
        {
            let message = text!(
                en: "`{concerned}` is among those whose access is held, and nobody releases in their own case",
                nb: "`{concerned}` er blant dem det gjelder, og ingen frigir i egen sak"
            );
            let way_out = text!(
                en: "Let another national administrator release it.",
                nb: "La en annen nasjonal administrator frigi det."
            );
            let finding = Finding::new(Code::Forbidden, message, way_out);
            return Err(finding.decided_by(vec!["R44".to_owned()], Vec::new()));
        }
        let record = Release { digest: args.digest, at: global.clock().now(), first, second };
        release(&mut opened.register, &record, what.word)
            .map_err(|error| EngineError::from(error).finding())?;
        Ok((record, what))
    });
    match done {
        Ok((record, what)) => {
            let (told, digest) = (what.told(), record.digest.short());
            let (first, second) = (&record.first, &record.second);
            output::say(
                global,
                &text!(
                    with told;
                    en: "Released until seven days from now: {told} {digest}, by {first} and {second} (declared on this machine, not proved).\nA running daemon takes it up; otherwise run `portvakt apply`.\n",
                    nb: "Frigitt i sju dager fra nå: {told} {digest}, av {first} og {second} (erklært på denne maskinen, ikke bevist).\nEn tjeneste som kjører, tar det opp selv; ellers kjør `portvakt apply`.\n"
                ),
            );
            Exit::Ok
        }
        Err(finding) => output::stop(global, finding),
    }
}

struct What {
    /// As the ledger says it.
    word: &'static str,
    people: Vec<String>,
}

impl What {
    /// As people are told.
    fn told(&self) -> Text {
        Text::new(self.word, if self.word == RULES { "regler" } else { "fjerninger" })
    }
}

const REMOVALS: &str = "removals";
const RULES: &str = "rules";

/// What a digest names: it must be held now, or be what the tree would bring.
fn what(opened: &Opened, global: &Global, digest: Digest) -> Result<What, Finding> {
    let decided = plan::decide(global)?.decided;
    if let Some(set) = decided.held_removals.iter().find(|set| set.digest == digest) {
        return Ok(What { word: REMOVALS, people: set.people.iter().cloned().collect() });
    }
    let tree = plan::tree(global)?.snapshot;
    let proposed = crate::pass::rules_of(&tree).ok().filter(|rules| rules.digest == digest);
    if let Some(rules) = proposed.filter(|rules| rules.digest != opened.rules.digest) {
        let base = memory::base(opened.register.connection(), &opened.rules.register, None)
            .map_err(|error| EngineError::from(error).finding())?;
        let denied = crate::judge::would_be_denied(&opened.rules, &rules, &base, opened.today);
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
        return Ok(What { word: RULES, people: Vec::new() });
    }
    let held: Vec<String> = decided.held_removals.iter().map(|set| set.digest.to_string()).collect();
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
    Err(Finding::new(Code::RemovalsHeld, message, way_out))
}

pub(super) fn confirm(global: &Global, args: &ConfirmArgs) -> Exit {
    let done = open(global).and_then(|mut opened| {
        if args.date != opened.today {
            let (today, date) = (opened.today, args.date);
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
        let may = opened.rules.policies.may_release(&opened.authority.of(&args.by), Concerned::Another);
        if !may.allowed {
            let by = &args.by;
            let message = text!(
                en: "`{by}` is no national administrator in office today",
                nb: "`{by}` er ikke nasjonal administrator i dag"
            );
            let way_out = text!(
                en: "A national administrator confirms the date.",
                nb: "En nasjonal administrator bekrefter datoen."
            );
            return Err(Finding::new(Code::NotPermitted, message, way_out));
        }
        confirm_date(&mut opened.register, global.clock().now(), &args.by)
            .map_err(|error| EngineError::from(error).finding())
    });
    match done {
        Ok(()) => {
            let date = args.date;
            output::say(
                global,
                &text!(
                    en: "Confirmed: today is {date}. End dates act by themselves again.\n",
                    nb: "Bekreftet: i dag er {date}. Sluttdatoer virker igjen av seg selv.\n"
                ),
            );
            Exit::Ok
        }
        Err(finding) => output::stop(global, finding),
    }
}
