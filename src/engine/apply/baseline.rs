//! This module records the first base: the content of a tree that two national administrators accepted on the host
//! (law: *nothing in the files vouches for itself*).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::{Acceptance, AcceptanceWay, Base, HeadFile, Standing};
use portvakt_core::decide::{Trusted, served_statements};
use portvakt_core::judge::{rejected_alone, signed_statements};
use portvakt_core::model::{Account, GrantKey, PersonId, Register};
use portvakt_core::plan::BudgetUse;
use portvakt_core::review::{self, FormerKeys};
use portvakt_database::Connection;
use portvakt_stores::tables::Tables;
use serde_json::json;

use super::acceptable::Acceptable;
use super::{ApplyError, adopt, bind, bodies, id_changes};
use crate::ledger::person_key::Keys;
use crate::ledger::{EntryKind, Tail, as_found};
use crate::memory;
use crate::memory::bound::BINDS;
use crate::memory::{Bound, MemoryError};

/// Returns the open account of a person. The account bound in the ledger comes first. Otherwise it is an account that
/// names this person, if the ledger gives that account to no other person. The ledger is asked because somebody can
/// change the named person by hand in the register.
fn whose_account<'a>(
    person: &PersonId,
    before: &Base,
    accounts: &'a [Account],
    open: &BTreeMap<PersonId, &'a Account>,
) -> Option<&'a Account> {
    let bound = before.people.get(person).and_then(|known| known.account.as_ref());
    let known = bound.and_then(|id| accounts.iter().find(|account| account.active && account.id == *id));
    let anothers = |id| {
        let mut others = before.people.iter().filter(|(other, _)| *other != person);
        others.any(|(_, known)| known.account.as_ref() == Some(id))
    };
    known.or_else(|| open.get(person).copied().filter(|account| !anothers(&account.id)))
}

/// Returns the moment and the day that a baseline confirms now, by the clock and by what the memory and the ledger know of the
/// last trusted moment.
///
/// # Errors
/// When the memory cannot be read.
pub fn baseline_moment(
    conn: &Connection,
    register: &Register,
    (now, today): (Timestamp, Date),
) -> Result<Trusted, MemoryError> {
    let zone = register.time_zone.as_str();
    let mut bound = Bound::default();
    bound.follow(conn)?;
    let (last, _) = bound.trusted(conn, zone)?;
    Ok(Trusted::by_baseline(now, (today, zone), last.as_ref()))
}

