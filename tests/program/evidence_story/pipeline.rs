//! Runs GitLab's jobs from docs/ci in order. The program is fetched and its digest is checked. Merge requests are read
//! as git objects, their plans know who has approved, and each gets one comment. GitLab is a service on loopback with a
//! certificate, because the jobs use only https. Its project is a real repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use portvakt_core::model::ForgeKind;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::bench::git;
use super::platform::{AUTHOR, LC, Story};
use super::tree::LC_AHUS;

/// The token of the job that writes comments.
const COMMENTS: &str = "fictional-comment-token";
/// The account that token belongs to.
const ROBOT: u64 = 77;

/// GitLab's knowledge of the project, and the requests that it got.
#[derive(Default)]
struct Project {
    /// The open merge requests, by number and head.
    open: Vec<(Value, String)>,
    notes: Vec<Value>,
    /// A plan that `access-check` has left, for a later job.
    artifact: Option<String>,
    /// The files that are fetched without a token: the program.
    files: BTreeMap<String, Vec<u8>>,
    asked: Vec<Asked>,
}

struct Asked {
    what: String,
    token: Option<String>,
}

fn told(answer: Value) -> Response {
    answer.to_string().into_response()
}

impl Project {
    fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
        let token = headers.get("private-token").map(|token| token.to_str().unwrap().to_owned());
        self.asked.push(Asked { what: format!("{method} {}", uri.path()), token });
        if let Some(file) = self.files.get(uri.path()) {
            return file.clone().into_response();
        }
        let path = uri.path().strip_prefix("/api/v4/").unwrap();
        let given = || serde_json::from_slice::<Value>(body).unwrap()["body"].clone();
        let query = uri.query().unwrap_or_default();
        match (method.as_str(), path) {
            ("GET", "user") => told(json!({ "id": ROBOT })),
            ("GET", "projects/5/merge_requests") => {
                assert!(query.contains("state=opened") && query.contains("target_branch=main"), "{query}");
                let open = self.open.iter().map(|(iid, sha)| json!({"iid": iid, "sha": sha}));
                told(open.collect())
            }
            ("GET", "projects/5/merge_requests/1/pipelines") => {
                let of_fork = json!({"id": 8, "sha": self.open[0].1, "project_id": 6});
                told(json!([of_fork, {"id": 9, "sha": self.open[0].1, "project_id": 5}]))
            }
            ("GET", "projects/5/pipelines/9/jobs") => {
                let status = if self.artifact.is_some() { "success" } else { "running" };
                told(json!([
                    {"id": 3, "name": "build", "status": "success"},
                    {"id": 4, "name": "access-check", "status": status},
                ]))
            }
            ("GET", "projects/5/jobs/4/artifacts/plan.md") if self.artifact.is_some() => {
                (StatusCode::FOUND, [("location", "/api/v4/elsewhere")]).into_response()
            }
            ("GET", "elsewhere") => self.artifact.clone().unwrap().into_response(),
            ("GET", "projects/5/merge_requests/1/notes") => told(self.notes.clone().into()),
            ("POST", "projects/5/merge_requests/1/notes") => {
                let note = json!({"id": 100 + self.notes.len(), "author": {"id": ROBOT}, "body": given()});
                self.notes.push(note);
                StatusCode::CREATED.into_response()
            }
            ("PUT", path) => {
                let id: u64 =
                    path.strip_prefix("projects/5/merge_requests/1/notes/").unwrap().parse().unwrap();
                self.notes.iter_mut().find(|note| note["id"] == id).unwrap()["body"] = given();
                StatusCode::OK.into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// A connection begins with TLS, or is dropped.
struct Tls(tokio::net::TcpListener, tokio_rustls::TlsAcceptor);

impl axum::serve::Listener for Tls {
    type Io = tokio_rustls::server::TlsStream<tokio::net::TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, from) = self.0.accept().await.unwrap();
            if let Ok(stream) = self.1.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A story's repository, with GitLab before it and a runner beside it.
struct Runner {
    story: Story,
    project: Arc<Mutex<Project>>,
    folder: tempfile::TempDir,
    address: String,
    /// SHA-256 of the program that is offered.
    digest: String,
    _runtime: tokio::runtime::Runtime,
}

impl Runner {
    fn new(story: Story) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
        std::fs::write(folder.path().join("authority.pem"), own.pem()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = config.with_single_cert(vec![own.der().clone()], key).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let project = Arc::new(Mutex::new(Project::default()));
        let inner = Arc::clone(&project);
        let router =
            axum::Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let answer = inner.lock().unwrap().answer(&method, &uri, &headers, &body);
                async move { answer }
            });
        let listener = Tls(listener, Arc::new(config).into());
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        // The fetched program is a script. It also tells what the program was given.
        let program = format!(
            "#!/bin/sh\nenv >> '{}'\nexec '{}' \"$@\"\n",
            folder.path().join("inherited").display(),
            env!("CARGO_BIN_EXE_portvakt-by-a-set-clock")
        );
        let digest = Sha256::digest(&program).iter().map(|byte| format!("{byte:02x}")).collect();
        project.lock().unwrap().files.insert("/portvakt".to_owned(), program.into_bytes());
        // GitLab's runner makes no clone, so nothing tells which branch is the default one.
        let checkout = folder.path().join("checkout");
        std::fs::create_dir(&checkout).unwrap();
        let root = story.scene.root();
        git(&checkout, &["init", "-q", "-b", "none"]);
        git(&checkout, &["remote", "add", "origin", root.to_str().unwrap()]);
        git(&checkout, &["fetch", "-q", "origin", "+refs/heads/main:refs/remotes/origin/main"]);
        git(&checkout, &["checkout", "-q", "--detach", "origin/main"]);
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { story, project, folder, address, digest, _runtime: runtime }
    }

    /// The head of the first change is offered as that merge request.
    fn offer(&self) -> String {
        let head = self.story.scene.git(&["rev-parse", "change-1"]);
        self.story.scene.git(&["update-ref", "refs/merge-requests/1/head", &head]);
        self.project.lock().unwrap().open = vec![(json!(1), head.clone())];
        head
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a job of the template in the runner's checkout. It gets what GitLab gives every job, and these values.
    fn job(&self, name: &str, given: &[(&str, &str)]) -> (i32, String) {
        let template = Path::new(crate::ROOT).join("docs/ci/gitlab-ci.yml");
        let template: Value = serde_yaml::from_str(&std::fs::read_to_string(template).unwrap()).unwrap();
        let script = template[name]["script"][0].as_str().unwrap();
        let mut bash = Command::new("bash");
        bash.args(["-c", script]).current_dir(self.place("checkout")).env_clear();
        bash.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.folder.path());
        bash.env("TMPDIR", self.place("tmp")).env("GIT_CONFIG_NOSYSTEM", "1");
        bash.env("CURL_CA_BUNDLE", self.place("authority.pem"));
        bash.env("CI_API_V4_URL", format!("{}/api/v4", self.address));
        bash.envs([
            ("CI_PROJECT_ID", "5"),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ]);
        // No change of the policies is judged here. So the prover is fetched and never started, and any file will do.
        for program in ["PORTVAKT", "PORTVAKT_PROVE"] {
            bash.env(format!("{program}_URL"), format!("{}/portvakt", self.address));
            bash.env(format!("{program}_SHA256"), &self.digest);
        }
        bash.env("PORTVAKT_NOW", self.story.scene.now()).envs(given.iter().copied());
        let done = bash.output().unwrap();
        let told = [done.stdout, done.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
        (done.status.code().unwrap(), told)
    }

    #[track_caller]
    fn approvals(&self) {
        let token = std::fs::read_to_string(self.story.scene.token.as_ref().unwrap()).unwrap();
        let (code, told) = self.job("access-approvals", &[("PORTVAKT_FORGE_TOKEN", token.trim())]);
        assert_eq!(code, 0, "{told}");
        // No file with the token is left.
        for entry in walk(&self.place("tmp")) {
            let text = String::from_utf8_lossy(&std::fs::read(&entry).unwrap()).into_owned();
            assert!(!text.contains(token.trim()), "{}", entry.display());
        }
    }

    #[track_caller]
    fn comment(&self) -> Vec<Value> {
        let (code, told) = self.job("access-comment", &[("PORTVAKT_COMMENT_TOKEN", COMMENTS)]);
        assert_eq!(code, 0, "{told}");
        self.project.lock().unwrap().notes.clone()
    }

    /// Returns the plan that was written for that head.
    fn plan(&self, head: &str) -> String {
        std::fs::read_to_string(self.place("checkout/plans").join(format!("1-{head}.md"))).unwrap()
    }
}

/// Returns every file below a folder.
fn walk(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path) } else { vec![path] }
        })
        .collect()
}

