//! `portvakt baseline`: the first base. Prints what would be accepted; accepts it when named by its digest.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::apply::{Acceptable, ApplyError, accept_baseline};
use crate::change::HeadFile;
use crate::config::{Format, Global};
use crate::database::Site;
use crate::diag::{Code, Exit, Finding, Lang, Looked, Noun, Severity, Text, summary, text};
use crate::judge::{Authority, Rules};
use crate::ledger::Broken;
use crate::memory;
use crate::model::{Digest, FilePath, GrantKey, PersonId};
use crate::pass::{Checked, check_alone};
use crate::policy::Concerned;
use crate::reconcile::engine::{EngineError, open_register};
use crate::source::Snapshot;
use crate::store::tables::{Create, Reader, Tables};
use crate::store::{Account, ReadStore};

use super::progress::Progress;
use super::{check, ledger, output, plan};

/// Show what the first base would be, or accept it.
///
/// With no record of what was accepted, nothing is written to the register. This prints the tree's digest, who
/// would have what, which approvals cannot be judged today, and what the store holds besides. Two national
/// administrators who have looked at it accept it by that digest, on this machine.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Accept the tree with this digest.
    #[arg(long, value_name = "DIGEST", requires = "by")]
    accept: Option<Digest>,
    /// A national administrator who accepts; give two.
    #[arg(long, value_name = "PERSON", value_parser = super::person, requires = "accept")]
    by: Vec<PersonId>,
    /// The last checkpoint of an earlier ledger: the new record says that it follows it.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<std::path::PathBuf>,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match look(global, args) {
        Err(finding) => output::stop(global, finding),
        Ok(seen) => match args.accept {
            None => show(global, &seen),
            Some(digest) => match accept(global, args, digest, seen) {
                Ok(line) => {
                    output::say(global, &line);
                    Exit::Ok
                }
                Err(findings) => output::findings(global, &findings, json!({})),
            },
        },
    }
}

struct Seen {
    tree: Snapshot,
    /// The commit it is of, where a branch is followed.
    commit: Option<String>,
    checked: Checked,
    accounts: Vec<Account>,
    spent: BTreeSet<GrantKey>,
    today: jiff::civil::Date,
    follows: Option<Value>,
    /// This register has a base already.
    accepted: bool,
    /// Where its ledger does not hold.
    broken: Option<Broken>,
}

fn store_finding(error: impl Into<EngineError>) -> Finding {
    error.into().finding()
}

/// A file that is not there yet is made when a base is accepted.
fn missing(site: &Site) -> bool {
    matches!(site, Site::File(path) if !path.exists())
}

fn look(global: &Global, args: &Args) -> Result<Seen, Finding> {
    let progress = Progress::reading(global);
    let plan::Tree { snapshot: tree, commit } = plan::tree(global)?;
    progress.now(text!(en: "judging", nb: "vurderer"));
    let today = check::today(global, &tree)?;
    let mut checked = check_alone(&tree, today);
    let site = plan::site(global)?;
    let (mut accounts, mut spent, mut accepted) = (Vec::new(), BTreeSet::new(), false);
    let mut broken = None;
    let reader = (!missing(&site)).then(|| Reader::open(&site).map_err(store_finding)).transpose()?;
    let remote = plan::elsewhere(global)?.map(|remote| remote.read()).transpose().map_err(store_finding)?;
    let store: Option<&dyn ReadStore> = match (&remote, &reader) {
        (Some(remote), _) => Some(remote.as_ref()),
        (None, reader) => reader.as_ref().map(|reader| reader as &dyn ReadStore),
    };
    if let Some(store) = store {
        progress.now(text!(en: "reading the register", nb: "leser registeret"));
        let listing = store.list().map_err(store_finding)?;
        if let Some(why) = listing.incomplete {
            let message = text!(
                en: "the store's list of accounts is not whole: {why}",
                nb: "registerets liste over kontoer er ikke hel: {why}"
            );
            let way_out = text!(
                en: "Mend the store first; a baseline needs all of it.",
                nb: "Rett registeret først; et grunnlag trenger hele listen."
            );
            return Err(Finding::new(Code::StoreIncomplete, message, way_out));
        }
        accounts = listing.accounts;
        spent = store.spent().map_err(store_finding)?;
    }
    if let Some(reader) = &reader
        && memory::is_prepared(reader.connection()).map_err(store_finding)?
    {
        spent.extend(memory::spent(reader.connection()).map_err(store_finding)?);
        accepted = memory::accepted_rules(reader.connection()).map_err(store_finding)?.is_some();
        let mut bound = memory::Bound::default();
        bound.follow(reader.connection()).map_err(store_finding)?;
        broken = bound.broken().cloned();
    }
    let reused = reused(&checked, &spent, today);
    checked.findings.extend(reused);
    checked.findings.sort();
    let follows = args.checkpoint.as_deref().map(|file| follows(global, file)).transpose()?;
    Ok(Seen { tree, commit, checked, accounts, spent, today, follows, accepted, broken })
}