/// Records the tree as the first base in one transaction. It returns the number of people.
///
/// # Errors
/// When it cannot be written. Then nothing is accepted.
pub fn accept(register: &mut Tables, tree: &Acceptable<'_>, by: [&PersonId; 2]) -> Result<usize, ApplyError> {
    let tx = register.connection_mut().begin()?;
    let rules = tree.rules;
    // This is asked before anything is written: a baseline ends what the ledger knew of the clock.
    let trusted = baseline_moment(&tx, &rules.register, (tree.now, tree.today))?;
    let today = trusted.day;
    let again = match memory::accepted_rules(&tx) {
        Err(MemoryError::Damaged(_)) => true,
        other => other?.is_some(),
    };
    memory::store_rules(
        &tx,
        (&rules.policies_digest, tree.snapshot.policies()),
        (&rules.settings_digest, tree.snapshot.settings()),
    )?;
    memory::set_accepted_rules(&tx, &rules.policies_digest, &rules.settings_digest)?;
    memory::set_attributes_known(&tx)?;
    memory::set_accepted_commit(&tx, tree.commit)?;
    adopt::mend(&tx, &rules.register, tree.now)?;
    let renamed = id_changes::before_baseline(&tx, tree)?;
    let mut tail = match &tree.broken {
        None => Tail::of(&tx)?,
        Some(_) => Tail::after_a_break(&tx)?,
    };
    adopt::forget_wrong_keys(&tx)?;
    let keys = Keys::new(&tx);
    let mut body = json!({
        "memory": BINDS,
        "snapshot": tree.snapshot.digest(),
        "policies": rules.policies_digest,
        "settings": rules.settings_digest,
        "with-attributes": true,
        "by": [keys.key(by[0])?, keys.key(by[1])?],
        "evidence": "declared",
        "follows": tree.follows,
    });
    if let (Some(commit), Some(body)) = (tree.commit, body.as_object_mut()) {
        body.insert("commit".to_owned(), json!(commit));
    }
    if let (Some(broken), Some(body)) = (&tree.broken, body.as_object_mut()) {
        body.insert("break".to_owned(), json!(as_found(&tx, broken)?));
    }
    let kind = if again || tree.broken.is_some() { EntryKind::BaselineAgain } else { EntryKind::Baseline };
    tail.append(tree.now, kind, &keys.bound(body))?;
    if let Some(proof) = &tree.proof {
        tail.append(tree.now, EntryKind::Proved, &json!(proof))?;
    }
    id_changes::bind(&tx, (&mut tail, &keys), tree, &renamed)?;
    // An account keeps the person id under which it was opened.
    let now = |person: &'_ PersonId| renamed.get(person).unwrap_or(person).clone();
    let open: BTreeMap<PersonId, &Account> = tree
        .accounts
        .iter()
        .filter(|account| account.active)
        .filter_map(|account| Some((now(account.person.as_ref()?), account)))
        .collect();
    let before = memory::base(&tx, &rules.register, None)?;
    // Statements that were signed together with these settings are used now.
    for statement in served_statements(&rules.register.id, tree.snapshot.settings(), &rules.policies_digest) {
        memory::use_statement(&tx, &statement)?;
    }
    // The reviews of the tree are accepted with it.
    for list in review::merged_lists(tree.snapshot.reviews(), rules, &FormerKeys::new()) {
        for (_, statement) in &list.by {
            memory::use_statement(&tx, statement)?;
        }
        if !list.by.is_empty() {
            let body = bodies::reviewed_body(&keys, &list, &tree.snapshot.digest())?;
            tail.append(tree.now, EntryKind::ReviewShown, &body)?;
        }
    }
    // The rejected applications of the tree are accepted with it.
    let rejected = rejected_alone(tree.snapshot.requests(), rules, &before);
    for statement in rejected.accepted.keys() {
        memory::use_statement(&tx, statement)?;
    }
    let (mut people, mut restated) = (0, BTreeSet::new());
    for (person, files) in &tree.head.files {
        people += 1;
        let account = whose_account(person, &before, tree.accounts, &open);
        if let Some(account) = account {
            memory::set_account(&tx, person, &account.id)?;
            let body = keys.bound(json!({ "person": keys.key(person)?, "account": account.id }));
            tail.append(tree.now, EntryKind::Account, &body)?;
        }
        for (trust, file) in files {
            let HeadFile::Says { facts, entries, digest, exhibits, .. } = file else { continue };
            memory::accept_file(&tx, person, trust, facts, digest)?;
            if account.is_some_and(|account| !facts.describes(account)) {
                restated.insert(person.clone());
            }
            for used in signed_statements(&rules.register.id, person, facts, &exhibits.signatures) {
                memory::use_person_statement(&tx, &used)?;
            }
            for entry in entries {
                let grant = &entry.grant;
                let known = before.standing(&grant.key);
                if known.is_some_and(|known| !known.lives(today)) {
                    // This grant is over on record. Its request is spent, and the record is not changed.
                    continue;
                }
                if let Some(known) = known.filter(|known| known.grant != *grant) {
                    memory::use_statement(&tx, &known.grant.statement_digest(&rules.register.id))?;
                }
                let over = grant.is_over(today);
                let has = account.is_some_and(|account| account.rights.contains_key(&grant.right()));
                // The first pass records rights that the store already has as given, in the ledger too. After an
                // earlier base, the record is more exact.
                let (given, replaced) =
                    known.map(|known| known.told_to_store(grant, today)).unwrap_or_default();
                let accepted = Acceptance {
                    on: today,
                    way: AcceptanceWay::Baseline,
                    policies: Vec::new(),
                    rules: rules.policies_digest,
                    proof: None,
                };
                let standing = Standing {
                    given,
                    replaced,
                    // If the end passed before the program knew about the grant, it counts as an end date accepted
                    // earlier. The store is told in the first pass.
                    ended: (over && !has).then_some(today),
                    ..Standing::new(grant.clone(), accepted)
                };
                memory::accept_grant(&tx, &standing)?;
                let body = bodies::standing_body(&keys, &standing, &tree.snapshot.digest())?;
                tail.append(tree.now, EntryKind::Accepted, &body)?;
            }
        }
    }
    for key in tree.spent {
        let key = &GrantKey { person: now(&key.person), ..key.clone() };
        memory::spend_request(&tx, key, today, &rules.policies_digest)?;
    }
    // Everything older without an entry of its own is bound unchanged. The two administrators accept that too.
    bind::all_files(&tx, &mut tail, &keys, tree.now)?;
    adopt::the_rest(&tx, &mut tail, &keys, tree)?;
    memory::set_restated(&tx, &restated)?;
    memory::set_trusted(&tx, &trusted)?;
    memory::set_accepted_snapshot(&tx, &tree.snapshot.digest())?;
    // A run that was under way has nothing to do with what is accepted now.
    memory::set_run_removals(&tx, &BudgetUse::default())?;
    bind::bind_parts(&tx, &mut tail, tree.now)?;
    bind::all_asked(&tx, &mut tail, tree.now)?;
    tx.commit()?;
    Ok(people)
}
