//! Finds the line of git's output that says why it failed.

/// The last lines of git that only say that something above them went wrong.
const GENERAL: [&str; 2] = ["Could not read from remote repository", "failed to push some refs"];

/// Returns the most useful line of git's output. It is the last `fatal:` or `error:` line, unless that line is
/// general. Then it is the reason above it: a line of the server, or else the nearest line, which is from ssh or
/// names the refused branch.
#[must_use]
pub fn telling_line(said: &str) -> Option<&str> {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let at = lines.iter().rposition(|line| line.contains("fatal:") || line.contains("error:"));
    let at = at.or_else(|| lines.len().checked_sub(1))?;
    let (above, line) = (lines.get(..at)?, *lines.get(at)?);
    if !GENERAL.iter().any(|general| line.contains(general)) {
        return Some(line);
    }
    let mut of_server = above.iter().filter(|line| line.starts_with("remote:"));
    let of_server = of_server.find(|line| line.trim_start_matches("remote:").contains(char::is_alphabetic));
    of_server.or_else(|| above.last()).or(Some(&line)).copied()
}

#[cfg(test)]
mod tests {
    use super::telling_line;

    #[test]
    fn the_reason_is_told_and_not_that_there_is_one() {
        let alone = "fatal: Could not read from remote repository";
        for (said, line) in [
            ("warning: x\nfatal: not a git repository\n", "fatal: not a git repository"),
            ("something else\n\n", "something else"),
            (
                "ssh: Could not resolve hostname git.example.org: Name or service not known\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n",
                "ssh: Could not resolve hostname git.example.org: Name or service not known",
            ),
            (
                "git@git.example.org: Permission denied (publickey).\nfatal: Could not read from remote repository.\n",
                "git@git.example.org: Permission denied (publickey).",
            ),
            (
                "To git.example.org:x.git\n ! [rejected]        main -> main (fetch first)\nerror: failed to push some refs to 'x'\nhint: Updates were rejected\n",
                "! [rejected]        main -> main (fetch first)",
            ),
            (
                "remote: \nremote: ====\nremote: You are not allowed to push code to protected branches.\nTo x\n ! [remote rejected] main -> main (pre-receive hook declined)\nerror: failed to push some refs to 'x'\n",
                "remote: You are not allowed to push code to protected branches.",
            ),
            (alone, alone),
        ] {
            assert_eq!(telling_line(said), Some(line));
        }
        assert_eq!(telling_line("\n \n"), None);
    }
}