/// Entries that would give access on a request that has served (R33).
fn reused(checked: &Checked, spent: &BTreeSet<GrantKey>, today: jiff::civil::Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, _, _, file) in checked.head.iter() {
        let HeadFile::Says { entries, spots, .. } = file else { continue };
        for entry in entries {
            if !entry.grant.is_over(today) && spent.contains(&entry.grant.key) {
                let request = &entry.grant.key.request;
                let message = text!(
                    en: "the request `{request}` has served its grant and was taken back",
                    nb: "søknaden `{request}` er brukt, og tilgangen er trukket tilbake"
                );
                let way_out = text!(
                    en: "The person sends a new application, and the entry names that request.",
                    nb: "Personen sender ny søknad, og oppføringen viser til den."
                );
                let place = spots.place(Some(entry.number), crate::change::Field::Request);
                let finding = Finding::new(Code::Forbidden, message, way_out).at(place);
                findings.push(finding.decided_by(vec!["R33".to_owned()], Vec::new()));
            }
        }
    }
    findings
}

/// Checks an exported checkpoint against the ledger that is here, if one is.
fn follows(global: &Global, file: &std::path::Path) -> Result<Value, Finding> {
    let wrong = |why: &dyn std::fmt::Display| {
        let file = file.display();
        let message = text!(en: "the checkpoint `{file}`: {why}", nb: "kontrollpunktet `{file}`: {why}");
        let way_out = text!(
            en: "Name the last checkpoint that left this host, unchanged.",
            nb: "Oppgi det siste kontrollpunktet som forlot denne maskinen, uendret."
        );
        Finding::new(Code::LedgerBroken, message, way_out)
    };
    let checkpoint = ledger::read_checkpoint(file)?;
    checkpoint.verify_signature(None).map_err(|why| wrong(&why))?;
    let site = plan::site(global)?;
    if !missing(&site) {
        let reader = Reader::open(&site).map_err(store_finding)?;
        if memory::is_prepared(reader.connection()).map_err(store_finding)? {
            checkpoint.agrees(reader.connection()).map_err(|why| wrong(&why))?;
        }
    }
    Ok(json!({ "seq": checkpoint.seq, "hash": checkpoint.hash, "public-key": checkpoint.public_key }))
}

fn show(global: &Global, seen: &Seen) -> Exit {
    let people: BTreeSet<&str> = seen.checked.head.files.keys().map(PersonId::as_str).collect();
    let besides: Vec<&Account> = seen
        .accounts
        .iter()
        .filter(|account| account.active)
        .filter(|account| account.person.as_ref().is_none_or(|person| !people.contains(person.as_str())))
        .collect();
    let rows = rows(seen);
    let unjudged = seen.checked.findings.iter().filter(|f| f.code == Code::ApproverNotInOffice).count();
    let mut more = json!({
        "digest": seen.tree.digest(),
        "would-have": rows.iter().map(|row| json!({
            "person": row.first(), "name": row.get(1), "right": row.get(2), "until": row.get(3),
        })).collect::<Vec<_>>(),
        "store-holds-besides": besides.iter().map(|a| json!({ "account": a.id, "name": a.name })).collect::<Vec<_>>(),
    });
    if let (Some(commit), Some(more)) = (&seen.commit, more.as_object_mut()) {
        more.insert("commit".to_owned(), json!(commit));
    }
    if global.format == Format::Human {
        show_people(global, seen, &rows, people.len());
        if let Some(broken) = &seen.broken {
            show_break(global, broken);
        }
        if unjudged > 0 {
            const APPROVALS: Noun = Noun::new(["approval", "approvals"], ["godkjenning", "godkjenninger"]);
            let approvals = APPROVALS.count(unjudged);
            output::say(
                global,
                &text!(
                    with approvals;
                    en: "{approvals} cannot be judged today: who approved is not in office; see below.\n",
                    nb: "{approvals} kan ikke vurderes i dag: den som godkjente, er ikke brukeradministrator nå; se under.\n"
                ),
            );
        }
        show_besides(global, &besides);
        let digest = seen.tree.digest();
        output::say(
            global,
            &text!(
                en: "\nDigest of the tree: {digest}\n",
                nb: "\nFilenes kontrollsum: {digest}\n"
            ),
        );
        if let Some(commit) = &seen.commit {
            output::say(global, &text!(en: "Commit: {commit}\n", nb: "Innsending: {commit}\n"));
        }
    }
    let files: Vec<FilePath> = seen.tree.files().map(|(path, _)| path).collect();
    let exit = output::findings_and(global, Looked::At(&files), &seen.checked.findings, more, Exit::Ok);
    if global.format == Format::Human {
        let (digest, summary) = (seen.tree.digest(), summary(&seen.checked.findings));
        let next = if exit == Exit::Ok {
            text!(
                en: "If this is right, two national administrators accept it:\n  portvakt baseline --accept {digest} --by A --by B\n",
                nb: "Er dette riktig, godtar to nasjonale administratorer det:\n  portvakt baseline --accept {digest} --by A --by B\n"
            )
        } else {
            text!(
                with summary;
                en: "This tree cannot be a base: {summary}.\n",
                nb: "Dette kan ikke være et grunnlag: {summary}.\n"
            )
        };
        output::say(global, &next);
    }
    exit
}

