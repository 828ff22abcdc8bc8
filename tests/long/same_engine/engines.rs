//! The two real entry points and their results: a check as in CI, and a pass as in the daemon. The pass uses its own
//! memory and a real SQLite register.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use portvakt_core::change::{AcceptanceWay, Removal};
use portvakt_core::decide::{
    ChangeToCheck, Decided, EarlierVersions, Past, Patience, Proposed, Reviews as Asks, Scope, check_with,
    served_statements,
};
use portvakt_core::diag::{Code, Finding, Severity};
use portvakt_core::judge::Verdict;
use portvakt_core::model::{
    Digest, FilePath, ForgeApproval, GrantKey, PersonId, Proof, RequestId, ReviewCircumstances,
    ReviewedChange,
};
use portvakt_core::plan::AccessItem;
use portvakt_core::tree::Snapshot;
use portvakt_engine::pass::{PassInput, PassTools, Shelf, prepare_pass};
use portvakt_stores::tables::Tables;

use crate::same_engine::keys::Bench;
use crate::same_engine::model::{Protected, Reviews};
use crate::same_engine::words::*;

mod bytes;

pub use bytes::{changed_bytes, tree_bytes};
use bytes::{list_path, policy_digest, settings_bytes};

/// The policies of the repository and the path of the one that changes.
pub struct Policies {
    pub files: BTreeMap<FilePath, Vec<u8>>,
    pub administration: String,
}

pub const ADMINISTRATION: &str = "policies/administration.cedar";
const ASSUMED: &str = "policies/assumed.cedar";
/// An example that is not in force in the repository. It is in force here, so that the other accesses of people are
/// judged too.
const SEPARATION: &str = "examples/separation-of-duties.cedar";

impl Policies {
    pub fn read() -> Self {
        let root = std::path::Path::new(crate::ROOT);
        let read = |path: &str| std::fs::read(root.join(path)).unwrap();
        let files = portvakt_core::policy::REQUIRED_FILES.map(|path| (FilePath::new(path), read(path)));
        // The assumptions are among the policies. If a question breaks one of them, the verdict names it. The rules of
        // the model do not. Those about a right in force are left out, since nobody is asked for one here.
        let text = |path: &str| String::from_utf8(read(path)).unwrap();
        let assumed = text(ASSUMED);
        let (of_changes, _) = assumed.split_once("// ---- Rights in force ----").unwrap();
        let administration = [&text(ADMINISTRATION), of_changes, &text(SEPARATION)].join("\n");
        Self { files: files.into(), administration }
    }
}

/// The knowledge of a case's forge.
#[derive(Debug, Default)]
pub struct Forge(BTreeMap<FilePath, Vec<ReviewedChange>>);

impl Forge {
    /// `was` and `is` are the settings before the change and after it. `first` is the number of the first request that
    /// changes settings. A request is merged once.
    pub fn of(
        reviews: &Reviews,
        (first, [was, is]): (usize, [&Settings; 2]),
        policies: &Policies,
        bench: &Bench,
    ) -> Self {
        let mut known: BTreeMap<FilePath, Vec<ReviewedChange>> = BTreeMap::new();
        let review = |by: Id, number: usize| ForgeApproval {
            by: PersonId::new(by).unwrap(),
            request: number as u64,
            head: format!("{number:040x}"),
        };
        let bytes = |text: String| Some(Arc::from(text.into_bytes()));
        for (number, one) in reviews.files.iter().enumerate() {
            let text = |file: &Option<File>| file.as_ref().and_then(|file| bytes(file.text(one.person)));
            let (old, new) = (text(&one.old), text(&one.new));
            let path = FilePath::new(&path(one.trust, one.person));
            let (review, circumstances) = (review(one.by, number), ReviewCircumstances::default());
            known.entry(path).or_default().push(ReviewedChange { review, old, new, circumstances });
        }
        for (number, (by, old, new)) in reviews.lists.iter().enumerate() {
            let text = |list: &[Rejected]| if list.is_empty() { None } else { bytes(list_text(list)) };
            let (review, circumstances) = (review(by, 2000 + number), ReviewCircumstances::default());
            let change = ReviewedChange { review, old: text(old), new: text(new), circumstances };
            known.entry(list_path()).or_default().push(change);
        }
        let (was, is) = (settings_bytes(was, policies, bench), settings_bytes(is, policies, bench));
        for (by, settings) in &reviews.settings {
            // Whoever approved the same settings has approved the same request.
            let number = reviews.settings.iter().position(|(_, seen)| seen == settings).unwrap();
            let seen = settings_bytes(settings, policies, bench);
            let circumstances = ReviewCircumstances {
                given: Some(Timestamp::MAX),
                is_whole: seen == is,
                ..ReviewCircumstances::default()
            };
            for (path, now) in seen {
                let old = was.get(&path).map(|bytes| Arc::from(bytes.as_slice()));
                let (review, new) = (review(by, first + number), Some(Arc::from(now)));
                let change = ReviewedChange { review, old, new, circumstances: circumstances.clone() };
                known.entry(path).or_default().push(change);
            }
        }
        Self(known)
    }
}

