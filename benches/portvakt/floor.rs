//! The floors: the least that must be done for a figure, done as plainly as it can be, on as many threads.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use portvakt_core::change::HeadFile;
use portvakt_core::decide::head_of_tree;
use portvakt_core::judge::Rules;
use portvakt_core::model::{Grant, PersonId};
use portvakt_core::policy::{
    Access, Act, Applicant, Approver, Certainty, PolicyQuestion, Prepared, RequestFacts, Stay,
};
use portvakt_core::tree::Snapshot;
use rustix::fs::{AtFlags, Mode, OFlags, openat, statat};
use serde::Deserialize;

use super::Outcome;

/// Splits the work among the machine's cores.
pub fn on_all_cores<T: Sync>(all: &[T], work: impl Fn(&T) + Sync) -> Duration {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(cores).max(1)) {
            let work = &work;
            scope.spawn(move || part.iter().for_each(work));
        }
    });
    began.elapsed()
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read, never looked at")]
struct BareFile<'a> {
    person: &'a str,
    name: &'a str,
    employer: &'a str,
    staff: &'a str,
    position: Option<&'a str>,
    access: Vec<BareEntry<'a>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read, never looked at")]
struct BareEntry<'a> {
    application: &'a str,
    unit: u32,
    role: &'a str,
    from: &'a str,
    until: Option<&'a str>,
    request: &'a str,
    #[serde(borrow)]
    approved: BareApproval<'a>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read, never looked at")]
struct BareApproval<'a> {
    by: &'a str,
    on: &'a str,
    identity: &'a str,
}

/// Measures the YAML parser alone. It reads every file into plain structs of borrowed words.
pub fn parse(snapshot: &Snapshot) -> Outcome<Duration> {
    let texts: Vec<&str> =
        snapshot.read().values().map(|bytes| std::str::from_utf8(bytes)).collect::<Result<_, _>>()?;
    let bare = |text: &&str| drop(std::hint::black_box(serde_yaml::from_str::<BareFile<'_>>(text)));
    let first = texts.first().ok_or("an empty tree")?;
    serde_yaml::from_str::<BareFile<'_>>(first)?;
    Ok(on_all_cores(&texts, bare))
}

/// Measures Cedar alone, with a request for every entry of the tree that was built beforehand.
pub struct Requests {
    distinct: Vec<Prepared>,
    entries: Vec<usize>,
}

impl Requests {
    pub fn of(snapshot: &Snapshot, rules: &Rules) -> Outcome<Self> {
        let head = head_of_tree(snapshot, &rules.register);
        let mut grants = Vec::new();
        for (_, _, _, file) in head.iter() {
            let HeadFile::Says { entries, .. } = file else { continue };
            grants.extend(entries.iter().map(|entry| &entry.grant));
        }
        let mut approvers: HashMap<&PersonId, Approver> = HashMap::new();
        for appointment in &rules.register.appointments {
            let of = approvers.entry(&appointment.person).or_default();
            of.offices.insert(appointment.office.clone());
        }
        let coordinators = &rules.register.coordinators;
        for grant in &grants {
            if grant.role == coordinators.role && grant.key.application == coordinators.application {
                let of = approvers.entry(&grant.key.person).or_default();
                of.coordinator_of.insert(grant.trust.clone());
            }
        }
        let mut requests = Self { distinct: Vec::new(), entries: Vec::new() };
        let mut known: HashMap<PolicyQuestion, usize> = HashMap::new();
        for grant in grants {
            let question = question(grant, rules, &approvers);
            let at = match known.get(&question) {
                Some(at) => *at,
                None => {
                    requests.distinct.push(rules.policies.prepare(&rules.register, &question)?);
                    known.insert(question, requests.distinct.len() - 1);
                    requests.distinct.len() - 1
                }
            };
            requests.entries.push(at);
        }
        Ok(requests)
    }

    /// Asks all of the requests.
    pub fn ask(&self) -> Duration {
        on_all_cores(&self.entries, |at| {
            let Some(one) = self.distinct.get(*at) else { return };
            let answer = one.authorizer.is_authorized(&one.request, &one.policies, &one.entities);
            std::hint::black_box(answer);
        })
    }
}

fn question(grant: &Grant, rules: &Rules, approvers: &HashMap<&PersonId, Approver>) -> PolicyQuestion {
    let register = &rules.register;
    let of = |person| approvers.get(person).cloned().unwrap_or_default();
    PolicyQuestion {
        action: Act::Grant,
        approver: of(&grant.approval.by),
        access: Access {
            application: grant.key.application.clone(),
            unit: grant.key.unit,
            role: grant.role.clone(),
            applicant: Applicant {
                staff: grant.vouched.staff,
                employer: grant.vouched.employer.clone(),
                position: grant.vouched.position.clone(),
                offices: of(&grant.key.person).offices,
                // No shipped policy asks for them, so the program does not look for any.
                others: Default::default(),
            },
        },
        circumstances: RequestFacts {
            own: false,
            request_spent: false,
            identity: Certainty::from(&grant.approval.identity),
            approval_renewed: true,
            holders_after_change: 0,
            most_holders: register.trusts.get(&grant.trust).map_or(0, |trust| trust.most_coordinators),
            own_coordinator: true,
            stay: Stay::between(grant.from, grant.until),
            max_lis_months: register.max_lis_months,
            review_overdue: false,
        },
    }
}

/// The names of all person files, folder by folder.
fn names(root: &Path) -> Outcome<Vec<(std::fs::File, Vec<std::ffi::OsString>)>> {
    let mut folders = Vec::new();
    for folder in std::fs::read_dir(root.join("desired-state"))? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        let names = std::fs::read_dir(folder.path())?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<Result<_, _>>()?;
        folders.push((File::open(folder.path())?, names));
    }
    Ok(folders)
}

/// Looks at every name and stamp once.
pub fn scan(root: &Path) -> Outcome<Duration> {
    let began = Instant::now();
    let folders = names(root)?;
    let files: Vec<(&File, &std::ffi::OsString)> =
        folders.iter().flat_map(|(folder, names)| names.iter().map(move |name| (folder, name))).collect();
    on_all_cores(&files, |(folder, name)| {
        let _stamp =
            std::hint::black_box(statat(folder, name.as_os_str(), AtFlags::SYMLINK_NOFOLLOW).is_ok());
    });
    Ok(began.elapsed())
}

/// Reads every byte of every file.
pub fn read(root: &Path) -> Outcome<Duration> {
    let began = Instant::now();
    let folders = names(root)?;
    let files: Vec<(&File, &std::ffi::OsString)> =
        folders.iter().flat_map(|(folder, names)| names.iter().map(move |name| (folder, name))).collect();
    on_all_cores(&files, |(folder, name)| {
        if let Ok(file) = openat(folder, name.as_os_str(), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
            let mut bytes = Vec::with_capacity(1024);
            let read = File::from(file).read_to_end(&mut bytes);
            drop(std::hint::black_box((read, bytes)));
        }
    });
    Ok(began.elapsed())
}