fn show_people(global: &Global, seen: &Seen, rows: &[Vec<String>], people: usize) {
    let headings = match global.lang() {
        Lang::En => ["PERSON", "NAME", "WOULD HAVE", "UNTIL", "APPROVED BY"],
        Lang::Nb => ["PERSON", "NAVN", "VILLE HA", "TIL", "GODKJENT AV"],
    };
    let no_end = text!(en: "open", nb: "uten slutt");
    let shown = |row: &Vec<String>| -> Vec<String> {
        let cell =
            |cell: &String| if cell == OPEN { no_end.get(global.lang()).to_owned() } else { cell.clone() };
        row.iter().map(cell).collect()
    };
    output::out(&output::table(&headings, &rows.iter().map(shown).collect::<Vec<_>>()));
    let accesses = output::ACCESSES.count(rows.len());
    output::say(
        global,
        &text!(
            with accesses;
            en: "\n{people} people, {accesses} in force today.\n",
            nb: "\n{people} personer, {accesses} som gjelder i dag.\n"
        ),
    );
    if seen.accepted {
        output::say(
            global,
            &text!(
                en: "A base has been accepted here already: accepting this one replaces it. Spent requests stay spent.\n",
                nb: "Et grunnlag er allerede godtatt her: godtas dette, erstatter det det forrige. Brukte søknader forblir brukt.\n"
            ),
        );
    }
}

/// What accepting leaves behind.
fn show_break(global: &Global, broken: &Broken) {
    let Broken { seq, what } = broken;
    output::say(
        global,
        &text!(
            en: "The ledger does not hold at entry {seq}: {what}. Accepting this names the break: the chain begins anew, and what stands between says nothing any more.\n",
            nb: "Protokollen holder ikke ved innslag {seq} ({what}). Godtas dette, navngis bruddet: kjeden begynner på nytt, og det som står imellom, sier ikke noe mer.\n"
        ),
    );
}

fn show_besides(global: &Global, besides: &[&Account]) {
    if besides.is_empty() {
        return output::say(
            global,
            &text!(
                en: "The store holds no open account besides.\n",
                nb: "Registeret har ingen åpne kontoer utenom.\n"
            ),
        );
    }
    let rows: Vec<Vec<String>> = besides
        .iter()
        .map(|a| {
            vec![
                a.id.to_string(),
                a.name.clone(),
                a.rights.keys().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            ]
        })
        .collect();
    output::say(
        global,
        &text!(
            en: "\nThe store holds besides, and the first pass would revoke within the budget:\n",
            nb: "\nRegisteret har i tillegg dette, som første gjennomgang ville fjerne innenfor grensen:\n"
        ),
    );
    let headings = match global.lang() {
        Lang::En => ["ACCOUNT", "NAME", "RIGHTS"],
        Lang::Nb => ["KONTO", "NAVN", "RETTIGHETER"],
    };
    output::out(&output::table(&headings, &rows));
}

/// What stands for no end date, in JSON too; no name and no day is written like this.
const OPEN: &str = "open";

fn rows(seen: &Seen) -> Vec<Vec<String>> {
    let register = seen.checked.rules.as_ref().map(|rules| &rules.register);
    let mut rows = Vec::new();
    for (_, person, _, file) in seen.checked.head.iter() {
        let HeadFile::Says { facts, entries, .. } = file else { continue };
        for entry in entries.iter().filter(|entry| entry.grant.in_force(seen.today)) {
            let grant = &entry.grant;
            let unit = register.map_or_else(|| grant.key.unit.to_string(), |r| r.unit_name(grant.key.unit));
            rows.push(vec![
                person.to_string(),
                facts.name.clone(),
                format!("{} {} {unit}", grant.role, grant.key.application),
                grant.until.map_or_else(|| OPEN.to_owned(), |day| day.to_string()),
                grant.approval.by.to_string(),
            ]);
        }
    }
    rows
}