impl Asks for Forge {
    fn of(&self, path: &FilePath) -> Vec<ReviewedChange> {
        self.0.get(path).cloned().unwrap_or_default()
    }
}

/// The earlier states of the target branch, without its tip.
#[derive(Debug, Default)]
pub struct Branch {
    versions: BTreeMap<FilePath, Vec<Arc<[u8]>>>,
    statements: BTreeSet<Digest>,
}

impl Branch {
    /// Takes the states from snapshots that followed each other, without the tip.
    pub fn of(earlier: &[Snapshot]) -> Self {
        let mut branch = Self::default();
        for snapshot in earlier {
            let people =
                |path: &FilePath| path.as_str().ends_with(".yaml") || path.as_str().ends_with(".sig");
            for (path, bytes) in snapshot.read().iter().filter(|(path, _)| people(path)) {
                branch.versions.entry(path.clone()).or_default().insert(0, Arc::clone(bytes));
            }
            let policies = policy_digest(snapshot);
            branch.statements.extend(served_statements("smerteregisteret", snapshot.settings(), &policies));
        }
        branch
    }
}

impl Past for Branch {
    fn versions(&self, path: &FilePath) -> Result<Vec<Arc<[u8]>>, Finding> {
        Ok(self.versions.get(path).cloned().unwrap_or_default())
    }
    fn naming(
        &self,
        requests: &BTreeSet<RequestId>,
        ids: &BTreeSet<PersonId>,
    ) -> Result<EarlierVersions, Finding> {
        let named = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            requests.iter().any(|request| text.contains(request.as_str()))
                || (text.contains("previously") && ids.iter().any(|id| text.contains(id.as_str())))
        };
        let all = self.versions.iter().flat_map(|(path, all)| all.iter().map(move |bytes| (path, bytes)));
        let found = all.filter(|(_, bytes)| named(bytes));
        Ok(found.map(|(path, bytes)| (path.clone(), Arc::clone(bytes))).collect())
    }
    fn settings_statements(&self, _: &str) -> Result<BTreeSet<Digest>, Finding> {
        Ok(self.statements.clone())
    }
}

/// The output of an entry point for a case.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub permitted: BTreeMap<GrantKey, (Vec<String>, Proof)>,
    pub refused: BTreeMap<GrantKey, Finding>,
    /// Removals that act, and those that the budget holds.
    pub taken: BTreeMap<GrantKey, Removal>,
    pub held: BTreeSet<AccessItem>,
    pub settings: Protected,
    /// Findings about files that are not refusals: files that are held, odd or in disagreement.
    pub others: BTreeSet<String>,
}

impl Said {
    /// Returns the difference between two entry points, in words.
    pub fn differs(&self, other: &Self) -> Option<String> {
        if self == other {
            return None;
        }
        let mut text = String::new();
        let mut part = |name: &str, one: String, two: String| {
            if one != two {
                text.push_str(&format!("{name}\n  check: {one}\n  pass:  {two}\n"));
            }
        };
        let left = |a: &Self, b: &Self| {
            let new: Vec<_> = a.permitted.iter().filter(|(k, v)| b.permitted.get(*k) != Some(v)).collect();
            format!("{new:?}")
        };
        part("permitted", left(self, other), left(other, self));
        let left = |a: &Self, b: &Self| {
            let new: Vec<_> = a
                .refused
                .iter()
                .filter(|(k, v)| b.refused.get(*k) != Some(v))
                .map(|(k, v)| format!("{} {} {} {}", k.person, v.code, v.message.en(), v.way_out.en()))
                .collect();
            format!("{new:?}")
        };
        part("refused", left(self, other), left(other, self));
        part("taken", format!("{:?}", self.taken), format!("{:?}", other.taken));
        part("held", format!("{:?}", self.held), format!("{:?}", other.held));
        part("settings", format!("{:?}", self.settings), format!("{:?}", other.settings));
        part("others", format!("{:?}", self.others), format!("{:?}", other.others));
        Some(text)
    }
}

/// Returns the errors that are not refusals, and the questions that break an assumption. Two errors only belong to CI.
/// One is that nobody is left to be checked, since a pass uses its budget. The other is that a rejected number serves a
/// person. CI stops it before it is merged, and no entry is judged by it.
fn others(findings: &[Finding], refused: &BTreeMap<GrantKey, Finding>) -> BTreeSet<String> {
    findings
        .iter()
        .filter(|finding| finding.code != Code::NothingChecked && !is_of_a_served(finding))
        .filter(|finding| {
            let stops = finding.severity == Severity::Error || was_assumed(finding);
            stops && !refused.values().any(|r| r == *finding)
        })
        .map(|finding| {
            let told = format!("{} {} {:?}", finding.code, finding.message.en(), finding.place);
            if was_assumed(finding) { format!("{WAS_ASSUMED}{told}") } else { told }
        })
        .collect()
}

