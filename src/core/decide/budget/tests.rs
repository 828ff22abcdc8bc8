//! Tests that a check foresees what a pass counts over a store that has exactly what was accepted.

use jiff::civil::date;

use super::*;
use crate::change::{
    Acceptance, AcceptanceWay, Cause, Change, ChangeKind, Head, HeadEntry, Removal, Standing,
};
use crate::decide::weigh::guard;
use crate::model::{
    Account, AccountId, ApplicationId, Approval, BudgetLimits, Digest, EmployerId, FilePath, Grant, GrantKey,
    Identity, PersonId, Proof, RequestId, RoleId, Staff, UnitId, Vouched,
};
use crate::parse;
use crate::plan::{ClockTrust, Observed, Situation, Stand, StoreExtent, Untrusted};

const BEFORE: Date = date(2026, 1, 5);
const YESTERDAY: Date = date(2026, 3, 1);
const TODAY: Date = date(2026, 3, 2);
const TOMORROW: Date = date(2026, 3, 3);

/// What a change does to an access.
#[derive(Debug, Clone, Copy)]
enum Act {
    Stays,
    Begins,
    BeginsLater,
    IsRefused,
    Goes,
    GoesBeforeItBegins,
    IsRevoked,
    IsShownToBeRevoked,
    HasEnded,
    EndsSooner,
    BecomesAnother,
    BecomesAnotherLater,
    ComesEarlier,
    IsAppliedForAgain,
    IsReplaced,
    IsReplacedLater,
}

const ACTS: [Act; 16] = [
    Act::Stays,
    Act::Begins,
    Act::BeginsLater,
    Act::IsRefused,
    Act::Goes,
    Act::GoesBeforeItBegins,
    Act::IsRevoked,
    Act::IsShownToBeRevoked,
    Act::HasEnded,
    Act::EndsSooner,
    Act::BecomesAnother,
    Act::BecomesAnotherLater,
    Act::ComesEarlier,
    Act::IsAppliedForAgain,
    Act::IsReplaced,
    Act::IsReplacedLater,
];

fn grant(person: &str, (trust, unit): (&str, u32), role: &str, request: &str, from: Date) -> Grant {
    let key = GrantKey {
        person: PersonId::new(person).unwrap(),
        application: ApplicationId::new("smerteregisteret").unwrap(),
        unit: UnitId(unit),
        request: RequestId::new(&format!("REQ-{unit}-{request}")).unwrap(),
    };
    let approval =
        Approval { by: PersonId::new("leder.eksempelvik").unwrap(), on: BEFORE, identity: Identity::Known };
    let vouched = Vouched::of(EmployerId::new("ahus").unwrap(), Staff::Health);
    Grant::new(key, (TrustId::new(trust).unwrap(), RoleId::new(role).unwrap()), from, approval, vouched)
}

fn standing(grant: &Grant) -> Standing {
    let accepted = Acceptance {
        on: BEFORE,
        way: AcceptanceWay::Judged,
        policies: Vec::new(),
        rules: Digest::of(b"rules"),
        proof: None,
    };
    Standing::new(grant.clone(), accepted)
}

/// What was accepted, a store that has the same, and a change.
#[derive(Default)]
struct World {
    base: Base,
    accounts: BTreeMap<AccountId, Account>,
    changes: ChangeSet,
    judgement: Judgement,
}

impl World {
    /// An access that was accepted before. The store has it if it has begun.
    fn has(&mut self, grant: &Grant) {
        let person = &grant.key.person;
        let known = self.base.people.entry(person.clone()).or_default();
        let mut accepted = standing(grant);
        if grant.from <= TODAY {
            let id = AccountId::new(&format!("konto-{person}"));
            accepted.given = Some(grant.from);
            known.account = Some(id.clone());
            let new = || Account {
                id: id.clone(),
                person: Some(person.clone()),
                name: person.to_string(),
                login: None,
                email: None,
                active: true,
                rights: BTreeMap::new(),
                subscriptions: Vec::new(),
            };
            let account = self.accounts.entry(id.clone()).or_insert_with(new);
            account.rights.insert(grant.right(), Some(grant.key.request.clone()));
        }
        known.grants.insert(grant.key.clone(), Box::new(accepted));
    }

    /// An entry that is new or says something else.
    fn says(&mut self, grant: Grant) {
        let kind =
            if self.base.standing(&grant.key).is_some() { ChangeKind::Change } else { ChangeKind::Grant };
        self.changes.gives.push(Change { kind, after: HeadEntry { number: 0, grant }, renewed: true });
    }

    /// An entry that the policies permit.
    fn gives(&mut self, grant: Grant) {
        let permitted = Verdict::Permitted { policies: Vec::new(), proof: Proof::Declared };
        self.judgement.verdicts.insert(grant.key.clone(), permitted);
        self.says(grant);
    }

    fn takes(&mut self, grant: &Grant, cause: Cause, until: Option<Date>, proof: Option<Proof>) {
        self.changes.takes.push(Removal {
            key: grant.key.clone(),
            trust: grant.trust.clone(),
            cause,
            until,
            revocation: None,
            entry: None,
            proof,
            released: false,
        });
    }