fn accept(global: &Global, args: &Args, digest: Digest, seen: Seen) -> Result<Text, Vec<Finding>> {
    if digest != seen.tree.digest() {
        let now = seen.tree.digest();
        let message =
            text!(en: "the tree is {now} now, not {digest}", nb: "filene er nå {now}, ikke {digest}");
        let way_out = text!(
            en: "It has changed since it was looked at: run `portvakt baseline` and look again.",
            nb: "De er endret siden noen så på dem: kjør `portvakt baseline` og se på nytt."
        );
        return Err(vec![Finding::new(Code::BadValue, message, way_out)]);
    }
    let errors: Vec<Finding> =
        seen.checked.findings.iter().filter(|f| f.severity != Severity::Advice).cloned().collect();
    let (true, Some(rules)) = (errors.is_empty(), seen.checked.rules.as_ref()) else { return Err(errors) };
    let days = [seen.today];
    let authority = Authority::on(&rules.register, &crate::change::Base::default(), &days);
    let [first, second] = two(rules, &authority, &args.by).map_err(|finding| vec![finding])?;
    let written = |error: ApplyError| vec![EngineError::from(error).finding()];
    let mut register: Tables =
        open_register(plan::site(global).map_err(|finding| vec![finding])?, Create::IfMissing)
            .map_err(|error| vec![error.finding()])?;
    // Before the base: a base that does not know its register would be refused.
    memory::bind(register.connection(), global.store.place().as_deref())
        .map_err(|error| written(error.into()))?;
    let people = accept_baseline(
        &mut register,
        &Acceptable {
            snapshot: &seen.tree,
            commit: seen.commit.as_deref(),
            rules,
            head: &seen.checked.head,
            accounts: &seen.accounts,
            spent: &seen.spent,
            today: seen.today,
            now: global.clock().now(),
            follows: seen.follows,
            broken: seen.broken,
        },
        [&first, &second],
    )
    .map_err(written)?;
    Ok(text!(
        en: "Accepted: {people} people, by {first} and {second} (declared on this machine, not proved).\nNext: `portvakt plan` shows what the register will be told, `portvakt apply` or `portvakt daemon` tells it.\n",
        nb: "Godtatt: {people} personer, av {first} og {second} (erklært på denne maskinen, ikke bevist).\nNeste: `portvakt plan` viser hva registeret får beskjed om, `portvakt apply` eller `portvakt daemon` gir beskjeden.\n"
    ))
}

/// Somebody whom the policies let release (R44).
pub(super) fn administrator(
    rules: &Rules,
    authority: &Authority,
    by: &PersonId,
) -> Result<PersonId, Finding> {
    if rules.policies.may_suspend(&authority.of(by), Concerned::Another).allowed {
        return Ok(by.clone());
    }
    let message = text!(
        en: "`{by}` is no national administrator in office today",
        nb: "`{by}` er ikke nasjonal administrator i dag"
    );
    let way_out = text!(
        en: "One national administrator who is not concerned is enough here.",
        nb: "Én nasjonal administrator som saken ikke gjelder, er nok her."
    );
    Err(Finding::new(Code::NotPermitted, message, way_out).decided_by(vec!["R44".to_owned()], Vec::new()))
}

/// Two different people whom the policies let release (R44).
pub(super) fn two(rules: &Rules, authority: &Authority, by: &[PersonId]) -> Result<[PersonId; 2], Finding> {
    let may =
        |person: &PersonId| rules.policies.may_release(&authority.of(person), Concerned::Another).allowed;
    let could: BTreeMap<&PersonId, ()> =
        authority.iter().map(|(person, _)| person).filter(|person| may(person)).map(|p| (p, ())).collect();
    let names = could.keys().map(|p| p.to_string()).collect::<Vec<_>>().join(", ");
    let wrong = |message: Text| {
        let way_out = text!(
            en: "Name two of {names} with `--by A --by B`.",
            nb: "Oppgi to av {names} med `--by A --by B`."
        );
        Finding::new(Code::NotPermitted, message, way_out).decided_by(vec!["R44".to_owned()], Vec::new())
    };
    let [first, second] = by else {
        return Err(wrong(text!(
            en: "two national administrators are needed, {named} named",
            nb: "to nasjonale administratorer må til, {named} er oppgitt";
            named = by.len()
        )));
    };
    if first == second {
        return Err(wrong(text!(
            en: "`{first}` is one person, and two are needed",
            nb: "`{first}` er én person, og to må til"
        )));
    }
    if let Some(other) = [first, second].into_iter().find(|person| !may(person)) {
        return Err(wrong(text!(
            en: "`{other}` is no national administrator in office today",
            nb: "`{other}` er ikke nasjonal administrator i dag"
        )));
    }
    Ok([first.clone(), second.clone()])
}
