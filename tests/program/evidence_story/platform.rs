//! A forge on loopback with a real repository. Its merge requests are branches of that repository, and git merges them
//! in the ways that forges do. Its answers name the real commits and blobs. There is one service for each kind of
//! forge, and it recognises a story by its token.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::http::{HeaderMap, Uri};
use portvakt_core::model::ForgeKind;
use portvakt_test_bench::git_command;

use super::bench::{Prepared, Scene, Told, prepared_with};
use super::server::{Fault, Shared};
use super::tree::{COORDINATOR, LC_AHUS, LC_FONNA, LEADER, MANAGER};
use super::verdict::{Found, Judged, findings};
use super::world::{Commit, Files, How, Request, World};

pub const LEADERS: u64 = 11;
pub const COORDINATORS: u64 = 12;
pub const MANAGERS: u64 = 13;
pub const LC: u64 = 21;
/// The same person's second account.
pub const LC_TOO: u64 = 22;
pub const OTHER_LC: u64 = 23;
/// A person whom the settings do not name.
pub const AUTHOR: u64 = 99;

pub const BOTH: [ForgeKind; 2] = [ForgeKind::GitHub, ForgeKind::GitLab];

/// The knowledge of one story's forge, and the time that each answer takes.
struct Known {
    shared: Shared,
    pause: Duration,
}

type Stories = Arc<Mutex<BTreeMap<String, Known>>>;

/// One service, and the repository that was accepted with it.
struct Service {
    stories: Stories,
    address: String,
    made: Prepared,
    _runtime: tokio::runtime::Runtime,
}

fn service(kind: ForgeKind) -> &'static Service {
    static SERVICES: [OnceLock<Service>; 2] = [OnceLock::new(), OnceLock::new()];
    let at = usize::from(kind == ForgeKind::GitLab);
    SERVICES[at].get_or_init(|| {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let stories = Stories::default();
        let inner = Arc::clone(&stories);
        let router = axum::Router::new().fallback(move |uri: Uri, headers: HeaderMap| {
            let given = ["authorization", "private-token"].into_iter().find_map(|name| headers.get(name));
            let token = given.map(|value| value.to_str().unwrap().trim_start_matches("Bearer ").to_owned());
            let (answer, pause) = {
                let mut stories = inner.lock().unwrap();
                let story = stories.get_mut(&token.expect("a token is shown")).expect("a known token");
                (story.shared.answer(&uri, &headers), story.pause)
            };
            async move {
                tokio::time::sleep(pause).await;
                answer
            }
        });
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let (name, api) = match kind {
            ForgeKind::GitHub => ("github", address.clone()),
            ForgeKind::GitLab => ("gitlab", format!("{address}/api/v4")),
        };
        let accounts = [
            (LEADERS, LEADER),
            (COORDINATORS, COORDINATOR),
            (MANAGERS, MANAGER),
            (LC, LC_AHUS),
            (LC_TOO, LC_AHUS),
            (OTHER_LC, LC_FONNA),
        ];
        let accounts: Vec<String> = accounts.iter().map(|(id, person)| format!("{id}: {person}")).collect();
        let evidence = format!(
            "evidence: forge\nforge:\n  kind: {name}\n  api: {api}\n  project: clinic/access\n  branch: main\n  accounts: {{{}}}",
            accounts.join(", ")
        );
        Service { stories, address, made: prepared_with(&evidence), _runtime: runtime }
    })
}

/// A repository, its register and its forge.
pub struct Story {
    pub scene: Scene,
    service: &'static Service,
    token: String,
}