/// A request for somebody new at Ahus, whom the LC of Ahus is said to have approved.
fn asked_for() -> Runner {
    let story = Story::new(ForgeKind::GitLab);
    story.scene.newcomer(LC_AHUS, "2026-03-02");
    story.open(AUTHOR);
    Runner::new(story)
}

#[test]
fn the_jobs_for_gitlab_write_one_comment_that_knows_who_has_approved() {
    let runner = asked_for();
    let head = runner.offer();
    runner.approvals();
    assert!(runner.plan(&head).contains("forge knows of no approval by"), "{}", runner.plan(&head));
    // A comment of another person with the same mark stays.
    let theirs = json!({"id": 1, "author": {"id": AUTHOR}, "body": "<!-- portvakt-plan -->\nall is well"});
    runner.project.lock().unwrap().notes.push(theirs.clone());
    let notes = runner.comment();
    assert_eq!((notes.len(), &notes[0]), (2, &theirs));
    let body = |notes: &[Value]| notes[1]["body"].as_str().unwrap().to_owned();
    let before = body(&notes);
    assert!(before.starts_with("<!-- portvakt-plan -->\n") && before.contains("no approval by"), "{before}");
    assert!(before.contains(&format!("Read: {head}.")), "{before}");
    runner.story.approve(1, LC);
    runner.approvals();
    let notes = runner.comment();
    assert_eq!((notes.len(), &notes[0]), (2, &theirs), "edited, not written again");
    assert!(body(&notes).contains("reviewed in request 1, at"), "{}", body(&notes));
    let inherited = std::fs::read_to_string(runner.place("inherited")).unwrap();
    let token = std::fs::read_to_string(runner.story.scene.token.as_ref().unwrap()).unwrap();
    assert!(inherited.contains("PATH=") && !inherited.contains(token.trim()), "{inherited}");
    // The merge request was never checked out.
    let checkout = runner.place("checkout");
    assert_eq!(git(&checkout, &["rev-parse", "HEAD"]), git(&checkout, &["rev-parse", "origin/main"]));
    assert!(!checkout.join("desired-state/ahus/ny.testesen.yaml").exists());
}

