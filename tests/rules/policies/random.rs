//! Random questions and random policies. Such policies are the real ones after a careless edit.

use std::sync::Arc;

use portvakt_core::model::{
    ApplicationId, EmployerId, FilePath, OfficeId, Position, RoleId, Staff, TrustId, UnitId,
};
use portvakt_core::policy::{
    Access, Act, Applicant, Approver, Certainty, Other, PolicyQuestion, RequestFacts, Stay,
};
use proptest::collection::btree_set;
use proptest::prelude::*;

use super::fixture::{self, Files};

fn one<T: std::fmt::Debug + Clone + 'static>(
    ids: &'static [&'static str],
    new: fn(&str) -> T,
) -> impl Strategy<Value = T> {
    proptest::sample::select(ids).prop_map(new)
}

fn offices() -> impl Strategy<Value = std::collections::BTreeSet<OfficeId>> {
    let all = &["register-leader", "national-coordinator", "system-manager", "ict-administrator"];
    btree_set(one(all, |id| OfficeId::new(id).unwrap()), 0..3)
}

fn approver() -> impl Strategy<Value = Approver> {
    let trusts = one(&["ahus", "oslo", "helse-bergen"], |id| TrustId::new(id).unwrap());
    (offices(), btree_set(trusts, 0..2))
        .prop_map(|(offices, coordinator_of)| Approver { offices, coordinator_of })
}

fn others() -> impl Strategy<Value = std::collections::BTreeSet<Other>> {
    let one = (
        one(&["smerteregisteret", "rapporteket-smerte"], |id| ApplicationId::new(id).unwrap()),
        one(&["SC", "LC", "LU"], |id| RoleId::new(id).unwrap()),
        proptest::sample::select(vec![
            (fixture::NATIONAL, "nasjonal"),
            (fixture::AHUS, "ahus"),
            (705_758, "oslo"),
            (4_207_789, "oslo"),
        ]),
    );
    let one = one.prop_map(|(application, role, (unit, trust))| Other {
        application,
        role,
        unit: UnitId(unit),
        trust: TrustId::new(trust).unwrap(),
    });
    btree_set(one, 0..3)
}

fn access() -> impl Strategy<Value = Access> {
    let places = [fixture::NATIONAL, fixture::BERGEN, fixture::AHUS, fixture::TEST, 705_758, 1];
    (
        one(&["smerteregisteret", "rapporteket-smerte"], |id| ApplicationId::new(id).unwrap()),
        proptest::sample::select(places.map(UnitId).to_vec()),
        one(&["SC", "LC", "LU", "LU", "XX"], |id| RoleId::new(id).unwrap()),
        proptest::sample::select(vec![Staff::Health, Staff::Health, Staff::Ict, Staff::Other]),
        one(&["ahus", "helse-bergen", "nhn", "helse-vest-ikt"], |id| EmployerId::new(id).unwrap()),
        proptest::option::of(one(&["lis", "nurse"], |id| Position::new(id).unwrap())),
        offices(),
        others(),
    )
        .prop_map(|(application, unit, role, staff, employer, position, offices, others)| Access {
            application,
            unit,
            role,
            applicant: Applicant { staff, employer, position, offices, others },
        })
}

fn circumstances() -> impl Strategy<Value = RequestFacts> {
    let identity = vec![Certainty::Known, Certainty::Contacted, Certainty::Uncertain];
    let stay = prop_oneof![Just(Stay::Open), (0..15_u32).prop_map(Stay::Months)];
    (
        proptest::bool::weighted(0.1),
        proptest::bool::weighted(0.1),
        proptest::sample::select(identity),
        proptest::bool::weighted(0.9),
        0..4_u32,
        0..3_u32,
        any::<bool>(),
        stay,
        Just(12),
        proptest::bool::weighted(0.1),
    )
        .prop_map(
            |(
                own,
                request_spent,
                identity,
                approval_renewed,
                holders_after_change,
                most_holders,
                own_coordinator,
                stay,
                max_lis_months,
                review_overdue,
            )| {
                RequestFacts {
                    own,
                    request_spent,
                    identity,
                    approval_renewed,
                    holders_after_change,
                    most_holders,
                    own_coordinator,
                    stay,
                    max_lis_months,
                    review_overdue,
                }
            },
        )
}