impl Story {
    pub fn new(kind: ForgeKind) -> Self {
        let service = service(kind);
        let mut scene = Scene::of(&service.made);
        let token = scene.dir.path().file_name().unwrap().to_str().unwrap().replace('.', "story-");
        let file = scene.dir.path().join("token");
        portvakt_test_bench::secret(&file, &format!("{token}\n"));
        scene.token = Some(file);
        let world = World { commits: BTreeMap::new(), requests: Vec::new(), ..World::new() };
        let shared = Shared::new(kind, &service.address, &token, world);
        service.stories.lock().unwrap().insert(token.clone(), Known { shared, pause: Duration::ZERO });
        let story = Self { scene, service, token };
        story.learn();
        story
    }

    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(self.service.stories.lock().unwrap().get_mut(&self.token).unwrap())
    }

    fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.with(|story| act(&mut story.shared.world))
    }

    /// Gives an account a state other than `active` on the forge, or `active` again.
    pub fn state(&self, account: u64, state: &'static str) {
        self.world(|world| world.states.insert(account, Some(state)));
    }

    /// Tells the forge of every commit that it does not know, and where the target branch stands.
    fn learn(&self) {
        let known: BTreeSet<String> = self.world(|world| world.commits.keys().cloned().collect());
        for line in self.scene.git(&["log", "--all", "--format=%H %P"]).lines() {
            let mut ids = line.split(' ').filter(|id| !id.is_empty()).map(str::to_owned);
            let id = ids.next().unwrap();
            if known.contains(&id) {
                continue;
            }
            let listed = self.scene.git(&["ls-tree", "-r", "--full-tree", &id]);
            let files: Files = listed
                .lines()
                .map(|line| {
                    let (what, path) = line.split_once('\t').unwrap();
                    (path.to_owned(), format!("blob:{}", what.split(' ').nth(2).unwrap()))
                })
                .collect();
            let commit = Commit { parents: ids.collect(), files, author: None };
            self.world(|world| world.commits.insert(id, commit));
        }
        let tip = self.scene.git(&["rev-parse", "main"]);
        self.world(|world| world.tip = tip);
    }

    fn branch(number: u64) -> String {
        format!("change-{number}")
    }

    /// Commits the files in the folder and opens a request with them.
    pub fn open(&self, author: u64) -> u64 {
        let number = self.world(|world| world.requests.len() as u64 + 1);
        assert_eq!(self.scene.git(&["branch", "--show-current"]), Self::branch(number));
        self.scene.commit(&format!("change {number}"));
        let (base, head) = (String::new(), String::new());
        let request = Request {
            number,
            author,
            branch: "main".to_owned(),
            state: "open",
            base,
            head,
            commits: Vec::new(),
            acts: Vec::new(),
            versions: Vec::new(),
            moved: Vec::new(),
            landed: BTreeSet::new(),
        };
        self.world(|world| world.requests.push(request));
        self.pushed(number);
        number
    }

    /// Commits the files in the folder to the newest request.
    pub fn push(&self, number: u64) {
        self.scene.commit(&format!("more of change {number}"));
        self.pushed(number);
    }

    fn pushed(&self, number: u64) {
        self.learn();
        let branch = Self::branch(number);
        let head = self.scene.git(&["rev-parse", &branch]);
        let commits = self.scene.git(&["rev-list", "--reverse", &format!("main..{branch}")]);
        self.world(|world| {
            let (base, second) = (world.merge_base(&world.tip.clone(), &head), world.tick());
            let request = world.request(number);
            request.versions.push((head.clone(), second));
            request.commits = commits.lines().map(str::to_owned).collect();
            (request.base, request.head) = (base, head);
        });
    }

    pub fn approve(&self, number: u64, account: u64) {
        self.world(|world| world.approve(number, account));
    }

    /// Gives a request another target branch, as it stands.
    pub fn retarget(&self, number: u64, branch: &str) {
        self.world(|world| world.retarget(number, branch, "base_ref_changed"));
    }

    /// Takes an approval back.
    pub fn withdraw(&self, number: u64, account: u64) {
        self.world(|world| world.act(number, account, "CHANGES_REQUESTED"));
    }

    /// Something that reached the target branch without any request, while others are open.
    pub fn meanwhile(&self, path: &str, text: &str) {
        let at = self.scene.git(&["branch", "--show-current"]);
        self.scene.git(&["switch", "-q", "main"]);
        self.scene.write(path, text);
        self.scene.commit("meanwhile");
        self.scene.git(&["switch", "-q", &at]);
        self.learn();
    }

    /// Returns CI's result for a request.
    #[track_caller]
    pub fn check(&self, number: u64) -> Vec<Found> {
        let (branch, number) = (Self::branch(number), number.to_string());
        self.scene.check(&["--base", "main", "--head", &branch, "--merge-request", &number])
    }

    /// Returns CI's result if the merge is checked out and its folder is read, as a workflow on GitHub does.
    #[track_caller]
    pub fn check_merged_folder(&self, number: u64) -> Vec<Found> {
        let (branch, number) = (Self::branch(number), number.to_string());
        self.scene.git(&["switch", "-q", "--detach", "main"]);
        self.scene.git(&["merge", "-q", "--no-ff", "--no-edit", &branch]);
        let mut program = self.scene.desk_program();
        program.args([
            "--format",
            "json",
            "check",
            "--base",
            "HEAD^1",
            "--target",
            "HEAD^1",
            "--merge-request",
            &number,
        ]);
        let told = Told::of(&program.output().unwrap());
        self.scene.git(&["switch", "-q", &branch]);
        findings(&told.json())
    }

    /// Merges a request as a forge does, and goes to a new branch for the next.
    pub fn merge(&self, number: u64, how: How) {
        let (scene, branch) = (&self.scene, Self::branch(number));
        let before = scene.git(&["rev-parse", "main"]);
        scene.git(&["switch", "-q", "main"]);
        match how {
            How::Merge => drop(scene.git(&["merge", "-q", "--no-ff", "--no-edit", &branch])),
            How::Squash => {
                scene.git(&["merge", "-q", "--squash", &branch]);
                scene.git(&["commit", "-q", "-m", "squashed"]);
            }
            How::Rebase => {
                scene.git(&["switch", "-q", "-c", "landing", &branch]);
                // The forge commits under its own name, so the commits are other ones even where nothing lay between.
                let mut rebase = git_command(&scene.root());
                rebase.envs([("GIT_COMMITTER_NAME", "Forge"), ("GIT_COMMITTER_EMAIL", "forge@example.com")]);
                let told = rebase.args(["rebase", "-q", "--force-rebase", "main"]).output().unwrap();
                Told::of(&told).ends(0);
                scene.git(&["switch", "-q", "main"]);
                scene.git(&["merge", "-q", "--ff-only", "landing"]);
                scene.git(&["branch", "-q", "-D", "landing"]);
            }
            How::Push => drop(scene.git(&["merge", "-q", "--ff-only", &branch])),
        }
        let landed = scene.git(&["rev-list", "--first-parent", &format!("{before}..main")]);
        self.learn();
        self.world(|world| {
            let request = world.request(number);
            request.state = "merged";
            request.landed = landed.lines().map(str::to_owned).collect();
        });
        let next = self.world(|world| world.requests.len() as u64 + 1);
        scene.git(&["switch", "-q", "-c", &Self::branch(next)]);
    }

    /// Returns CI's result before the merge of a request, and the result of the daemon's pass after it.
    #[track_caller]
    pub fn judge(&self, number: u64, how: How) -> Judged {
        let ci = self.check(number);
        self.merge(number, how);
        self.scene.acted(ci)
    }

    /// The same, with the daemon itself beside the pass.
    #[track_caller]
    pub fn judge_with_daemon(&self, number: u64, how: How) -> Judged {
        let ci = self.check(number);
        self.merge(number, how);
        self.scene.acted_with_daemon(ci)
    }

    /// Lets the forge give this answer in place of the truth, until it works again.
    pub fn ill(&self, status: u16, headers: Vec<(&'static str, String)>, body: &str) {
        let fault = Fault { at: "/", times: u32::MAX, status, headers, body: body.to_owned() };
        self.with(|story| story.shared.faults.push(fault));
    }

    pub fn well(&self) {
        self.with(|story| story.shared.faults.clear());
    }

    /// Returns how often it has been asked.
    pub fn asked(&self) -> usize {
        self.with(|story| story.shared.asked.len())
    }

    /// Lets each answer take this long.
    pub fn slow(&self, pause: Duration) {
        self.with(|story| story.pause = pause);
    }
}
