//! Finds the address at which the forge opens a request for a branch that was sent. It is printed, and a person follows
//! it. So an address on another host than the repository's own is never taken, even if a hook there names it.

/// The words that mark the address of a request in a forge's answer. GitHub, Gitea and Bitbucket have pull requests,
/// and GitLab has merge requests.
const REQUESTS: [&str; 2] = ["pull request", "merge request"];

/// Returns the address of the request. It is the one that the forge gives when the branch is pushed, or otherwise the
/// usual form. `origin` is the address of the repository, and `said` is git's output about the push.
pub(in crate::cli) fn request_address(origin: &str, branch: &str, said: &str) -> Option<String> {
    let (host, path) = place_of(origin)?;
    offered(host, said).or_else(|| usual_address(host, path, branch))
}

/// Splits the address of a repository into its host and its path. It is `None` for a repository in a folder.
fn place_of(origin: &str) -> Option<(&str, &str)> {
    let (host, path) = match origin.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?,
        None => origin.split_once(':')?,
    };
    let host = without_port(host.rsplit('@').next().unwrap_or(host));
    // For networks that only open the port of the web, both forges accept SSH at a separate host.
    let host = match host {
        "ssh.github.com" => "github.com",
        "altssh.gitlab.com" => "gitlab.com",
        _ => host,
    };
    Some((host, path.trim_matches('/').trim_end_matches(".git")))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Returns the address on this host that follows words about a request, in the same line or the next. Other addresses
/// lead to other pages, such as a new place of the repository or a list of its weaknesses.
fn offered(host: &str, said: &str) -> Option<String> {
    let speaks_of_one = |line: &&str| {
        let line = line.to_lowercase();
        REQUESTS.iter().any(|words| line.contains(words))
    };
    said.lines()
        .filter_map(|line| line.trim().strip_prefix("remote:"))
        .skip_while(|line| !speaks_of_one(line))
        .flat_map(str::split_whitespace)
        .find(|word| is_on(host, word))
        .map(portvakt_net::line)
}

/// Returns whether an address leads to this host, and not to one that only looks like it.
fn is_on(host: &str, address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://") else { return false };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    !authority.contains('@') && without_port(authority).eq_ignore_ascii_case(host)
}

/// Returns the address in the usual form of the two forges that this program knows.
fn usual_address(host: &str, path: &str, branch: &str) -> Option<String> {
    match host {
        "github.com" => Some(format!("https://github.com/{path}/pull/new/{branch}")),
        "gitlab.com" => Some(format!(
            "https://gitlab.com/{path}/-/merge_requests/new?merge_request%5Bsource_branch%5D={branch}"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::request_address;

    const BRANCH: &str = "access/end-aksel.demostad";

    /// The answer of GitHub about a new branch, as git shows it.
    const GITHUB: &str = "remote:
remote: Create a pull request for 'access/end-aksel.demostad' on GitHub by visiting:
remote:      https://github.com/register/tilganger/pull/new/access/end-aksel.demostad
remote:
To github.com:register/tilganger.git
 * [new branch]      access/end-aksel.demostad -> access/end-aksel.demostad
";

    /// The answer of a self-hosted GitLab.
    const GITLAB: &str = "remote:
remote: To create a merge request for access/end-aksel.demostad, visit:
remote:   https://git.eksempel.no/register/tilganger/-/merge_requests/new?merge_request%5Bsource_branch%5D=access%2Fend-aksel.demostad
remote:
To git.eksempel.no:register/tilganger.git
 * [new branch]      access/end-aksel.demostad -> access/end-aksel.demostad
";

    const OF_GITHUB: &str = "https://github.com/register/tilganger/pull/new/access/end-aksel.demostad";
    const OF_GITLAB: &str = "https://git.eksempel.no/register/tilganger/-/merge_requests/new?merge_request%5Bsource_branch%5D=access%2Fend-aksel.demostad";

    fn given(origin: &str, said: &str) -> Option<String> {
        request_address(origin, BRANCH, said)
    }

    #[test]
    fn the_forge_says_where_the_request_is_opened() {
        for origin in [
            "git@github.com:register/tilganger.git",
            "https://github.com/register/tilganger",
            "https://token@github.com/register/tilganger.git",
            "ssh://git@github.com:22/register/tilganger.git",
            "ssh://git@ssh.github.com:443/register/tilganger.git",
        ] {
            assert_eq!(given(origin, GITHUB).as_deref(), Some(OF_GITHUB), "{origin}");
        }
        for origin in [
            "git@git.eksempel.no:register/tilganger.git",
            "https://git.eksempel.no/register/tilganger.git",
            "ssh://git@git.eksempel.no:2222/register/tilganger.git",
        ] {
            assert_eq!(given(origin, GITLAB).as_deref(), Some(OF_GITLAB), "{origin}");
        }
    }

    #[test]
    fn the_two_forges_are_known_by_their_hosts_when_they_say_nothing() {
        let quiet = "To github.com:register/tilganger.git\n";
        assert_eq!(given("git@github.com:register/tilganger.git", quiet).as_deref(), Some(OF_GITHUB));
        assert_eq!(
            given("git@gitlab.com:register/tilganger.git", quiet).as_deref(),
            Some(
                "https://gitlab.com/register/tilganger/-/merge_requests/new?merge_request%5Bsource_branch%5D=access/end-aksel.demostad"
            )
        );
        assert_eq!(
            given("ssh://git@altssh.gitlab.com:443/register/tilganger.git", quiet),
            given("git@gitlab.com:register/tilganger.git", quiet)
        );
        // The form of the address is unknown for other hosts, and a folder has no address.
        for origin in ["git@git.eksempel.no:register/tilganger.git", "/srv/tilganger.git", ""] {
            assert_eq!(given(origin, quiet), None, "{origin}");
        }
    }

    #[test]
    fn an_address_on_another_host_is_never_taken() {
        let origin = "git@git.eksempel.no:register/tilganger.git";
        for elsewhere in [
            "https://stjeler.eksempel/-/merge_requests/new",
            "https://git.eksempel.no.stjeler.eksempel/",
            "https://git.eksempel.no@stjeler.eksempel/",
            "https://git.eksempel.no:443@stjeler.eksempel/",
            "https://stjeler.eksempel#git.eksempel.no",
            "https://stjeler.eksempel\\@git.eksempel.no/",
            "http://git.eksempel.no/register/tilganger",
        ] {
            let hook = format!("remote: To create a merge request, visit {elsewhere} now\n");
            assert_eq!(given(origin, &hook), None, "{elsewhere}");
            // The address of the forge is found behind the other one.
            assert_eq!(given(origin, &format!("{hook}{GITLAB}")).as_deref(), Some(OF_GITLAB), "{elsewhere}");
        }
        assert_eq!(given("git@github.com:register/tilganger.git", GITLAB).as_deref(), Some(OF_GITHUB));
    }

    #[test]
    fn an_address_that_opens_no_request_is_not_taken() {
        let moved = "remote: This repository moved. Please use the new location:
remote:   https://git.eksempel.no/register/nye-tilganger.git
";
        let origin = "git@git.eksempel.no:register/tilganger.git";
        assert_eq!(given(origin, moved), None);
        assert_eq!(given(origin, &format!("{moved}{GITLAB}")).as_deref(), Some(OF_GITLAB));
        // A line without `remote:` comes from git and not from the forge.
        assert_eq!(given(origin, &GITLAB.replace("remote:", "")), None);
    }
}
