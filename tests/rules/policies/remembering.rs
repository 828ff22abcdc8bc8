//! A remembered verdict equals a new verdict, whatever the state and the policies are. The policies of one action alone
//! decide in the same way as the whole file.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cedar_policy::{Policy, PolicySet};
use portvakt_core::model::{EmployerId, Register, TrustId, TrustKind, UnitId};
use portvakt_core::policy::{DecisionCache, Policies, PolicyQuestion};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::{fixture, random};

/// One memory for all policies there ever were: a verdict of one set found for another would show.
static MEMORY: LazyLock<DecisionCache> = LazyLock::new(DecisionCache::new);

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// The same questions, each with its neighbours, of two sets of policies and two registers.
    #[test]
    fn a_remembered_verdict_is_the_verdict(
        first in random::edited_files(),
        second in random::edited_files(),
        questions in proptest::collection::vec(random::question(), 3),
    ) {
        let asked: Vec<_> = questions
            .iter()
            .flat_map(|asked| std::iter::once(asked.clone()).chain(random::neighbours(asked)))
            .collect();
        let usual = fixture::register();
        let mut changed = fixture::register();
        changed.units.values_mut().for_each(|unit| unit.test_only = !unit.test_only);
        changed.trusts.values_mut().for_each(|trust| trust.host = !trust.host);
        for (files, register) in [(&first, &usual), (&second, &usual), (&second, &changed)] {
            let policies = Policies::load(files).unwrap();
            let plain: Vec<_> = asked
                .iter()
                .map(|asked| (policies.decide(register, asked), policies.advise(register, asked)))
                .collect();
            for (asked, (decision, advice)) in asked.iter().zip(&plain).chain(asked.iter().zip(&plain)) {
                prop_assert_eq!(&*MEMORY.decide(&policies, register, asked), decision);
                prop_assert_eq!(&*MEMORY.advise(&policies, register, asked), advice);
            }
            std::thread::scope(|scope| {
                let ask = || asked.iter().map(|asked| MEMORY.decide(&policies, register, asked)).collect();
                let workers: [_; 2] = std::array::from_fn(|_| scope.spawn(ask));
                for worker in workers {
                    let answers: Vec<_> = worker.join().unwrap();
                    assert!(answers.iter().zip(&plain).all(|(answer, (decision, _))| **answer == *decision));
                }
            });
        }
    }

    #[test]
    fn a_slice_decides_as_the_whole_file(
        questions in proptest::collection::vec(random::question(), 30),
    ) {
        let (policies, register) = (fixture::policies(), fixture::register());
        let whole = whole(fixture::ADMINISTRATION);
        for asked in &questions {
            let Ok(prepared) = policies.prepare(&register, asked) else { continue };
            let all = prepared.authorizer.is_authorized(&prepared.request, &whole, &prepared.entities);
            let sliced = prepared.decide();
            prop_assert_eq!(all.decision() == cedar_policy::Decision::Allow, sliced.allowed);
            let reasons: BTreeSet<_> = all.diagnostics().reason().map(ToString::to_string).collect();
            prop_assert_eq!(reasons, sliced.determining.into_iter().collect());
        }
    }
}

/// All policies of one file under their own names.
fn whole(path: &str) -> PolicySet {
    let text = std::fs::read_to_string(format!("{}/{path}", crate::ROOT)).unwrap();
    let parsed: PolicySet = text.parse().unwrap();
    let named = |policy: &Policy| policy.new_id(policy.annotation("id").unwrap().parse().unwrap());
    PolicySet::from_policies(parsed.policies().map(named)).unwrap()
}

#[test]
fn equal_questions_are_worked_out_once_and_unequal_ones_each() {
    let (policies, register) = (fixture::policies(), fixture::register());
    let memory = DecisionCache::new();
    assert!(memory.is_empty());
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut asked: BTreeSet<PolicyQuestion> = BTreeSet::new();
    while asked.len() < 400 {
        let question = random::question().new_tree(&mut runner).unwrap().current();
        // A question about a place outside of the register does not go to Cedar, and is not remembered.
        if question.access.unit.0 != 1 {
            asked.extend(random::neighbours(&question));
            asked.insert(question);
        }
    }
    for question in asked.iter().chain(&asked) {
        let _ = memory.decide(&policies, &register, question);
    }
    assert_eq!(memory.len(), asked.len());
}

#[test]
fn what_the_register_says_of_a_place_is_part_of_the_question() {
    let policies = fixture::policies();
    let question = random::question();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut asked = question.new_tree(&mut runner).unwrap().current();
    asked.access.unit = UnitId(fixture::AHUS);
    asked.access.applicant.employer = EmployerId::new("nhn").unwrap();
    let changes: [fn(&mut Register); 7] = [
        |_| {},
        |register| register.units.get_mut(&UnitId(fixture::AHUS)).unwrap().test_only = true,
        |register| register.units.get_mut(&UnitId(fixture::AHUS)).unwrap().national = true,
        |register| {
            register.units.get_mut(&UnitId(fixture::AHUS)).unwrap().trust = TrustId::new("oslo").unwrap();
        },
        |register| register.trusts.get_mut("ahus").unwrap().kind = TrustKind::Test,
        |register| register.trusts.get_mut("ahus").unwrap().host = true,
        |register| register.ict_bodies.clear(),
    ];
    let memory = DecisionCache::new();
    for (before, change) in changes.iter().enumerate() {
        let mut register = fixture::register();
        change(&mut register);
        let decision = memory.decide(&policies, &register, &asked);
        assert_eq!(*decision, policies.decide(&register, &asked));
        assert_eq!(memory.len(), before + 1);
    }
}