/// Any question, some about places and roles that do not exist.
pub fn question() -> impl Strategy<Value = PolicyQuestion> {
    let acts = vec![Act::Grant, Act::Grant, Act::Change, Act::Revoke];
    (proptest::sample::select(acts), approver(), access(), circumstances()).prop_map(
        |(action, approver, access, circumstances)| PolicyQuestion {
            action,
            approver,
            access,
            circumstances,
        },
    )
}

/// The change of one policy.
#[derive(Debug, Clone, Copy)]
pub enum Edit {
    Keep,
    Drop,
    /// `permit` and `forbid` change places.
    Flip,
    /// Another office than the one named.
    Office,
    /// A condition that errs when two people hold the role.
    Err,
}

/// The files with random edits in `administration.cedar` and `advice.cedar`.
pub fn edited_files() -> impl Strategy<Value = Files> {
    let edit = prop_oneof![
        8 => Just(Edit::Keep),
        1 => Just(Edit::Drop),
        1 => Just(Edit::Flip),
        1 => Just(Edit::Office),
        1 => Just(Edit::Err),
    ];
    proptest::collection::vec(edit, 40).prop_map(|edits| {
        let mut files = fixture::files();
        let mut edits = edits.into_iter();
        for path in [fixture::ADMINISTRATION, fixture::ADVICE].map(FilePath::new) {
            let text = String::from_utf8(files[&path].to_vec()).unwrap();
            let mut policies = text.split("@id(");
            let mut edited = policies.next().unwrap().to_owned();
            for policy in policies {
                let edit = match edits.next().unwrap_or(Edit::Keep) {
                    // Advice refuses nothing: a `forbid` there is refused before anything is asked.
                    Edit::Flip if path.as_str() == fixture::ADVICE => Edit::Err,
                    edit => edit,
                };
                edited.push_str(&apply(edit, &format!("@id({policy}")));
            }
            files.insert(path, Arc::from(edited.into_bytes()));
        }
        files
    })
}

fn apply(edit: Edit, policy: &str) -> String {
    match edit {
        Edit::Keep => policy.to_owned(),
        Edit::Drop => String::new(),
        Edit::Flip if policy.contains("\npermit (") => policy.replacen("\npermit (", "\nforbid (", 1),
        // `@explains` has a meaning for a `forbid` only.
        Edit::Flip => policy.replacen("\nforbid (", "\npermit (", 1).replace("\n@explains\n", "\n"),
        Edit::Office => policy.replace("register-leader", "ict-administrator"),
        Edit::Err => policy.replacen(
            "};",
            "}\nwhen { context.holdersAfterChange * 9223372036854775807 >= 0 };",
            usize::from(policy.contains("is Access")),
        ),
    }
}