    fn act(&mut self, person: &str, at: (&str, u32), act: Act) {
        let lu = |request: &str, from: Date| grant(person, at, "LU", request, from);
        let (old, later) = (lu("1", BEFORE), lu("1", TOMORROW));
        match act {
            Act::Begins => return self.gives(lu("1", TODAY)),
            Act::BeginsLater => return self.gives(later),
            Act::IsRefused => return self.says(lu("1", TODAY)),
            Act::GoesBeforeItBegins | Act::ComesEarlier => self.has(&later),
            _ => self.has(&old),
        }
        match act {
            Act::Goes => self.takes(&old, Cause::Absent, None, None),
            Act::GoesBeforeItBegins => self.takes(&later, Cause::Absent, None, None),
            Act::IsRevoked => self.takes(&old, Cause::Revoked, None, None),
            Act::IsShownToBeRevoked => self.takes(&old, Cause::Revoked, None, Some(Proof::Declared)),
            Act::HasEnded => self.takes(&old, Cause::Shortened, Some(YESTERDAY), None),
            Act::EndsSooner => self.takes(&old, Cause::Shortened, Some(TOMORROW), None),
            Act::BecomesAnother => self.gives(grant(person, at, "LC", "1", BEFORE)),
            Act::BecomesAnotherLater => self.gives(grant(person, at, "LC", "1", TOMORROW)),
            Act::ComesEarlier => self.gives(lu("1", TODAY)),
            Act::IsAppliedForAgain => self.gives(lu("2", TODAY)),
            Act::IsReplaced | Act::IsReplacedLater => {
                self.takes(&old, Cause::Absent, None, None);
                let from = if matches!(act, Act::IsReplaced) { TODAY } else { TOMORROW };
                self.gives(lu("2", from));
            }
            Act::Stays | Act::Begins | Act::BeginsLater | Act::IsRefused => {}
        }
    }

    /// The accepted state after the change. It has the permitted entries, and it still has the accesses that are taken
    /// away.
    fn after(&self) -> Base {
        let mut after = self.base.clone();
        for grant in self.changes.gives.iter().map(|change| &change.after.grant) {
            if !self.judgement.verdicts.contains_key(&grant.key) {
                continue;
            }
            let known = after.people.entry(grant.key.person.clone()).or_default();
            let mut accepted = standing(grant);
            if let Some(old) = known.grants.get(&grant.key) {
                (accepted.given, accepted.replaced) = old.told_to_store(grant, TODAY);
            }
            known.grants.insert(grant.key.clone(), Box::new(accepted));
        }
        after
    }

    /// What a check foresees, and what a pass over the store weighs.
    fn weighed(&self) -> [BudgetResult; 2] {
        let limits = BudgetLimits {
            trust_least: 9_999,
            trust_percent: 100,
            all_least: 9_999,
            all_percent: 100,
            all_most: 9_999,
        };
        let sizes = || Ok::<_, Infallible>(Sizes::default());
        let (unused, releases, released) = (BudgetUse::default(), BTreeSet::new(), BTreeSet::new());
        let budget =
            Budget { limits: &limits, sizes: &sizes, used: &unused, together: &unused, releases: &releases };
        let additions = Additions { limits: &limits, sizes: &sizes, used: &unused, released: &released };
        let register = include_str!("../../../../desired-state/register.yaml");
        let register =
            parse::register(&FilePath::new("desired-state/register.yaml"), register.as_bytes()).unwrap();
        let (after, takes) = (self.after(), &self.changes.takes);
        let takes: BTreeMap<GrantKey, Removal> =
            takes.iter().map(|removal| (removal.key.clone(), removal.clone())).collect();
        let situation = Situation {
            base: &after,
            takes: &takes,
            waiting: &self.changes.waiting,
            extended: &self.changes.extended,
            head: &Head::default(),
            observed: &Observed {
                accounts: self.accounts.clone(),
                extent: StoreExtent::Whole,
                as_written: true,
            },
            register: &register,
            lists: &register,
            awaited: None,
            today: TODAY,
            ends: TODAY,
            clock: ClockTrust::Steady,
            stand: Stand::Newest,
            untrusted: &Untrusted::These(BTreeSet::new()),
            doubted_accounts: &BTreeSet::new(),
            reports: None,
        };
        [
            foreseen(&self.base, &self.changes, &self.judgement, TODAY, &budget, &additions),
            guard(&situation, &budget, &additions),
        ]
    }
}

/// The people and items that count, as losses and as gains.
fn counted(weighed: &BudgetResult) -> String {
    let BudgetResult { guarded, admitted, coming, .. } = weighed;
    let (lost, shown, gained) = (&guarded.counted, &guarded.released, &admitted.counted);
    format!("lost {lost:?}, with evidence {shown:?}, gained {gained:?}, coming {coming:?}")
}

#[test]
fn over_a_store_like_the_base_a_pass_counts_what_a_check_foresees() {
    let mut everybody = World::default();
    for (number, (one, other)) in ACTS.iter().flat_map(|one| ACTS.map(|other| (*one, other))).enumerate() {
        let mut world = World::default();
        for world in [&mut world, &mut everybody] {
            let person = format!("person{number}.testesen");
            world.act(&person, ("ahus", 100_089), one);
            world.act(&person, ("helse-fonna", 100_084), other);
        }
        let [check, pass] = world.weighed();
        assert_eq!(counted(&check), counted(&pass), "{one:?} and {other:?}");
    }
    let [check, pass] = everybody.weighed();
    assert_eq!(counted(&check), counted(&pass));
    // Each act is tried in 32 places, and at least three of them take and three give.
    let (taken, given) = (check.guarded.counted.len(), check.admitted.counted.len());
    assert!(taken >= 3 * 32 && given >= 3 * 32, "{taken} {given}");
}

#[test]
fn a_new_application_for_a_right_that_somebody_has_brings_nobody() {
    let of = |act: Act| {
        let mut world = World::default();
        world.act("kari.testesen", ("ahus", 100_089), act);
        let [check, _] = world.weighed();
        check.admitted.counted.len()
    };
    assert_eq!([Act::IsAppliedForAgain, Act::IsReplaced].map(of), [0, 0]);
    assert_eq!([Act::Begins, Act::ComesEarlier, Act::BecomesAnother].map(of), [1, 1, 1]);
}