/// The prefix of a finding about a question that breaks an assumption.
pub const WAS_ASSUMED: &str = "asked against what is assumed: ";

/// Returns whether a question breaks an assumption. A finding names the policy that denied it. A refused revocation
/// names none. But everybody may give up their own access (R42), so only an assumption could deny that.
fn was_assumed(finding: &Finding) -> bool {
    let own = finding.place.as_ref().is_some_and(|place| {
        let person = place.file.as_str().rsplit('/').next().and_then(|name| name.strip_suffix(".yaml"));
        person.is_some_and(|person| finding.message.en().starts_with(&format!("`{person}` is no ")))
    });
    finding.policies.iter().any(|id| id.starts_with("assumed-"))
        || (finding.code == Code::RevokerNotEntitled && own)
}

fn is_of_a_served(finding: &Finding) -> bool {
    let is_in_a_list = |place: &portvakt_core::diag::Place| place.file.as_str().starts_with("requests/");
    finding.code == Code::RequestOfAnother && finding.place.as_ref().is_some_and(is_in_a_list)
}

pub fn by_check(
    base: &Snapshot,
    tree: &Snapshot,
    past: &Branch,
    forge: &Forge,
    today: Day,
    shelf: &mut Shelf,
) -> Said {
    let checked =
        check_with(&ChangeToCheck { base, tree, past, reviews: Some(forge), today }, shelf.loaded());
    let weighed = checked.weighed.as_ref().expect("the base has valid rules");
    let (mut permitted, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for (key, verdict) in &weighed.verdicts {
        match verdict {
            Verdict::Permitted { policies, proof } => {
                permitted.insert(key.clone(), (policies.clone(), proof.clone()));
            }
            Verdict::Refused(refusal) => drop(refused.insert(key.clone(), refusal.finding.clone())),
        }
    }
    let over_budget = weighed.held.iter().flat_map(|set| set.items.iter().cloned());
    let withheld = weighed.changes.withheld.keys().cloned().map(AccessItem::Grant);
    let held: BTreeSet<AccessItem> = over_budget.chain(withheld).collect();
    let taken = weighed
        .changes
        .takes
        .iter()
        .filter(|removal| !held.contains(&AccessItem::Grant(removal.key.clone())));
    let settings = match &weighed.rules.proposed {
        Proposed::Same => Protected::Same,
        Proposed::Held(_) => Protected::Held,
        Proposed::Released(..) => Protected::InForce,
        Proposed::Invalid(_) => panic!("{:#?}", checked.findings),
    };
    Said {
        others: others(&checked.findings, &refused),
        permitted,
        refused,
        taken: taken.map(|removal| (removal.key.clone(), removal.clone())).collect(),
        held,
        settings,
    }
}

pub fn noon(day: Day) -> Timestamp {
    format!("{day}T11:00:00Z").parse().unwrap()
}

/// A pass, without carrying it out.
pub fn decide(register: &Tables, tree: &Snapshot, forge: &Forge, today: Day, shelf: &mut Shelf) -> Decided {
    let mut asked = PassTools {
        memory: register.connection(),
        store: register,
        reports: None,
        shelf,
        patience: &mut Patience::None,
    };
    let seen = PassInput { reviews: forge, ..PassInput::alone(tree, noon(today), Instant::now()) };
    prepare_pass(&mut asked, seen, &Scope::Whole).unwrap()
}

pub fn by_pass(register: &Tables, tree: &Snapshot, forge: &Forge, today: Day, shelf: &mut Shelf) -> Said {
    let decided = decide(register, tree, forge, today, shelf);
    let refused: BTreeMap<GrantKey, Finding> = decided
        .unsettled
        .refused
        .iter()
        .map(|(key, (_, refusal))| (key.clone(), refusal.finding.clone()))
        .collect();
    let permitted = decided
        .outcome
        .grants
        .iter()
        .filter(|standing| standing.accepted.way == AcceptanceWay::Judged)
        .map(|standing| {
            let proof = standing.accepted.proof.clone().expect("what is judged has a proof");
            (standing.grant.key.clone(), (standing.accepted.policies.clone(), proof))
        })
        .collect();
    let settings = if decided.released_rules.is_some() {
        Protected::InForce
    } else if decided.findings.iter().any(|f| f.code == portvakt_core::diag::Code::ProtectedChange) {
        Protected::Held
    } else {
        Protected::Same
    };
    Said {
        others: others(&decided.findings, &refused),
        permitted,
        refused,
        taken: decided.outcome.cleared.iter().map(|removal| (removal.key.clone(), removal.clone())).collect(),
        // The address of an account is the store's matter, and last week's additions are the memory's. A check has
        // never seen either.
        held: (decided.unsettled.sets.iter().flat_map(|set| set.items.iter().cloned()))
            .filter(|item| !matches!(item, AccessItem::Contact(_) | AccessItem::Gain(_)))
            .collect(),
        settings,
    }
}