/// The question with one fact changed, for each fact there is.
pub fn neighbours(asked: &PolicyQuestion) -> Vec<PolicyQuestion> {
    // Named one by one, so that a new fact does not compile until it has a neighbour.
    let PolicyQuestion { action, approver, access, circumstances } = asked;
    let Approver { offices, coordinator_of } = approver;
    let Access { application, unit, role, applicant } = access;
    let Applicant { staff, employer, position, offices: held, others } = applicant;
    let RequestFacts {
        own,
        request_spent,
        identity,
        approval_renewed,
        holders_after_change,
        most_holders,
        own_coordinator,
        stay,
        max_lis_months,
        review_overdue,
    } = circumstances;
    let with = |change: &dyn Fn(&mut PolicyQuestion)| {
        let mut question = asked.clone();
        change(&mut question);
        question
    };
    let leader = OfficeId::new("register-leader").unwrap();
    let manager = OfficeId::new("system-manager").unwrap();
    let (oslo, ahus) = (TrustId::new("oslo").unwrap(), TrustId::new("ahus").unwrap());
    let other = |id: &str, this: &str, that: &str| if id == this { that.to_owned() } else { this.to_owned() };
    vec![
        with(&|q| q.action = if *action == Act::Grant { Act::Change } else { Act::Grant }),
        with(&|q| q.approver.offices = toggled(offices, &leader)),
        // These are as many as another neighbour may have, but different ones.
        with(&|q| q.approver.offices = [leader.clone()].into()),
        with(&|q| q.approver.offices = [manager.clone()].into()),
        with(&|q| q.approver.coordinator_of = [oslo.clone()].into()),
        with(&|q| q.approver.coordinator_of = [ahus.clone()].into()),
        with(&|q| q.access.applicant.offices = [leader.clone()].into()),
        with(&|q| q.access.applicant.offices = [manager.clone()].into()),
        with(&|q| q.approver.coordinator_of = toggled(coordinator_of, &oslo)),
        with(&|q| {
            let id = other(application.as_str(), "smerteregisteret", "rapporteket-smerte");
            q.access.application = ApplicationId::new(&id).unwrap();
        }),
        with(&|q| {
            q.access.unit = UnitId(if unit.0 == fixture::AHUS { fixture::TEST } else { fixture::AHUS });
        }),
        with(&|q| q.access.role = RoleId::new(&other(role.as_str(), "LC", "LU")).unwrap()),
        with(&|q| {
            let other = if *staff == Staff::Health { Staff::Ict } else { Staff::Health };
            q.access.applicant.staff = other;
        }),
        with(&|q| {
            q.access.applicant.employer = EmployerId::new(&other(employer.as_str(), "nhn", "ahus")).unwrap();
        }),
        with(&|q| {
            let lis = Position::new("lis").unwrap();
            q.access.applicant.position = position.is_none().then_some(lis);
        }),
        with(&|q| q.access.applicant.offices = toggled(held, &leader)),
        // The same roles, units and applications can be those of other entries.
        with(&|q| q.access.applicant.others = [other_at("LC", fixture::AHUS, "ahus")].into()),
        with(&|q| {
            let other = other_at("LU", fixture::BERGEN, "helse-bergen");
            q.access.applicant.others = toggled(others, &other);
        }),
        with(&|q| {
            let (ahus, oslo) = ((fixture::AHUS, "ahus"), (705_758, "oslo"));
            let pairs = [other_at("LC", ahus.0, ahus.1), other_at("LU", oslo.0, oslo.1)];
            q.access.applicant.others = pairs.into();
        }),
        with(&|q| {
            let (ahus, oslo) = ((fixture::AHUS, "ahus"), (705_758, "oslo"));
            let pairs = [other_at("LU", ahus.0, ahus.1), other_at("LC", oslo.0, oslo.1)];
            q.access.applicant.others = pairs.into();
        }),
        with(&|q| q.circumstances.own = !own),
        with(&|q| q.circumstances.request_spent = !request_spent),
        with(&|q| {
            let sure = *identity != Certainty::Uncertain;
            q.circumstances.identity = if sure { Certainty::Uncertain } else { Certainty::Known };
        }),
        with(&|q| q.circumstances.approval_renewed = !approval_renewed),
        with(&|q| q.circumstances.holders_after_change = holders_after_change + 1),
        with(&|q| q.circumstances.most_holders = most_holders + 1),
        with(&|q| q.circumstances.own_coordinator = !own_coordinator),
        with(&|q| {
            let open = *stay == Stay::Open;
            q.circumstances.stay = if open { Stay::Months(0) } else { Stay::Open };
        }),
        with(&|q| q.circumstances.max_lis_months = max_lis_months + 1),
        with(&|q| q.circumstances.review_overdue = !review_overdue),
    ]
}

fn other_at(role: &str, unit: u32, trust: &str) -> Other {
    Other {
        application: ApplicationId::new("smerteregisteret").unwrap(),
        role: RoleId::new(role).unwrap(),
        unit: UnitId(unit),
        trust: TrustId::new(trust).unwrap(),
    }
}

fn toggled<T: Ord + Clone>(set: &std::collections::BTreeSet<T>, one: &T) -> std::collections::BTreeSet<T> {
    let mut set = set.clone();
    if !set.remove(one) {
        set.insert(one.clone());
    }
    set
}