#[test]
fn a_merge_request_that_moved_or_has_no_number_gets_no_plan_of_gitlabs_jobs() {
    let runner = asked_for();
    let head = runner.offer();
    let other = runner.story.scene.git(&["rev-parse", "main"]);
    runner.project.lock().unwrap().open = vec![
        (json!(1), other),
        (json!("1; touch pwned"), head.clone()),
        (json!("1/../../x"), head),
        (json!(1), "$(touch pwned)".to_owned()),
    ];
    runner.approvals();
    assert!(walk(&runner.place("checkout/plans")).is_empty());
    assert!(!runner.place("checkout/pwned").exists());
    runner.comment();
    assert!(runner.project.lock().unwrap().notes.is_empty());
}

#[test]
fn a_merge_request_that_gitlab_knows_no_more_keeps_no_other_from_its_comment() {
    let runner = asked_for();
    let head = runner.offer();
    runner.project.lock().unwrap().open = vec![(json!(2), head.clone()), (json!(1), head.clone())];
    let token = std::fs::read_to_string(runner.story.scene.token.as_ref().unwrap()).unwrap();
    let (code, told) = runner.job("access-approvals", &[("PORTVAKT_FORGE_TOKEN", token.trim())]);
    assert!(code == 1 && told.contains("merge request 2 has no plan: its head"), "{told}");
    assert!(!runner.plan(&head).is_empty());
    let (code, told) = runner.job("access-comment", &[("PORTVAKT_COMMENT_TOKEN", COMMENTS)]);
    assert!(code == 1 && told.contains("merge request 2 has no comment: its pipelines"), "{told}");
    assert_eq!(runner.project.lock().unwrap().notes.len(), 1);
}

#[test]
fn a_program_with_another_digest_is_not_run_by_gitlabs_jobs() {
    let runner = asked_for();
    runner.offer();
    for (job, token) in [("access-approvals", "PORTVAKT_FORGE_TOKEN"), ("access-check", "X")] {
        let (code, told) = runner.job(job, &[("PORTVAKT_SHA256", &"0".repeat(64)), (token, "fictional")]);
        assert!(code != 0 && told.contains("computed checksum did NOT match"), "{job}: {told}");
    }
    assert!(!runner.place("inherited").exists());
    let asked = runner.project.lock().unwrap().asked.iter().all(|asked| asked.what == "GET /portvakt");
    assert!(asked, "and nothing was asked with a token");
}

#[test]
fn the_plan_of_the_job_without_a_token_is_fetched_and_the_token_is_shown_to_gitlab_alone() {
    let runner = asked_for();
    let head = runner.offer();
    git(&runner.place("checkout"), &["fetch", "-q", "origin", "change-1"]);
    git(&runner.place("checkout"), &["checkout", "-q", "--detach", "FETCH_HEAD"]);
    // Without a token it cannot know who has approved, and says so. The plan is there all the same.
    let (code, told) = runner.job("access-check", &[]);
    assert_eq!(code, 0, "{told}");
    let plan = std::fs::read_to_string(runner.place("checkout/plan.md")).unwrap();
    assert!(plan.contains("ny.testesen") && plan.contains("--merge-request"), "{plan}");
    std::fs::remove_file(runner.place("checkout/plan.md")).unwrap();
    runner.project.lock().unwrap().artifact = Some(format!("{plan}\n/merge\n"));
    let notes = runner.comment();
    let body = notes[0]["body"].as_str().unwrap();
    assert!(body.contains("ny.testesen") && body.contains(&head) && body.contains("\n\\/merge\n"), "{body}");
    let project = runner.project.lock().unwrap();
    let tokens = |path: &str| {
        let asked = project.asked.iter().filter(|asked| asked.what.ends_with(path));
        asked.map(|asked| asked.token.clone()).collect::<Vec<_>>()
    };
    assert_eq!(tokens("/artifacts/plan.md"), [Some(COMMENTS.to_owned())]);
    assert_eq!(tokens("/elsewhere"), [None], "where it was sent on to");
    assert_eq!(tokens("/portvakt"), [None, None], "the program and the prover");
}
