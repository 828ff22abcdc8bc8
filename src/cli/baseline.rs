//! `portvakt baseline`: the first base. Prints what would be accepted; accepts it when named by its digest.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::apply::{Acceptable, ApplyError, accept_baseline};
use crate::change::HeadFile;
use crate::config::{Format, Global};
use crate::diag::{Code, Exit, Finding, Severity, summary};
use crate::judge::{Authority, Rules};
use crate::memory;
use crate::model::{Digest, GrantKey, PersonId};
use crate::pass::{Checked, check_alone};
use crate::policy::Concerned;
use crate::reconcile::engine::{EngineError, open_register};
use crate::source::Snapshot;
use crate::store::sqlite::{Create, Embedded};
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
        Err(finding) => output::stop(global.format, finding),
        Ok(seen) => match args.accept {
            None => show(global, &seen),
            Some(digest) => match accept(global, args, digest, seen) {
                Ok(line) => {
                    output::out(&line);
                    Exit::Ok
                }
                Err(findings) => output::findings(global.format, &findings, json!({})),
            },
        },
    }
}

struct Looked {
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
}

fn store_finding(error: impl Into<EngineError>) -> Finding {
    error.into().finding()
}

fn look(global: &Global, args: &Args) -> Result<Looked, Finding> {
    let progress = Progress::doing("reading the tree");
    let plan::Tree { snapshot: tree, commit } = plan::tree(global)?;
    progress.now("judging");
    let today = check::today(global, &tree)?;
    let mut checked = check_alone(&tree, today);
    let path = global.store_path();
    let (mut accounts, mut spent, mut accepted) = (Vec::new(), BTreeSet::new(), false);
    if path.exists() {
        let reader = crate::store::sqlite::Reader::open(&path).map_err(store_finding)?;
        let listing = reader.list().map_err(store_finding)?;
        if let Some(why) = listing.incomplete {
            let message = format!("the store's list of accounts is not whole: {why}");
            return Err(Finding::new(
                Code::StoreIncomplete,
                message,
                "Mend the store first; a baseline needs all of it.",
            ));
        }
        accounts = listing.accounts;
        spent = reader.spent().map_err(store_finding)?;
        if memory::is_prepared(reader.connection()).map_err(store_finding)? {
            spent.extend(memory::spent(reader.connection()).map_err(store_finding)?);
            accepted = memory::accepted_rules(reader.connection()).map_err(store_finding)?.is_some();
        }
    }
    let reused = reused(&checked, &spent, today);
    checked.findings.extend(reused);
    checked.findings.sort();
    let follows = args.checkpoint.as_deref().map(|file| follows(global, file)).transpose()?;
    Ok(Looked { tree, commit, checked, accounts, spent, today, follows, accepted })
}

/// Entries that would give access on a request that has served (R33).
fn reused(checked: &Checked, spent: &BTreeSet<GrantKey>, today: jiff::civil::Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, _, _, file) in checked.head.iter() {
        let HeadFile::Says { entries, spots, .. } = file else { continue };
        for entry in entries {
            if !entry.grant.is_over(today) && spent.contains(&entry.grant.key) {
                let message = format!(
                    "the request `{}` has served its grant and was taken back",
                    entry.grant.key.request
                );
                let way_out = "The person sends a new application, and the entry names that request.";
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
        let message = format!("the checkpoint `{}`: {why}", file.display());
        Finding::new(Code::LedgerBroken, message, "Name the last checkpoint that left this host, unchanged.")
    };
    let checkpoint = ledger::read_checkpoint(file)?;
    checkpoint.verify_signature(None).map_err(|why| wrong(&why))?;
    let path = global.store_path();
    if path.exists() {
        let reader = crate::store::sqlite::Reader::open(&path).map_err(store_finding)?;
        if memory::is_prepared(reader.connection()).map_err(store_finding)? {
            checkpoint.agrees(reader.connection()).map_err(|why| wrong(&why))?;
        }
    }
    Ok(json!({ "seq": checkpoint.seq, "hash": checkpoint.hash, "public-key": checkpoint.public_key }))
}

fn show(global: &Global, seen: &Looked) -> Exit {
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
        output::out(&output::table(&["PERSON", "NAME", "WOULD HAVE", "UNTIL", "APPROVED BY"], &rows));
        let accesses = output::count(rows.len(), "access", "accesses");
        output::out(&format!("\n{} people, {accesses} in force today.\n", people.len()));
        if seen.accepted {
            output::out(
                "A base has been accepted here already: accepting this one replaces it. Spent requests stay spent.\n",
            );
        }
        if unjudged > 0 {
            let approvals = output::count(unjudged, "approval", "approvals");
            output::out(&format!(
                "{approvals} cannot be judged today: who approved is not in office; see below.\n"
            ));
        }
        if besides.is_empty() {
            output::out("The store holds no open account besides.\n");
        } else {
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
            output::out("\nThe store holds besides, and the first pass would revoke within the budget:\n");
            output::out(&output::table(&["ACCOUNT", "NAME", "RIGHTS"], &rows));
        }
        output::out(&format!("\nDigest of the tree: {}\n", seen.tree.digest()));
        if let Some(commit) = &seen.commit {
            output::out(&format!("Commit: {commit}\n"));
        }
    }
    let exit = output::findings(global.format, &seen.checked.findings, more);
    if global.format == Format::Human {
        let next = if exit == Exit::Ok {
            format!(
                "If this is right, two national administrators accept it:\n  portvakt baseline --accept {} --by A --by B\n",
                seen.tree.digest()
            )
        } else {
            format!("This tree cannot be a base: {}.\n", summary(&seen.checked.findings))
        };
        output::out(&next);
    }
    exit
}

