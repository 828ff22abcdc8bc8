//! `portvakt baseline` prepares the first base. It prints what would be accepted. With the tree's digest, it accepts
//! that tree.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::HeadFile;
use portvakt_core::decide::{Broken, Checked, check_alone};
use portvakt_core::diag::{Code, Exit, Finding, Noun, Severity, Text, text};
use portvakt_core::judge::{Authority, Rules};
use portvakt_core::model::{Account, Digest, FilePath, GrantKey};
use portvakt_core::parse;
use portvakt_core::plan::StoreExtent;
use portvakt_core::store::ReadStore;
use portvakt_core::tree::{REGISTER, Snapshot};
use portvakt_database::{Connection, Site};
use portvakt_engine::apply::{Acceptable, ApplyError, accept_baseline, baseline_moment};
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::{EngineError, open_register};
use portvakt_stores::tables::{Create, Reader, Tables};
use serde_json::{Value, json};

use super::administrators::two;
use super::progress::Progress;
use super::prover::HostSolverArgs;
use super::{chain, output, places, reading, required, today, tree, who, whose};
use crate::config::Global;

mod show;

/// Show what the first base would be, or accept it.
///
/// With no record of what was accepted, nothing is written to the register. This prints the tree's digest, who
/// would have what, which approvals cannot be judged today, and what the store holds besides. Two national
/// administrators who have looked at it accept it by that digest, on this machine. Where `register.yaml` has
/// `proofs: required`, the policies are proved first, with cvc5.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Accept the tree with this digest.
    #[arg(long, value_name = "DIGEST", requires = "by")]
    accept: Option<Digest>,
    /// A national administrator who accepts: the id, the name or a part of it; give two.
    #[arg(long, value_name = "PERSON", requires = "accept")]
    by: Vec<String>,
    /// The last checkpoint of an earlier ledger: the new record says that it follows it.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<std::path::PathBuf>,
    #[command(flatten)]
    solver: HostSolverArgs,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match see_register(global, args) {
        Err(finding) => output::stop(global, finding),
        Ok(seen) => match args.accept {
            None => show::show_baseline(global, &seen),
            Some(digest) => match accept_base(global, args, digest, seen) {
                Ok(line) => {
                    output::say(global, &line);
                    Exit::Ok
                }
                Err(findings) => output::findings(global, &findings, json!({})),
            },
        },
    }
}

struct SeenRegister {
    tree: Snapshot,
    /// The commit of the tree, if a branch is followed.
    commit: Option<String>,
    checked: Checked,
    accounts: Vec<Account>,
    spent: BTreeSet<GrantKey>,
    today: jiff::civil::Date,
    follows: Option<Value>,
    /// Tells whether this register has a base already.
    accepted: bool,
    /// The place where the ledger is broken, if it is.
    broken: Option<Broken>,
    /// The rules in force here, as far as a proof needs them.
    before: Before,
}

/// The rules in force, as far as they matter for a proof of others.
#[derive(Default)]
struct Before {
    /// Tells whether the register in force asks for proofs.
    asks: bool,
    /// The policies in force, if the ledger holds.
    policies: Option<Digest>,
}

impl SeenRegister {
    /// Returns whether these policies must be proved before they are accepted. The register in force may ask for a
    /// proof. So may the tree's register, because it is the only one before a first base. Policies that are in force
    /// already need no proof.
    fn is_to_be_proved(&self, rules: &Rules) -> bool {
        let asks = self.before.asks || rules.register.proofs.is_some();
        asks && self.before.policies != Some(rules.policies_digest)
    }
}

fn store_finding(error: impl Into<EngineError>) -> Finding {
    error.into().finding()
}

/// Returns whether the register's file does not exist yet. The file is created when a base is accepted.
fn is_missing(site: &Site) -> bool {
    matches!(site, Site::File(path) if !path.exists())
}

fn see_register(global: &Global, args: &Args) -> Result<SeenRegister, Finding> {
    let progress = Progress::reading(global);
    let tree::Tree { snapshot: tree, commit } = tree::read_tree(global)?;
    progress.now(text!(en: "judging", nb: "vurderer"));
    let site = places::site(global)?;
    let reader = (!is_missing(&site))
        .then(|| Reader::open_before_writing(&site).map_err(store_finding))
        .transpose()?;
    let today = day_of_baseline(global, &tree, reader.as_ref())?;
    let mut checked = check_alone(&tree, today);
    for nothing in checked.findings.iter_mut().filter(|finding| finding.code == Code::NothingChecked) {
        // An empty tree is not an error here, because a new register starts without people.
        nothing.severity = Severity::Advice;
    }
    let (mut accounts, mut spent, mut accepted) = (Vec::new(), BTreeSet::new(), false);
    let (mut broken, mut before) = (None, Before::default());
    let remote =
        places::register_elsewhere(global)?.map(|remote| remote.read()).transpose().map_err(store_finding)?;
    let store: Option<&dyn ReadStore> = match (&remote, &reader) {
        (Some(remote), _) => Some(remote.as_ref()),
        (None, reader) => reader.as_ref().map(|reader| reader as &dyn ReadStore),
    };
    if let Some(store) = store {
        progress.now(text!(en: "reading the register", nb: "leser registeret"));
        let listing = store.list().map_err(store_finding)?;
        if let Some(why) = listing.incomplete {
            let message = StoreExtent::in_doubt(&why);
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
        accepted = match memory::accepted_rules(reader.connection()) {
            // The accepted rules are damaged and cannot be read. A new baseline is the way to repair this.
            Err(memory::MemoryError::Damaged(_)) => true,
            other => other.map_err(store_finding)?.is_some(),
        };
        let mut bound = memory::Bound::default();
        bound.follow(reader.connection()).map_err(store_finding)?;
        broken = bound.broken().cloned();
        before = proofs_in_force(reader.connection(), &bound).map_err(store_finding)?;
    }
    let reused = reused(&checked, &spent, today);
    checked.findings.extend(reused);
    checked.findings.sort();
    let follows = args.checkpoint.as_deref().map(|file| check_checkpoint(global, file)).transpose()?;
    Ok(SeenRegister { tree, commit, checked, accounts, spent, today, follows, accepted, broken, before })
}

/// Returns the day on which a baseline is accepted now. It is that of the register's time zone. If the memory knows another
/// time zone, the day begins at the later of the two midnights.
fn day_of_baseline(
    global: &Global,
    tree: &Snapshot,
    reader: Option<&Reader>,
) -> Result<jiff::civil::Date, Finding> {
    let today = today::of_tree(global, tree)?;
    let Some(conn) = reader.map(Reader::connection) else { return Ok(today) };
    let Ok(register) = parse::register(&FilePath::new(REGISTER), tree.register()) else { return Ok(today) };
    if !memory::is_prepared(conn).map_err(store_finding)? {
        return Ok(today);
    }
    let now = global.clock().now();
    let told = baseline_moment(conn, &register, (now, today)).map_err(store_finding)?;
    Ok(told.day)
}

/// Reads what the rules in force say about proofs. Damaged rules must not prevent a new base, which repairs them. But
/// they may have asked for proofs, so they count as asking. Otherwise a person could damage them to avoid the proof.
fn proofs_in_force(conn: &Connection, bound: &memory::Bound) -> Result<Before, memory::MemoryError> {
    let read = || -> Result<Before, memory::MemoryError> {
        let Some(((policies, settings), _)) = bound.rules(conn)? else {
            // A broken ledger means that there were rules here, and they are unknown. Before a first base there is no
            // ledger that could be broken.
            return Ok(Before { asks: bound.broken().is_some(), policies: None });
        };
        let rules = memory::rules_by_digests(conn, &policies, &settings)?;
        let policies = bound.broken().is_none().then_some(policies);
        Ok(Before { asks: rules.register.proofs.is_some(), policies })
    };
    match read() {
        Err(memory::MemoryError::Damaged(_)) => Ok(Before { asks: true, policies: None }),
        other => other,
    }
}

/// Finds entries that would give access again on a request that was already used (R33).
fn reused(checked: &Checked, spent: &BTreeSet<GrantKey>, today: jiff::civil::Date) -> Vec<Finding> {
    let folded = |key: &GrantKey| GrantKey { request: key.request.folded(), ..key.clone() };
    let spent: BTreeSet<GrantKey> = spent.iter().map(folded).collect();
    let mut findings = Vec::new();
    for (_, _, _, file) in checked.head.iter() {
        let HeadFile::Says { entries, spots, .. } = file else { continue };
        for entry in entries {
            if !entry.grant.is_over(today) && spent.contains(&folded(&entry.grant.key)) {
                let request = &entry.grant.key.request;
                let message = text!(
                    en: "the request `{request}` has served its grant and was taken back",
                    nb: "søknaden `{request}` er brukt, og tilgangen er trukket tilbake"
                );
                let way_out = text!(
                    en: "The person sends a new application, and the entry names that request.",
                    nb: "Personen sender ny søknad, og oppføringen viser til den."
                );
                let place = spots.place(Some(entry.number), portvakt_core::change::Field::Request);
                let finding = Finding::new(Code::Forbidden, message, way_out).at(place);
                findings.push(finding.decided_by(vec!["R33".to_owned()], Vec::new()));
            }
        }
    }
    findings
}

/// Checks an exported checkpoint against the ledger of this register, if there is one.
fn check_checkpoint(global: &Global, file: &std::path::Path) -> Result<Value, Finding> {
    let wrong = |why: Text| {
        let file = file.display();
        let message =
            text!(with why; en: "the checkpoint `{file}`: {why}", nb: "kontrollpunktet `{file}`: {why}");
        let way_out = text!(
            en: "Name the last checkpoint that left this host, unchanged.",
            nb: "Oppgi det siste kontrollpunktet som forlot denne maskinen, uendret."
        );
        Finding::new(Code::LedgerBroken, message, way_out)
    };
    let checkpoint = chain::read_checkpoint(file)?;
    checkpoint.verify_signature(None).map_err(|why| wrong(why.words()))?;
    let site = places::site(global)?;
    if !is_missing(&site) {
        let reader = Reader::open_before_writing(&site).map_err(store_finding)?;
        if memory::is_prepared(reader.connection()).map_err(store_finding)? {
            checkpoint.agrees(reader.connection()).map_err(|why| wrong(why.words()))?;
        }
    }
    Ok(json!({ "seq": checkpoint.seq, "hash": checkpoint.hash, "public-key": checkpoint.public_key }))
}

fn accept_base(
    global: &Global,
    args: &Args,
    digest: Digest,
    seen: SeenRegister,
) -> Result<Text, Vec<Finding>> {
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
    let authority = Authority::on(&rules.register, &portvakt_core::change::Base::default(), &days);
    let by = who::People::of_files(&rules.register, &seen.checked.head).each(global, &args.by);
    let by = by.map_err(|finding| vec![finding])?;
    let [first, second] = two(rules, &authority, &by).map_err(|finding| vec![finding])?;
    whose::may_write(global).map_err(|finding| vec![finding])?;
    let proof = if seen.is_to_be_proved(rules) {
        // A new base leaves no older proof, so it makes its own.
        required::proof(global, &args.solver, &seen.tree, rules, &BTreeMap::new())?
    } else {
        None
    };
    let proved = proof.as_ref().map(required::proof_line);
    let written = |error: ApplyError| vec![EngineError::from(error).finding()];
    let mut register: Tables =
        open_register(places::site(global).map_err(|finding| vec![finding])?, Create::IfMissing)
            .map_err(|error| vec![error.finding()])?;
    // The memory is bound to its register before the base is written, because a base without a known register is
    // refused.
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
            proof: proof.map(|made| made.proof),
        },
        [&first, &second],
    )
    .map_err(written)?;
    if let Some(proved) = proved {
        output::tell(global, &proved);
    }
    reading::note_declared(global, &rules.register.evidence);
    let people = Noun::PEOPLE.count(people);
    Ok(text!(
        with people;
        en: "Accepted: the files of {people}, by {first} and {second} (declared on this machine, not proved).\nNext: `portvakt plan` shows what the register will be told, `portvakt apply` or `portvakt daemon` tells it.\n",
        nb: "Godtatt: filene til {people}, av {first} og {second} (erklært på denne maskinen, ikke bevist).\nNeste: `portvakt plan` viser hva registeret får beskjed om, `portvakt apply` eller `portvakt daemon` gir beskjeden.\n"
    ))
}