fn rows(seen: &Looked) -> Vec<Vec<String>> {
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
                grant.until.map_or_else(|| "open".to_owned(), |day| day.to_string()),
                grant.approval.by.to_string(),
            ]);
        }
    }
    rows
}

fn accept(global: &Global, args: &Args, digest: Digest, seen: Looked) -> Result<String, Vec<Finding>> {
    if digest != seen.tree.digest() {
        let message = format!("the tree is {} now, not {digest}", seen.tree.digest());
        let way_out = "It has changed since it was looked at: run `portvakt baseline` and look again.";
        return Err(vec![Finding::new(Code::BadValue, message, way_out)]);
    }
    let errors: Vec<Finding> =
        seen.checked.findings.iter().filter(|f| f.severity != Severity::Advice).cloned().collect();
    let (true, Some(rules)) = (errors.is_empty(), seen.checked.rules.as_ref()) else { return Err(errors) };
    let days = [seen.today];
    let authority = Authority::on(&rules.register, &crate::change::Base::default(), &days);
    let [first, second] = two(rules, &authority, &args.by).map_err(|finding| vec![finding])?;
    let written = |error: ApplyError| vec![EngineError::from(error).finding()];
    let mut register: Embedded =
        open_register(&global.store_path(), Create::IfMissing).map_err(|error| vec![error.finding()])?;
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
        },
        [&first, &second],
    )
    .map_err(written)?;
    Ok(format!(
        "Accepted: {people} people, by {first} and {second} (declared on this machine, not proved).\nNext: `portvakt plan` shows what the register will be told, `portvakt apply` or `portvakt daemon` tells it.\n"
    ))
}

/// Two different people whom the policies let release (R44).
pub(super) fn two(rules: &Rules, authority: &Authority, by: &[PersonId]) -> Result<[PersonId; 2], Finding> {
    let may =
        |person: &PersonId| rules.policies.may_release(&authority.of(person), Concerned::Another).allowed;
    let could: BTreeMap<&PersonId, ()> =
        authority.iter().map(|(person, _)| person).filter(|person| may(person)).map(|p| (p, ())).collect();
    let names = could.keys().map(|p| p.to_string()).collect::<Vec<_>>().join(", ");
    let wrong = |message: String| {
        let way_out = format!("Name two of {names} with `--by A --by B`.");
        Finding::new(Code::NotPermitted, message, way_out).decided_by(vec!["R44".to_owned()], Vec::new())
    };
    let [first, second] = by else {
        return Err(wrong(format!("two national administrators are needed, {} named", by.len())));
    };
    if first == second {
        return Err(wrong(format!("`{first}` is one person, and two are needed")));
    }
    if let Some(other) = [first, second].into_iter().find(|person| !may(person)) {
        return Err(wrong(format!("`{other}` is no national administrator in office today")));
    }
    Ok([first.clone(), second.clone()])
}
